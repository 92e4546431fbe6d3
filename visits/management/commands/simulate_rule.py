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


class Command(BaseCommand):
    help = "按规则推算走访轮次：读入样例文件（JSON），输出补全 rounds 的同一份清单"

    example = "tests/data/visit_clock.json"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help=f"样例文件，格式同 {self.example}；- 表示标准输入")

    def answer(self, case: dict[str, Any]) -> dict[str, Any]:
        """Return what is filled in of a case."""
        return {"rounds": simulate(case)}

    def handle(self, *args: Any, **options: Any) -> None:
        result = []
        for number, case in enumerate(self._read(options["file"]), start=1):
            try:
                result.append({**case, **self.answer(case)})
            except KeyError as error:
                raise self._bad_case(number, case, f"缺少 {error.args[0]}") from error
            except BadValueError as error:
                raise self._bad_case(number, case, str(error)) from error
            except (AttributeError, TypeError, ValueError) as error:
                raise self._bad_case(number, case, "结构不对") from error
        self.stdout.write(json.dumps(result, ensure_ascii=False, indent=1))

    def _read(self, name: str) -> list[Any]:
        try:
            text = Path(name).read_text(encoding="utf-8-sig") if name != "-" else sys.stdin.read()
            cases = json.loads(text)
        except OSError as error:
            raise CommandError(f"打不开文件 {name}，请核对路径。") from error
        except ValueError as error:
            raise CommandError(f"{name} 不是 UTF-8 编码的 JSON 文件，请对照 {self.example}。") from error
        if not isinstance(cases, list):
            raise CommandError(f"{name} 里应是样例的列表（以 [ 开头），请对照 {self.example}。")
        return cases

    def _bad_case(self, number: int, case: Any, why: str) -> CommandError:
        name = f"“{case['name']}”" if isinstance(case, dict) and case.get("name") else ""
        return CommandError(f"第 {number} 个样例{name}有误：{why}。请对照 {self.example}。")


class BadValueError(ValueError):
    """A value of a case that cannot be used; its text says which, in Chinese."""


def simulate(case: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rounds of one case, each as plain JSON values.

    `go_live` is the day from which the record is counted, `first_due_on` the day that spreading gave its first round.
    """
    as_of = read_moment(case["as_of"])
    ended_on = read_day(case["ended_on"]) if case.get("ended_on") else None
    found = rounds(
        [case_terms(case["rule"])],
        read_day(case["started_on"]),
        ended_on,
        [_visit(visit) for visit in case.get("visits") or ()],
        as_of,
        read_calendar(case.get("calendar") or {}),
        _start(case),
    )
    return [round_row(item, midnight(ended_on) if ended_on else None, as_of) for item in found.items]


def case_terms(rule: dict[str, Any]) -> Terms:
    """Return a rule in the format of the cases. Raises KeyError for a missing key, BadValueError for an unknown value."""
    is_rolling = one_of(Cadence.values, rule["cadence"]) == Cadence.ROLLING
    return Terms(
        cadence=rule["cadence"],
        every_days=rule["every_days"] if is_rolling else 0,
        period="" if is_rolling else one_of(Period.values, rule["period"]),
        times=rule.get("times") or 1,
        first_within_days=rule["first_within_days"],
        methods=frozenset(rule.get("methods") or ()),
        shift_to_working_day=bool(rule.get("shift_to_working_day")),
        ladder=tuple((step["rung"], step["after_days"]) for step in rule["ladder"]),
    )


def _start(case: dict[str, Any]) -> Start | None:
    if not case.get("go_live"):
        return None
    return Start(
        read_day(case["go_live"]), read_day(case["first_due_on"]) if case.get("first_due_on") else None
    )


def _visit(visit: dict[str, Any]) -> Fact:
    return Fact(read_moment(visit["at"]), visit.get("method") or Method.HOME.value, visit.get("seen", True))


def read_calendar(calendar: dict[str, list[str]]) -> DayCalendar:
    """Return the days off and make-up days of a case."""
    return DayCalendar(
        holidays=frozenset(map(read_day, calendar.get("holidays") or ())),
        workdays=frozenset(map(read_day, calendar.get("workdays") or ())),
    )


def round_row(item: Round, ended_at: datetime | None, as_of: datetime) -> dict[str, Any]:
    """Return a round with its state as plain JSON values."""
    state = state_at(
        due_at=item.due_at,
        ladder=item.ladder,
        done_at=item.done_at,
        ended_at=ended_at,
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


def one_of(known: list[str], word: str) -> str:
    """Return the word. Raises BadValueError for one that is not known."""
    if word not in known:
        raise BadValueError(f"看不懂“{word}”，应为 {'、'.join(known)} 之一")
    return word


def read_day(text: str) -> date:
    """Return a day. Raises BadValueError for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadValueError(f"看不懂的日期“{text}”，请写成 2026-03-01 的样子") from error


def read_moment(text: str) -> datetime:
    """Return a moment, in Shanghai where it names no zone. Raises BadValueError for what is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadValueError(f"看不懂的时刻“{text}”，请写成 2026-03-01T09:00:00+08:00 的样子") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
