"""The states of a case as one table: who may bring it from which state to which, and what a row holds in each."""

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
    """A column holds something in these states, and nothing in all others. `empty` is what nothing looks like."""

    column: str
    states: Collection[str]
    empty: Any = None


@dataclass(frozen=True, slots=True)
class Change:
    """What has become of a case, for the row that says so: the caller writes it in the same transaction."""

    actor: str
    before: str
    after: str


class Transitions:
    """A table of steps over the states of a case that begins in `start`.

    `refusal` is the sentence for a step that is not in the table, `refusals` other sentences by the state the case is
    in. Raises ValueError for a state that is unknown or that no steps lead to.
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
        """Return the states an actor may bring a case to that is in `state`."""
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
        """Say what a step changes. Raises ValidationError, with what to do, where the table has no such step.

        `state` must be read from the locked row: of two actors at once the second is refused.
        """
        if after not in self.allowed(state, actor):
            raise ValidationError(self._refusals.get(state, self._refusal), code="not_allowed")
        return Change(actor, str(state), str(after))

    def constraint(
        self, name: str, *, filled: Sequence[Filled] = (), column: str = "state"
    ) -> CheckConstraint:
        """Build the check that a row is in a known state and holds what that state asks for."""
        condition = Q(**{f"{column}__in": self.states.values})
        for one in filled:
            states = [state for state in self.states.values if state in one.states]
            inside, nothing = Q(**{f"{column}__in": states}), Q(**{one.column: one.empty})
            condition &= (inside & ~nothing) | (~inside & nothing)
        return CheckConstraint(condition=condition, name=name)

    def _reached(self) -> set[str]:
        """Return the states that steps lead to from the first, whoever takes them."""
        reached, waiting = {self.start}, [self.start]
        while waiting:
            state = waiting.pop()
            ahead = {step.after for step in self.steps if state in step.before} - reached
            reached |= ahead
            waiting.extend(ahead)
        return {str(state) for state in reached}
