"""Why a duty stands as it does: a few sentences, and the whole story behind them. Names no resident."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from baibuting.common.days import SHANGHAI, local_day, midnight
from cadres.choices import Post
from cadres.ladder import have_answered, rung_post
from duties.choices import RUNNING, Cadence, DutyKind, EventKind, HandlingKind, Outcome, Period, Rung
from duties.clock import steps
from duties.models import Duty, DutyEvent, Handling
from residents.choices import LeftReason
from residents.selectors import category_label
from visits.models import Visit


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One entry of a duty's story: when, what happened, and a word that says of which sort it is.

    `sort` is one of opened, visit, told, stood_down, handled, rule, settled, next. `words_of` names the handling whose
    sealed words belong to the line; they are for those who answer for the person, and shown when asked for.
    """

    at: datetime
    sort: str
    text: str
    words_of: int | None = None

    @property
    def is_whole_day(self) -> bool:
        """Whether only the day matters: it happened at midnight."""
        local = self.at.astimezone(SHANGHAI)
        return (local.hour, local.minute) == (0, 0)


def duty_explanation(duty: Duty, now: datetime, *, may_know: bool = False) -> str:
    """The rule, what the due date was counted from, days skipped, how it stands, who was told, who acts, what comes next.

    Five queries. A sensitive category is named only where the reader `may_know`.
    """
    events = _events(duty)
    taken_back = {event.rung for event in events if event.kind == EventKind.STOOD_DOWN}
    taken_back -= {event.rung for event in events if event.kind == EventKind.REINSTATED}
    told = [
        _told(event, now)
        for event in events
        if event.kind == EventKind.RAISED and event.rung and event.rung not in taken_back
    ]
    parts = [f"按{rule_sentence(duty, may_know=may_know)}", _counted_from(duty, now)]
    sentences = ["，".join(part for part in parts if part), f"{_due(duty, now)}，{_standing(duty, now)}"]
    if told:
        sentences.append("已知会：" + "、".join(told))
    handled = _in_force(_handlings(duty), duty, now)
    if handled:
        sentences.append("处置：" + "、".join(handled))
    upcoming = _next_step(duty, now)
    if upcoming:
        sentences.append(f"下一步：{upcoming}")
    return "；".join(sentences) + "。"


def duty_story(duty: Duty, now: datetime, *, may_know: bool = False) -> list[StoryLine]:
    """Everything that happened on a duty, in order, ending with what comes next. Seven queries."""
    opened = f"{_opened(duty)}，{_due(duty, now)}"
    lines = [
        StoryLine(_opened_at(duty), "opened", f"{opened}。依据：{rule_sentence(duty, may_know=may_know)}")
    ]
    lines += [StoryLine(visit.visited_at, "visit", _visit_line(visit, duty, now)) for visit in _visits(duty)]
    sorts = {EventKind.RAISED: "told", EventKind.REINSTATED: "told", EventKind.STOOD_DOWN: "stood_down"}
    for event in _events(duty):
        sort = sorts.get(EventKind(event.kind), "rule")
        lines.append(StoryLine(event.fell_due_at, sort, _event_line(event, now)))
    lines += [_handling_line(row, duty, now) for row in _handlings(duty)]
    if duty.closed_at:
        lines.append(StoryLine(duty.closed_at, "settled", f"结果：{_standing(duty, now)}"))
    lines.sort(key=lambda line: line.at)
    upcoming = _next_step(duty, now)
    if upcoming and duty.next_check_at:
        lines.append(StoryLine(duty.next_check_at, "next", f"下一步：{upcoming}"))
    return lines


def rule_sentence(duty: Duty, *, may_know: bool = False) -> str:
    """The rule and its version in words: "孤寡老人走访规则第 2 版（上次走访后 7 天内再访）"."""
    basis = duty.basis
    version = basis.get("rule_version")
    if duty.kind == DutyKind.ARRIVAL:
        return f"必到规则第 {version} 版（接报后 {basis.get('arrive_within_hours')} 小时内到场）"
    name = f"{category_label(duty.category, may_know=may_know) if duty.category else ''}走访规则"
    name += f"第 {version} 版" if version else "（建议值）"
    if duty.kind == DutyKind.FIRST_VISIT:
        return f"{name}（纳入后 {basis.get('first_within_days')} 天内首访）"
    if basis.get("cadence") == Cadence.ROLLING:
        return f"{name}（上次走访后 {basis.get('every_days')} 天内再访）"
    return f"{name}（{Period(basis['period']).label}至少走访 {basis.get('times')} 次）"


def status_words(duty: Duty, now: datetime) -> str:
    """How it stands, in a word or two: "逾期 3 天", "今天到期", "还有 2 天", "按时完成"."""
    if duty.outcome == Outcome.OVERDUE:
        return _overrun(duty, now)
    if duty.outcome != Outcome.OPEN:
        return {Outcome.IN_TIME: "按时完成", Outcome.LATE: "逾期后完成"}.get(
            Outcome(duty.outcome), duty.get_outcome_display()
        )
    if duty.kind == DutyKind.ARRIVAL:
        return f"{_moment(duty.due_at, now)} 前到场"
    days = (duty.due_on - local_day(now)).days
    return "今天到期" if days <= 0 else f"还有 {days} 天"


def _overrun(duty: Duty, now: datetime) -> str:
    if duty.kind != DutyKind.ARRIVAL:
        return f"逾期 {(local_day(now) - duty.due_on).days} 天"
    minutes = max(1, int((now - duty.due_at).total_seconds() // 60))
    if minutes < 120:
        return f"超时 {minutes} 分钟"
    return f"超时 {minutes // 60} 小时" if minutes < 48 * 60 else f"超时 {minutes // 1440} 天"


def _opened(duty: Duty) -> str:
    if duty.kind == DutyKind.ARRIVAL:
        return f"接到报告，要求{duty.get_accountable_post_display()}到场"
    if duty.kind == DutyKind.FIRST_VISIT:
        return f"纳入必访，由{duty.get_accountable_post_display()}首访"
    return f"本轮开始，由{duty.get_accountable_post_display()}走访"


def _opened_at(duty: Duty) -> datetime:
    return duty.created_at if duty.kind == DutyKind.ARRIVAL else midnight(duty.opened_on)


def _counted_from(duty: Duty, now: datetime) -> str:
    if duty.kind == DutyKind.ARRIVAL:
        return ""
    if duty.kind == DutyKind.FIRST_VISIT:
        return f"{_day(duty.opened_on, now)}纳入"
    if duty.basis.get("cadence") == Cadence.ROLLING:
        return f"上次有效走访为 {_day(duty.opened_on, now)}"
    return f"本期自 {_day(duty.opened_on, now)}起"


def _due(duty: Duty, now: datetime) -> str:
    if duty.kind == DutyKind.ARRIVAL:
        return f"应于 {_moment(duty.due_at, now)} 前到场"
    text = f"最迟应于 {_day(duty.due_on, now)}办理"
    skipped = duty.basis.get("skipped")
    if skipped:
        days = "、".join(_day(date.fromisoformat(day), now) for day in skipped)
        target_on = _day(date.fromisoformat(duty.basis["target_on"]), now)
        text += f"（原定 {target_on}，{days}休息，顺延）"
    return text


def _standing(duty: Duty, now: datetime) -> str:
    if duty.outcome == Outcome.OVERDUE:
        what = "至今没有签到" if duty.kind == DutyKind.ARRIVAL else "至今没有符合要求的走访"
        return f"{what}，已{_overrun(duty, now)}"
    if duty.outcome == Outcome.OPEN:
        return "尚未到期"
    if duty.done_at:
        return _done(duty, duty.done_at, now)
    if duty.outcome == Outcome.MISSED:
        return "到终止时仍未办理"
    return "已取消，无需办理"


def _done(duty: Duty, done_at: datetime, now: datetime) -> str:
    verb = "到场" if duty.kind == DutyKind.ARRIVAL else "走访"
    if duty.outcome == Outcome.IN_TIME:
        return f"{_moment(done_at, now)} 按时{verb}"
    if duty.kind == DutyKind.ARRIVAL:
        return f"{_moment(done_at, now)} 到场，晚了 {_overrun(duty, done_at).removeprefix('超时 ')}"
    return f"{_moment(done_at, now)} 补访，晚了 {(local_day(done_at) - duty.due_on).days} 天"


def _next_step(duty: Duty, now: datetime) -> str:
    if duty.outcome not in RUNNING:
        return ""
    upcoming = next(
        (step for step in steps(duty.due_at, duty.ladder, duty.waived_times) if step.at > now), None
    )
    if upcoming is None:
        return ""
    post = Post(rung_post(upcoming.rung, duty.accountable_post)).label
    if upcoming.rung == 0:
        return f"{_moment(upcoming.at, now)} 提醒{post}"
    return f"{_moment(upcoming.at, now)} 仍未办理，报{Rung(upcoming.rung).label}{post}"


def _told(event: DutyEvent, now: datetime) -> str:
    """Whom a step reached, with when, and which posts it had to pass over: "支部书记王芳（11月19日）"."""
    when = _moment(event.fell_due_at, now)
    if event.told_cadre is None:
        return f"无人可报（{when}，各级岗位空缺）"
    who = told_words(event)
    return f"{who}（{when}，{_vacant(event)}）" if event.passed_over else f"{who}（{when}）"


def _vacant(event: DutyEvent) -> str:
    posts = [Post(rung_post(rung, event.duty.accountable_post)).label for rung in event.passed_over]
    return "、".join(dict.fromkeys(posts)) + "空缺，直接上报"


def _event_line(event: DutyEvent, now: datetime) -> str:
    rung = Rung(event.rung or 0)
    if event.kind == EventKind.RAISED:
        if event.told_cadre is None:
            return f"到了知会{rung.label}的时间，但各级岗位空缺，无人可报"
        who = told_words(event)
        passed = f"（{_vacant(event)}）" if event.passed_over else ""
        return f"{'提醒' if rung == Rung.VISITOR else '知会'}{who}{passed}"
    if event.kind == EventKind.LEFT:
        return f"{left_words(event)}，走访终止，已告知{told_words(event)}"
    if event.kind == EventKind.STOOD_DOWN:
        return f"撤回对{rung.label}一级的知会：当时缺少走访记录，后来已补到"
    if event.kind == EventKind.REINSTATED:
        return f"恢复对{rung.label}一级的知会：走访记录已更正"
    if event.kind == EventKind.RULE_CHANGED:
        before, after = (_day(date.fromisoformat(day), now) for day in event.detail["due_on"])
        if before != after:
            return f"规则或休息日有调整，应办日期由 {before}改为 {after}"
        return f"改按第 {event.detail['rule_version'][1]} 版规则，应办日期不变"
    return "作废：登记或走访记录已更正，不再需要这一轮"


def left_words(event: DutyEvent) -> str:
    """What an event of kind LEFT says of the person: "此人已于11月20日去世"."""
    day = _day(date.fromisoformat(event.detail["left_on"]), event.recorded_at)
    return f"此人已于{day}{LeftReason(event.detail['reason']).label}"


def _handlings(duty: Duty) -> list[Handling]:
    return list(duty.handlings.select_related("by_cadre", "stand_in"))


def handler_words(row: Handling, building_id: int) -> str:
    """Who acted: "支部书记王芳"; by his post alone where it was for another building, "社区办" for the office."""
    if row.by_cadre is None:
        return "社区办"
    name = row.by_cadre.name if row.building_id == building_id else ""
    return f"{Post(row.post).label}{name}"


def _handling_line(row: Handling, duty: Duty, now: datetime) -> StoryLine:
    is_here = row.building_id == duty.building_id
    what = {
        HandlingKind.TAKE_OVER: "接办这件事",
        HandlingKind.NOTE: "写了意见",
        HandlingKind.WAVE_THROUGH: "放行：本轮不再逐级上报，办完以前仍算未办",
        HandlingKind.TAKE_BACK: "收回放行，恢复逐级上报",
    }.get(HandlingKind(row.kind), "")
    if row.stand_in and row.from_on and row.until_on:
        name = row.stand_in.name if is_here else ""
        dates = f"{_day(row.from_on, now)}到{_day(row.until_on, now)}"
        what = f"请{name or '人'}代管{duty.get_accountable_post_display()}，{dates}"
    text = f"{handler_words(row, duty.building_id)}{what}"
    return StoryLine(row.at, "handled", text, row.pk if row.has_words and is_here else None)


def _in_force(rows: Sequence[Handling], duty: Duty, now: datetime) -> list[str]:
    """What was done and still holds: who has taken over, and whether the round is waved through."""
    taken_back = {row.takes_back_id for row in rows}
    words = {HandlingKind.TAKE_OVER: "已接办", HandlingKind.WAVE_THROUGH: "已放行，本轮不再逐级上报"}
    found = {
        (row.by_cadre_id, row.kind): f"{handler_words(row, duty.building_id)}"
        f"（{_day(local_day(row.at), now)}）{words[HandlingKind(row.kind)]}"
        for row in rows
        if row.kind in words and row.pk not in taken_back
    }
    return list(found.values())


def taken_over_words(rows: Sequence[Handling]) -> str:
    """Who has a duty in hand, for those below and above him: "片区支部书记已接办"; the highest, "" for nobody."""
    own = [row for row in rows if row.kind == HandlingKind.TAKE_OVER]
    if not own:
        return ""
    highest = max(own, key=lambda row: row.rung or 0)
    return f"{rung_words(highest.rung or 0, highest.post)}已接办"


def rung_words(rung: int, post: str) -> str:
    """片区支部书记; but 楼栋党小组长 has its rung in its name."""
    label, post_label = str(Rung(rung).label), str(Post(post).label)
    return post_label if post_label.startswith(label) else label + post_label


def _visit_line(visit: Visit, duty: Duty, now: datetime) -> str:
    """Who went, how, whether he was seen, and that it was entered on a later day.

    Who went while the person lived elsewhere is named by his post alone.
    """
    who = visit.visitor.name if visit.visitor else visit.visitor_name
    if visit.building_id != duty.building_id:
        who = "" if visit.visitor_post else "有人"
    seen = "见到本人" if visit.seen else "未见到本人"
    post = visit.get_visitor_post_display() if visit.visitor_post else ""
    entered_on = local_day(visit.received_at)
    late = f"（{_day(entered_on, now)}补录）" if entered_on > local_day(visit.visited_at) else ""
    return f"{post}{who}{visit.get_method_display()}，{seen}{late}"


def _visits(duty: Duty) -> Sequence[Visit]:
    """Visits of the person during the round, those that did not count included: they are part of the story."""
    if duty.care_record is None:
        return []
    visits = Visit.objects.filter(
        resident_id=duty.care_record.resident_id, voided_at=None, visited_at__gte=midnight(duty.opened_on)
    )
    if duty.closed_at:
        visits = visits.filter(visited_at__lt=midnight(local_day(duty.closed_at) + timedelta(days=1)))
    return list(visits.select_related("visitor").order_by("visited_at"))


def _events(duty: Duty) -> list[DutyEvent]:
    events = list(duty.events.select_related("told_cadre", "duty__building"))
    name_the_told(events)
    return events


def name_the_told(events: Sequence[DutyEvent]) -> None:
    """Set `told_name` on events with `told_cadre` and `duty__building`: "" for whoever never answered for the building.

    Three queries for all of them.
    """
    paths = {event.duty.building_id: event.duty.building.path for event in events}
    known = have_answered({event.told_cadre_id for event in events if event.told_cadre_id}, paths)
    for event in events:
        is_known = (event.told_cadre_id, event.duty.building_id) in known
        event.told_name = event.told_cadre.name if is_known and event.told_cadre else ""  # type: ignore[attr-defined]


def told_words(event: DutyEvent) -> str:
    """Whom an event reached: "支部书记王芳"; wants `name_the_told`."""
    return f"{Post(event.told_post).label}{event.told_name}"  # type: ignore[attr-defined]


def _day(day: date, now: datetime) -> str:
    """As people say it; the year only where it is another one."""
    text = f"{day.month}月{day.day}日"
    return text if day.year == local_day(now).year else f"{day.year}年{text}"


def _moment(at: datetime, now: datetime) -> str:
    local = at.astimezone(SHANGHAI)
    day = _day(local.date(), now)
    return day if (local.hour, local.minute) == (0, 0) else f"{day} {local:%H:%M}"
