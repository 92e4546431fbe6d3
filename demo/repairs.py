"""Repairs of the demo community: 504栋's 架空层 from report to rating, and others at every stage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO

from PIL import Image, ImageDraw

from baibuting.common.days import local_day, midnight
from buildings.models import Place
from cadres.choices import Post
from cadres.models import Cadre
from demo.entries import Desk
from demo.incidents import Happening
from demo.tree import Tree
from repairs.choices import Channel, Matter, Spot, StepKind, Urgency
from repairs.models import RepairOrder
from repairs.services import (
    consent_record,
    picture_add,
    picture_release,
    repair_publish_words,
    repair_rate,
    repair_report,
    repair_step_add,
)


@dataclass(frozen=True, slots=True)
class Script:
    """The course of an order. Steps are hours after the report; `agreed` is when 38 of 56 households were counted."""

    days_ago: int
    building: str
    spot: Spot
    summary: str
    steps: tuple[tuple[float, StepKind, str], ...] = ()
    channel: Channel = Channel.CODE
    urgency: Urgency = Urgency.NORMAL
    matter: str = ""
    agreed: float | None = None
    rated: tuple[float, int] | None = None
    public_words: str = ""
    is_shown: bool = False


_A, _H, _S, _F, _P = (
    StepKind.ACCEPTED,
    StepKind.HANDED,
    StepKind.STARTED,
    StepKind.FINISHED,
    StepKind.PASSED,
)
SCRIPTS = (
    Script(
        26, "504栋", Spot.OPEN_FLOOR, "一楼架空层第三级台阶开裂，灯不亮，墙皮脱落",
        (
            (5, _A, ""), (24, StepKind.LOOKED, "台阶两处开裂，灯管五支不亮，墙面起皮约二十平方米"),
            (72, StepKind.ASKED, "已逐户发意见征求表"), (168, _H, "换台阶石材、灯具，墙面重做"),
            (216, _S, "围挡已设"), (504, _F, "台阶、灯、墙面都已完成"), (528, _P, "居民代表到场验收"),
        ),
        matter=Matter.SMALL, agreed=144, rated=(560, 5), public_words="架空层已焕然一新，谢谢大家出主意", is_shown=True,
    ),
    Script(1, "503栋", Spot.LIGHT, "三楼到四楼楼道灯不亮"),
    Script(0, "101栋", Spot.DOOR, "单元门禁刷卡没有反应"),
    Script(3, "126栋", Spot.STAIRS, "二楼扶手松动", ((6, _A, ""),), public_words="已联系物业，周内更换"),
    Script(12, "203栋", Spot.PIPES, "一楼排水管渗水，有异味", ((7, _A, ""), (50, _S, ""))),
    Script(9, "222栋", Spot.ROOF, "顶楼屋面漏雨，要动用维修资金", ((8, _A, ""),), matter=Matter.USE_FUND),
    Script(4, "324栋", Spot.LIFT, "电梯关门时有异响", ((1, _A, ""), (20, _S, ""), (60, _F, "更换门机皮带")),
           channel=Channel.PHONE, urgency=Urgency.URGENT),
    Script(40, "343栋", Spot.LIGHT, "地下车库入口灯坏", ((4, _A, ""), (30, _S, ""), (52, _F, ""), (70, _P, "")),
           rated=(80, 4)),
    Script(33, "404栋", Spot.GREEN, "树枝挡住二楼窗户", ((9, _A, ""), (90, _F, ""), (110, _P, "")), rated=(120, 5)),
    Script(21, "622栋", Spot.FIRE, "楼道消防栓箱门掉了", ((2, _A, ""), (26, _F, ""), (30, _P, "")),
           channel=Channel.VISIT, rated=(50, 5)),
    Script(18, "502栋", Spot.WALL, "外墙瓷砖有一块松动", ((5, _A, ""), (100, _F, ""), (120, _P, "")), rated=(130, 3)),
    Script(15, "504栋", Spot.LIGHT, "电梯厅灯闪", ((4, _A, ""), (28, _F, ""), (40, _P, "")), rated=(60, 5)),
    Script(14, "126栋", Spot.OTHER, "门口路灯不亮", ((6, StepKind.DECLINED, "属市政路灯，已转城管热线"),),
           channel=Channel.HOTLINE),
)  # fmt: skip


def repair_happenings(tree: Tree, desk: Desk, today: date) -> Iterator[Happening]:
    """Yield everything that happens to the repairs."""
    names = {place.name for place in tree.buildings}
    for script in SCRIPTS:
        if script.building in names:
            yield from _happenings(script, tree.building(script.building), desk, today)


def _happenings(script: Script, building: Place, desk: Desk, today: date) -> Iterator[Happening]:
    reported_at = midnight(today - timedelta(days=script.days_ago)) + timedelta(hours=8, minutes=40)
    made: list[RepairOrder] = []

    def report(now: datetime) -> None:
        order = repair_report(
            building=building,
            spot=script.spot,
            summary=script.summary,
            channel=script.channel,
            urgency=script.urgency,
            now=now,
            recorded_by=None if script.channel == Channel.CODE else desk.clerk,
        )
        made.append(order)
        if script.public_words:
            repair_publish_words(order=order, words=script.public_words, now=now)
        if script.is_shown:
            _drawn(order, now, is_mended=False)

    def consent(now: datetime) -> None:
        counted = {"method": "meeting", "asked_on": local_day(reported_at), "counted_on": local_day(now)}
        totals = {"total_people": 56, "took_part_people": 38, "agreed_people": 35}
        consent_record(
            order=made[0], counted={**counted, **totals}, now=now, by=desk.clerk, cadre=None, is_office=True
        )

    def rate(now: datetime) -> None:
        stars = script.rated[1] if script.rated else 5
        repair_rate(order=made[0], solved=True, stars=stars, now=now)
        if script.is_shown:
            _drawn(made[0], now, is_mended=True)

    yield reported_at, report
    for hours, kind, words in script.steps:
        yield reported_at + timedelta(hours=hours), _step(script, made, building, desk, kind, words)
    if script.agreed is not None:
        yield reported_at + timedelta(hours=script.agreed), consent
    if script.rated is not None:
        yield reported_at + timedelta(hours=script.rated[0]), rate


def _step(
    script: Script, made: list[RepairOrder], building: Place, desk: Desk, kind: StepKind, words: str
) -> Callable[[datetime], None]:
    def take(now: datetime) -> None:
        holder = desk.ladder.holder(building.pk, Post.PROPERTY_STEWARD, local_day(now))
        is_stewards = kind in (StepKind.STARTED, StepKind.FINISHED) and holder is not None
        repair_step_add(
            order=made[0],
            kind=kind,
            at=now,
            now=now,
            by=desk.clerk,
            cadre=Cadre.objects.get(pk=holder.cadre_id) if is_stewards and holder else None,
            is_office=not is_stewards,
            words=words,
            matter=script.matter if kind == StepKind.ACCEPTED else "",
        )

    return take


def _drawn(order: RepairOrder, now: datetime, *, is_mended: bool) -> None:
    """Draw the steps of the 架空层, cracked or mended, and release the picture to the public."""
    picture = Image.new("RGB", (640, 420), "#e3f5ea" if is_mended else "#dfe3ea")
    pen = ImageDraw.Draw(picture)
    for at in range(4):
        pen.rectangle((60 + 110 * at, 300 - 60 * at, 620, 360 - 60 * at), fill="#ffffff", outline="#5b6475")
    if not is_mended:
        pen.line((300, 190, 330, 215, 318, 232), fill="#b42318", width=5)
        pen.line((420, 130, 400, 160, 425, 178), fill="#b42318", width=5)
    kept = BytesIO()
    picture.save(kept, "JPEG")
    shown = picture_add(order=order, data=kept.getvalue(), now=now)
    picture_release(picture=shown, is_released=True, now=now)
