"""A foreign community's programs, the platform it reports to, and what is owed to them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from api.choices import DeliveryState, Topic
from api.models import ApiClient, ApiToken, Delivery, EventType, OutboxEvent, Platform, Webhook

if TYPE_CHECKING:
    from tests.privacy.world import Family


def programs(family: Family, now: datetime) -> None:
    """A client with token and address, a platform with its dictionary, one message to each."""
    words, community = family.words, family.community.place
    client = ApiClient.objects.create(name=words.text("平台"), purpose=words.text("用途"), created_at=now)
    client.places.set([family.place])
    token = ApiToken.objects.create(
        client=client, label=words.text("令牌"), digest=words.name().encode()[:32], shown=words.name(),
        expires_at=now + timedelta(days=90), created_at=now,
    )  # fmt: skip
    webhook = Webhook.objects.create(
        client=client,
        url=f"https://{words.latin}.example/{words.name()}",
        secret=words.text("密钥"),
        created_at=now,
    )
    platform = Platform.objects.create(
        community=community, name=words.text("平台"), url=f"https://{words.latin}.example/{words.name()}",
        credential=words.text("凭证"), secret=words.text("密钥"), is_active=False,
    )  # fmt: skip
    named = {
        f"{part}_{what}": words.text("") for part in ("first", "second", "scope") for what in ("code", "name")
    }
    kind = EventType.objects.create(platform=platform, kind="emergency", title=words.text("事件"), **named)
    event = OutboxEvent.objects.create(
        topic=Topic.values[0], community=community, building=family.place, occurred_at=now, fanned_out_at=now
    )
    for receiver in ({"webhook": webhook}, {"platform": platform}):
        family.add(
            Delivery.objects.create(
                community=community,
                event=event,
                topic=event.topic,
                payload=words.text("报文"),
                created_at=now,
                state=DeliveryState.OWED,
                next_attempt_at=now,
                last_failure=words.text("失败"),
                **receiver,
            )
        )
    family.add(client)
    family.add(token)
    family.add(webhook)
    family.add(platform)
    family.add(kind)
