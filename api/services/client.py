"""Opening clients and issuing tokens; every step is audited."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction

from accounts.models import User
from api.models import ApiClient, ApiToken
from api.rules import LONGEST_TOKEN_LIFE, SHOWN_LETTERS, TOKEN_START, grant_choices, token_digest, token_make
from api.selectors import Caller, caller_of
from audit.choices import Action
from audit.services import audit_event_record
from buildings.models import Place

WINDOW = timedelta(minutes=1)


@transaction.atomic
def client_open(
    *,
    name: str,
    audience: str,
    places: Collection[Place],
    grants: Sequence[str],
    purpose: str,
    now: datetime,
    by: User | None,
    rate: int = 120,
) -> ApiClient:
    """Give a program of another office access to some places and kinds of data. Without a token it reads nothing.

    Raises ValidationError without a place or a grant, or for a name in use.
    """
    client = ApiClient(created_at=now, created_by=by)
    _set(client, name=name, audience=audience, rate=rate, purpose=purpose, grants=grants, places=places)
    client.save()
    client.places.set(places)
    _audit(
        Action.PERMISSION,
        client,
        places,
        now,
        by,
        ["name", "audience", "places", "grants", "rate", "purpose"],
    )
    return client


@transaction.atomic
def client_change(
    *, client: ApiClient, places: Collection[Place], now: datetime, by: User | None, **details: Any
) -> ApiClient:
    """Change a client's places and grants, for its tokens from the next request on; its feed begins anew."""
    client = ApiClient.objects.select_for_update().get(pk=client.pk)
    before = {name: getattr(client, name) for name in details}
    before_places = set(client.places.values_list("pk", flat=True))
    _set(client, places=places, **details)
    client.save()
    client.places.set(places)
    changed = [name for name in details if getattr(client, name) != before[name]]
    if before_places != {place.pk for place in places}:
        changed.append("places")
    if changed:
        _audit(Action.PERMISSION, client, places, now, by, changed)
    return client


@transaction.atomic
def client_shut(*, client: ApiClient, reason: str, now: datetime, by: User | None) -> ApiClient:
    """Shut a client: its tokens are refused, and nothing is sent to it."""
    return _switch(client, False, reason, now, by)


@transaction.atomic
def client_reopen(*, client: ApiClient, reason: str, now: datetime, by: User | None) -> ApiClient:
    """Reopen a shut client, with its tokens that are still valid."""
    return _switch(client, True, reason, now, by)


@transaction.atomic
def token_issue(
    *,
    client: ApiClient,
    label: str,
    grants: Sequence[str],
    expires_at: datetime,
    now: datetime,
    by: User | None,
) -> tuple[ApiToken, str]:
    """Issue a token to a client; return its row and the token itself, which is not stored.

    Raises ValidationError for grants that the client lacks, or an expiry in the past or too far ahead.
    """
    client = ApiClient.objects.select_for_update().get(pk=client.pk)
    if not client.is_active:
        raise ValidationError("该客户端已停用，请先恢复使用。")
    if not now < expires_at <= now + LONGEST_TOKEN_LIFE:
        raise ValidationError({"expires_at": "到期时间应在今天之后、一年之内，如：2027-06-30。"})
    if not grants or set(grants) - set(client.grants):
        raise ValidationError({"grants": "请至少选择一种数据，且不能超出该客户端已开通的种类。"})
    plain = token_make()
    token = ApiToken(
        client=client,
        label=label.strip(),
        digest=token_digest(plain),
        shown=plain[: len(TOKEN_START) + SHOWN_LETTERS - 4],
        grants=_in_order(grants),
        expires_at=expires_at,
        created_at=now,
        created_by=by,
    )
    token.full_clean()
    token.save()
    _audit(Action.PERMISSION, token, client.places.all(), now, by, ["label", "grants", "expires_at"])
    return token, plain


@transaction.atomic
def token_revoke(*, token: ApiToken, reason: str, now: datetime, by: User | None) -> ApiToken:
    """Revoke a token; it is refused from the next request on."""
    token = ApiToken.objects.select_for_update(of=("self",)).select_related("client").get(pk=token.pk)
    if token.revoked_at:
        raise ValidationError("该令牌已经吊销。")
    token.revoked_at = now
    token.save(update_fields=["revoked_at"])
    _audit(Action.PERMISSION, token, token.client.places.all(), now, by, ["revoked_at"], reason)
    return token


@dataclass(frozen=True, slots=True)
class Use:
    """One request under a token. `wait` is how many seconds to wait after too many requests, else 0."""

    caller: Caller
    wait: int


@transaction.atomic
def token_use(*, plain: str, now: datetime) -> Use | None:
    """Authenticate and count a request; None for a token that is unknown, expired, revoked or of a shut client.

    The count is kept in the database, so that it holds across processes and restarts. Four queries.
    """
    rows = ApiToken.objects.select_for_update(of=("self",)).select_related("client")
    token = rows.filter(
        digest=token_digest(plain), revoked_at=None, expires_at__gt=now, client__is_active=True
    ).first()
    if token is None:
        return None
    if token.window_started_at is None or not now - WINDOW < token.window_started_at <= now:
        token.window_started_at, token.window_count = now, 0
    wait = 0
    if token.window_count >= token.client.rate:
        wait = int((token.window_started_at + WINDOW - now).total_seconds()) + 1
    else:
        token.window_count += 1
        token.last_used_at = now
        token.save(update_fields=["window_started_at", "window_count", "last_used_at"])
    return Use(caller_of(token), wait)


def _set(client: ApiClient, *, places: Collection[Place], grants: Sequence[str], **details: Any) -> None:
    if not places:
        raise ValidationError({"places": "请至少选择一处范围。"})
    if not grants or set(grants) - set(dict(grant_choices())):
        raise ValidationError({"grants": "请至少选择一种数据。"})
    for name, value in details.items():
        setattr(client, name, value.strip() if isinstance(value, str) else value)
    client.grants = _in_order(grants)
    client.full_clean()


def _in_order(grants: Collection[str]) -> list[str]:
    return [code for code, _ in grant_choices() if code in grants]


def _switch(client: ApiClient, is_active: bool, reason: str, now: datetime, by: User | None) -> ApiClient:
    client = ApiClient.objects.select_for_update().get(pk=client.pk)
    if client.is_active == is_active:
        raise ValidationError("该客户端正在使用，无需恢复。" if is_active else "该客户端已经停用。")
    client.is_active = is_active
    client.save(update_fields=["is_active"])
    _audit(Action.PERMISSION, client, client.places.all(), now, by, ["is_active"], reason)
    return client


def _audit(
    action: Action,
    row: models.Model,
    places: Iterable[Place],
    now: datetime,
    by: User | None,
    fields: Sequence[str],
    reason: str = "",
) -> None:
    communities = {place.community_id for place in places}
    audit_event_record(
        now=now,
        user=by,
        action=action,
        object_type=row._meta.label_lower,
        object_id=str(row.pk),
        community_id=communities.pop() if len(communities) == 1 else None,
        fields=fields,
        reason=reason,
    )
