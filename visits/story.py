"""Why a duty stands as it does: one sentence, and the whole story behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from baibuting.common.days import SHANGHAI, local_day, midnight
from cadres.choices import RUNG_POSTS, Post
from duties.choices import RUNNING, DutyKind, EventKind, Outcome, Rung
from duties.clock import steps
from duties.models import Duty, DutyEvent
from visits.choices import Cadence, Period
from visits.models import Visit


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One entry of a duty's story: when, what happened, and a word that says of which sort it is.

    `sort` is one of opened, visit, told, stood_down, rule, settled, next.
    """

    at: datetime
    sort: str
    text: str


def duty_explanation(duty: Duty, now: datetime) -> str:
    """One sentence: the rule, what the due date was counted from, days skipped, how it stands, who was told, what next.

    Three queries. Names no resident.
    """
    events = [event for event in _events(duty) if event.kind == EventKind.RAISED and event.rung]
    stood_down = {event.rung for event in _events(duty) if event.kind == EventKind.STOOD_DOWN}
    told = [_told(event) for event in events if event.rung not in stood_down]
    parts = [_counted_from(duty), _due(duty), _standing(duty, now)]
    if told:
        parts.append("已知会：" + "、".join(told))
    upcoming = _next_step(duty, now)
    if upcoming:
        parts.append(upcoming)
    return "；".join(part for part in parts if part) + "。"


def duty_story(duty: Duty, now: datetime) -> list[StoryLine]:
    """Everything that happened on a duty, in order, ending with what comes next."""
    lines = [StoryLine(midnight(duty.opened_on), "opened", _counted_from(duty) + "；" + _due(duty))]
    lines += [StoryLine(visit.visited_at, "visit", _visit_line(visit)) for visit in _visits(duty)]
    for event in _events(duty):
        sort = {EventKind.RAISED: "told", EventKind.REINSTATED: "told", EventKind.STOOD_DOWN: "stood_down"}
        lines.append(
            StoryLine(event.fell_due_at, sort.get(EventKind(event.kind), "rule"), _event_line(event))
        )
    if duty.closed_at:
        lines.append(StoryLine(duty.closed_at, "settled", f"结果：{duty.get_outcome_display()}"))
    lines.sort(key=lambda line: line.at)
    upcoming = _next_step(duty, now)
    if upcoming and duty.next_check_at:
        lines.append(StoryLine(duty.next_check_at, "next", upcoming))
    return lines


def rule_sentence(duty: Duty) -> str:
    """The rule and its version in words."""
    basis = duty.basis
    version = basis.get("rule_version")
    name = f"{duty.category.public_label if duty.category else ''}走访规则"
    name += f"第 {version} 版" if version else "（建议值）"
    if duty.kind == DutyKind.ARRIVAL:
        return f"必到规则第 {version} 版：接报后 {basis.get('arrive_within_hours')} 小时内到场"
    if duty.kind == DutyKind.FIRST_VISIT:
        return f"{name}：纳入后 {basis.get('first_within_days')} 天内首访"
    if basis.get("cadence") == Cadence.ROLLING:
        return f"{name}：上次走访后 {basis.get('every_days')} 天内再访"
    return f"{name}：{Period(basis['period']).label}至少 {basis.get('times')} 次"


def _counted_from(duty: Duty) -> str:
    rule = f"按{rule_sentence(duty)}，责任岗位为{duty.get_accountable_post_display()}"
    if duty.kind == DutyKind.ARRIVAL:
        return rule
    if duty.kind == DutyKind.FIRST_VISIT:
        return f"{rule}；{_day(duty.opened_on)}纳入"
    if duty.basis.get("cadence") == Cadence.ROLLING:
        return f"{rule}；上次有效走访为 {_day(duty.opened_on)}"
    return f"{rule}；本期自 {_day(duty.opened_on)} 起"


def _due(duty: Duty) -> str:
    if duty.kind == DutyKind.ARRIVAL:
        return f"应于 {_moment(duty.due_at)} 前到场"
    text = f"应于 {_day(duty.due_on)} 前办理"
    skipped = duty.basis.get("skipped")
    if skipped:
        days = "、".join(_day(date.fromisoformat(day)) for day in skipped)
        text += f"（原定 {_day(date.fromisoformat(duty.basis['target_on']))}，遇休息日顺延，跳过 {days}）"
    return text


def _standing(duty: Duty, now: datetime) -> str:
    if duty.outcome == Outcome.OVERDUE:
        if duty.kind == DutyKind.ARRIVAL:
            return f"至今无人签到，已超时 {max(1, int((now - duty.due_at).total_seconds() // 60))} 分钟"
        return f"至今没有符合要求的走访，已逾期 {(local_day(now) - duty.due_on).days} 天"
    if duty.outcome == Outcome.OPEN:
        return "尚未到期"
    if duty.outcome == Outcome.LATE and duty.done_at and duty.kind != DutyKind.ARRIVAL:
        return f"{_day(local_day(duty.done_at))}补办，晚了 {(local_day(duty.done_at) - duty.due_on).days} 天"
    if duty.done_at:
        return f"{_moment(duty.done_at)} {duty.get_outcome_display()}"
    return f"{_day(local_day(duty.closed_at)) if duty.closed_at else ''}{duty.get_outcome_display()}"


def _next_step(duty: Duty, now: datetime) -> str:
    if duty.outcome not in RUNNING:
        return ""
    upcoming = next((step for step in steps(duty.due_at, duty.ladder) if step.at > now), None)
    if upcoming is None:
        return ""
    if upcoming.rung == 0:
        return f"下一步：{_moment(upcoming.at)} 提醒{duty.get_accountable_post_display()}"
    post, _ = RUNG_POSTS[upcoming.rung]
    return f"下一步：{_moment(upcoming.at)} 报{Rung(upcoming.rung).label}{post.label}"


def _told(event: DutyEvent) -> str:
    who = Post(event.told_post).label if event.told_post else "无人可报"
    text = f"{who}（{_moment(event.fell_due_at)}）"
    if event.told_cadre_id is None:
        return f"{text[:-1]}，各级岗位空缺）"
    return f"{text[:-1]}，{_vacant(event)}）" if event.passed_over else text


def _vacant(event: DutyEvent) -> str:
    posts = [
        Post(event.duty.accountable_post).label if rung == 0 else RUNG_POSTS[rung][0].label
        for rung in event.passed_over
    ]
    return "、".join(posts) + "空缺，直接上报"


def _event_line(event: DutyEvent) -> str:
    if event.kind == EventKind.RAISED:
        return ("提醒" if event.rung == 0 else "知会") + _told(event)
    if event.kind == EventKind.STOOD_DOWN:
        return f"撤回对{Rung(event.rung or 0).label}一级的知会：当时缺少走访记录，后来补到"
    if event.kind == EventKind.REINSTATED:
        return f"恢复对{Rung(event.rung or 0).label}一级的知会：走访记录已更正"
    if event.kind == EventKind.RULE_CHANGED:
        before, after = event.detail["due_on"]
        return f"规则或休息日调整：应办日期由 {before} 改为 {after}" if before != after else "改按新版规则"
    return "作废：走访或纳入日期已更正，不再需要这一轮"


def _visit_line(visit: Visit) -> str:
    return f"{visit.get_method_display()}，{'见到本人' if visit.seen else '未见到本人'}"


def _visits(duty: Duty) -> Sequence[Visit]:
    """Visits of the person during the round, those that did not count included: they are part of the story."""
    if duty.care_record is None:
        return []
    visits = Visit.objects.filter(
        resident_id=duty.care_record.resident_id, voided_at=None, visited_at__gte=midnight(duty.opened_on)
    )
    if duty.closed_at:
        visits = visits.filter(visited_at__lt=midnight(local_day(duty.closed_at) + timedelta(days=1)))
    return list(visits.order_by("visited_at"))


def _events(duty: Duty) -> list[DutyEvent]:
    return list(duty.events.all())


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _moment(at: datetime) -> str:
    local = at.astimezone(SHANGHAI)
    day = _day(local.date())
    return day if (local.hour, local.minute) == (0, 0) else f"{day} {local:%H:%M}"
