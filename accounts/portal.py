"""The portal of accounts: signing in, accounts, and who may read the audit trail."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone

from accounts.choices import Role
from accounts.routing import EVERY_ROLE, list_link
from audit.selectors import alarm_sentence, alarms_since
from baibuting.common.portal import ACCOUNTS, Access, AdminRoute, Job, Portal, Route, Urls


def _alarms(request: HttpRequest) -> int:
    """Return the number of alarms in the last day."""
    return alarms_since(timezone.now() - timedelta(days=1))


def _trail_alarm(request: HttpRequest) -> str:
    """Return what is wrong with the trail itself, to whoever keeps it."""
    is_auditor = getattr(request.user, "role", "") == Role.AUDITOR
    return alarm_sentence() if is_auditor else ""


ROUTES = {
    "accounts:login": Route("nothing", None, reason="where one signs in"),
    "accounts:logout": Route("nothing", None, reason="ends one's own session"),
    "accounts:password": Route("nothing", EVERY_ROLE, reason="one's own password"),
    "accounts:first_account": Route(
        "nothing", None, reason="makes the first account by a printed code; not found as soon as there is one"
    ),
    "accounts:second_step": Route("nothing", None, reason="the second step of signing in"),
    "accounts:second_step_enrol": Route("nothing", EVERY_ROLE, reason="one's own second step"),
    "accounts:second_step_qr": Route(
        "one's own secret, while it is set up", EVERY_ROLE, reason="one's own second step"
    ),
}
ADMINS = {
    "accounts.user": AdminRoute(
        "names, masked phones, roles",
        pages=("password", "enable", "disable", "second-factor"),
        beyond=ACCOUNTS,
        reason="accounts lie at no place: whoever keeps them keeps all",
    ),
    "audit.auditevent": AdminRoute(
        "who did what to which row, never a value",
        pages=("export", "same"),
        reason="events of the communities in the scope, and those of none",
    ),
    "audit.auditcheck": AdminRoute("counts", reason="how the nightly verification of the trail went"),
    "audit.auditalarm": AdminRoute("counts", reason="what is wrong with the trail itself"),
}

PORTAL = Portal(
    urls=(Urls("", "accounts.urls"),),
    links=(
        list_link("账号", "accounts.user", 130),
        list_link("审计记录", "audit.auditevent", 160, count=_alarms, count_label="告警"),
    ),
    help={"/admin/accounts/": "office#accounts", "/admin/audit/": "office#trail"},
    access={
        Role.SYSTEM_ADMIN: Access(write=frozenset({"accounts.user"})),
        Role.SECURITY_ADMIN: Access(view=frozenset({"accounts.user"})),
        Role.AUDITOR: Access(view=frozenset({"audit.auditevent", "audit.auditcheck", "audit.auditalarm"})),
    },
    admin_position=100,
    alarms=(_trail_alarm,),
    jobs=(Job("accounts.tidy_sign_ins"), Job("accounts.mail_alarms", queue="mail")),
    routes=ROUTES,
    admins=ADMINS,
)
