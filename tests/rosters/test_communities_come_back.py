"""What the portal exports it takes back without a change: every kind, any part of it, of communities made at random."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Model, Prefetch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baibuting.common.days import SHANGHAI
from buildings.choices import Level
from buildings.exporting import ScopedResource, Workbook
from buildings.exports import PlaceResource
from buildings.models import Place
from buildings.scope import Scope
from buildings.viewer import Viewer
from cadres.choices import BUILDING_POSTS, ORGANISATION_POSTS, OrganisationKind, Post
from cadres.exports import AppointmentResource, OrganisationResource, StaffResource
from cadres.models import Appointment, BuildingStaff, Cadre, PartyOrganisation
from cadres.selectors import in_force
from cadres.services import organisation_create
from duties.models import Duty, DutyEvent
from residents.choices import EndReason
from residents.models import CareRecord, Household, Resident
from residents.services import household_get_or_create, resident_create
from tests.factories import Community, appointment, cadre, category, clerk, community
from tests.rosters.tables import NOW, load
from visits.choices import Method, VisitOrigin
from visits.exports import CareResource, ResidentResource, VisitResource
from visits.models import Visit
from visits.services import (
    care_record_end,
    care_record_start,
    resident_relocate,
    visit_record,
    visit_void,
)

pytestmark = pytest.mark.django_db
TODAY = NOW.astimezone(SHANGHAI).date()
TABLES = (
    Place, Household, Resident, CareRecord, Visit, Duty, DutyEvent, Cadre, Appointment,
    PartyOrganisation, PartyOrganisation.places.through,
)  # fmt: skip
NAMES = ("周文小", "吴桂花", "迪丽努尔·买买提", "欧阳一", "龚㛃", "John Smith", "任敏茂", "单雄信")
ROOMS = ("", "101", "1601", "A2", "301、302", "-101")
NOTES = ("", "身体尚好", "=1+1", "需要轮椅，\n女儿在外地", "  两头有空格 ", "无")
CODES = ("hardship", "hospital", "laid_off", "elderly_alone", "released")
ID_NUMBERS = ("429999197803051768", "42999919560101402X", "429999195001014018", "429999195101014023")
# the kind, what exports it, and what it exports
KINDS: tuple[tuple[str, type[ScopedResource], Any], ...] = (
    ("places", PlaceResource, Place),
    ("cadres", StaffResource, BuildingStaff),
    ("cadres", AppointmentResource, Appointment),
    ("party", OrganisationResource, PartyOrganisation),
    ("residents", ResidentResource, Resident),
    ("care", CareResource, CareRecord),
    ("visits", VisitResource, Visit),
)


@dataclass(frozen=True)
class Person:
    name: str
    building: int
    entrance: str
    room: str
    gender: str
    born_on: date | None
    phone: str
    notes: str
    moves_to: int | None
    # each category's stays, as lengths of apart, stay, apart, stay in days; the last one may still run
    stays: tuple[tuple[str, tuple[int, ...], bool], ...]
    # days ago, minute of the day or None, method, seen, by the cadre or by a name, notes, voided
    visits: tuple[tuple[int, int | None, str, bool, bool, str, bool], ...]


PEOPLE = st.builds(
    Person,
    name=st.sampled_from(NAMES),
    building=st.integers(0, 2),
    entrance=st.sampled_from(("", "1", "2")),
    room=st.sampled_from(ROOMS),
    gender=st.sampled_from(("", "male", "female")),
    born_on=st.none() | st.dates(date(1930, 1, 1), date(2000, 1, 1)),
    phone=st.sampled_from(("", "19900000001", "19900000002", "027-82000003")),
    notes=st.sampled_from(NOTES),
    moves_to=st.none() | st.integers(0, 2),
    stays=st.lists(
        st.tuples(
            st.sampled_from(CODES),
            st.lists(st.integers(1, 40), min_size=2, max_size=4).map(tuple),
            st.booleans(),
        ),
        max_size=2,
        unique_by=lambda stay: stay[0],
    ).map(tuple),
    visits=st.lists(
        st.tuples(
            st.integers(1, 120),
            st.none() | st.integers(1, 1439),
            st.sampled_from([method.value for method in Method]),
            st.booleans(),
            st.booleans(),
            st.sampled_from(NOTES),
            st.booleans(),
        ),
        max_size=3,
        unique_by=lambda visit: visit[0],
    ).map(tuple),
)
COMMUNITIES = st.lists(PEOPLE, max_size=len(NAMES), unique_by=lambda one: one.name)


@contextmanager
def undone() -> Iterator[None]:
    """Everything written inside is rolled back: hypothesis runs many examples in one test."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def home() -> tuple[Community, Cadre, Viewer]:
    """A community and its cadres, one of whom visits, and who exports: the same for every example."""
    made = community(staffed=False)
    holder = cadre(made.place, name="骆敏")
    for building in made.buildings[:2]:
        for post in BUILDING_POSTS[:3]:
            appointment(
                building, post, cadre=holder if post == BUILDING_POSTS[0] else cadre(building, name="熊茂")
            )
    _organise(made)
    return (
        made,
        holder,
        Viewer(clerk(made.place), Scope(paths=frozenset({made.place.path}), full_names=True), NOW),
    )


def _organise(made: Community) -> None:
    """Organisations of each kind, one over several quarters, one without a secretary, one secretary of a place."""
    committee = organisation_create(
        community=made.place, kind="committee", name="社区党委", places=[made.place]
    )
    for kind, name, places, listed in (
        ("committee", "社区党委", [made.place], made.place),
        ("general_branch", "康和党总支", [made.buildings[0], made.quarters[1]], made.buildings[0]),
        ("branch", "第一党支部", [made.precincts[0]], made.precincts[0]),
        ("branch", "第二党支部", made.buildings[2:4], None),
    ):
        body = committee if kind == "committee" else organisation_create(
            community=made.place, kind=kind, name=name, places=places, parent=committee
        )  # fmt: skip
        if listed is not None:
            post = ORGANISATION_POSTS[OrganisationKind(kind)]
            secretary = cadre(made.place, name="应怀远")
            appointment(listed, post, organisation=body, cadre=secretary, started_on=date(2024, 5, 1))
    appointment(made.precincts[2], Post.BRANCH_SECRETARY, cadre=cadre(made.place, name="苗岳"))


def settle(made: Community, people: list[Person], numbered: int, holder: Cadre) -> None:
    """Make the people with all that happened to them; the first `numbered` of them have ID numbers."""
    for number, person in enumerate(people):
        _settle_one(made, person, ID_NUMBERS[number] if number < numbered else "", holder)


def _settle_one(made: Community, person: Person, id_number: str, holder: Cadre) -> None:
    household = household_get_or_create(
        building=made.buildings[person.building], entrance=person.entrance, room=person.room
    )
    details: dict[str, Any] = {"phone": person.phone, "notes": person.notes}
    if id_number:
        born_on = date(int(id_number[6:10]), int(id_number[10:12]), int(id_number[12:14]))
        details |= {"id_number": id_number, "born_on": born_on}
        details["gender"] = "male" if int(id_number[16]) % 2 else "female"
    else:
        details |= {"born_on": person.born_on, "gender": person.gender}
    found = resident_create(household=household, name=person.name, now=NOW, **details)
    for code, lengths, runs in person.stays:
        _stay(found, code, lengths, runs)
    if person.moves_to is not None and person.moves_to != person.building:
        home = household_get_or_create(building=made.buildings[person.moves_to], entrance="1", room="909")
        resident_relocate(resident=found, to_household=home, now=NOW)
        found.refresh_from_db()
    for ago, minute, method, seen, by_cadre, notes, voided in person.visits:
        at = datetime.combine(TODAY - timedelta(days=ago), datetime.min.time(), SHANGHAI)
        visit = visit_record(
            resident=found, visited_at=at + timedelta(minutes=minute or 0), has_time=minute is not None, now=NOW,
            origin=VisitOrigin.OFFICE, method=Method(method), seen=seen,
            visitor=holder if by_cadre else None, visitor_name="" if by_cadre else "王芳", notes=notes,
        )  # fmt: skip
        if voided:
            visit_void(visit=visit, reason="重复录入", now=NOW)


def _stay(person: Resident, code: str, lengths: tuple[int, ...], runs: bool) -> None:
    """Stays of one category, the last of which may still run, laid out backwards from today."""
    day = TODAY - timedelta(days=sum(lengths) + len(lengths))
    periods = [lengths[at : at + 2] for at in range(0, len(lengths) - 1, 2)]
    for number, (apart, stay) in enumerate(periods):
        started_on, ended_on = day + timedelta(days=apart), day + timedelta(days=apart + stay)
        day = ended_on + timedelta(days=1)
        record = care_record_start(
            resident=person, category=category(code), started_on=started_on, now=NOW, notes="备注"
        )
        if not (runs and number == len(periods) - 1):
            care_record_end(care_record=record, ended_on=ended_on, end_reason=EndReason.RECOVERED, now=NOW)


def everything() -> list[list[tuple[Any, ...]]]:
    """Each table as it lies in the database: what was sealed anew with the same words counts as a change as well."""
    with connection.cursor() as cursor:
        return [_rows(cursor, model) for model in TABLES]


def _rows(cursor: Any, model: type[Model]) -> list[tuple[Any, ...]]:
    cursor.execute(f'SELECT * FROM "{model._meta.db_table}" ORDER BY id')
    return [tuple(bytes(one) if isinstance(one, memoryview) else one for one in row) for row in cursor]


def part_of(model: Any, part: int) -> Any:
    """Every row, every second, every third, as a filter of the list would leave them."""
    pks = list(model._default_manager.order_by("pk").values_list("pk", flat=True))[::part]
    rows = model._default_manager.filter(pk__in=pks).order_by("pk")
    if model is PartyOrganisation:
        secretaries = Appointment.objects.filter(in_force(TODAY)).select_related("cadre")
        return rows.prefetch_related(Prefetch("appointments", secretaries, to_attr="held_today"))
    if model is not BuildingStaff:
        return rows
    held = Appointment.objects.filter(in_force(TODAY), post__in=BUILDING_POSTS).select_related("cadre")
    return rows.filter(level=Level.BUILDING).prefetch_related(
        Prefetch("appointments", held, to_attr="held_today")
    )


def exported(resource: type[ScopedResource], queryset: Any, viewer: Viewer, *, in_full: bool) -> bytes:
    made = resource(viewer=viewer, is_full=in_full)  # type: ignore[arg-type]
    return Workbook().export_data(made.export(queryset))


@given(people=COMMUNITIES, numbered=st.integers(0, 4), part=st.integers(1, 3))
@settings(max_examples=90, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_export_comes_back_unchanged(
    home: tuple[Community, Cadre, Viewer], people: list[Person], numbered: int, part: int
) -> None:
    made, holder, viewer = home
    with undone():
        settle(made, people, numbered, holder)
        before = everything()
        for kind, resource, model in KINDS:
            rows = part_of(model, part)
            if not rows:
                continue
            report = load(kind, exported(resource, rows, viewer, in_full=True), scope=viewer.scope)
            assert (report.rejected, report.created, report.updated) == ([], 0, 0), kind
            assert everything() == before, kind
