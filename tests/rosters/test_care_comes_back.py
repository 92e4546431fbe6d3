"""Records that are exported and imported again are the same records, whatever has happened to them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from duties.models import Duty, DutyEvent
from residents.choices import EndReason
from residents.models import CareRecord, Resident
from residents.services import household_get_or_create
from tests.factories import Community, category, clerk, community, resident
from tests.pages import signed_in
from tests.rosters.tables import NOW, load
from visits.services import (
    care_record_correct,
    care_record_end,
    care_record_start,
    resident_leave,
    resident_relocate,
    resident_return,
)

FULL = {"detail": "full", "reason": "核对必访台账"}
CODES = ("hardship", "hospital", "elderly_alone", "laid_off")
TODAY = NOW.date()
NOTES = ("", "无", "  两行\n文字 ", "=1+1", "已故", "2026年5月出院", "拟取消", "行动不便，上门前先打电话")


def everything() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (Resident, CareRecord, Duty, DutyEvent)]


def export(home: Community, state: str) -> bytes:
    client = signed_in(User.objects.filter(username="clerk").first() or clerk(home.place))
    answer = client.post(reverse("admin:residents_carerecord_export") + f"?state={state}", FULL)
    assert answer.status_code == 200
    return answer.content


def comes_back(home: Community) -> None:
    """Every filter's export changes nothing at all, and no row of it is refused."""
    before = everything()
    for state, count in (
        ("all", CareRecord.objects.count()),
        ("open", CareRecord.objects.filter(ended_on=None).count()),
        ("ended", CareRecord.objects.filter(ended_on__isnull=False).count()),
    ):
        if not count:
            continue
        report = load("care", export(home, state))
        assert report.rejected == []
        assert (report.created, report.updated, report.unchanged) == (0, 0, count)
        assert report.changes == []
        assert everything() == before


@pytest.mark.django_db
def test_it_works() -> None:
    home = community()
    man = resident(home.building, now=NOW, name="周文小")
    start(man, "hospital", 300, 280, "discharged")
    start(man, "hospital", 100, None)
    start(man, "hardship", 200, 150, "mistake")
    start(man, "hardship", 200, None)
    comes_back(home)
    resident_leave(resident=man, left_on=TODAY, reason="died", now=NOW, user=None)
    comes_back(home)


@pytest.mark.django_db
@pytest.mark.parametrize("notes", NOTES)
def test_whatever_its_notes_say(notes: str) -> None:
    home = community()
    start(resident(home.building, now=NOW, name="周文小"), "hospital", 30, None, notes=notes)
    comes_back(home)


def start(
    person: Resident, code: str, days_ago: int, ended_ago: int | None, reason: str = "", notes: str = ""
) -> None:
    """A record from so many days ago until so many days ago."""
    record = care_record_start(
        resident=person,
        category=category(code),
        started_on=TODAY - timedelta(days=days_ago),
        now=NOW,
        notes=notes,
    )
    if ended_ago is not None:
        day = TODAY - timedelta(days=ended_ago)
        care_record_end(care_record=record, ended_on=day, end_reason=reason or "other", now=NOW)


Deed = tuple[str, int, int, int, int]
deeds = st.lists(
    st.tuples(
        st.sampled_from(("start", "start", "start", "end", "end", "correct", "leave", "return", "move")),
        st.integers(0, 1),
        st.integers(0, len(CODES) - 1),
        st.integers(0, 500),
        st.integers(0, 40),
    ),
    min_size=1,
    max_size=12,
)


def do(home: Community, people: list[Resident], deed: Deed) -> None:
    """One deed of a history; what a service refuses did not happen."""
    what, who, which, days_ago, more = deed
    person = Resident.objects.get(pk=people[who].pk)
    day: date = TODAY - timedelta(days=days_ago)
    own = CareRecord.objects.filter(resident=person).order_by("pk")
    running, last = own.filter(ended_on=None).first(), own.last()
    reasons = EndReason.values
    if what == "start":
        overlapping = own.filter(category__code=CODES[which]).exclude(end_reason="mistake")
        if overlapping.filter(ended_on__gte=day).exists() or overlapping.filter(started_on=day).exists():
            return  # the forms take it, a sheet of two rows that contradict cannot
        start(person, CODES[which], days_ago, None, notes=NOTES[more % len(NOTES)])
    elif what == "end" and running is not None:
        on = min(TODAY, running.started_on + timedelta(days=more))
        care_record_end(care_record=running, ended_on=on, end_reason=reasons[more % len(reasons)], now=NOW)
    elif what == "correct" and running is not None:
        if not own.filter(category=running.category_id).exclude(pk=running.pk).exists():
            care_record_correct(care_record=running, started_on=day, now=NOW)
    elif what == "leave":
        reason = ("died", "moved")[more % 2]
        resident_leave(resident=person, left_on=day, reason=reason, now=NOW, user=None)
    elif what == "return" and last is not None:
        resident_return(resident=person, was_mistake=bool(more % 2), now=NOW, user=None)
    elif what == "move":
        there = household_get_or_create(building=home.buildings[more % 8], entrance="2", room=str(100 + more))
        resident_relocate(resident=person, to_household=there, now=NOW)


@pytest.mark.django_db
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(deeds)
def test_any_history_comes_back(history: list[Deed]) -> None:
    with transaction.atomic():
        home = community()
        people = [resident(home.building, now=NOW, name=name) for name in ("周文小", "欧阳一")]
        for deed in history:
            try:
                with transaction.atomic():
                    do(home, people, deed)
            except ValidationError:
                continue
        if CareRecord.objects.exists():
            comes_back(home)
        transaction.set_rollback(True)
