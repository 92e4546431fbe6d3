"""Writes on accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from axes.models import AccessAttempt
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.choices import Role
from accounts.codes import code_drop, codes_issue
from accounts.models import User
from accounts.rules import SEPARATED_ADMIN_ROLES, opens_admin, tries_digest
from audit.choices import Action
from audit.services import audit_event_record
from baibuting.common.plain_text import plain_text_check


@transaction.atomic
def account_create(
    *,
    username: str,
    password: str,
    role: str,
    now: datetime,
    by: User | None,
    name: str = "",
    phone: str = "",
) -> User:
    """Create an account with a first password, which its user must change at the first sign-in.

    One of the 三员 stays disabled until the security administrator has countersigned it (`account_enable`).
    Raises ValidationError for a taken name or phone or a weak password.
    """
    account = User(username=username.strip(), name=name.strip(), role=role, phone=phone)
    account.is_staff = opens_admin(role)
    account.must_change_password = by is not None
    account.is_active = not _waits_for_countersign(account, by)
    _set_password(account, password)
    account.full_clean()
    account.save()
    _audit(Action.CREATE, account, now, by, ["username", "name", "role", "phone"])
    return account


@transaction.atomic
def account_change(*, account: User, now: datetime, by: User | None, **details: Any) -> User:
    """Change name, phone or role. Raises ValidationError for one's own role; only superusers change a superuser."""
    account = _locked(account, by)
    changed = [field for field, value in details.items() if getattr(account, field) != value]
    if "role" in changed:
        if by is not None and by.pk == account.pk:
            raise ValidationError({"role": "不能修改自己的账号类型，请由另一位管理员办理。"})
        _refuse_last_keeper(account)
        account.is_staff = account.is_superuser or opens_admin(details["role"])
    for field in changed:
        if field not in ("name", "phone", "role"):
            raise ValueError(f"{field} is not changed here")
        setattr(account, field, details[field])
    if "role" in changed and _waits_for_countersign(account, by):
        account.is_active = False
    account.full_clean()
    account.save()
    if changed:
        _audit(Action.PERMISSION if "role" in changed else Action.CHANGE, account, now, by, changed)
    return account


@transaction.atomic
def account_disable(*, account: User, reason: str, now: datetime, by: User | None) -> User:
    """Disable an account and end its sessions at once. Rows it has written keep its name."""
    account = _locked(account, by)
    if by is not None and by.pk == account.pk:
        raise ValidationError("不能停用自己的账号，请由另一位管理员办理。")
    if not account.is_active:
        raise ValidationError("该账号已经停用。")
    _refuse_last_keeper(account)
    account.is_active = False
    account.save(update_fields=["is_active"])
    _audit(Action.PERMISSION, account, now, by, ["is_active"], reason)
    return account


@transaction.atomic
def account_enable(*, account: User, reason: str, now: datetime, by: User | None) -> User:
    """Enable a disabled account, with its old password; one of the 三员 by the security administrator alone."""
    account = _locked(account, by)
    if by is not None and by.pk == account.pk:
        raise ValidationError("不能恢复自己的账号，请由另一位管理员办理。")
    if _waits_for_countersign(account, by) and by is not None and by.role != Role.SECURITY_ADMIN:
        raise ValidationError("三员的账号须由安全管理员复核后恢复。")
    if account.is_active:
        raise ValidationError("该账号正在使用，无需恢复。")
    account.is_active = True
    account.save(update_fields=["is_active"])
    _audit(Action.PERMISSION, account, now, by, ["is_active"], reason)
    return account


@transaction.atomic
def account_set_password(*, account: User, password: str, now: datetime, by: User | None) -> User:
    """Set an account's password and end its sessions. One set by another must be changed at once and ends a lock-out.

    One of the 三员 is disabled until countersigned, or the role that sets passwords could take over any of them.
    Raises ValidationError for a weak one.
    """
    account = _locked(account, by)
    _set_password(account, password)
    code_drop(account=account)
    account.must_change_password = by is not None and by.pk != account.pk
    if account.must_change_password and _waits_for_countersign(account, by):
        account.is_active = False
    if account.must_change_password:
        AccessAttempt.objects.filter(username=tries_digest(account.username)).delete()
    account.save(update_fields=["password", "must_change_password", "is_active"])
    _audit(Action.PERMISSION, account, now, by, ["password"])
    return account


@transaction.atomic
def accounts_open(
    *, fresh: Sequence[User], known: Sequence[User], now: datetime, by: User, community_id: int | None = None
) -> Mapping[int, str]:
    """Create the unsaved accounts of `fresh`, and give them and those of `known` a one-time code each.

    Returns the codes by account id: they exist nowhere else. Each account has its row in the trail. Raises
    ValidationError where a name or phone is taken meanwhile; nothing is then written.
    """
    for account in fresh:
        account.is_staff, account.must_change_password = opens_admin(account.role), True
        account.set_unusable_password()
        account.clean()
        plain_text_check(account)
    try:
        with transaction.atomic():
            User.objects.bulk_create(fresh)
    except IntegrityError as taken:
        raise ValidationError("有的账号或手机号刚由别人开通，请刷新本页再办。") from taken
    locked = list(User.objects.select_for_update().filter(pk__in=[one.pk for one in known], is_active=True))
    accounts = [*fresh, *locked]
    codes = codes_issue(accounts=accounts, now=now)
    new = {one.pk for one in fresh}
    for account in accounts:
        audit_event_record(
            now=now,
            user=by,
            action=Action.PERMISSION,
            object_type=User._meta.label_lower,
            object_id=str(account.pk),
            community_id=community_id,
            fields=["username", "phone", "one_time_code"] if account.pk in new else ["one_time_code"],
        )
    return codes


def _locked(account: User, by: User | None) -> User:
    account = User.objects.select_for_update().get(pk=account.pk)
    if account.is_superuser and by is not None and not by.is_superuser:
        raise ValidationError("最高权限账号只能由最高权限账号办理。")
    return account


def _waits_for_countersign(account: User, by: User | None) -> bool:
    """Return whether an account is one of the 三员 and set-up is over: then enabling it takes two users."""
    return account.role in SEPARATED_ADMIN_ROLES and by is not None and not by.is_superuser


def _refuse_last_keeper(account: User) -> None:
    """Raise ValidationError for the last active account of one of the 三员: each is filled at all times."""
    if account.role not in SEPARATED_ADMIN_ROLES or account.is_superuser or not account.is_active:
        return
    others = User.objects.filter(role=account.role, is_active=True, is_superuser=False).exclude(pk=account.pk)
    if not others.exists():
        raise ValidationError(f"这是最后一位在用的{account.get_role_display()}，请先开设并启用另一位。")


def _set_password(account: User, password: str) -> None:
    try:
        validate_password(password, account)
    except ValidationError as weak:
        raise ValidationError({"password": weak.messages}) from weak
    account.set_password(password)


def _audit(
    action: Action, account: User, now: datetime, by: User | None, fields: Sequence[str], reason: str = ""
) -> None:
    audit_event_record(
        now=now,
        user=by,
        action=action,
        object_type=User._meta.label_lower,
        object_id=str(account.pk),
        fields=fields,
        reason=reason,
    )
