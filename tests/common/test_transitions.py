"""One table says which states there are, who brings a case from one to the next, and what a row holds in each."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import models
from hypothesis import given
from hypothesis import strategies as st

from baibuting.common.transitions import Change, Filled, Step, Transitions


class State(models.TextChoices):
    OPEN = "open", "待办"
    TAKEN = "taken", "已接"
    DONE = "done", "已办"
    VOID = "void", "作废"


STEPS = [
    Step("worker", [State.OPEN], State.TAKEN),
    Step("worker", [State.TAKEN], State.DONE),
    Step("office", [State.TAKEN, State.DONE], State.OPEN),
    Step("office", [State.OPEN, State.TAKEN], State.VOID),
]
CLOSED = "已作废，请重新登记。"
TABLE = Transitions(
    State, start=State.OPEN, steps=STEPS, refusal="现在不能这样办理。", refusals={State.VOID: CLOSED}
)


def test_it_works() -> None:
    assert TABLE.change("open", "taken", actor="worker") == Change("worker", "open", "taken")
    assert TABLE.allowed("taken", "worker") == {"done"}
    assert TABLE.allowed("taken", "office") == {"open", "void"}
    assert TABLE.sources("void", "office") == {"open", "taken"}


@pytest.mark.parametrize(
    ("state", "after", "actor", "sentence"),
    [
        ("open", "done", "worker", "现在不能这样办理。"),
        ("open", "taken", "office", "现在不能这样办理。"),
        ("open", "open", "worker", "现在不能这样办理。"),
        ("open", "taken", "nobody", "现在不能这样办理。"),
        ("open", "unheard", "worker", "现在不能这样办理。"),
        ("void", "open", "office", CLOSED),
    ],
)
def test_a_step_that_is_not_in_the_table_is_refused_with_a_sentence(
    state: str, after: str, actor: str, sentence: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        TABLE.change(state, after, actor=actor)
    assert refused.value.messages == [sentence]


@given(st.sampled_from(State.values), st.sampled_from(State.values), st.sampled_from(["worker", "office"]))
def test_what_is_allowed_and_what_goes_through_are_the_same(state: str, after: str, actor: str) -> None:
    in_table = any(step.actor == actor and state in step.before and after == step.after for step in STEPS)
    assert (after in TABLE.allowed(state, actor)) == in_table
    assert (state in TABLE.sources(after, actor)) == in_table
    if in_table:
        assert TABLE.change(state, after, actor=actor) == Change(actor, state, after)
    else:
        with pytest.raises(ValidationError):
            TABLE.change(state, after, actor=actor)


def test_a_state_that_no_steps_lead_to_is_a_mistake_in_the_table() -> None:
    with pytest.raises(ValueError, match=r"no steps lead to these states of State: \['void'\]"):
        Transitions(State, start=State.OPEN, steps=STEPS[:3], refusal="不能。")
    # a state that is only left is not reached either
    leaving = [*STEPS[:3], Step("office", [State.VOID], State.OPEN)]
    with pytest.raises(ValueError, match="void"):
        Transitions(State, start=State.OPEN, steps=leaving, refusal="不能。")


@pytest.mark.parametrize(
    ("steps", "refusals"),
    [([*STEPS, Step("worker", ["lost"], State.OPEN)], {}), (STEPS, {"lost": "不能。"})],
)
def test_an_unknown_state_is_a_mistake_in_the_table(steps: list[Step], refusals: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"unknown states of State: \['lost'\]"):
        Transitions(State, start=State.OPEN, steps=steps, refusal="不能。", refusals=refusals)


def test_the_check_asks_for_what_a_state_needs_and_refuses_the_rest() -> None:
    check = TABLE.constraint(
        "x_complete", filled=[Filled("done_at", [State.DONE]), Filled("reason", [State.VOID], empty="")]
    )
    assert check.name == "x_complete"
    row = {"state": "done", "done_at": 1, "reason": ""}
    assert holds(check, row)
    assert not holds(check, row | {"done_at": None})
    assert not holds(check, row | {"reason": "错"})
    assert not holds(check, row | {"state": "open"})
    assert holds(check, {"state": "void", "done_at": None, "reason": "错"})
    assert not holds(check, {"state": "lost", "done_at": None, "reason": ""})


def holds(check: models.CheckConstraint, row: dict[str, object]) -> bool:
    """Work a condition out in Python; that PostgreSQL does the same is tried on imports."""
    return met(check.condition, row)


def met(condition: models.Q, row: dict[str, object]) -> bool:
    found = []
    for child in condition.children:
        if isinstance(child, models.Q):
            found.append(met(child, row))
            continue
        name, wanted = child
        column, _, lookup = name.partition("__")
        found.append(row[column] in wanted if lookup == "in" else row[column] == wanted)
    whole = any(found) if condition.connector == "OR" else all(found)
    return whole != condition.negated
