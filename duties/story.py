"""The reasons for a duty's state: a few sentences, and the whole story behind them. Names no resident."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from baibuting.common.days import local_day
from cadres.choices import Post
from cadres.ladder import have_answered, rung_post
from duties.choices import RUNNING, DutyActionKind, EventKind, Outcome, Rung
from duties.clock import steps
from duties.kinds import StoryLine, kind_of
from duties.models import Duty, DutyAction, DutyEvent
from duties.wording import day_label, moment_label
from residents.choices import LeftReason


def duty_explanation(duty: Duty, now: datetime, *, may_know: bool = False) -> str:
    """Return the rule, the origin of the due date, days skipped, the state, who was notified and acts, what is next.

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
    kind = kind_of(duty)
    parts = [f"按{kind.rule(duty, may_know=may_know)}", kind.counted_from(duty, now)]
    sentences = ["，".join(part for part in parts if part), f"{kind.due(duty, now)}，{_standing(duty, now)}"]
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
    """Return everything that happened on a duty, in order, ending with what comes next. Seven queries."""
    kind = kind_of(duty)
    opened = f"{kind.opened(duty)}，{kind.due(duty, now)}"
    lines = [
        StoryLine(kind.opened_at(duty), "opened", f"{opened}。依据：{kind.rule(duty, may_know=may_know)}")
    ]
    lines += kind.happenings(duty, now)
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


def status_label(duty: Duty, now: datetime) -> str:
    """Return its state, in a word or two: "逾期 3 天", "今天到期", "还有 2 天", "按时完成"."""
    if duty.outcome == Outcome.OVERDUE:
        return kind_of(duty).overrun(duty, now)
    if duty.outcome != Outcome.OPEN:
        return {Outcome.IN_TIME: "按时完成", Outcome.LATE: "逾期后完成"}.get(
            Outcome(duty.outcome), duty.get_outcome_display()
        )
    return kind_of(duty).left_label(duty, now)


def _standing(duty: Duty, now: datetime) -> str:
    kind = kind_of(duty)
    if duty.outcome == Outcome.OVERDUE:
        return f"{kind.lacking}，已{kind.overrun(duty, now)}"
    if duty.outcome == Outcome.OPEN:
        return "尚未到期"
    if duty.done_at:
        return kind.done(duty, duty.done_at, now)
    if duty.outcome == Outcome.MISSED:
        return "到终止时仍未办理"
    return "已取消，无需办理"


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
        return f"{moment_label(upcoming.at, now)} 提醒{post}"
    return f"{moment_label(upcoming.at, now)} 仍未办理，报{Rung(upcoming.rung).label}{post}"


def _told(event: DutyEvent, now: datetime) -> str:
    """Return whom a step reached, with when, and which posts it had to pass over: "支部书记王芳（11月19日）"."""
    when = moment_label(event.fell_due_at, now)
    if event.told_cadre is None:
        return f"无人可报（{when}，各级岗位空缺）"
    who = told_label(event)
    return f"{who}（{when}，{_vacant(event)}）" if event.passed_over else f"{who}（{when}）"


def _vacant(event: DutyEvent) -> str:
    posts = [Post(rung_post(rung, event.duty.accountable_post)).label for rung in event.passed_over]
    return "、".join(dict.fromkeys(posts)) + "空缺，直接上报"


def _event_line(event: DutyEvent, now: datetime) -> str:
    rung, kind = Rung(event.rung or 0), kind_of(event.duty)
    if event.kind == EventKind.RAISED:
        if event.told_cadre is None:
            return f"到了知会{rung.label}的时间，但各级岗位空缺，无人可报"
        who = told_label(event)
        passed = f"（{_vacant(event)}）" if event.passed_over else ""
        return f"{'提醒' if rung == Rung.VISITOR else '知会'}{who}{passed}"
    if event.kind == EventKind.LEFT:
        return f"{left_label(event)}，{kind.verb}终止，已告知{told_label(event)}"
    if event.kind == EventKind.STOOD_DOWN:
        return f"撤回对{rung.label}一级的知会：当时缺少{kind.evidence}，后来已补到"
    if event.kind == EventKind.REINSTATED:
        return f"恢复对{rung.label}一级的知会：{kind.evidence}已更正"
    if event.kind == EventKind.RULE_CHANGED:
        before, after = (day_label(date.fromisoformat(day), now) for day in event.detail["due_on"])
        if before != after:
            return f"规则或休息日有调整，应办日期由 {before}改为 {after}"
        return f"改按第 {event.detail['rule_version'][1]} 版规则，应办日期不变"
    return f"作废：登记或{kind.evidence}已更正，不再需要这一轮"


def left_label(event: DutyEvent) -> str:
    """Return what an event of kind LEFT says of the person: "此人已于11月20日去世"."""
    day = day_label(date.fromisoformat(event.detail["left_on"]), event.recorded_at)
    return f"此人已于{day}{LeftReason(event.detail['reason']).label}"


def _handlings(duty: Duty) -> list[DutyAction]:
    return list(duty.duty_actions.select_related("by_cadre", "stand_in"))


def handler_label(row: DutyAction, place_id: int) -> str:
    """Return who acted: "支部书记王芳"; by post alone where it was for another place, "社区办" for the office."""
    if row.by_cadre is None:
        return "社区办"
    name = row.by_cadre.name if row.place_id == place_id else ""
    return f"{Post(row.post).label}{name}"


def _handling_line(row: DutyAction, duty: Duty, now: datetime) -> StoryLine:
    is_here = row.place_id == duty.place_id
    what = {
        DutyActionKind.TAKE_OVER: "接办这件事",
        DutyActionKind.NOTE: "写了意见",
        DutyActionKind.WAIVE: "放行：本轮不再逐级上报，办完以前仍算未办",
        DutyActionKind.REVOKE_WAIVER: "收回放行，恢复逐级上报",
    }.get(DutyActionKind(row.kind), "")
    if row.stand_in and row.from_on and row.until_on:
        name = row.stand_in.name if is_here else ""
        dates = f"{day_label(row.from_on, now)}到{day_label(row.until_on, now)}"
        what = f"请{name or '人'}代管{duty.get_accountable_post_display()}，{dates}"
    text = f"{handler_label(row, duty.place_id)}{what}"
    return StoryLine(row.at, "handled", text, row.pk if row.has_words and is_here else None)


def _in_force(rows: Sequence[DutyAction], duty: Duty, now: datetime) -> list[str]:
    """Return the actions in force: who has taken over, and whether the round is waived."""
    taken_back = {row.revokes_id for row in rows}
    words = {DutyActionKind.TAKE_OVER: "已接办", DutyActionKind.WAIVE: "已放行，本轮不再逐级上报"}
    found = {
        (row.by_cadre_id, row.kind): f"{handler_label(row, duty.place_id)}"
        f"（{day_label(local_day(row.at), now)}）{words[DutyActionKind(row.kind)]}"
        for row in rows
        if row.kind in words and row.pk not in taken_back
    }
    return list(found.values())


def taken_over_label(rows: Sequence[DutyAction]) -> str:
    """Return the highest post that has taken a duty over, as a label: "片区支部书记已接办"; "" for none."""
    own = [row for row in rows if row.kind == DutyActionKind.TAKE_OVER]
    if not own:
        return ""
    highest = max(own, key=lambda row: row.rung or 0)
    return f"{rung_post_label(highest.rung or 0, highest.post)}已接办"


def rung_post_label(rung: int, post: str) -> str:
    """Return 片区支部书记; but 楼栋党小组长 has its rung in its name."""
    label, post_label = str(Rung(rung).label), str(Post(post).label)
    return post_label if post_label.startswith(label) else label + post_label


def _events(duty: Duty) -> list[DutyEvent]:
    events = list(duty.events.select_related("told_cadre", "duty__place"))
    name_the_told(events)
    return events


def name_the_told(events: Sequence[DutyEvent]) -> None:
    """Set `told_name` on events with `told_cadre` and `duty__place`: "" for a cadre who never served the place.

    Three queries for all of them.
    """
    paths = {event.duty.place_id: event.duty.place.path for event in events}
    known = have_answered({event.told_cadre_id for event in events if event.told_cadre_id}, paths)
    for event in events:
        is_known = (event.told_cadre_id, event.duty.place_id) in known
        event.told_name = event.told_cadre.name if is_known and event.told_cadre else ""  # type: ignore[attr-defined]


def told_label(event: DutyEvent) -> str:
    """Return whom an event reached: "支部书记王芳"; needs `name_the_told`."""
    return f"{Post(event.told_post).label}{event.told_name}"  # type: ignore[attr-defined]
