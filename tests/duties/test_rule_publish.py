"""A change of any rule is a new version, numbered in its community and never reaching back."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from duties.publishing import ladder_mistakes, rule_publish
from duties.versioned import VersionedRule
from tests.factories import Community, category, community, moment
from visits.models import IncidentRule, VisitRule

NOW = moment("2026-03-05T09:00")
LADDER = ((1, 0), (2, 4))
WHAT: dict[type[VersionedRule], dict[str, Any]] = {
    VisitRule: {"cadence": "rolling", "every_days": 7, "first_within_days": 3},
    IncidentRule: {"kind": "emergency", "required_posts": ["building_head"], "arrive_within_hours": 2},
}


@pytest.fixture
def home(db: None) -> Community:
    return community(staffed=False)


def publish(home: Community, model: type[VersionedRule] = VisitRule, **changed: Any) -> VersionedRule:
    given_: dict[str, Any] = {"community": home.place, "effective_on": date(2026, 3, 10), **WHAT[model]}
    if model is VisitRule:
        given_["category"] = category("elderly_alone")
    steps = changed.pop("steps", LADDER)
    return rule_publish(rule=model(**given_ | {"ladder": model.ladder_of(steps)} | changed), now=NOW)


@pytest.mark.parametrize("model", WHAT)
def test_it_works(home: Community, model: type[VersionedRule]) -> None:
    first, second = publish(home, model), publish(home, model, effective_on=date(2026, 3, 11))
    assert (first.version, second.version, second.created_at) == (1, 2, NOW)
    second.refresh_from_db()
    assert second.steps == LADDER
    assert set(second.versions()) == {first, second}


def test_each_subject_and_each_community_counts_for_itself(home: Community) -> None:
    publish(home)
    assert publish(home, category=category("hospital")).version == 1
    assert publish(home, IncidentRule).version == 1
    assert publish(community(name="另一社区", staffed=False)).version == 1
    assert publish(home).version == 2


@pytest.mark.parametrize(
    ("changed", "column"),
    [
        ({"effective_on": date(2026, 3, 4)}, "effective_on"),
        ({"effective_on": date(2026, 3, 9)}, "effective_on"),
        ({"steps": ((1, 5), (2, 1))}, "ladder"),
        ({"every_days": None}, "__all__"),
    ],
)
def test_what_is_refused_leaves_no_version(home: Community, changed: dict[str, Any], column: str) -> None:
    publish(home)
    with pytest.raises(ValidationError) as refused:
        publish(home, **changed)
    assert list(refused.value.message_dict) == [column]
    assert VisitRule.objects.count() == 1


def test_today_is_not_past(home: Community) -> None:
    assert publish(home, effective_on=date(2026, 3, 5)).version == 1


STEPS = st.lists(st.tuples(st.integers(0, 4), st.integers(-5, 9)), max_size=5)


@given(STEPS)
def test_a_ladder_is_sound_where_every_rung_above_waits_at_least_as_long(
    steps: list[tuple[int, int]],
) -> None:
    upward = [after for _, after in sorted((rung, after) for rung, after in steps if rung)]
    rungs = [rung for rung, _ in steps]
    is_sound = len(set(rungs)) == len(rungs) and upward == sorted(upward) and min(upward, default=0) >= 0
    assert (ladder_mistakes(steps) == []) == is_sound


def test_a_rung_there_is_none_of_is_a_mistake() -> None:
    assert ladder_mistakes([(5, 1)]) == ["级别只能是 0（提醒责任人）到 4（社区）。"]
