"""Which rounds of a matter the holder of a post owes: pure functions of rules, his days in the post, and facts.

They are defined by the cases in tests/data/routine_clock.json. The shipped numbers of days are proposals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from baibuting.common.days import DayCalendar, local_day, midnight, period_start
from cadres.choices import Post
from duties.choices import Period
from duties.rounds import Fact, Rounds, Terms, rounds
from routines.choices import Matter

PROPOSED: dict[str, dict[str, Any]] = {
    Matter.GROUP_TRAINING: {
        "owner_post": Post.PARTY_GROUP_LEADER, "period": Period.YEAR, "due_offset_days": None,
        "first_within_days": 180, "shift_to_working_day": False, "ladder": ((0, -30), (2, 0), (3, 30), (4, 60)),
    },
    Matter.MEMBER_STUDY: {
        "owner_post": Post.BRANCH_SECRETARY, "period": Period.MONTH, "due_offset_days": None,
        "first_within_days": 28, "shift_to_working_day": False, "ladder": ((0, -5), (3, 3), (4, 10)),
    },
}  # fmt: skip
"""What the form of a first version proposes. Nothing is in force before a community has published one."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a rule: its terms, and whether the matter is asked for at all."""

    terms: Terms
    is_on: bool = True

    def asks(self, post: str) -> bool:
        """Return whether holders of a post owe the matter under it."""
        return self.is_on and self.terms.accountable_post == post


@dataclass(frozen=True, slots=True)
class Spell:
    """Days on which an appointment owes a matter, both included; `by_rule` where a rule ends it, not the appointment."""

    from_on: date
    until_on: date | None
    by_rule: bool = False

    @property
    def ends_at(self) -> datetime | None:
        """Return the midnight that ends it; None while it has no end."""
        return None if self.until_on is None else midnight(self.until_on + timedelta(days=1))


def spells(versions: Sequence[Version], post: str, started_on: date, ended_on: date | None) -> list[Spell]:
    """Return on which days an appointment owes a matter, oldest first.

    `versions` are those of one community and matter, in the order in which they take effect. Nobody owes anything from
    before the first of them: that is when the community adopted the matter.
    """
    found: list[Spell] = []
    for at, version in enumerate(versions):
        following = versions[at + 1].terms.effective_on if at + 1 < len(versions) else None
        first = max(version.terms.effective_on, started_on)
        last = min(
            (day for day in (ended_on, following and following - timedelta(days=1)) if day), default=None
        )
        if not version.asks(post) or (last is not None and last < first):
            continue
        by_rule = last is not None and last != ended_on
        if found and found[-1].until_on == first - timedelta(days=1):
            found[-1] = Spell(found[-1].from_on, last, by_rule)
        else:
            found.append(Spell(first, last, by_rule))
    return found


@dataclass(frozen=True, slots=True)
class SpellRounds:
    """The rounds of a spell; `carried_on` is the day before it of what already settles its first round."""

    rounds: Rounds
    carried_on: date | None


def spell_rounds(
    versions: Sequence[Version],
    post: str,
    spell: Spell,
    facts: Sequence[Fact],
    as_of: datetime,
    calendar: DayCalendar,
) -> SpellRounds:
    """Return the rounds that a spell asks for, by what is known at `as_of`.

    What was done before the spell, in the period in which it begins, settles its first round on its first day.
    """
    last = spell.until_on or date.max
    own = [one.terms for one in versions if one.asks(post) and one.terms.effective_on <= last]
    period = _terms_at(own, spell.from_on).period
    since = period_start(spell.from_on, period)
    before = [local_day(fact.at) for fact in facts if fact.at <= as_of]
    carried_on = max((day for day in before if since <= day < spell.from_on), default=None)
    known = list(facts) if carried_on is None else [*facts, Fact(midnight(spell.from_on))]
    found = rounds(own, spell.from_on, spell.until_on, known, as_of, calendar)
    if spell.by_rule and spell.ends_at is not None and spell.ends_at <= as_of:
        found = Rounds([one for one in found.items if one.done_at or one.due_at <= spell.ends_at], None)
    return SpellRounds(found, carried_on)


def _terms_at(own: Sequence[Terms], day: date) -> Terms:
    return next((terms for terms in reversed(own) if terms.effective_on <= day), own[0])
