"""The product's settings with fixed keys, always on the embedded database; nothing of the developer's leaks in."""

import os

os.environ.update(
    SECRET_KEY="only-for-tests",
    FIELD_KEYS="1:" + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    FIELD_KEY_ID="1",
    FIELD_ALGORITHM="AES-256-GCM",
    LOOKUP_KEY="ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=",
    BACKUP_KEY="YmFja3VwIGtleSBvZiB0ZXN0cywgMzIgYnl0ZXMuLi4=",
    TOTP_REQUIRED="0",  # asked for by the tests that need it
)
for name in (
    "DATABASE_URL",
    "REDIS_URL",
    "EMAIL_URL",
    "DEBUG",
    "HTTPS",
    "STATIC_COLLECTED",
    "ACCOUNT_CODE_DAYS",
    "SWEEP_STALE_AFTER",
    "LOOKUP_KEYS",
    "LOOKUP_KEY_ID",
    "SECRET_KEY_FALLBACKS",
    "AUDIT_KEEP_DAYS",
    "AUDIT_CHECKPOINTS",
    "ERASED_LIST",
    "KEEP_DAYS",
    "SESSION_IDLE",
    "SESSION_ABSOLUTE",
    "PROXY_COUNT",
    "PING_SWEEP_URL",
    "PING_BACKUP_URL",
    "METRICS_TOKEN",
    "DATABASE_OWNER_URL",
):
    os.environ.pop(name, None)

from baibuting.settings import *  # noqa: E402, F403
from baibuting.settings import DATABASES  # noqa: E402

# One database a session: two sessions may share a data folder. Commits need not reach the disk.
DATABASES["default"]["TEST"] = {"NAME": f"test_baibuting_{os.getpid()}"}
DATABASES["default"]["OPTIONS"]["options"] = "-c synchronous_commit=off"
DATABASES["default"]["CONN_MAX_AGE"] = 0

STARTED_AT = float("inf")  # pages of a long session would say that no sweep ever came

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {}
# WhiteNoise would look at every static file anew for each client a test makes; browsers get them from Django's live server
WHITENOISE_USE_FINDERS = False
