"""Receivers of events: webhooks of clients, and the platforms that incidents are reported to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction

from accounts.models import User
from api.choices import Topic
from api.models import ApiClient, EventType, Platform, Webhook
from api.reports import TITLE_WORDS
from api.rules import check_address
from api.signing import secret_make
from audit.choices import Action
from audit.services import audit_event_record
from buildings.choices import Level
from buildings.models import Place


@transaction.atomic
def webhook_open(
    *, client: ApiClient, url: str, topics: Sequence[str], now: datetime, by: User | None
) -> Webhook:
    """Subscribe a client's address to topics. Its secret is to be shown once, to the user who set it up.

    Raises ValidationError for an address that may not be sent to, or without a topic.
    """
    webhook = Webhook(client=client, created_at=now)
    _set_webhook(webhook, url, topics)
    webhook.secret = secret_make()
    webhook.save()
    _audit(webhook, now, by, ["client", "url", "topics"])
    return webhook


@transaction.atomic
def webhook_change(
    *, webhook: Webhook, url: str, topics: Sequence[str], now: datetime, by: User | None
) -> Webhook:
    """Change address and topics; messages already owed go to the new address."""
    webhook = Webhook.objects.select_for_update(of=("self",)).select_related("client").get(pk=webhook.pk)
    _set_webhook(webhook, url, topics)
    webhook.save()
    _audit(webhook, now, by, ["url", "topics"])
    return webhook


@transaction.atomic
def secret_renew(*, receiver: Webhook | Platform, now: datetime, by: User | None) -> str:
    """Replace the signing secret and return the new one, to be shown once."""
    secret = secret_make()
    receiver.secret = secret
    receiver.save(update_fields=["secret"])
    _audit(receiver, now, by, ["secret"])
    return secret


@transaction.atomic
def webhook_switch(
    *, webhook: Webhook, is_active: bool, reason: str, now: datetime, by: User | None
) -> Webhook:
    """Pause or resume a webhook. Events in between are not sent afterwards."""
    webhook = Webhook.objects.select_for_update(of=("self",)).get(pk=webhook.pk)
    if webhook.is_active == is_active:
        raise ValidationError("该推送正在使用，无需恢复。" if is_active else "该推送已经停用。")
    webhook.is_active = is_active
    webhook.save(update_fields=["is_active"])
    _audit(webhook, now, by, ["is_active"], reason)
    return webhook


@transaction.atomic
def platform_set(
    *, community: Place, now: datetime, by: User | None, platform: Platform | None = None, **details: Any
) -> Platform:
    """Set where a community's incidents are reported to. `details` are the plain columns and the credential.

    Raises ValidationError for a place that is no community, or an address that may not be sent to.
    """
    if community.level != Level.COMMUNITY:
        raise ValidationError({"community": "请选择社区。"})
    if platform is None:
        platform = Platform(community=community)
        platform.secret = secret_make()
    for name, value in details.items():
        setattr(platform, name, value.strip() if isinstance(value, str) else value)
    _check_url(platform.url)
    platform.full_clean()
    platform.save()
    _audit(platform, now, by, sorted(details))
    return platform


@transaction.atomic
def event_type_set(
    *,
    platform: Platform,
    kind: str,
    now: datetime,
    by: User | None,
    event_type: EventType | None = None,
    **details: str,
) -> EventType:
    """Set what the platform's dictionary calls a kind of incident.

    Raises ValidationError for a kind that has its row already, or a pattern with unknown words.
    """
    event_type = event_type or EventType(platform=platform, kind=kind)
    for name, value in details.items():
        setattr(event_type, name, value.strip())
    unknown = [word for word in re.findall(r"\{(.*?)\}", event_type.title) if word not in TITLE_WORDS]
    if unknown:
        known = "、".join(f"{{{word}}}" for word in TITLE_WORDS)
        raise ValidationError({"title": f"不认识 {{{unknown[0]}}}，可用的有{known}。"})
    event_type.full_clean()
    event_type.save()
    _audit(event_type, now, by, ["kind", *sorted(details)])
    return event_type


def _set_webhook(webhook: Webhook, url: str, topics: Sequence[str]) -> None:
    if not topics or set(topics) - set(Topic.values):
        raise ValidationError({"topics": "请至少选择一种通知内容。"})
    _check_url(url)
    webhook.url, webhook.topics = url.strip(), [topic.value for topic in Topic if topic in topics]
    webhook.full_clean()


def _check_url(url: str) -> None:
    try:
        check_address(url.strip())
    except ValidationError as refusal:
        raise ValidationError({"url": refusal.messages}) from refusal


def _audit(
    row: models.Model, now: datetime, by: User | None, fields: Sequence[str], reason: str = ""
) -> None:
    audit_event_record(
        now=now,
        user=by,
        action=Action.PERMISSION,
        object_type=row._meta.label_lower,
        object_id=str(row.pk),
        community_id=_community(row),
        fields=fields,
        reason=reason,
    )


def _community(row: Any) -> int | None:
    if isinstance(row, Platform):
        return row.community_id
    if isinstance(row, EventType):
        return row.platform.community_id
    communities = set(row.client.places.values_list("community", flat=True))
    return communities.pop() if len(communities) == 1 else None
