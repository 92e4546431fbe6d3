"""Set-up: it begins with the first account, which may do everything, and ends when the 三员 share the administration."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.choices import Role
from accounts.codes import first_code_spend
from accounts.models import User
from accounts.rules import SEPARATED_ADMIN_ROLES
from accounts.services import account_create
from audit.choices import Action
from audit.services import audit_event_record


def setup_waits() -> bool:
    """Return whether there is no active account at all: then the sign-in page leads to making the first."""
    return not User.objects.filter(is_active=True).exists()


@transaction.atomic
def first_account_create(
    *, code: str, username: str, name: str, phone: str, password: str, now: datetime
) -> User:
    """Create the account that sets the installation up, by the code which the process has printed; uses the code up.

    Raises ValidationError for a wrong or expired code, a weak password, and where there is an account meanwhile.
    """
    if not first_code_spend(typed=code, now=now) or not setup_waits():
        raise ValidationError(
            {"code": "开通码不对或已过期，请核对；可在服务器上运行 manage.py first_account_code 换一个。"}
        )
    account = account_create(
        username=username, name=name, phone=phone, password=password, role=Role.SYSTEM_ADMIN, now=now, by=None
    )
    account.is_superuser = True
    account.save(update_fields=["is_superuser"])
    return account


@transaction.atomic
def setup_finish(*, now: datetime, placed: Collection[int]) -> int:
    """Disable every superuser; returns how many. `placed` are the ids of accounts that keep a whole community for good.

    Raises ValidationError while one of the 三员 has no active account, or none that is placed: without a place the
    security administrator can give none, to nobody, and afterwards nobody else can.
    """
    active = User.objects.filter(is_active=True, is_superuser=False, role__in=SEPARATED_ADMIN_ROLES)
    filled = set(active.values_list("role", flat=True))
    with_place = set(active.filter(pk__in=placed).values_list("role", flat=True))
    if lacking := _labels_without(filled):
        raise ValidationError(f"还没有在用的{lacking}账号，请先开设，再结束安装。")
    if lacking := _labels_without(with_place):
        raise ValidationError(
            f"{lacking}还没有工作范围，结束安装后就没有人能给了。请先用第一个账号打开“工作范围”，"
            f"把整个社区给{lacking}（截止日期不填），再结束安装。"
        )
    supers = list(User.objects.select_for_update().filter(is_superuser=True).order_by("pk"))
    for account in supers:
        account.is_active = account.is_superuser = account.is_staff = False
        account.save(update_fields=["is_active", "is_superuser", "is_staff"])
        audit_event_record(
            now=now,
            user=None,
            action=Action.PERMISSION,
            object_type=User._meta.label_lower,
            object_id=str(account.pk),
            fields=["is_superuser", "is_active"],
            reason="结束安装",
        )
    return len(supers)


def _labels_without(roles: set[str]) -> str:
    """Return the names of those of the 三员 that are not among the roles, "安全管理员、审计管理员"; "" where all are."""
    return "、".join(role.label for role in Role if role in SEPARATED_ADMIN_ROLES and role not in roles)
