"""The states of a case as one table: who may bring it from which state to which, and what a row holds in each state."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import CheckConstraint, Q, TextChoices


@dataclass(frozen=True, slots=True)
class Step:
    """An actor brings a case from any of the states `before` to the state `after`."""

    actor: str
    before: Collection[str]
    after: str


@dataclass(frozen=True, slots=True)
class Filled:
    """A column that is filled in these states and `empty` in all others."""

    column: str
    states: Collection[str]
    empty: Any = None


@dataclass(frozen=True, slots=True)
class Change:
    """A change of state, for the row that records it: the caller writes that in the same transaction."""

    actor: str
    before: str
    after: str


class Transitions:
    """A table of steps over the states of a case that begins in `start`.

    `refusal` is the message for a step that is not in the table, `refusals` other messages by the case's state. Raises
    ValueError for a state that is unknown or that no steps lead to.
    """

    def __init__(
        self,
        states: type[TextChoices],
        *,
        start: str,
        steps: Sequence[Step],
        refusal: str,
        refusals: Mapping[str, str] | None = None,
    ) -> None:
        self.states, self.start, self.steps = states, start, tuple(steps)
        self._refusal, self._refusals = refusal, dict(refusals or {})
        named = {start, *self._refusals, *(state for step in steps for state in (*step.before, step.after))}
        if unknown := named - set(states.values):
            raise ValueError(f"unknown states of {states.__name__}: {sorted(unknown)}")
        if dead := set(states.values) - self._reached():
            raise ValueError(f"no steps lead to these states of {states.__name__}: {sorted(dead)}")

    def allowed(self, state: str, actor: str) -> frozenset[str]:
        """Return the states to which an actor may bring a case in `state`."""
        return frozenset(step.after for step in self.steps if step.actor == actor and state in step.before)

    def sources(self, after: str, actor: str) -> frozenset[str]:
        """Return the states from which an actor may bring a case to `after`."""
        return frozenset(
            state
            for step in self.steps
            if (step.actor, step.after) == (actor, after)
            for state in step.before
        )

    def change(self, state: str, after: str, *, actor: str) -> Change:
        """Return the change that a step makes. Raises ValidationError, with what to do, where there is no such step.

        `state` must be read from the locked row: of two actors at once the second is refused.
        """
        if after not in self.allowed(state, actor):
            raise ValidationError(self._refusals.get(state, self._refusal), code="not_allowed")
        return Change(actor, str(state), str(after))

    def constraint(
        self, name: str, *, filled: Sequence[Filled] = (), column: str = "state"
    ) -> CheckConstraint:
        """Return the check that a row is in a known state and holds what that state requires."""
        condition = Q(**{f"{column}__in": self.states.values})
        for one in filled:
            states = [state for state in self.states.values if state in one.states]
            inside, nothing = Q(**{f"{column}__in": states}), Q(**{one.column: one.empty})
            condition &= (inside & ~nothing) | (~inside & nothing)
        return CheckConstraint(condition=condition, name=name)

    def _reached(self) -> set[str]:
        """Return the states reachable from the first by any actor."""
        reached, waiting = {self.start}, [self.start]
        while waiting:
            state = waiting.pop()
            ahead = {step.after for step in self.steps if state in step.before} - reached
            reached |= ahead
            waiting.extend(ahead)
        return {str(state) for state in reached}
