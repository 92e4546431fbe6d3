"""A person is erased: their words are nowhere, and every figure is what it was."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from accounts.choices import Role
from accounts.models import User
from audit.models import AuditEvent
from baibuting.common.keeping import ERASED
from buildings.scope import Scope
from duties.choices import RUNNING
from duties.kinds import kind_of
from duties.models import Duty, DutyEvent
from duties.selectors import disclosure_over
from residents.doubles import likely_doubles
from residents.erased_list import erased_read
from residents.erasing import row_erasures
from residents.models import CareRecord, Erasure, Resident
from residents.roll import ResidentRoll
from rosters.choices import State as RosterState
from rosters.models import ImportFile, ImportRun
from tests.factories import Community, clerk, community, moment, resident, user
from tests.privacy.test_nothing_in_the_clear import dump
from tests.residents.marked import ID_NUMBER, NUMBER, WORD, everything, fill, marked_person
from visits.models import Incident, Visit
from visits.services import erased_again, erasure_confirm, erasure_propose

pytestmark = pytest.mark.django_db
BEFORE = moment("2026-10-01T09:00")
NOW = moment("2026-11-23T09:00")


@pytest.fixture
def home() -> Community:
    return community()


def keepers(home: Community) -> tuple[User, User]:
    office = clerk(home.place)
    return office, user("keeper", role=Role.SECURITY_ADMIN, name="安全员")


def erased(person: Resident, home: Community, now: datetime = NOW) -> Erasure:
    office, keeper = keepers(home)
    erasure = erasure_propose(
        resident=person, ground="request", reason="书面申请 2026-031", by=office, now=now
    )
    return erasure_confirm(erasure=erasure, by=keeper, now=now, erased_list=Path(django_settings.ERASED_LIST))


def figures() -> dict[str, Any]:
    """What pages and programs count, of every row: dates, posts, places, categories, outcomes."""
    visits = Visit.objects.unscoped("a test")
    return {
        "visits": list(
            visits.order_by("pk").values_list(
                "pk", "building", "resident", "visited_at", "method", "seen", "visitor", "voided_at", "origin"
            )
        ),
        "records": list(
            CareRecord.objects.unscoped("a test").order_by("pk").values_list(
                "pk", "building", "category", "started_on"
            )
        ),
        "duties": list(
            Duty.objects.exclude(outcome__in=RUNNING)
            .order_by("pk")
            .values_list("pk", "place", "category", "opened_on", "due_at", "outcome", "done_at", "closed_at")
        ),
        "events": list(
            DutyEvent.objects.order_by("pk").values_list("pk", "kind", "rung", "told_cadre", "fell_due_at")
        ),
        "incidents": list(Incident.objects.unscoped("a test").order_by("pk").values_list("pk", "occurred_at")),
    }  # fmt: skip


def test_it_works(home: Community) -> None:
    """The word that filled every column is nowhere in any table, opened or as it lies there; the figures stay."""
    person = marked_person(home, BEFORE, NOW)
    filled = fill(person, NOW)
    text = {
        (one.model, name)
        for one in row_erasures()
        for name, value in one.becomes.items()
        if isinstance(value, str)
    }
    known = {("residents.resident", name) for name in ("gender", "document_kind")}  # a choice, no word
    assert text - known <= filled
    person.phone = NUMBER  # overwritten by the word
    person.id_number = ID_NUMBER
    person.name = f"{WORD}小明"
    person.save(update_fields=["phone", "id_number", "name"])
    assert len(everything(WORD)) > 20
    before = figures()
    erasure = erased(person, home)
    assert everything(WORD) == []
    assert everything(NUMBER) == everything(ID_NUMBER) == []
    assert WORD.encode() not in dump()
    after = figures()
    for what, rows in before.items():
        # what ran has ended, with an event; nothing that was settled has changed
        assert set(rows) <= set(after[what]), what
    assert erasure.state == "erased"
    assert erasure.reason == ""


def test_what_is_left_of_them(home: Community) -> None:
    person = marked_person(home, BEFORE, NOW)
    erased(person, home)
    person.refresh_from_db()
    assert (person.name, person.name_initials, person.gender, person.born_on) == (ERASED, "", "", None)
    assert (person.household.building_id, person.household.short) == (home.building.pk, "室号未填")
    assert (person.left_on, person.left_reason, person.erased_at) == (NOW.date(), "erased", NOW)
    records = CareRecord.objects.unscoped("a test").filter(resident=person)
    assert [record.ended_on for record in records.order_by("-pk")] == [NOW.date(), BEFORE.date()]
    assert not Duty.objects.filter(care_record__in=records, outcome__in=RUNNING).exists()
    assert str(person) == ERASED  # there is nothing left to mask
    texts = {row.notes for row in Resident.objects.unscoped("a test").filter(name="王大娘")}
    assert texts == {f"{ERASED}是她的外甥，{ERASED}"}


def test_the_trail_says_who_and_how_much_but_never_what(home: Community) -> None:
    person = marked_person(home, BEFORE, NOW)
    erased(person, home)
    event = AuditEvent.objects.get(action="erase")
    assert (event.object_type, event.object_id) == ("residents.resident", str(person.pk))
    assert (event.user.username, event.reason, event.fields) == ("keeper", "本人或监护人要求", [])
    assert event.row_count > 15


def test_a_namesake_keeps_their_name(home: Community) -> None:
    """小明 in other texts may be the other one: the number goes, the name stays."""
    person = resident(home.building, now=BEFORE, name="张小明", phone=NUMBER)
    other = resident(home.buildings[1], now=BEFORE, name="张小明", notes="张小明有个同名的")
    friend = resident(home.building, now=BEFORE, notes=f"找张小明，{NUMBER}")
    erased(person, home)
    for row in (other, friend):
        row.refresh_from_db()
    assert (other.name, other.notes) == ("张小明", "张小明有个同名的")
    assert friend.notes == f"找张小明，{ERASED}"


def test_a_shared_phone_stays_the_others(home: Community) -> None:
    person = resident(home.building, now=BEFORE, room="201", phone=NUMBER)
    spouse = resident(home.building, now=BEFORE, room="201", phone=NUMBER)
    erased(person, home)
    spouse.refresh_from_db()
    assert spouse.phone == NUMBER
    assert spouse.household.room == "201"


def test_nobody_elses_rows_are_touched(home: Community) -> None:
    other, elsewhere = resident(home.building, now=BEFORE, notes="病情"), community("邻社区", staffed=False)
    far = resident(elsewhere.building, now=BEFORE, name="张小明", notes="张小明")
    person = resident(home.building, now=BEFORE, name="张小明")
    erased(person, home)
    for row in (other, far):
        row.refresh_from_db()
    assert (other.notes, far.name, far.notes) == ("病情", "张小明", "张小明")


def test_an_import_in_work_comes_first(home: Community) -> None:
    """It might register them anew while they are erased."""
    person = resident(home.building, now=BEFORE, name="张小明", notes="病情")
    run = ImportRun.objects.create(
        kind="care", community=home.place, community_name=home.place.name, user=user("uploader"),
        state=RosterState.TO_IMPORT, created_at=NOW,
    )  # fmt: skip
    ImportFile.keep(run, "upload", b"x")
    with pytest.raises(ValidationError, match="正在导入"):
        erased(person, home)
    person.refresh_from_db()
    assert (person.name, person.notes, person.erased_at) == ("张小明", "病情", None)
    assert erased_read(Path(django_settings.ERASED_LIST)) == []


def test_without_the_list_nobody_is_erased(home: Community, tmp_path: Path, settings: Any) -> None:
    """A restored backup would bring them back for good."""
    settings.ERASED_LIST = tmp_path / "a file" / "erased.log"
    (tmp_path / "a file").write_text("in the way")
    person = resident(home.building, now=BEFORE, name="张小明", notes="病情")
    with pytest.raises(ValidationError, match="没有删除任何内容"), transaction.atomic():
        erased(person, home)
    person.refresh_from_db()
    assert (person.name, person.notes, person.erased_at) == ("张小明", "病情", None)


def test_the_database_takes_nothing_about_them_any_more(home: Community) -> None:
    person = resident(home.building, now=BEFORE, name="张小明")
    erased(person, home)
    people = Resident.objects.unscoped("a test").filter(pk=person.pk)
    for values in ({"name": "张小明"}, {"gender": "male"}, {"left_on": None, "left_reason": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            people.update(**values)
    assert people.get().name == ERASED


def test_a_restored_backup_is_erased_again(home: Community) -> None:
    """The list outside the database knows them by a random key, and whoever was merged into them."""
    person = marked_person(home, BEFORE, NOW)
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT backup")
    erased(person, home)
    with connection.cursor() as cursor:
        cursor.execute("ROLLBACK TO SAVEPOINT backup")
    path = Path(django_settings.ERASED_LIST)
    assert len(erased_read(path)) == 2
    with path.open("a") as file:
        file.write("1234")  # cut short by a crash
    assert erased_again(erased_list=path, now=NOW + timedelta(days=1)) == 1
    assert everything(WORD) == []
    assert AuditEvent.objects.get(action="erase").reason == "恢复备份后再次删除"
    assert erased_again(erased_list=path, now=NOW + timedelta(days=1)) == 0


def test_nobody_learns_a_sensitive_category_any_more(home: Community) -> None:
    """Not even whoever held the duty and knew."""
    person = marked_person(home, BEFORE, NOW)
    duty = Duty.objects.filter(care_record__resident=person, category__code="released")[0]
    kind, holder = kind_of(duty), home.holder(home.building, "building_head")

    def told() -> str:
        scope = Scope(paths=frozenset({home.place.path}), cadre_id=holder.pk)
        seen_by = disclosure_over(scope=scope, reads_names=True, over=[duty.accountable], today=NOW.date())
        return kind.category(duty, seen_by) + kind.rule(duty, may_know=True)

    assert "刑释解教" in told()
    erased(person, home)
    duty = Duty.objects.get(pk=duty.pk)
    assert "刑释解教" not in told()
    assert "重点对象" in told()


def test_nobody_meets_them_in_lists_of_people(home: Community) -> None:
    erased(resident(home.building, now=BEFORE, name="张小明"), home)
    assert ERASED not in ResidentRoll.load(home.place).by_name
    assert likely_doubles([home.place.pk], Scope.EVERYWHERE) == []
