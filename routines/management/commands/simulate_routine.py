"""`manage.py simulate_routine FILE`: cases in, the same list with `spells` filled in by the product's own code."""

from __future__ import annotations

from typing import Any

from cadres.choices import Post
from duties.choices import Cadence
from duties.rounds import Fact, Terms
from routines.choices import PERIODS
from routines.rules import Spell, Version, spell_rounds, spells
from visits.management.commands import simulate_rule
from visits.management.commands.simulate_rule import one_of, read_calendar, read_day, read_moment, round_row


class Command(simulate_rule.Command):
    help = "按规则推算定期事项的轮次：读入样例文件（JSON），输出补全 spells 的同一份清单"
    example = "tests/data/routine_clock.json"

    def answer(self, case: dict[str, Any]) -> dict[str, Any]:
        return {"spells": simulate(case)}


def simulate(case: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the spells of one case with their rounds, each as plain JSON values."""
    as_of, post = read_moment(case["as_of"]), one_of(Post.values, case["post"])
    versions = [_version(rule) for rule in case["rules"]]
    ended_on = read_day(case["ended_on"]) if case.get("ended_on") else None
    facts = [Fact(read_moment(at)) for at in case.get("done_at") or ()]
    calendar = read_calendar(case.get("calendar") or {})
    rows = []
    for spell in spells(versions, post, read_day(case["appointed_on"]), ended_on):
        found = spell_rounds(versions, post, spell, facts, as_of, calendar)
        begun = [] if read_moment(spell.from_on.isoformat()) > as_of else found.rounds.items
        rows.append(
            {
                "from_on": spell.from_on.isoformat(),
                "until_on": spell.until_on.isoformat() if spell.until_on else None,
                "carried_on": found.carried_on.isoformat() if found.carried_on else None,
                "rounds": [_row(one, spell, as_of) for one in begun],
            }
        )
    return rows


def _row(item: Any, spell: Spell, as_of: Any) -> dict[str, Any]:
    return round_row(item, spell.ends_at, as_of)


def _version(rule: dict[str, Any]) -> Version:
    terms = Terms(
        cadence=Cadence.CALENDAR,
        first_within_days=rule["first_within_days"],
        ladder=tuple((step["rung"], step["after_days"]) for step in rule["ladder"]),
        period=one_of([code for code, _ in PERIODS], rule["period"]),
        shift_to_working_day=bool(rule.get("shift_to_working_day")),
        accountable_post=one_of(Post.values, rule["owner_post"]),
        effective_on=read_day(rule["effective_on"]),
        due_offset_days=rule.get("due_offset_days"),
    )
    return Version(terms, rule.get("is_on", True))
