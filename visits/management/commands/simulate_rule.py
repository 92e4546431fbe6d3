"""`manage.py simulate_rule FILE`: clock cases in, the same list with `rounds` filled in by the product's own code."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from baibuting.common.days import SHANGHAI, DayCalendar, local_day, midnight
from duties.clock import state_at
from visits.clock import Round, Terms, VisitFact, rounds


class Command(BaseCommand):
    help = "按规则推算走访轮次：读入样例文件（JSON），输出补全 rounds 的同一份清单"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="样例文件，格式同 tests/data/visit_clock.json；- 表示标准输入")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            text = (
                Path(options["file"]).read_text(encoding="utf-8-sig")
                if options["file"] != "-"
                else sys.stdin.read()
            )
            cases = json.loads(text)
            result = [{**case, "rounds": simulate(case)} for case in cases]
        except OSError as error:
            raise CommandError(f"打不开文件 {options['file']}：{error.strerror}。") from error
        except (ValueError, KeyError, TypeError) as error:
            raise CommandError(
                f"文件内容不是走访规则样例：{error!r}。请对照 tests/data/visit_clock.json。"
            ) from error
        self.stdout.write(json.dumps(result, ensure_ascii=False, indent=1))


def simulate(case: dict[str, Any]) -> list[dict[str, Any]]:
    """The rounds of one case, each as plain JSON values."""
    as_of = _moment(case["as_of"])
    ended_on = date.fromisoformat(case["ended_on"]) if case.get("ended_on") else None
    found = rounds(
        [case_terms(case["rule"])],
        date.fromisoformat(case["started_on"]),
        ended_on,
        [_visit(visit) for visit in case.get("visits", ())],
        as_of,
        _calendar(case.get("calendar") or {}),
    )
    return [_row(item, ended_on, as_of) for item in found.items]


def case_terms(rule: dict[str, Any]) -> Terms:
    """A rule as the cases write it."""
    return Terms(
        cadence=rule["cadence"],
        every_days=rule.get("every_days") or 0,
        period=rule.get("period") or "",
        times=rule.get("times") or 1,
        first_within_days=rule["first_within_days"],
        methods=frozenset(rule.get("methods") or ()),
        shift_to_working_day=bool(rule.get("shift_to_working_day")),
        ladder=tuple((step["rung"], step["after_days"]) for step in rule["ladder"]),
    )


def _visit(visit: dict[str, Any]) -> VisitFact:
    return VisitFact(_moment(visit["at"]), visit.get("method") or "home", visit.get("seen", True))


def _calendar(calendar: dict[str, list[str]]) -> DayCalendar:
    return DayCalendar(
        holidays=frozenset(map(date.fromisoformat, calendar.get("holidays", ()))),
        workdays=frozenset(map(date.fromisoformat, calendar.get("workdays", ()))),
    )


def _row(item: Round, ended_on: date | None, as_of: datetime) -> dict[str, Any]:
    state = state_at(
        due_at=item.due_at,
        ladder=item.terms.hours_ladder,
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


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
