"""Two registrations of one person made one, and that taken back: every row says again what it said."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from audit.models import AuditEvent
from buildings.scope import Scope
from duties.choices import RUNNING
from duties.models import Duty
from duties.services import clocks_reconcile
from residents.doubles import community_ids_of, likely_doubles
from residents.models import CareRecord, Resident, ResidentMerge
from residents.selectors import resident_ids_now
from residents.services import resident_change
from tests.factories import Community, care_record, clerk, community, moment, resident
from visits.choices import VisitOrigin
from visits.models import Visit
from visits.services import (
    care_record_end,
    clocks_lock,
    erasure_propose,
    erasure_withdraw,
    merging,
    residents_merge,
    residents_merge_undo,
    visit_record,
)

pytestmark = pytest.mark.django_db
BEFORE = moment("2026-10-01T09:00")
NOW = moment("2026-11-23T09:00")
MODELS = (Resident, CareRecord, Visit)


@pytest.fixture
def home() -> Community:
    return community()


def said() -> dict[str, list[dict[str, Any]]]:
    """Every row of what a merge touches, sealed columns opened: sealing anew changes bytes, never words."""
    return {
        model.__name__: [
            {
                field.attname: str(value) if isinstance(value := getattr(row, field.attname), str) else value
                for field in model._meta.concrete_fields
            }
            for row in model._base_manager.order_by("pk")
        ]
        for model in MODELS
    }


def duties() -> list[tuple[Any, ...]]:
    """The duties that count, by what they ask for, once the sweep has been by."""
    clocks_reconcile(clocks=clocks_lock(), now=NOW)
    rows = Duty.objects.exclude(outcome="cancelled").order_by("care_record", "opened_on", "pk")
    return list(rows.values_list("care_record", "kind", "opened_on", "due_on", "outcome"))


def doubles(home: Community) -> tuple[Resident, Resident]:
    first = resident(home.building, now=BEFORE, name="闻人月", room="301", phone="19900000001", notes="独居")
    second = resident(
        home.buildings[-1],
        now=BEFORE,
        name="闻人月",
        room="202",
        phone="19900000001",
        id_number="429999195001014018",
    )
    return first, second


def seen(person: Resident, at: str, name: str = "志愿者") -> Visit:
    return visit_record(
        resident=person, visited_at=moment(at), now=NOW, origin=VisitOrigin.OFFICE, visitor_name=name
    )


def test_it_works(home: Community) -> None:
    kept, gone = doubles(home)
    early = care_record(home.building, now=BEFORE, started_on=date(2026, 10, 5), resident=kept)
    late = care_record(home.building, now=BEFORE, started_on=date(2026, 10, 1), resident=gone)
    other = care_record(
        home.building, now=BEFORE, started_on=date(2026, 10, 8), resident=gone, code="hardship"
    )
    visit = seen(gone, "2026-11-20T10:00")
    residents_merge(kept=kept, gone=gone, now=NOW, user=None)
    one = Resident.objects.get()
    assert (one.pk, one.id_number, one.phone, one.notes) == (
        kept.pk,
        "429999195001014018",
        "19900000001",
        "独居",
    )
    early.refresh_from_db()
    late.refresh_from_db()
    other.refresh_from_db()
    visit.refresh_from_db()
    assert (early.started_on, early.ended_on) == (date(2026, 10, 1), None)
    assert (late.resident_id, late.end_reason) == (kept.pk, "mistake")
    assert (other.resident_id, other.building_id) == (kept.pk, home.building.pk)
    assert visit.resident_id == kept.pk
    running = Duty.objects.filter(outcome__in=RUNNING).values_list("care_record", flat=True)
    assert set(running) <= {early.pk, other.pk}
    assert AuditEvent.objects.filter(fields=["merge"]).count() == 1
    assert resident_ids_now([gone.pk, kept.pk]) == [kept.pk]


def test_everything_that_points_at_a_resident_moves() -> None:
    """Rows of these apps by name; those of higher apps, as concerns, all alike (tests/concerns/test_concerns.py)."""
    pointing = {relation.get_accessor_name() for relation in Resident._meta.related_objects}
    assert pointing > merging._MOVED_BY_NAME
    lower = {"residents", "visits"}
    known = {
        one.get_accessor_name()
        for one in Resident._meta.related_objects
        if one.related_model._meta.app_label in lower
    }
    assert known == merging._MOVED_BY_NAME


def test_a_proposal_to_erase_comes_first(home: Community) -> None:
    """Which of the two it is about is no matter: they are one person."""
    kept, gone = doubles(home)
    office = clerk(home.place)
    erasure = erasure_propose(resident=gone, ground="request", reason="书面申请", by=office, now=NOW)
    with pytest.raises(ValidationError, match="待确认的删除申请"):
        residents_merge(kept=kept, gone=gone, now=NOW, user=None)
    erasure_withdraw(erasure=erasure, by=office, now=NOW)
    merge = residents_merge(kept=kept, gone=gone, now=NOW, user=None)
    erasure.refresh_from_db()
    assert erasure.resident_id == kept.pk
    residents_merge_undo(merge=merge, now=NOW, user=None)
    erasure.refresh_from_db()
    assert erasure.resident_id == merge.gone_id


def test_the_second_click_is_refused(home: Community) -> None:
    kept, gone = doubles(home)
    residents_merge(kept=kept, gone=gone, now=NOW, user=None)
    before = said()
    for pair in ((kept, gone), (gone, kept)):
        with pytest.raises(ValidationError, match="已经合并过"):
            residents_merge(kept=pair[0], gone=pair[1], now=NOW, user=None)
    assert (said(), ResidentMerge.objects.count()) == (before, 1)


@pytest.mark.parametrize(
    ("details", "words"),
    [
        ({"born_on": date(1985, 6, 1)}, "出生日期"),
        ({"gender": "male"}, "性别"),
        ({"id_number": "429999195101014023"}, "身份证号"),
        ({"name": "闻人日"}, "姓名"),
    ],
)
def test_who_contradicts_is_not_merged(home: Community, details: dict[str, Any], words: str) -> None:
    kept, gone = doubles(home)
    resident_change(resident=gone, gender="female")
    resident_change(resident=kept, **details)
    before = said()
    with pytest.raises(ValidationError, match=words):
        residents_merge(kept=kept, gone=gone, now=NOW, user=None)
    assert said() == before
    assert likely_doubles(community_ids_of(Scope.EVERYWHERE), Scope.EVERYWHERE) == []


def test_one_visit_written_down_for_both_counts_once(home: Community) -> None:
    kept, gone = doubles(home)
    seen(kept, "2026-11-20T10:00")
    seen(gone, "2026-11-20T10:00")
    seen(gone, "2026-11-21T10:00")
    residents_merge(kept=kept, gone=gone, now=NOW, user=None)
    assert Visit.objects.filter(resident=kept, voided_at=None).count() == 2
    assert Visit.objects.filter(resident=kept).count() == 3


def test_undone_it_is_as_before(home: Community) -> None:
    kept, gone = doubles(home)
    care_record(home.building, now=BEFORE, started_on=date(2026, 10, 5), resident=kept)
    care_record(home.building, now=BEFORE, started_on=date(2026, 10, 1), resident=gone)
    seen(gone, "2026-11-20T10:00")
    before, owed = said(), duties()
    merge = residents_merge(kept=kept, gone=gone, now=NOW, user=None)
    residents_merge_undo(merge=merge, now=NOW + timedelta(hours=23), user=None)
    assert (said(), duties()) == (before, owed)
    with pytest.raises(ValidationError, match="已经撤销过"):
        residents_merge_undo(merge=merge, now=NOW, user=None)
    assert resident_ids_now([gone.pk]) == [gone.pk]
    assert said() == before


def test_after_a_day_or_a_change_it_stays(home: Community) -> None:
    kept, gone = doubles(home)
    record = care_record(home.building, now=BEFORE, started_on=date(2026, 10, 5), resident=gone)
    merge = residents_merge(kept=kept, gone=gone, now=NOW, user=None)
    before = said()
    with pytest.raises(ValidationError, match="超过一天"):
        residents_merge_undo(merge=merge, now=NOW + timedelta(hours=25), user=None)
    assert said() == before
    care_record_end(care_record=record, ended_on=date(2026, 11, 22), end_reason="recovered", now=NOW)
    before = said()
    with pytest.raises(ValidationError, match="必访记录"):
        residents_merge_undo(merge=merge, now=NOW, user=None)
    assert said() == before


def test_doubles_are_listed_with_their_reason_inside_the_scope(home: Community) -> None:
    kept, gone = doubles(home)
    resident(home.building, now=BEFORE, name="闻人月", room="999")  # nothing but the name
    pairs = likely_doubles(community_ids_of(Scope.EVERYWHERE), Scope.EVERYWHERE)
    assert [(one.first.pk, one.second.pk, one.reason) for one in pairs] == [
        (kept.pk, gone.pk, "同名、同一电话")
    ]


PERIODS = st.lists(
    st.tuples(
        st.booleans(), st.sampled_from(["hospital", "hardship"]), st.integers(0, 40), st.integers(0, 20)
    ),
    max_size=5,
)
VISITS = st.lists(st.tuples(st.booleans(), st.integers(1, 50)), max_size=4)


class TestAnyHistory(TestCase):
    @given(periods=PERIODS, visits=VISITS, is_turned=st.booleans())
    @settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
    def test_merging_and_undoing_changes_no_row(
        self, periods: list[tuple[bool, str, int, int]], visits: list[tuple[bool, int]], is_turned: bool
    ) -> None:
        home = community()
        pair = doubles(home)
        for of_first, code, start, length in periods:
            _period(home, pair[0 if of_first else 1], code, start, length)
        for of_first, day in visits:
            seen(pair[0 if of_first else 1], f"{date(2026, 10, 1) + timedelta(days=day)}T10:00")
        before, owed = said(), duties()
        kept, gone = reversed(pair) if is_turned else pair
        merge = residents_merge(kept=kept, gone=gone, now=NOW, user=None)
        for record in CareRecord.objects.exclude(end_reason="mistake"):
            _overlaps_none(record)
        residents_merge_undo(merge=merge, now=NOW, user=None)
        assert said() == before
        assert duties() == owed


def _period(home: Community, person: Resident, code: str, start: int, length: int) -> None:
    """A record that ended after `length` days, or runs where that is none; nothing where his own would not have it."""
    first = date(2026, 10, 1) + timedelta(days=start)
    last = first + timedelta(days=length) if length else None
    own = CareRecord.objects.filter(resident=person, category__code=code)
    if own.filter(ended_on=None).exists():
        return
    if any((one.ended_on or date.max) >= first and (last or date.max) >= one.started_on for one in own):
        return
    record = care_record(home.building, now=BEFORE, started_on=first, resident=person, code=code)
    if last:
        care_record_end(care_record=record, ended_on=last, end_reason="recovered", now=NOW)


def _overlaps_none(record: CareRecord) -> None:
    others = CareRecord.objects.filter(resident=record.resident_id, category=record.category_id)
    for other in others.exclude(end_reason="mistake").exclude(pk=record.pk):
        assert (other.ended_on or date.max) < record.started_on or (
            record.ended_on or date.max
        ) < other.started_on
