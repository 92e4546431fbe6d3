"""撤销导入: nothing remains of an import on which nothing was built; what was built on stays, and it is said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.models import AuditEvent
from baibuting.common.days import local_day
from buildings.models import Place, PlaceGrant, PlaceMove
from buildings.services import place_change
from cadres.choices import Post
from cadres.models import Appointment, Cadre
from cadres.services import appointment_end, cadre_change
from duties.models import Duty, DutyEvent
from residents.choices import EndReason
from residents.models import CareRecord, Household, Resident
from residents.services import resident_change
from rosters.choices import Purpose, State
from rosters.models import ImportFile
from rosters.runner import IMPORTS
from rosters.undoing import import_run_undo, undo_plan
from tests.duties.steps import sweep_at, visit
from tests.factories import Community, care_record, clerk, community, resident, user
from tests.rosters.undoing import (
    CADRES,
    RESIDENTS,
    care,
    differences,
    imported,
    snapshot,
    undone,
    visits,
)
from tests.rosters.uploads import client_of, page
from visits.models import Visit
from visits.services.visit import TAKEN_BACK

pytestmark = pytest.mark.django_db


@pytest.fixture
def home() -> Community:
    return community()


@pytest.fixture
def office(home: Community) -> Client:
    return client_of(clerk(home.place))


def test_it_works(office: Client, home: Community, now: datetime) -> None:
    before = snapshot()
    run = imported(office, now, "residents", RESIDENTS)
    assert Resident.objects.count() == 2
    shown = office.get(reverse("rosters:undo", args=[run.uid])).content.decode()
    assert "可以整份撤销" in shown
    assert "2 位居民" in shown
    # the page is worked by the real clock
    run = undone(run, now + timedelta(minutes=5))
    assert (run.state, run.undone_by) == (State.UNDONE, run.user)
    assert differences(before) == {}
    assert "已删除" in page(office, run)
    assert not run.files.exists()
    done = AuditEvent.objects.filter(action="import", reason="撤销导入")
    assert [(event.object_type, event.row_count, event.user) for event in done] == [
        ("residents", 4, run.user)
    ]


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        ("places", [["苑区", "片区", "楼栋", "户数"], ["怡康苑", "第一片区", "101栋", 33], ["新苑", "第九片区", "900栋", 5], ["怡康苑", "第三片区", "104栋", 7]]),
        ("cadres", CADRES),
        ("residents", RESIDENTS),
        ("care", care("2026-11-23")),
        ("care", care("2026-11-20")),
    ],
)  # fmt: skip
def test_every_kind_is_taken_back_whole(
    office: Client, home: Community, now: datetime, kind: str, rows: list[list[Any]]
) -> None:
    before = snapshot()
    run = imported(office, now, kind, rows)
    assert differences(before) != {}
    assert undo_plan(run).is_whole
    undone(run, now)
    assert differences(before) == {}


def test_visits_are_taken_back_and_their_rounds_are_open_again(
    office: Client, home: Community, now: datetime
) -> None:
    imported(office, now, "care", care("2026-11-22"))
    before = snapshot()
    run = imported(office, now + timedelta(hours=1), "visits", visits("2026-11-22", "2026-11-23"))
    assert Visit.objects.count() == 2
    assert differences(before) != {}
    undone(run, now + timedelta(hours=1))
    assert differences(before) == {}


def test_one_after_the_other_from_the_last_to_the_first(
    office: Client, home: Community, now: datetime
) -> None:
    before = snapshot()
    runs = [
        imported(office, now, "residents", RESIDENTS),
        imported(office, now, "care", care("2026-11-22")),
        imported(office, now, "visits", visits("2026-11-23")),
    ]
    with pytest.raises(ValidationError, match="必访对象"):
        undone(runs[0], now)
    for run in reversed(runs):
        undone(run, now)
    assert differences(before) == {}


def test_a_holder_who_was_replaced_holds_his_post_again(
    office: Client, home: Community, now: datetime
) -> None:
    first = home.holders[home.building.pk, Post.BUILDING_HEAD]
    run = imported(office, now, "cadres", CADRES)
    first.refresh_from_db()
    assert first.ended_on is not None
    undone(run, now)
    first.refresh_from_db()
    assert (first.ended_on, first.end_reason) == (None, "")
    assert not Cadre.objects.filter(name="汪涛").exists()


def test_a_person_whose_flat_an_import_changed_is_back_in_his_own(
    office: Client, home: Community, now: datetime
) -> None:
    number = "429999197803051768"
    person = resident(home.buildings[3], now=now, name="欧阳淑珍", id_number=number, phone="19912340099")
    care_record(home.buildings[3], now=now, started_on=local_day(now), resident=person)
    before = snapshot()
    rows = [["姓名", "身份证号", "联系电话", "住址"], ["欧阳淑珍", number, "19912340011", "怡康苑101栋1-101"]]
    run = imported(office, now, "residents", rows)
    person.refresh_from_db()
    assert person.household.building_id == home.building.pk
    undone(run, now)
    person.refresh_from_db()
    assert person.phone == "19912340099"
    # sealed anew, so the bytes of the phone differ; nothing else does
    assert [name for name, rows in differences(before).items() if len(rows) != 2] == []
    assert set(differences(before)) <= {"residents.Resident"}


# --- somebody was told


def test_a_record_that_somebody_was_told_of_is_ended_as_a_mistake(
    office: Client, home: Community, now: datetime
) -> None:
    run = imported(office, now, "care", care("2026-11-20"))
    later = now + timedelta(days=20)
    sweep_at(later)
    assert DutyEvent.objects.filter(rung__gt=0).exists()
    undone(run, later)
    assert set(CareRecord.objects.values_list("end_reason", flat=True)) == {EndReason.MISTAKE}
    assert set(Duty.objects.values_list("outcome", flat=True)) == {"cancelled"}
    raised = DutyEvent.objects.filter(kind="raised", rung__gt=0).count()
    assert DutyEvent.objects.filter(kind="stood_down").count() == raised
    run.refresh_from_db()
    assert "位居民" in "".join(run.undone["kept"])
    assert "已作废" in page(office, run)


def test_a_visit_that_took_an_escalation_back_is_voided_and_can_be_sent_in_again(
    office: Client, home: Community, now: datetime
) -> None:
    imported(office, now, "care", care("2026-11-22"))
    later = now + timedelta(days=20)
    sweep_at(later)
    run = imported(office, later, "visits", visits("2026-11-23"))
    assert DutyEvent.objects.filter(kind="stood_down").exists()
    undone(run, later)
    gone = Visit.objects.get()
    assert (gone.void_reason, gone.voided_at) == (TAKEN_BACK, later)
    assert Duty.objects.filter(outcome="overdue").exists()


# --- something was built on it


def test_what_was_built_on_an_import_holds_it(office: Client, home: Community, now: datetime) -> None:
    run = imported(office, now, "residents", RESIDENTS)
    visit(Resident.objects.get(name="汤和"), "2026-11-23T08:00")
    before = snapshot()
    with pytest.raises(ValidationError, match="1 位居民已有走访"):
        undone(run, now)
    assert differences(before) == {}
    assert "不能整份撤销" in office.get(reverse("rosters:undo", args=[run.uid])).content.decode()
    undone(run, now, partly=True)
    assert list(Resident.objects.values_list("name", flat=True)) == ["汤和"]
    assert Household.objects.filter(residents=None).count() == 0
    assert Household.objects.count() == 1


def _changed_person() -> None:
    resident_change(resident=Resident.objects.get(name="汤和"), phone="19912349999")


def _changed_place() -> None:
    place_change(place=Place.objects.get(name="900栋"), remark="新建")


def _resident_there() -> None:
    resident(Place.objects.get(name="900栋"), now=datetime.fromisoformat("2026-11-23T09:00+08:00"))


def _cadre_has_account() -> None:
    cadre_change(cadre=Cadre.objects.get(name="倪萍"), user=user("niping"))


def _left_office() -> None:
    held = Appointment.objects.get(cadre__name="骆一鸣")
    appointment_end(appointment=held, ended_on=held.started_on, end_reason="resigned")


PLACES = [
    ["苑区", "片区", "楼栋", "户数"],
    ["新苑", "第九片区", "900栋", 5],
    ["新苑", "第九片区", "901栋", 5],
]


@pytest.mark.parametrize(
    ("kind", "rows", "build", "words"),
    [
        ("residents", RESIDENTS, _changed_person, "1 位居民已被改过"),
        ("places", PLACES, _changed_place, "1 个楼栋或区域已被改过"),
        ("places", PLACES, _resident_there, "1 个楼栋或区域已有住户"),
        ("cadres", CADRES, _cadre_has_account, "1 名骨干已被改过"),
        ("cadres", CADRES, _left_office, "1 个任职已被改过"),
    ],
)
def test_each_thing_built_on_it_is_named(
    office: Client,
    home: Community,
    now: datetime,
    kind: str,
    rows: list[list[Any]],
    build: Callable[[], None],
    words: str,
) -> None:
    run = imported(office, now, kind, rows)
    build()
    before = snapshot()
    with pytest.raises(ValidationError, match=words):
        undone(run, now)
    assert differences(before) == {}
    run.refresh_from_db()
    assert run.state == State.DONE
    undone(run, now, partly=True)
    assert differences(before) != {}
    assert not Place.objects.filter(name="901栋").exists()


def test_a_visit_under_an_imported_record_holds_the_record(
    office: Client, home: Community, now: datetime
) -> None:
    person = resident(home.building, now=now, name="欧阳淑珍", room="101")
    run = imported(office, now, "care", care("2026-11-22"))
    visit(person, f"{now + timedelta(hours=1):%Y-%m-%dT%H:%M}")
    with pytest.raises(ValidationError, match="1 条必访对象记录已有走访"):
        undone(run, now + timedelta(hours=2))
    undone(run, now + timedelta(hours=2), partly=True)
    assert [record.resident for record in CareRecord.objects.all()] == [person]


# --- who, when, how often


def test_the_office_of_the_community_may_but_not_of_a_part_or_of_another(
    office: Client, home: Community, now: datetime
) -> None:
    run = imported(office, now, "residents", RESIDENTS)
    part = clerk(home.quarters[0], "part")
    other = clerk(community("后湖社区", staffed=False).place, "other")
    cadre = user("louzhang")
    PlaceGrant.objects.create(user=cadre, place=home.place)
    for somebody in (part, other, cadre):
        with pytest.raises(ValidationError, match="您不能撤销"):
            import_run_undo(run=run, by=somebody, now=now)
    for somebody, status in ((part, 404), (other, 404), (cadre, 403)):
        assert client_of(somebody).post(reverse("rosters:undo", args=[run.uid])).status_code == status
    assert Resident.objects.count() == 2
    colleague = clerk(home.place, "colleague")
    assert "撤销导入" in page(client_of(colleague), run)
    import_run_undo(run=run, by=colleague, now=now)
    assert Resident.objects.count() == 0


def test_twice_is_once(office: Client, home: Community, now: datetime) -> None:
    run = imported(office, now, "residents", RESIDENTS)
    undone(run, now)
    again = undone(run, now + timedelta(minutes=1))
    assert again.undone_at == now
    assert AuditEvent.objects.filter(reason="撤销导入").count() == 1


def test_after_thirty_days_it_stays(office: Client, home: Community, now: datetime) -> None:
    run = imported(office, now, "residents", RESIDENTS)
    IMPORTS.tidy(now=now + timedelta(days=29, hours=23))
    assert ImportFile.has(run, Purpose.JOURNAL)
    IMPORTS.tidy(now=now + timedelta(days=30))
    assert not ImportFile.has(run, Purpose.JOURNAL)
    with pytest.raises(ValidationError, match="30 天"):
        undone(run, now + timedelta(days=30))
    assert Resident.objects.count() == 2


def test_what_an_import_wrote_is_kept_sealed(office: Client, home: Community, now: datetime) -> None:
    person = resident(home.building, now=now, name="欧阳淑珍", room="101", phone="19912340099")
    run = imported(office, now, "residents", RESIDENTS)
    [file] = run.files.filter(purpose=Purpose.JOURNAL)
    assert b"residents.resident" not in bytes(file.sealed)
    assert b"19912340099" not in bytes(file.sealed)
    undone(run, now)
    person.refresh_from_db()
    assert person.phone == "19912340099"


def test_other_keys_since_then_are_no_change(
    office: Client, home: Community, now: datetime, settings: Any
) -> None:
    run = imported(office, now, "residents", RESIDENTS)
    settings.FIELD_KEYS = {**settings.FIELD_KEYS, 9: bytes(range(32))}
    settings.FIELD_KEY_ID = 9
    for person in Resident.objects.all():
        person.save()  # sealed under the new key
    assert undo_plan(run).is_whole


def test_an_import_with_nothing_new_has_nothing_to_take_back(
    office: Client, home: Community, now: datetime
) -> None:
    imported(office, now, "residents", RESIDENTS)
    run = imported(office, now, "residents", RESIDENTS)
    assert "无需撤销" in office.get(reverse("rosters:undo", args=[run.uid])).content.decode()
    with pytest.raises(ValidationError):
        undone(run, now)
    assert Resident.objects.count() == 2


# --- two at once


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_take_it_back_once(now: datetime) -> None:
    home = community(staffed=False)
    clerk(home.place)
    run = imported(client_of(User.objects.get(username="clerk")), now, "residents", RESIDENTS)
    failed: list[Exception] = []

    def click() -> None:
        try:
            import_run_undo(run=run, by=run.user, now=now)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    clicks = [Thread(target=click) for _ in range(2)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join()
    assert failed == []
    assert Resident.objects.count() == 0
    assert AuditEvent.objects.filter(reason="撤销导入").count() == 1


def test_a_move_taken_back_never_was(office: Client, home: Community, now: datetime) -> None:
    rows = [["苑区", "片区", "楼栋", "户数"], ["怡康苑", "第二片区", "101栋", 40]]
    before = snapshot()
    run = imported(office, now, "places", rows)
    assert PlaceMove.objects.count() == 1
    undone(run, now)
    assert differences(before) == {}
