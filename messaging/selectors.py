"""Who can be reached how, and whom a message has reached."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any

from django.db.models import Prefetch

from baibuting.common.day_labels import moment_label
from baibuting.common.days import SHANGHAI, local_day
from buildings.scope import Scope
from cadres.models import Cadre
from duties.choices import RUNNING
from messaging.choices import ChannelKind, Matter, Outcome, Way
from messaging.models import Address, Attempt, Channel, Dispatch, Message, Preference
from messaging.rules import CHOOSABLE, DEFAULT_WAYS, QUIET_FROM, QUIET_UNTIL, way_of

MOBILE = re.compile(r"1[3-9][0-9]{9}")


def settings_of(channel: Channel) -> dict[str, str]:
    """Return what an office has filled in for a channel."""
    return dict(json.loads(channel.settings)) if channel.settings else {}


@dataclass(frozen=True, slots=True)
class Wish:
    """How a cadre wants to be told."""

    ways: Mapping[str, tuple[str, ...]]
    quiet_from: time
    quiet_until: time


NOTHING_CHOSEN = Wish(
    {matter: tuple(map(str, ways)) for matter, ways in DEFAULT_WAYS.items()}, QUIET_FROM, QUIET_UNTIL
)


def wish_of(preference: Preference | None) -> Wish:
    """Return a stored wish, or that of somebody who has chosen nothing."""
    if preference is None:
        return NOTHING_CHOSEN
    ways = {
        str(matter): tuple(way for way in getattr(preference, matter.value) if way in CHOOSABLE[matter])
        for matter in Matter
    }
    return Wish(ways, preference.quiet_from, preference.quiet_until)


@dataclass(slots=True)
class Reach:
    """By which channels some cadres can be reached: what is switched on, what each is called there, what each wants."""

    channels: dict[int, list[Channel]] = field(default_factory=dict)
    addresses: dict[tuple[int, str], str] = field(default_factory=dict)
    wishes: dict[int, Wish] = field(default_factory=dict)

    @classmethod
    def of(cls, cadres: Collection[Cadre]) -> Reach:
        """Load it for cadres with their accounts. Three queries."""
        found = cls()
        for channel in Channel.objects.filter(
            community__in={one.community_id for one in cadres}, is_on=True
        ).order_by("kind"):
            found.channels.setdefault(channel.community_id, []).append(channel)
        for row in Address.objects.filter(cadre__in=cadres):
            found.addresses[row.cadre_id, row.way] = row.value
        for preference in Preference.objects.filter(cadre__in=cadres):
            found.wishes[preference.cadre_id] = wish_of(preference)
        return found

    def wish(self, cadre: Cadre) -> Wish:
        """Return how a cadre wants to be told."""
        return self.wishes.get(cadre.pk, NOTHING_CHOSEN)

    def address(self, cadre: Cadre, kind: str) -> str:
        """Return what a cadre is called by a kind of channel; "" where he has no such address."""
        way = way_of(kind)
        if way == Way.SMS:
            number = str(cadre.phone)
            return number if MOBILE.fullmatch(number) else ""
        if way == Way.EMAIL:
            account = cadre.user
            return account.email if account is not None and account.is_active else ""
        return self.addresses.get((cadre.pk, way), "")

    def to(self, cadre: Cadre, matter: str) -> list[Channel]:
        """Return the channels by which a cadre is told of a matter."""
        wanted = self.wish(cadre).ways[matter]
        return [
            channel
            for channel in self.channels.get(cadre.community_id, ())
            if way_of(channel.kind) in wanted and self.address(cadre, channel.kind)
        ]


@dataclass(frozen=True, slots=True)
class Told:
    """One person whom an incident was to reach: the lines say how and when, or why not."""

    message: Message
    lines: list[tuple[bool, str]]  # whether it has arrived, and the words
    is_reached: bool
    has_phone: bool

    @property
    def cadre(self) -> Cadre:
        return self.message.cadre


def incident_told(clock_id: int, scope: Scope, now: datetime) -> list[Told]:
    """Return whom an incident, by its clock, has reached and how. Three queries."""
    messages = (
        Message.objects.within(scope)
        .filter(duty__clock=clock_id, matter=Matter.INCIDENT)
        .select_related("cadre", "duty")
        .prefetch_related(
            Prefetch("dispatches", Dispatch.objects.select_related("channel").order_by("channel__kind")),
            "calls__by",
        )
        .order_by("pk")
    )
    return [_told(message, now) for message in messages]


def _told(message: Message, now: datetime) -> Told:
    lines = [_dispatched(one, now) for one in message.dispatches.all()]
    lines += [
        (call.is_reached, f"电话 {_when(call.at, now)} {'已告知' if call.is_reached else '没有打通'}")
        for call in message.calls.all()
    ]
    is_reached = any(arrived for arrived, _ in lines)
    return Told(
        message,
        lines or [(False, "没有可用的方式，请打电话")],
        is_reached,
        bool(message.cadre.__dict__.get("phone")),
    )


def _when(at: datetime, now: datetime) -> str:
    """Return a moment: the time alone where it is today's."""
    local = at.astimezone(SHANGHAI)
    return f"{local:%H:%M}" if local.date() == local_day(now) else moment_label(at, now)


def _dispatched(one: Dispatch, now: datetime) -> tuple[bool, str]:
    """Return whether a message arrived by one channel, and the words for it."""
    way = way_of(one.channel.kind)
    label = way.label
    if one.sent_at is not None:
        when = _when(one.sent_at, now)
        if way in (Way.SMS, Way.EMAIL):
            return True, f"{label} {when} {'服务商' if way == Way.SMS else '邮件服务器'}已接收"
        return True, f"已送达 {label} {when}"
    if one.next_attempt_at is None:
        return False, f"{label} 没有送到：{one.last_failure}"
    if one.attempts:
        why = f"（{one.last_failure}）" if one.last_failure else ""
        return False, f"{label} 试了 {one.attempts} 次，还在发{why}"
    waits = one.next_attempt_at > now
    return False, f"{label} {_when(one.next_attempt_at, now)} 发" if waits else f"{label} 正在发"


def incidents_open(scope: Scope) -> int:
    """Return how many incidents of the scope somebody was told of and is still awaited at. One query."""
    rows = Message.objects.within(scope).filter(matter=Matter.INCIDENT, duty__outcome__in=RUNNING)
    return rows.order_by().values("duty__clock").distinct().count()


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """A kind of channel of one community, as the list of channels shows it."""

    kind: ChannelKind
    channel: Channel | None
    last: Attempt | None
    named: int | None  # how many cadres have an address there; None where no address is needed


def channel_rows(community_id: int) -> list[ChannelRow]:
    """Return all kinds of channels of a community. A query for each that is set up, and two more."""
    known = {one.kind: one for one in Channel.objects.filter(community=community_id)}
    named: dict[str, int] = {}
    for way in Address.objects.filter(cadre__community=community_id).values_list("way", flat=True):
        named[way] = named.get(way, 0) + 1
    return [
        ChannelRow(
            kind,
            known.get(kind),
            last_attempt(known.get(kind)),
            None if kind in (ChannelKind.EMAIL, *_SMS) else named.get(way_of(kind), 0),
        )
        for kind in ChannelKind
    ]


_SMS = (ChannelKind.ALIYUN, ChannelKind.TENCENT)


def last_attempt(channel: Channel | None) -> Attempt | None:
    """Return the newest attempt by a channel whose outcome is known."""
    if channel is None:
        return None
    return channel.attempts.exclude(outcome=Outcome.BEGUN).order_by("-at", "-pk").first()


def channels_broken(scope: Scope, least: int) -> list[Channel]:
    """Return the channels of a scope that failed so many times in a row. One query."""
    return list(Channel.objects.within(scope).filter(is_on=True, failures__gte=least).order_by("pk"))


def cadre_of(account_id: int | None) -> Cadre | None:
    """Return the cadre of an account; None where it has none."""
    return Cadre.objects.select_related("user").filter(user=account_id).first() if account_id else None


def addresses_of(cadre_ids: Iterable[int], way: str) -> dict[int, str]:
    """Return what a platform calls some cadres, by their ids."""
    return {row.cadre_id: row.value for row in Address.objects.filter(cadre__in=list(cadre_ids), way=way)}


def choices_of(cadre: Cadre) -> dict[str, Any]:
    """Return what the card of a cadre shows: which ways there are for him, which he wants, his quiet hours."""
    reach = Reach.of([cadre])
    wish = reach.wish(cadre)
    kinds = {way_of(one.kind): one.kind for one in reach.channels.get(cadre.community_id, ())}
    return {
        "rows": [
            {
                "matter": matter,
                "label": matter.label,
                "ways": [
                    {
                        "way": way,
                        "label": way.label,
                        "is_chosen": way in wish.ways[matter],
                        "lacks": _lacking(way) if not reach.address(cadre, kinds[way]) else "",
                    }
                    for way in CHOOSABLE[matter]
                    if way in kinds
                ],
            }
            for matter in Matter
        ],
        "named": [
            {"way": way, "label": way.label, "value": reach.addresses.get((cadre.pk, way), "")}
            for way in (Way.WECOM, Way.DINGTALK, Way.FEISHU)
            if way in kinds
        ],
        "quiet_from": wish.quiet_from,
        "quiet_until": wish.quiet_until,
        "is_any": bool(kinds),
    }


def _lacking(way: Way) -> str:
    return {Way.SMS: "没有登记手机号", Way.EMAIL: "没有邮箱"}.get(way, "还没有填账号")
