"""`manage.py simulate_rule FILE`: clock cases in, the same list with `rounds` filled in by the product's own code."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from baibuting.common.days import SHANGHAI, DayCalendar, local_day, midnight
from duties.choices import Cadence, Period
from duties.clock import state_at
from duties.rounds import Fact, Round, Start, Terms, rounds
from visits.choices import Method

EXAMPLE = "请对照 tests/data/visit_clock.json。"


class Command(BaseCommand):
    help = "按规则推算走访轮次：读入样例文件（JSON），输出补全 rounds 的同一份清单"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="样例文件，格式同 tests/data/visit_clock.json；- 表示标准输入")

    def handle(self, *args: Any, **options: Any) -> None:
        result = []
        for number, case in enumerate(_read(options["file"]), start=1):
            try:
                result.append({**case, "rounds": simulate(case)})
            except KeyError as error:
                raise _bad_case(number, case, f"缺少 {error.args[0]}") from error
            except BadValueError as error:
                raise _bad_case(number, case, str(error)) from error
            except (AttributeError, TypeError, ValueError) as error:
                raise _bad_case(number, case, "结构不对") from error
        self.stdout.write(json.dumps(result, ensure_ascii=False, indent=1))


class BadValueError(ValueError):
    """A value of a case that cannot be used; its text says which, in Chinese."""


def _read(name: str) -> list[Any]:
    try:
        text = Path(name).read_text(encoding="utf-8-sig") if name != "-" else sys.stdin.read()
        cases = json.loads(text)
    except OSError as error:
        raise CommandError(f"打不开文件 {name}，请核对路径。") from error
    except ValueError as error:
        raise CommandError(f"{name} 不是 UTF-8 编码的 JSON 文件，{EXAMPLE}") from error
    if not isinstance(cases, list):
        raise CommandError(f"{name} 里应是样例的列表（以 [ 开头），{EXAMPLE}")
    return cases


def _bad_case(number: int, case: Any, why: str) -> CommandError:
    name = f"“{case['name']}”" if isinstance(case, dict) and case.get("name") else ""
    return CommandError(f"第 {number} 个样例{name}有误：{why}。{EXAMPLE}")


def simulate(case: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rounds of one case, each as plain JSON values.

    `go_live` is the day from which the record is counted, `first_due_on` the day that spreading gave its first round.
    """
    as_of = _moment(case["as_of"])
    ended_on = _day(case["ended_on"]) if case.get("ended_on") else None
    found = rounds(
        [case_terms(case["rule"])],
        _day(case["started_on"]),
        ended_on,
        [_visit(visit) for visit in case.get("visits") or ()],
        as_of,
        _calendar(case.get("calendar") or {}),
        _start(case),
    )
    return [_row(item, ended_on, as_of) for item in found.items]


def case_terms(rule: dict[str, Any]) -> Terms:
    """Return a rule in the format of the cases. Raises KeyError for a missing key, BadValueError for an unknown value."""
    is_rolling = _one_of(Cadence.values, rule["cadence"]) == Cadence.ROLLING
    return Terms(
        cadence=rule["cadence"],
        every_days=rule["every_days"] if is_rolling else 0,
        period="" if is_rolling else _one_of(Period.values, rule["period"]),
        times=rule.get("times") or 1,
        first_within_days=rule["first_within_days"],
        methods=frozenset(rule.get("methods") or ()),
        shift_to_working_day=bool(rule.get("shift_to_working_day")),
        ladder=tuple((step["rung"], step["after_days"]) for step in rule["ladder"]),
    )


def _start(case: dict[str, Any]) -> Start | None:
    if not case.get("go_live"):
        return None
    return Start(_day(case["go_live"]), _day(case["first_due_on"]) if case.get("first_due_on") else None)


def _visit(visit: dict[str, Any]) -> Fact:
    return Fact(_moment(visit["at"]), visit.get("method") or Method.HOME.value, visit.get("seen", True))


def _calendar(calendar: dict[str, list[str]]) -> DayCalendar:
    return DayCalendar(
        holidays=frozenset(map(_day, calendar.get("holidays") or ())),
        workdays=frozenset(map(_day, calendar.get("workdays") or ())),
    )


def _row(item: Round, ended_on: date | None, as_of: datetime) -> dict[str, Any]:
    state = state_at(
        due_at=item.due_at,
        ladder=item.ladder,
        done_at=item.done_at,
        ended_at=midnight(ended_on) if ended_on else None,
        now=as_of,
    )
    return {
        "opened_on": item.opened_on.isoformat(),
        "due_on": item.due_on.isoformat(),
        "done_on": local_day(item.done_at).isoformat() if item.done_at else None,
        "outcome": str(state.outcome),
        "rung": state.rung,
        "next_check_at": state.next_check_at.astimezone(SHANGHAI).isoformat()
        if state.next_check_at
        else None,
    }


def _one_of(known: list[str], word: str) -> str:
    if word not in known:
        raise BadValueError(f"看不懂“{word}”，应为 {'、'.join(known)} 之一")
    return word


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadValueError(f"看不懂的日期“{text}”，请写成 2026-03-01 的样子") from error


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadValueError(f"看不懂的时刻“{text}”，请写成 2026-03-01T09:00:00+08:00 的样子") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
