"""`manage.py simulate_repair FILE`: repair cases in, the same list with `duties` filled in by the product's own code."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from baibuting.common.days import SHANGHAI, DayCalendar
from cadres.choices import rung_of
from duties.clock import state_at
from repairs.choices import Matter, StepKind, Urgency
from repairs.clock import OFFICE_RUNG, Owed, RepairTerms, StepFact, ended_at, obligations
from repairs.rules import LIMITS, PROPOSED_RULES

EXAMPLE = "请对照 tests/data/repair_clock.json。"


class Command(BaseCommand):
    help = "按维修规则推算各环节：读入样例文件（JSON），输出补全 duties 的同一份清单"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="样例文件，格式同 tests/data/repair_clock.json；- 表示标准输入")

    def handle(self, *args: Any, **options: Any) -> None:
        result = []
        for number, case in enumerate(_read(options["file"]), start=1):
            try:
                result.append({**case, "duties": simulate(case)})
            except KeyError as error:
                raise _bad_case(number, f"缺少 {error.args[0]}") from error
            except (AttributeError, TypeError, ValueError) as error:
                raise _bad_case(
                    number, str(error) if isinstance(error, BadValueError) else "结构不对"
                ) from error
        self.stdout.write(json.dumps(result, ensure_ascii=False, indent=1))


class BadValueError(ValueError):
    """A value of a case that cannot be used; its text says which, in Chinese."""


def _read(name: str) -> list[Any]:
    try:
        cases = json.loads(Path(name).read_text(encoding="utf-8-sig") if name != "-" else sys.stdin.read())
    except OSError as error:
        raise CommandError(f"打不开文件 {name}，请核对路径。") from error
    except ValueError as error:
        raise CommandError(f"{name} 不是 UTF-8 编码的 JSON 文件，{EXAMPLE}") from error
    if not isinstance(cases, list):
        raise CommandError(f"{name} 里应是样例的列表（以 [ 开头），{EXAMPLE}")
    return cases


def _bad_case(number: int, why: str) -> CommandError:
    return CommandError(f"第 {number} 个样例有误：{why}。{EXAMPLE}")


def simulate(case: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the duties of one case as plain JSON values. `rule` holds limits that differ from the shipped ones."""
    steps = [_step(step) for step in case["steps"]]
    as_of = _moment(case["as_of"])
    calendar = case.get("calendar") or {}
    days = DayCalendar(
        frozenset(map(_day, calendar.get("holidays") or ())),
        frozenset(map(_day, calendar.get("workdays") or ())),
    )
    found = obligations(_terms(case), _moment(case["reported_at"]), steps, as_of, days)
    ended = ended_at(steps, as_of)
    return [_row(owed, ended, as_of) for owed in found]


def _terms(case: dict[str, Any]) -> RepairTerms:
    urgency = _one_of(Urgency.values, case.get("urgency") or Urgency.NORMAL)
    rule = {**PROPOSED_RULES[urgency], **(case.get("rule") or {})}
    return RepairTerms(**{name: rule[name] for name in LIMITS}, triage_rung=rung_of(rule["triage_post"]))


def _step(step: dict[str, Any]) -> StepFact:
    return StepFact(
        kind=_one_of(StepKind.values, step["kind"]),
        at=_moment(step["at"]),
        written_at=_moment(step["written_at"]) if step.get("written_at") else None,
        until_on=_day(step["until_on"]) if step.get("until_on") else None,
        matter=_one_of(Matter.values, step["matter"]) if step.get("matter") else "",
        rung=step.get("rung", OFFICE_RUNG),
    )


def _row(owed: Owed, ended: datetime | None, as_of: datetime) -> dict[str, Any]:
    state = state_at(due_at=owed.due_at, ladder=(), done_at=owed.done_at, ended_at=ended, now=as_of)
    return {
        "kind": str(owed.kind),
        "opened_on": owed.opened_on.isoformat(),
        "due_at": owed.due_at.astimezone(SHANGHAI).isoformat(),
        "done_at": owed.done_at.astimezone(SHANGHAI).isoformat() if owed.done_at else None,
        "outcome": str(state.outcome),
    }


def _one_of(known: list[str], word: str) -> str:
    if word not in known:
        raise BadValueError(f"看不懂“{word}”，应为 {'、'.join(known)} 之一")
    return word


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadValueError(f"看不懂的日期“{text}”，请写成 2026-11-23 的样子") from error


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadValueError(f"看不懂的时刻“{text}”，请写成 2026-11-23T09:00:00+08:00 的样子") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
