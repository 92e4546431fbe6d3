"""Settings of every environment, from environment variables only; docs/operations.md lists them all.

Without DATABASE_URL an embedded PostgreSQL in BAIBUTING_HOME is used, and keys are generated into that folder.
With DATABASE_URL the keys must be given: generated ones would not be part of the backups.
"""

from __future__ import annotations

import base64
import binascii
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from baibuting import floors
from baibuting.common import embedded_postgres
from baibuting.common.homes import default_home, load_or_make_secrets, make_home

BASE_DIR = Path(__file__).resolve().parent.parent
STARTED_AT = time.time()  # of this process; /healthz allows for a missing first sweep for a while

env = environ.Env()

HOME = Path(env.str("BAIBUTING_HOME", default="") or default_home(BASE_DIR)).absolute()
EMBEDDED = not env.str("DATABASE_URL", default="")


def _secret(name: str) -> str:
    """Return a key from the environment or, with the embedded database, from the data folder."""
    value = env.str(name, default="")
    if not value and EMBEDDED:
        value = load_or_make_secrets(HOME)[name]
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set. With DATABASE_URL the keys must come from the environment, or the encrypted "
            f"columns could never be read again: set {name} as docs/operations.md describes."
        )
    return value


def _key(name: str, text: str) -> bytes:
    """Return the 32 bytes of a base64 key. Raises ImproperlyConfigured for anything else."""
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != 32:
        raise ImproperlyConfigured(
            f"{name} must be 32 bytes in base64; make one with: openssl rand -base64 32"
        )
    return key


def _keys(name: str, text: str) -> dict[int, bytes]:
    """Return keys by number from "1:<base64>,2:<base64>". Raises ImproperlyConfigured for anything else."""
    keys: dict[int, bytes] = {}
    for part in text.split(","):
        number, _, key = part.strip().partition(":")
        if not number.isdigit() or not 1 <= int(number) <= 255 or int(number) in keys:
            raise ImproperlyConfigured(
                f'{name} must look like "1:<base64>,2:<base64>", each number once, 1 to 255'
            )
        keys[int(number)] = _key(f"{name}, key {number},", key)
    return keys


# --- keys -----------------------------------------------------------------------------------------------------------
SECRET_KEY = _secret("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list(
    "SECRET_KEY_FALLBACKS", default=[]
)  # still valid for sessions signed with them
FIELD_KEYS = _keys("FIELD_KEYS", _secret("FIELD_KEYS"))  # all that can decrypt
FIELD_KEY_ID = env.int("FIELD_KEY_ID", default=max(FIELD_KEYS))  # the one that encrypts
FIELD_ALGORITHM = env.str("FIELD_ALGORITHM", default="AES-256-GCM")
# one key, or several while they are rotated: LOOKUP_KEYS=1:<old>,2:<new>
LOOKUP_KEYS = (
    _keys("LOOKUP_KEYS", env.str("LOOKUP_KEYS", default=""))
    if env.str("LOOKUP_KEYS", default="")
    else {1: _key("LOOKUP_KEY", _secret("LOOKUP_KEY"))}
)
LOOKUP_KEY_ID = int(env.str("LOOKUP_KEY_ID", default="") or max(LOOKUP_KEYS))
if FIELD_KEY_ID not in FIELD_KEYS:
    raise ImproperlyConfigured(f"FIELD_KEY_ID is {FIELD_KEY_ID}, but FIELD_KEYS holds no key of that number.")
if LOOKUP_KEY_ID not in LOOKUP_KEYS:
    raise ImproperlyConfigured(
        f"LOOKUP_KEY_ID is {LOOKUP_KEY_ID}, but LOOKUP_KEYS holds no key of that number."
    )
if FIELD_ALGORITHM not in ("AES-256-GCM", "SM4-GCM"):
    raise ImproperlyConfigured(f"FIELD_ALGORITHM must be AES-256-GCM or SM4-GCM, not {FIELD_ALGORITHM}.")

# --- web ------------------------------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# behind a proxy that ends TLS and sets X-Forwarded-Proto
HTTPS = env.bool("HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [
    r"^(healthz|livez|metrics)$"
]  # requested inside the machine, where nothing speaks TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
# a browser accepts a cookie of such a name from this very host alone, over TLS, for all of its paths
_HOST_ONLY = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_HOST_ONLY}sessionid", f"{_HOST_ONLY}csrftoken"
DEVICE_COOKIE_NAME = f"{_HOST_ONLY}device"  # accounts.device_cookies
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True  # scripts take the token from the page
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

ROOT_URLCONF = "baibuting.urls"
WSGI_APPLICATION = "baibuting.wsgi.application"

# accounts and what it depends on come before django.contrib.auth, whose createsuperuser it audits
_FIRST = floors.APPS.index("accounts") + 1
INSTALLED_APPS = [
    *floors.APPS[:_FIRST],
    "baibuting.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "import_export",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    *floors.APPS[_FIRST:],
    "baibuting.apps.FrameConfig",  # last: it reads what all others declare
]

MIDDLEWARE = [
    "baibuting.healthz.MachinesMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "baibuting.common.compression.TextCompressionMiddleware",
    "baibuting.common.headers.HeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "baibuting.common.headers.LargestRequestMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.SessionMiddleware",
    "cadres.middleware.ScopeMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "baibuting.bar.bar",
            ],
        },
    },
]

STATIC_URL = "/static/"
# the pictures in the guides are those of the documentation
STATICFILES_DIRS = [BASE_DIR / "static", ("screenshots", BASE_DIR / "docs" / "screenshots")]
# The image collects hashed files at build time; elsewhere files are served from where they lie.
STATIC_COLLECTED = env.bool("STATIC_COLLECTED", default=False)
STATIC_ROOT = BASE_DIR / "staticfiles" if STATIC_COLLECTED else None
WHITENOISE_USE_FINDERS = not STATIC_COLLECTED
_STATIC_STORAGE = (
    "baibuting.common.static_files.HashedStaticFilesStorage"
    if STATIC_COLLECTED
    else "django.contrib.staticfiles.storage.StaticFilesStorage"
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _STATIC_STORAGE},
}

# An uploaded roster stays in memory until it is sealed: it is never on disk in the clear.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = LARGEST_REQUEST = 31 * 1024 * 1024  # bytes; a larger request is not read at all
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # bytes of a form without its files
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 10

# --- people ---------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = LOGOUT_REDIRECT_URL = "accounts:login"
LOGIN_REDIRECT_URL = "desk:home"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # refuses while an account is locked for an address
    "accounts.backends.RoleBackend",  # permissions, by the role; it has the last word
    "django.contrib.auth.backends.ModelBackend",
    "accounts.backends.OneTimeCodeBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.passwords.LongEnough", "OPTIONS": {"min_length": 8}},
    {"NAME": "accounts.passwords.LettersAndDigits"},
    {"NAME": "accounts.passwords.NotCommon"},
    {"NAME": "accounts.passwords.NotOneself"},
]
# A session at the desk ends after so many seconds without a click, and after so many in all. On a trusted phone it
# lasts half a year (accounts.sessions); every session ends with its account, password or last post.
SESSION_IDLE = env.int("SESSION_IDLE", default=2 * 3600)
SESSION_ABSOLUTE = env.int("SESSION_ABSOLUTE", default=12 * 3600)
SESSION_COOKIE_AGE = SESSION_ABSOLUTE
# office staff and administrators sign in with a second step
TOTP_REQUIRED = env.bool("TOTP_REQUIRED", default=True)
# how many of our own proxies are in front of the portal and add to X-Forwarded-For
PROXY_COUNT = env.int("PROXY_COUNT", default=1 if HTTPS else 0)
# Audit rows are kept at least six months; the chain's head is published to a file outside the database.
AUDIT_KEEP_DAYS = env.int("AUDIT_KEEP_DAYS", default=365)
# the variable and the file were called heads: an existing file is continued
_CHECKPOINTS = env.str("AUDIT_CHECKPOINTS", default="") or env.str("AUDIT_HEADS", default="")
AUDIT_CHECKPOINTS = Path(_CHECKPOINTS or HOME / "audit-heads.log")
if AUDIT_KEEP_DAYS < 183:
    raise ImproperlyConfigured("AUDIT_KEEP_DAYS must be 183 or more: the law asks for six months.")
# The list of the erased is outside the database, so that a restored backup is erased again (manage.py erase_again).
ERASED_LIST = Path(env.str("ERASED_LIST", default="") or HOME / "erased.log")
# How long rows are kept, where that is not the default of the app: photos=730,visit_words=1826 (docs/operations.md)
KEEP_DAYS = dict(pair.partition("=")[::2] for pair in env.list("KEEP_DAYS", default=[]))
ACCOUNT_CODE_DAYS = env.int("ACCOUNT_CODE_DAYS", default=14)  # how long a one-time code on a slip is valid
AXES_HANDLER = "accounts.lockout.SignInHandler"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "accounts.lockout.client_name"
AXES_CLIENT_IP_CALLABLE = "accounts.lockout.client_address"
AXES_CLIENT_STR_CALLABLE = "accounts.lockout.client_label"
AXES_LOCKOUT_CALLABLE = "accounts.lockout.locked_page"
AXES_COOLOFF_TIME = timedelta(
    days=1
)  # until an attempt is forgotten; how long one waits meanwhile: accounts.rules.wait_after
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True  # the audit trail has it
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
FORMAT_MODULE_PATH = ["baibuting.formats"]
USE_I18N = True
USE_TZ = True

# --- database -------------------------------------------------------------------------------------------------------
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


def _embedded_database() -> dict[str, Any]:
    cluster = embedded_postgres.cluster_of(HOME)
    return {
        "ENGINE": "baibuting.common.embedded_backend",
        "HOME": HOME,
        "NAME": embedded_postgres.DATABASE,
        "USER": embedded_postgres.SUPERUSER,
        "HOST": str(cluster.socket_dir),
        "PORT": embedded_postgres.PORT,
    }


DATABASES: dict[str, dict[str, Any]] = {
    "default": _embedded_database()
    if EMBEDDED
    else env.db("DATABASE_URL", engine="baibuting.common.patient_backend")
}
# the owner of the tables, where web and workers have a role that may do less: see common/database_owner.py
_OWNER_URL = env.str("DATABASE_OWNER_URL", default="")
DATABASE_OWNER: dict[str, Any] | None = env.db_url_config(_OWNER_URL) if _OWNER_URL else None
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# A database whose machine has vanished is given up after half a minute, and after five seconds when connecting.
DATABASES["default"]["OPTIONS"] = {
    "connect_timeout": 5,  # seconds
    "keepalives_idle": 15,  # seconds of silence until the other side is asked
    "keepalives_interval": 5,  # seconds between questions
    "keepalives_count": 3,  # questions without an answer
    "tcp_user_timeout": 30_000,  # milliseconds until what was sent must be confirmed
} | DATABASES["default"].get("OPTIONS", {})
# Of pages alone (baibuting/wsgi.py): imports, sweeps and commands take the time they take, within TASK_TIME_LIMIT.
WEB_STATEMENT_TIMEOUT = env.float("WEB_STATEMENT_TIMEOUT", default=30.0)  # seconds; 0: no limit
WEB_IDLE_IN_TRANSACTION_TIMEOUT = 150.0  # seconds; longer than gunicorn lets a request take

# --- backups --------------------------------------------------------------------------------------------------------
# The passphrase of backups; nothing else is encrypted with it, and it is in no backup.
BACKUP_KEY = env.str("BACKUP_KEY", default="")
if BACKUP_KEY:
    _key("BACKUP_KEY", BACKUP_KEY)
PING_BACKUP_URL = env.str(
    "PING_BACKUP_URL", default=""
)  # called after each backup, with /fail after a failed one

# --- background jobs ------------------------------------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="")
# A stalled broker must delay the caller two seconds at most: PostgreSQL is the source of truth, beat enqueues again.
BROKER_TIMEOUT = env.float("BROKER_TIMEOUT", default=1.0)  # seconds for one connect, read or write
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for its broker as long as it takes
CELERY_TASK_TIME_LIMIT = env.int("TASK_TIME_LIMIT", default=900)  # seconds
CELERY_TIMEZONE = TIME_ZONE
# how often beat enqueues every job, in seconds; the portals declare jobs and queues (baibuting.schedule)
SWEEP_EVERY = env.int("SWEEP_EVERY", default=60)
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_CONNECTION_TIMEOUT = BROKER_TIMEOUT
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        "socket_timeout": BROKER_TIMEOUT,
        "socket_connect_timeout": BROKER_TIMEOUT,
        "retry_on_timeout": False,
        "max_retries": 0,
    }
else:
    CELERY_BROKER_URL = "filesystem://localhost"
    _messages = HOME / "messages"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_messages),
        "data_folder_out": str(_messages),
        "control_folder": str(HOME / "control"),
        "polling_interval": 0.5,  # seconds
    }
    make_home(HOME)
    _messages.mkdir(mode=0o700, exist_ok=True)
# A post holder with something due whose phone has sent nothing for so many days is listed at /phones/: entries may
# still be in it. Three: longer than a weekend away, shorter than the time after which a 片区 is notified.
PHONE_SILENT_DAYS = env.int("PHONE_SILENT_DAYS", default=3)
# seconds until /healthz reports a stale sweep and pages say so
SWEEP_STALE_AFTER = env.int("SWEEP_STALE_AFTER", default=180)
# Services that watch from outside (healthchecks.io and the like) and tell somebody when no ping comes.
PING_SWEEP_URL = env.str("PING_SWEEP_URL", default="")
PING_BACKUP_URL = env.str("PING_BACKUP_URL", default="")
for _url in (PING_SWEEP_URL, PING_BACKUP_URL):
    if _url and not _url.startswith(("https://", "http://")):
        raise ImproperlyConfigured("PING_SWEEP_URL and PING_BACKUP_URL must begin with https:// or http://.")
# What Prometheus shows as its bearer token; without one /metrics does not exist.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# --- mail -----------------------------------------------------------------------------------------------------------
EMAIL_BACKEND = ""
vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="百步亭网格 <noreply@localhost>")
if EMAIL_BACKEND == "django.core.mail.backends.smtp.EmailBackend":
    EMAIL_BACKEND = "baibuting.common.mailing.EmailBackend"
EMAIL_TIMEOUT = 5  # seconds for one connect, read or write; the last answer may take longer, see mailing.py
# The portal's public address, for links in mails and in the QR codes of notice boards, like https://wangge.example.cn.
# Without it mails have no links, and the codes lead to the address at which the portal was opened.
PUBLIC_URL = env.str("PUBLIC_URL", default="").rstrip("/")

# --- messages to people ---------------------------------------------------------------------------------------------
# Where the providers of messages answer. A government's own 企业微信 (政务微信) has an address of its own.
MESSAGE_SERVERS = {
    "wecom": env.str("WECOM_URL", default="https://qyapi.weixin.qq.com").rstrip("/"),
    "dingtalk": env.str("DINGTALK_URL", default="https://oapi.dingtalk.com").rstrip("/"),
    "feishu": env.str("FEISHU_URL", default="https://open.feishu.cn").rstrip("/"),
    "aliyun": env.str("ALIYUN_SMS_URL", default="https://dysmsapi.aliyuncs.com").rstrip("/"),
    "tencent": env.str("TENCENT_SMS_URL", default="https://sms.tencentcloudapi.com").rstrip("/"),
}

# --- API ------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["api.views.access.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["api.views.access.Granted"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "api.views.schema.Schema",
    "DEFAULT_FILTER_BACKENDS": ["api.views.filters.ListedFilters"],
    "EXCEPTION_HANDLER": "api.views.problems.answer_problem",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "百步亭网格数据接口",
    "VERSION": "1.0.0",
    "DESCRIPTION": (
        "供区级平台等其他单位的系统读写本社区数据。令牌由社区签发，放在 Authorization 中：Bearer bbt_…。"
        "只给出令牌范围内的数据；范围外的视同没有（404）。出错时返回 application/problem+json，code 供程序判断，detail 供人阅读。"
        "列表按 cursor 翻页；要与本系统保持一致，请用“变更”（changes），不必反复读取列表。"
    ),
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    # any field can be left out by ?fields=
    "COMPONENT_NO_READ_ONLY_REQUIRED": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "api.views.schema.complete",
    ],
    "ENUM_NAME_OVERRIDES": {
        "RowKind": "api.rules.row_kind_choices",
        "DutyKind": "duties.choices.kind_choices",
        "IncidentKind": "visits.choices.IncidentKind",
        "Post": "cadres.choices.Post",
        "Outcome": "duties.choices.Outcome",
        "Rung": "duties.choices.Rung",
        "Method": "visits.choices.Method",
        "CategoryWord": "stats.choices.CategoryWord",
        "LevelWord": "api.choices.LevelWord",
    },
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
}
# Whether webhooks and reports may go to http and to private networks: for a platform in the office's own network.
API_PRIVATE_ADDRESSES = env.bool("API_PRIVATE_ADDRESSES", default=False)

# The font of notice boards, where it is not in a system's usual place; see baibuting/common/paper.py.
BOARD_FONT = env.str("BOARD_FONT", default="")

# --- reports --------------------------------------------------------------------------------------------------------
# Reports with more rows are made in the background; the file is kept for so many days.
REPORT_ROWS_AT_ONCE = env.int("REPORT_ROWS_AT_ONCE", default=2_000)
REPORT_KEEP_DAYS = env.int("REPORT_KEEP_DAYS", default=7)

# --- import and export: refuse unless the permission is there -------------------------------------------------------
IMPORT_EXPORT_IMPORT_PERMISSION_CODE = "add"
IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "view"
IMPORT_EXPORT_USE_TRANSACTIONS = True

# --- log: what happened, never to whom ------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "baibuting.common.logs.QuietFormatter",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "axes": {"level": "WARNING"},  # every sign-in is in the audit trail
        "fontTools": {"level": "WARNING"},  # it logs which characters a notice board uses
    },
}
