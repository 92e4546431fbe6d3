"""Setting channels up, what each person wants, and which messages are owed to whom."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, time, timedelta
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from audit.choices import Action
from audit.services import audit_event_record
from baibuting.common.days import local_day
from baibuting.common.queueing import enqueue_on_commit
from buildings.choices import Level
from buildings.models import Place
from cadres.ladder import Ladder
from cadres.models import Cadre
from duties.choices import RUNNING
from duties.models import Duty, DutyClock, NoticeDelivery
from messaging.choices import NAMED_WAYS, OF_THE_CHANNEL, SMS_KINDS, ChannelKind, Matter, Outcome, Way
from messaging.models import Address, Attempt, Call, Channel, Dispatch, Message, Preference
from messaging.rules import CHOOSABLE, PAUSE, STALE, message_text, quiet_end
from messaging.selectors import MOBILE, Reach, settings_of
from messaging.senders import FIELDS, SECRETS, letter_send
from messaging.senders.base import Account, Letter, Reply

GATHERED = 500  # notices taken over in one transaction
SEND = "messaging.send"
_NAME = re.compile(r"[A-Za-z0-9._@\-]{1,64}")


# --- channels -----------------------------------------------------------------------------------------------------------
@transaction.atomic
def channel_set(
    *,
    community: Place,
    kind: str,
    is_on: bool,
    settings: Mapping[str, str],
    by: User | None,
    now: datetime,
) -> Channel:
    """Set a channel of a community up, and switch it on or off. A secret that is left empty stays as it was.

    Raises ValidationError for a place that is no community, for a setting that is missing where it is switched on, and
    for a second provider of text messages.
    """
    if community.level != Level.COMMUNITY:
        raise ValidationError("消息通道按社区设置，请选择社区。")
    channel = Channel.objects.select_for_update(of=("self",)).filter(community=community, kind=kind).first()
    channel = channel or Channel(community=community, kind=kind)
    kept = settings_of(channel)
    told = {name: settings.get(name, "").strip() for name in FIELDS[kind]}
    told = {name: value or (kept.get(name, "") if name in SECRETS else "") for name, value in told.items()}
    missing = {name: "请填写这一栏，不填不能使用。" for name, value in told.items() if is_on and not value}
    if missing:
        raise ValidationError(missing)
    if is_on and kind in SMS_KINDS:
        others = Channel.objects.filter(community=community, is_on=True, kind__in=SMS_KINDS)
        if others.exclude(kind=kind).exists():
            raise ValidationError("短信只能用一家：请先停用另一家。")
    if told != kept or not is_on:
        channel.token, channel.token_until, channel.paused_until = "", None, None
    channel.failures = 0
    channel.is_on = is_on
    channel.settings = json.dumps(told, ensure_ascii=False) if any(told.values()) else ""
    channel.save()
    audit_event_record(
        now=now,
        user=by,
        action=Action.PERMISSION,
        object_type=Channel._meta.label_lower,
        object_id=str(channel.pk),
        community_id=community.pk,
        fields=["is_on", *FIELDS[kind]],
    )
    return channel


def channel_try(*, channel: Channel, to: str, now: datetime) -> Attempt:
    """Send one test message and return what came of it. Call it outside any transaction: the provider may be slow.

    Raises ValidationError for an address that cannot be one of the channel's.
    """
    to = to.strip()
    if not _fits(channel.kind, to):
        raise ValidationError({"to": _ASKED[channel.kind]})
    attempt = Attempt.objects.create(channel=channel, at=now)
    text = message_text({}, now, "").split("：")[0] + "：这是一条测试消息，收到说明设置正确。"
    letter = Letter(to=to, text=text, count=1, once=str(uuid4()), at=now)
    reply = letter_send(channel.kind, account_of(channel=channel, now=now), letter)
    attempt_note(attempt=attempt, reply=reply, now=now)
    return attempt


_ASKED: Mapping[str, str] = {
    ChannelKind.EMAIL: "请填写收测试消息的邮箱，如：name@example.cn。",
    ChannelKind.WECOM: "请填写收测试消息的人在企业微信通讯录里的“账号”，如：WangJianGuo。",
    ChannelKind.DINGTALK: "请填写收测试消息的人在钉钉通讯录里的 UserID，如：manager4220。",
    ChannelKind.FEISHU: "请填写收测试消息的人在飞书里的“用户 ID”，如：5d9bdxxx。",
    ChannelKind.ALIYUN: "请填写收测试短信的手机号，11 位。",
    ChannelKind.TENCENT: "请填写收测试短信的手机号，11 位。",
}


def _fits(kind: str, to: str) -> bool:
    if kind in SMS_KINDS:
        return MOBILE.fullmatch(to) is not None
    return "@" in to and len(to) <= 254 if kind == ChannelKind.EMAIL else _NAME.fullmatch(to) is not None


def account_of(*, channel: Channel, now: datetime) -> Account:
    """Return a channel as its sender takes it."""

    def keep(token: str, seconds: int) -> None:
        channel.token = token
        channel.token_until = now + timedelta(seconds=max(seconds - 300, 60))
        channel.save(update_fields=["token", "token_until"])

    is_fresh = channel.token_until is not None and channel.token_until > now
    return Account(settings_of(channel), str(channel.token) if is_fresh else "", keep)


@transaction.atomic
def attempt_note(*, attempt: Attempt, reply: Reply, now: datetime) -> None:
    """Record what came of an attempt, and what it says about its channel."""
    attempt.outcome, attempt.code = reply.outcome, reply.code
    attempt.save(update_fields=["outcome", "code"])
    channel = Channel.objects.select_for_update(of=("self",)).get(pk=attempt.channel_id)
    channel.failures = channel.failures + 1 if reply.outcome in OF_THE_CHANNEL else 0
    channel.paused_until = now + PAUSE if reply.outcome == Outcome.LIMITED else None
    channel.save(update_fields=["failures", "paused_until"])


# --- people -------------------------------------------------------------------------------------------------------------
@transaction.atomic
def addresses_set(
    *, community: Place, way: str, values: Mapping[int, str], by: User | None, now: datetime
) -> int:
    """Set what a platform calls cadres of a community, by their ids; "" takes an address away. Return how many changed.

    Raises ValidationError, by the cadre's id, for what cannot be an account there.
    """
    if way not in NAMED_WAYS:
        raise ValidationError("这个通道不用填账号。")
    cadres = Cadre.objects.filter(community=community, pk__in=values)
    known = {row.cadre_id: row for row in Address.objects.filter(cadre__in=values, way=way)}
    wrong: dict[str, str] = {}
    changed = 0
    for cadre in cadres:
        value, row = values[cadre.pk].strip(), known.get(cadre.pk)
        if value and not _NAME.fullmatch(value):
            wrong[str(cadre.pk)] = f"{Way(way).label}账号只有字母、数字和 . _ - @，请核对。"
        elif value != (str(row.value) if row else ""):
            changed += 1
            _address_set(row or Address(cadre=cadre, way=way), value)
    if wrong:
        raise ValidationError(wrong)
    if changed:
        audit_event_record(
            now=now,
            user=by,
            action=Action.CHANGE,
            object_type=Address._meta.label_lower,
            community_id=community.pk,
            fields=["value"],
            row_count=changed,
        )
    return changed


def _address_set(row: Address, value: str) -> None:
    if not value:
        row.delete()
        return
    row.value = value
    row.save()


@transaction.atomic
def preference_set(
    *, cadre: Cadre, ways: Mapping[str, Collection[str]], quiet_from: time, quiet_until: time
) -> Preference:
    """Set how a cadre wants to be told. What is no choice for a matter is left out."""
    chosen = {
        matter.value: [way for way in CHOOSABLE[matter] if way in ways.get(matter, ())] for matter in Matter
    }
    preference, _ = Preference.objects.update_or_create(
        cadre=cadre, defaults={**chosen, "quiet_from": quiet_from, "quiet_until": quiet_until}
    )
    return preference


# --- messages -----------------------------------------------------------------------------------------------------------
def incident_tell(*, clock: DutyClock, is_urgent: bool, now: datetime) -> list[Message]:
    """Owe a message to whoever must turn up at a new incident; where a post is vacant, to the next rung.

    It waits for the end of somebody's quiet hours only where it is not urgent and that is before the arrival is due.
    """
    duties = list(
        Duty.objects.filter(clock=clock, outcome__in=RUNNING).select_related("place").order_by("pk")
    )
    ladder = Ladder.load({duty.accountable for duty in duties})
    whom = {duty.pk: ladder.told(duty.accountable, 0, local_day(now)).cadre_id for duty in duties}
    cadres = _cadres([pk for pk in whom.values() if pk is not None])
    owed = {}
    for duty in duties:
        cadre = cadres.get(whom[duty.pk] or 0)
        if cadre is not None and cadre.pk not in owed:
            owed[cadre.pk] = (duty, _message(cadre, duty, Matter.INCIDENT, "", now, is_urgent=is_urgent))
    messages = [message for _, message in owed.values()]
    _owe(messages, now, until={message.cadre_id: duty.due_at for duty, message in owed.values()})
    if messages:
        enqueue_on_commit(SEND)
    return messages


@transaction.atomic
def digest_tell(*, cadre: Cadre, now: datetime) -> None:
    """Owe the message that the day's digest is there, to whoever wants one; once a day."""
    day = local_day(now)
    Cadre.objects.select_for_update(no_key=True, of=("self",)).get(pk=cadre.pk)
    if Message.objects.filter(cadre=cadre, matter=Matter.DIGEST, key=day.isoformat()).exists():
        return
    message = Message(
        cadre=cadre, place_id=cadre.community_id, matter=Matter.DIGEST, key=day.isoformat(), made_at=now
    )
    _owe([message], now)


def notices_pass_on(*, now: datetime) -> int:
    """Take over the notices that no message was made of yet; return how many messages are owed.

    Those older than a day are in the portal and told no more: a channel that is switched on late begins with today.
    """
    made = 0
    while True:
        with transaction.atomic():
            fresh = NoticeDelivery.objects.filter(is_passed_on=False).select_for_update(
                skip_locked=True, of=("self",)
            )
            notices = list(fresh.select_related("event__duty__place").order_by("pk")[:GATHERED])
            if not notices:
                return made
            cadres = _cadres([notice.cadre_id for notice in notices])
            messages = [
                _message(cadres[notice.cadre_id], notice.event.duty, Matter.NOTICE, str(notice.event_id), now)
                for notice in notices
                if notice.event.recorded_at > now - STALE
            ]
            made += _owe(messages, now)
            NoticeDelivery.objects.filter(pk__in=[notice.pk for notice in notices]).update(is_passed_on=True)


def _cadres(ids: Collection[int]) -> dict[int, Cadre]:
    return {cadre.pk: cadre for cadre in Cadre.objects.filter(pk__in=ids).select_related("user")}


def _message(
    cadre: Cadre, duty: Duty, matter: Matter, key: str, now: datetime, *, is_urgent: bool = False
) -> Message:
    return Message(
        cadre=cadre,
        place_id=duty.place_id,
        matter=matter,
        duty=duty,
        key=key,
        is_urgent=is_urgent,
        made_at=now,
    )


def _owe(messages: Sequence[Message], now: datetime, until: Mapping[int, datetime] | None = None) -> int:
    """Write messages with what is to be sent by which channel; return how many messages go out by any.

    Only those about an incident are kept without any channel: its page says that there was none.
    """
    reach = Reach.of([message.cadre for message in messages])
    ways = [(message, reach.to(message.cadre, message.matter)) for message in messages]
    kept = [
        (message, channels) for message, channels in ways if channels or message.matter == Matter.INCIDENT
    ]
    Message.objects.bulk_create([message for message, _ in kept])
    Dispatch.objects.bulk_create(
        Dispatch(message=message, channel=channel, next_attempt_at=_not_before(message, reach, now, until))
        for message, channels in kept
        for channel in channels
    )
    return sum(bool(channels) for _, channels in kept)


def _not_before(
    message: Message, reach: Reach, now: datetime, until: Mapping[int, datetime] | None
) -> datetime:
    """Return when a message may go out: now, or at the end of the quiet hours."""
    wish = reach.wish(message.cadre)
    ends = quiet_end(now, wish.quiet_from, wish.quiet_until)
    due = (until or {}).get(message.cadre_id)
    if ends is None or message.is_urgent or (due is not None and due <= ends):
        return now
    return ends


def call_note(*, message: Message, is_reached: bool, by: User, now: datetime) -> Call:
    """Record that the recipient of a message was called, and whether he answered."""
    return Call.objects.create(message=message, by=by, at=now, is_reached=is_reached)
