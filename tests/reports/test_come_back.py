"""Reports laid out as rosters are imported again without a change; all others are refused with a sentence."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from accounts.models import User
from baibuting.common.tabular.problems import TabularError
from cadres.choices import Post
from cadres.models import Appointment, Cadre
from cadres.services import appointment_end
from duties.models import Duty, DutyEvent
from reports.choices import Kind
from residents.models import CareRecord, Resident
from rosters.imports import KINDS as ROSTERS
from tests.duties.steps import sweep_at, visit
from tests.factories import Community, care_record, clerk, moment, resident
from tests.reports.asking import KINDS, made
from tests.rosters.tables import counts, load
from tests.visits.people import NOW, account_of
from visits.models import Visit

pytestmark = pytest.mark.django_db
BEGIN = moment("2026-03-01T09:00")
TODAY = (NOW.date(), NOW.date())


@pytest.fixture
def lived(home: Community) -> Community:
    """People visited by hand, and posts whose holders have names a roster would take."""
    for name, room, building in (("周文小", "101", 0), ("迪丽努尔·买买提", "102", 0), ("欧阳明", "", 5)):
        place = home.buildings[building]
        person = resident(place, now=BEGIN, name=name, room=room)
        care_record(place, now=BEGIN, started_on=date(2026, 3, 1), resident=person)
        visit(person, "2026-03-03T10:30:21", notes=f"{name}都好", request="=无")
        visit(
            person,
            "2026-03-05T00:00",
            visitor=home.holder(place, Post.BUILDING_HEAD),
            visitor_name="",
            has_time=False,
        )
    sweep_at(NOW)
    for number, cadre in enumerate(Cadre.objects.order_by("pk")):
        cadre.name = "任" + "".join("敏茂芳强琴桂超龙玉明"[int(digit)] for digit in str(number))
        cadre.save(update_fields=["name"])
    held = home.holders[home.building.pk, Post.CULTURE_WORKER]
    appointment_end(appointment=held, ended_on=date(2026, 3, 5), end_reason="resigned")
    return home


def everything() -> list[Any]:
    models = (Visit, Duty, DutyEvent, Appointment, Cadre, Resident, CareRecord)
    return [list(model.objects.order_by("pk").values_list()) for model in models]


@pytest.fixture
def office(lived: Community) -> User:
    return clerk(lived.place)


def test_it_works(lived: Community, office: User) -> None:
    before = everything()
    for place, visits in ((lived.place, 6), (lived.quarters[0], 4), (lived.buildings[5], 2)):
        report = load("visits", made(Kind.LEDGER, place, office).book(), now=NOW)
        assert (report.rows, report.rejected, counts(report)) == (visits, [], (0, 0, visits))
    for place, buildings, posts in ((lived.place, 8, 47), (lived.building, 1, 5)):
        report = load("cadres", made(Kind.ROSTER, place, office, days=TODAY).book(), now=NOW)
        assert (report.rows, report.rejected, counts(report)) == (buildings, [], (0, 0, posts))
    assert everything() == before


@pytest.mark.parametrize("roster", list(ROSTERS))
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_masked_never_comes_back(lived: Community, office: User, kind: str, roster: str) -> None:
    before = everything()
    book = made(kind, lived.place, office, days=TODAY, is_full=False).book()
    with pytest.raises(TabularError, match="不能导入"):
        load(roster, book, now=NOW)
    assert everything() == before


@pytest.mark.parametrize("roster", list(ROSTERS))
@pytest.mark.parametrize("kind", [Kind.PUNCTUALITY, Kind.ESCALATIONS, Kind.STAFFING])
def test_what_is_no_roster_never_comes_back(lived: Community, office: User, kind: str, roster: str) -> None:
    before = everything()
    with pytest.raises(TabularError, match="统计表、清单或往日名册，不能导入"):
        load(roster, made(kind, lived.place, office).book(), now=NOW)
    assert everything() == before


def test_the_roster_of_an_earlier_day_would_undo_what_has_changed(lived: Community, office: User) -> None:
    before = everything()
    book = made(Kind.ROSTER, lived.place, office, days=(date(2026, 3, 4), date(2026, 3, 4))).book()
    with pytest.raises(TabularError, match="往日名册"):
        load("cadres", book, now=NOW)
    assert everything() == before


def test_what_a_secretary_gets_in_full_lacks_the_notes_and_does_not_come_back(lived: Community) -> None:
    secretary = account_of(lived.holder(lived.precincts[0], Post.BRANCH_SECRETARY), "zhibu")
    before = everything()
    with pytest.raises(TabularError, match="脱敏"):
        load("visits", made(Kind.LEDGER, lived.precincts[0], secretary).book(), now=NOW)
    assert everything() == before
