"""The reasons for a duty's state: a few sentences, and the whole story behind them. Names no resident."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from baibuting.common.day_labels import day_label, moment_label
from baibuting.common.days import local_day, midnight
from cadres.choices import Post
from cadres.hand_overs import Change, HandOver, hand_overs
from cadres.ladder import Ladder, have_answered, rung_post
from duties.choices import RUNNING, DutyActionKind, EventKind, Outcome, Rung
from duties.clock import steps
from duties.events import BY_CLOCK, duties_held, notices_in_force, without_premature
from duties.kinds import StoryLine, kind_of
from duties.models import Duty, DutyAction, DutyEvent
from duties.wording import is_recorded_late, late_label, written_label
from residents.choices import LeftReason


@dataclass(frozen=True, slots=True)
class History:
    """All that was written of a duty, and who came and went in its posts: what its pages are worded from.

    `names` are those of cadres who ever served the duty's place, by id. `held` are the rungs not notified because an
    older round spoke to them; `waits` says that one is overdue still.
    """

    events: list[DutyEvent]
    duty_actions: list[DutyAction]
    hand_overs: list[HandOver]
    names: dict[int, str]
    held: frozenset[int]
    waits: bool


def duty_history(duty: Duty, now: datetime, ladder: Ladder | None = None) -> History:
    """Return the history of a duty; six queries where `ladder` was loaded with its accountable post."""
    events = without_premature(duty.events.select_related("told_cadre", "duty__place"), now)
    raised = [event for event in events if event.kind == EventKind.RAISED]
    until = local_day(duty.closed_at or now)
    changes = hand_overs(
        ladder or Ladder.load([duty.accountable]),
        duty.accountable,
        {0, *(event.rung or 0 for event in raised), *(event.told_rung or 0 for event in raised)},
        since=duty.opened_on,
        until=until,
    )
    cadres = {change.cadre.pk: change.cadre for change in changes}
    cadres |= {change.other.pk: change.other for change in changes if change.other}
    told = {event.told_cadre_id for event in events if event.told_cadre_id}
    known = have_answered({*cadres, *told}, {duty.place_id: duty.place.path})
    _name(events, known)
    names = {pk: one.name for pk, one in cadres.items() if (pk, duty.place_id) in known}
    rounds = list(
        Duty.objects.filter(clock=duty.clock_id, outcome__in=(*RUNNING, Outcome.LATE, Outcome.MISSED))
    )
    held = duties_held(rounds).get(duty.pk, frozenset())
    waits = any(
        one.outcome == Outcome.OVERDUE and not one.is_waived and one.due_at < duty.due_at for one in rounds
    )
    return History(events, _duty_actions(duty), changes, names, held, bool(held) and waits)


def duty_explanation(
    duty: Duty, now: datetime, *, may_know: bool = False, history: History | None = None
) -> str:
    """Return the rule, the origin of the due date, days skipped, the state, who was notified and acts, what is next.

    A sensitive category is named only where the reader `may_know`.
    """
    history = history or duty_history(duty, now)
    kind = kind_of(duty)
    parts = [f"按{kind.rule(duty, may_know=may_know)}", kind.counted_from(duty, now)]
    sentences = ["，".join(part for part in parts if part), f"{kind.due(duty, now)}，{_standing(duty, now)}"]
    sentences += _notified(history, now)
    handled = _in_force(history.duty_actions, duty, now)
    if handled:
        sentences.append("处置：" + "、".join(handled))
    upcoming = _next_step(duty, history, now)
    if upcoming:
        sentences.append(f"下一步：{upcoming[1]}")
    return "；".join(sentences) + "。"


def _notified(history: History, now: datetime) -> list[str]:
    """Return who was notified, who should have been and is on record since, and where nobody could be."""
    found: dict[str, list[str]] = {"已知会：": [], "应知会：": [], "无人可报：": []}
    for event in notices_in_force(history.events):
        if not event.rung:
            continue
        if event.told_cadre is None:
            found["无人可报："].append(f"{moment_label(event.fell_due_at, now)} 各级岗位空缺")
        elif is_recorded_late(event.fell_due_at, event.recorded_at):
            found["应知会："].append(_told(event, late_label(event.fell_due_at, event.recorded_at, now)))
        else:
            found["已知会："].append(_told(event, moment_label(event.fell_due_at, now)))
    said = [heading + "、".join(who) for heading, who in found.items() if who]
    if history.held:
        said.append(WAITS if history.waits else "上一轮逾期期间，本轮没有另行知会")
    return said


WAITS = "上一轮逾期未办，本轮不另行知会"


def duty_story(
    duty: Duty, now: datetime, *, may_know: bool = False, history: History | None = None
) -> list[StoryLine]:
    """Return everything that happened on a duty, in order, ending with what comes next."""
    history = history or duty_history(duty, now)
    kind = kind_of(duty)
    opened = f"{kind.opened(duty)}，{kind.due(duty, now)}"
    lines = [
        StoryLine(kind.opened_at(duty), "opened", f"{opened}。依据：{kind.rule(duty, may_know=may_know)}")
    ]
    lines += kind.happenings(duty, now)
    lines += [_hand_over_line(change, history.names, now) for change in history.hand_overs]
    sorts = {EventKind.RAISED: "told", EventKind.REINSTATED: "told", EventKind.STOOD_DOWN: "stood_down"}
    premature = {event.rung for event in history.events if event.detail == BY_CLOCK}
    for event in history.events:
        sort = sorts.get(EventKind(event.kind), "rule")
        lines.append(
            StoryLine(event.fell_due_at, sort, _event_line(event, now, by_clock=event.rung in premature))
        )
    lines += [_action_line(row, duty, now) for row in history.duty_actions]
    if duty.closed_at:
        lines.append(StoryLine(duty.closed_at, "settled", f"结果：{_standing(duty, now)}"))
    lines.sort(key=lambda line: line.at)
    upcoming = _next_step(duty, history, now)
    if upcoming:
        lines.append(StoryLine(upcoming[0], "next", f"下一步：{upcoming[1]}"))
    return lines


def _hand_over_line(change: HandOver, names: Mapping[int, str], now: datetime) -> StoryLine:
    who, post = names.get(change.cadre.pk, "有人"), Post(change.post).label
    other = names.get(change.other.pk, "别人") if change.other else ""
    if change.change == Change.TAKEN_UP:
        text = f"{who}接替{other}任{post}" if other else f"{who}任{post}（此前空缺）"
    elif change.change == Change.LEFT:
        text = f"{who}不再任{post}，岗位空缺"
    elif change.change == Change.COVERED:
        until = f"，到{day_label(change.until_on, now)}" if change.until_on else ""
        text = f"{other}的{post}由{who}代管{until}"
    else:
        text = f"{who}代管{post}结束"
    return StoryLine(midnight(change.day), "handed_over", text)


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


def _next_step(duty: Duty, history: History, now: datetime) -> tuple[datetime, str] | None:
    """Return when the next step that will be notified falls due, and what it does; None where none is to come."""
    if duty.outcome not in RUNNING:
        return None
    coming = (step for step in steps(duty.due_at, duty.ladder, duty.waived_times) if step.at > now)
    upcoming = next((step for step in coming if step.rung not in history.held), None)
    if upcoming is None:
        return None
    post = Post(rung_post(upcoming.rung, duty.accountable_post)).label
    if upcoming.rung == 0:
        return upcoming.at, f"{moment_label(upcoming.at, now)} 提醒{post}"
    return upcoming.at, f"{moment_label(upcoming.at, now)} 仍未办理，报{Rung(upcoming.rung).label}{post}"


def _told(event: DutyEvent, when: str) -> str:
    """Return whom a step reached, with when, and which posts it had to pass over: "支部书记王芳（11月19日）"."""
    who = told_label(event)
    return f"{who}（{when}，{_vacant(event)}）" if event.passed_over else f"{who}（{when}）"


def _vacant(event: DutyEvent) -> str:
    posts = [Post(rung_post(rung, event.duty.accountable_post)).label for rung in event.passed_over]
    return "、".join(dict.fromkeys(posts)) + "空缺，直接上报"


def _event_line(event: DutyEvent, now: datetime, *, by_clock: bool) -> str:
    """Return what an event says; `by_clock`: a wrong clock had raised its step, or opened its duty, too early."""
    rung, kind = Rung(event.rung or 0), kind_of(event.duty)
    if event.kind == EventKind.RAISED:
        return _raised_line(event, now)
    if event.kind == EventKind.LEFT:
        return f"{left_label(event, now)}，{kind.verb}终止，已告知{told_label(event)}"
    if event.kind == EventKind.STOOD_DOWN:
        why = "系统时钟有误，当时并未到期" if by_clock else f"当时缺少{kind.evidence}，后来已补到"
        return f"撤回对{rung.label}一级的{'知会' if rung else '提醒'}：{why}"
    if event.kind == EventKind.REINSTATED:
        why = "现已到期" if by_clock else f"{kind.evidence}已更正"
        return f"恢复对{rung.label}一级的{'知会' if rung else '提醒'}：{why}"
    if event.kind == EventKind.RULE_CHANGED:
        before, after = (day_label(date.fromisoformat(day), now) for day in event.detail["due_on"])
        if before != after:
            return f"规则或休息日有调整，应办日期由 {before}改为 {after}"
        return f"改按第 {event.detail['rule_version'][1]} 版规则，应办日期不变"
    return f"作废：{'系统时钟有误，这一轮当时还没有开始' if by_clock else f'登记或{kind.evidence}已更正，不再需要这一轮'}"


def _raised_line(event: DutyEvent, now: datetime) -> str:
    """Return what a step did: "知会支部书记王芳"; of one written late, that it should have, and when it was written."""
    rung = Rung(event.rung or 0)
    is_late = is_recorded_late(event.fell_due_at, event.recorded_at)
    written = f"，{written_label(event.fell_due_at, event.recorded_at, now)}" if is_late else ""
    if event.told_cadre is None:
        return f"到了知会{rung.label}的时间，但各级岗位空缺，无人可报{written}"
    passed = f"（{_vacant(event)}）" if event.passed_over else ""
    verb = "提醒" if rung == Rung.VISITOR else "知会"
    return f"{'应' if is_late else ''}{verb}{told_label(event)}{passed}{written}"


def left_label(event: DutyEvent, now: datetime) -> str:
    """Return what an event of kind LEFT says of the person: "此人已于11月20日去世"."""
    day = day_label(date.fromisoformat(event.detail["left_on"]), now)
    return f"此人已于{day}{LeftReason(event.detail['reason']).label}"


def _duty_actions(duty: Duty) -> list[DutyAction]:
    return list(duty.duty_actions.select_related("by_cadre", "stand_in"))


def handler_label(row: DutyAction, place_id: int) -> str:
    """Return who acted: "支部书记王芳"; by post alone where it was for another place, "社区办" for the office."""
    if row.by_cadre is None:
        return "社区办"
    name = row.by_cadre.name if row.place_id == place_id else ""
    return f"{Post(row.post).label}{name}"


def _action_line(row: DutyAction, duty: Duty, now: datetime) -> StoryLine:
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


def name_the_told(events: Sequence[DutyEvent]) -> None:
    """Set `told_name` on events with `told_cadre` and `duty__place`: "" for a cadre who never served the place.

    Three queries for all of them.
    """
    paths = {event.duty.place_id: event.duty.place.path for event in events}
    _name(events, have_answered({event.told_cadre_id for event in events if event.told_cadre_id}, paths))


def _name(events: Iterable[DutyEvent], known: Collection[tuple[int, int]]) -> None:
    for event in events:
        is_known = event.told_cadre is not None and (event.told_cadre.pk, event.duty.place_id) in known
        event.told_name = event.told_cadre.name if is_known and event.told_cadre else ""  # type: ignore[attr-defined]


def told_label(event: DutyEvent) -> str:
    """Return whom an event reached: "支部书记王芳"; needs `name_the_told`."""
    return f"{Post(event.told_post).label}{event.told_name}"  # type: ignore[attr-defined]
