"""Two-step sign-in: enrolling a phone's authenticator, checking its codes, back-up codes, and resetting it."""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django_otp.oath import TOTP

from accounts.models import SecondFactor, User
from audit.choices import Action
from audit.services import audit_event_record

STEP = 30  # seconds a code is valid
DRIFT = 1  # steps a phone's clock may be off
SECRET = 20  # bytes
BACKUP_CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without letters and digits that look alike
_BACKUP_LENGTH = 10

FREE_TRIES = 4  # wrong codes in a row
LONGEST_WAIT = timedelta(minutes=15)
WRONG = "验证码不对或已用过，请等手机上换出下一个再填；也可以填一个备用码。"


@transaction.atomic
def second_factor_begin(*, account: User) -> SecondFactor:
    """Return the factor to enrol on a phone; the same one until it is confirmed. Raises ValidationError once it is."""
    User.objects.select_for_update().get(pk=account.pk)
    factor, _ = SecondFactor.objects.get_or_create(user=account, defaults={"secret": _new_secret()})
    if factor.confirmed_at is not None:
        raise ValidationError("两步验证已经启用。换手机请先请安全管理员解除，再重新启用。")
    return factor


@transaction.atomic
def second_factor_confirm(*, account: User, code: str, now: datetime) -> list[str]:
    """Put two-step sign-in into force with a first code; returns the back-up codes, which are never shown again.

    Raises ValidationError for a wrong code.
    """
    factor = SecondFactor.objects.select_for_update().filter(user=account, confirmed_at=None).first()
    if factor is None:
        raise ValidationError("请先打开启用页面，再填写验证码。")
    if not _takes_code(factor, code, now):
        raise ValidationError({"code": "验证码不对，请核对手机时间后填写最新的六位数字。"})
    codes = _new_codes()
    factor.backup_codes, factor.confirmed_at = " ".join(codes), now
    factor.save(update_fields=["backup_codes", "confirmed_at", "last_step"])
    User.objects.filter(pk=account.pk).update(second_factor_since=now)
    account.second_factor_since = now
    _audit(account, now, account, "enrolled")
    return codes


def second_factor_check(*, account: User, code: str, now: datetime) -> None:
    """Accept the code of a sign-in's second step, or a back-up code. Raises ValidationError for a wrong one.

    After a few wrong ones each further one makes the wait longer. Wrong codes are counted and audited all the same.
    """
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().get(user=account, confirmed_at__isnull=False)
        wait = _waits_until(factor)
        if wait is not None and now < wait:
            minutes = -(-(wait - now).total_seconds() // 60)
            raise ValidationError(f"填错次数太多，请在 {minutes:.0f} 分钟后再试。")
        was_right = _takes_code(factor, code, now) or _takes_backup_code(factor, code)
        factor.failures = 0 if was_right else factor.failures + 1
        factor.last_failure_at = None if was_right else now
        factor.save(update_fields=["backup_codes", "last_step", "failures", "last_failure_at"])
        if not was_right:
            _audit(account, now, account, "wrong_code")
    if not was_right:
        raise ValidationError({"code": WRONG})


@transaction.atomic
def backup_codes_renew(*, account: User, now: datetime) -> list[str]:
    """Replace what is left of the back-up codes; returns ten new ones."""
    factor = SecondFactor.objects.select_for_update().get(user=account, confirmed_at__isnull=False)
    codes = _new_codes()
    factor.backup_codes = " ".join(codes)
    factor.save(update_fields=["backup_codes"])
    _audit(account, now, account, "backup_codes")
    return codes


@transaction.atomic
def second_factor_reset(*, account: User, reason: str, now: datetime, by: User | None) -> User:
    """Reset another account's two-step sign-in, as when the phone is lost; its user enrols anew at the next sign-in.

    Raises ValidationError for the user's own, and where there is none.
    """
    if by is not None and by.pk == account.pk:
        raise ValidationError("不能解除自己的两步验证，请由另一位安全管理员办理。")
    account = User.objects.select_for_update().get(pk=account.pk)
    if account.second_factor_since is None:
        raise ValidationError("该账号没有启用两步验证，无需解除。")
    SecondFactor.objects.filter(user=account).delete()
    account.second_factor_since = None
    account.save(update_fields=["second_factor_since"])
    _audit(account, now, by, "reset", reason)
    return account


def codes_left(account: User) -> int:
    """Return how many back-up codes an account has left."""
    factor = SecondFactor.objects.filter(user=account, confirmed_at__isnull=False).first()
    return len(factor.backup_codes.split()) if factor else 0


def provisioning_uri(factor: SecondFactor, account: User) -> str:
    """Return the otpauth URI for the authenticator's QR code: issuer, account, secret."""
    return f"otpauth://totp/baibuting:{account.username}?secret={factor.secret}&issuer=baibuting"


def _new_secret() -> str:
    return base64.b32encode(secrets.token_bytes(SECRET)).decode()


def _new_codes() -> list[str]:
    return ["".join(secrets.choice(_LETTERS) for _ in range(_BACKUP_LENGTH)) for _ in range(BACKUP_CODES)]


def _takes_code(factor: SecondFactor, code: str, now: datetime) -> bool:
    """Return whether six digits are the authenticator's code; marks their half minute as used."""
    digits = "".join(code.split())
    if not (digits.isascii() and digits.isdigit() and len(digits) == 6):
        return False
    totp = TOTP(base64.b32decode(factor.secret), STEP)
    totp.time = now.timestamp()
    if not totp.verify(int(digits), DRIFT, factor.last_step + 1):
        return False
    factor.last_step = totp.t()
    return True


def _takes_backup_code(factor: SecondFactor, code: str) -> bool:
    """Return whether it is one of the back-up codes left; removes it."""
    typed = "".join(code.lower().replace("-", " ").split())
    left = factor.backup_codes.split()
    found = [known for known in left if hmac.compare_digest(known.encode(), typed.encode())]
    if not found:
        return False
    factor.backup_codes = " ".join(known for known in left if known not in found)
    return True


def _waits_until(factor: SecondFactor) -> datetime | None:
    """Return until when no code is accepted after wrong ones; None where one may be tried."""
    if factor.last_failure_at is None or factor.failures <= FREE_TRIES:
        return None
    minutes = 2 ** min(factor.failures - FREE_TRIES - 1, 4)
    return factor.last_failure_at + min(timedelta(minutes=minutes), LONGEST_WAIT)


def _audit(account: User, now: datetime, by: User | None, what: str, reason: str = "") -> None:
    audit_event_record(
        now=now,
        user=by,
        action=Action.SECOND_STEP,
        object_type=User._meta.label_lower,
        object_id=str(account.pk),
        fields=[what],
        reason=reason,
    )
