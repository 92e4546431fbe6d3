"""撤销导入: nothing remains of an import on which nothing was built; what was built on stays, and it is said."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.models import AuditEvent, User
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
from rosters.files import has_file
from rosters.models import ImportRun
from rosters.runner import import_runs_tidy
from rosters.undoing import import_run_undo, undo_plan
from tests.common.books import xlsx
from tests.duties.steps import sweep_at, visit
from tests.factories import Community, care_record, clerk, community, resident, user
from tests.rosters.uploads import client_of, page, send, step, work
from visits.models import Visit
from visits.undo import VOID_REASON

pytestmark = pytest.mark.django_db

# what tells of the doing itself, and what the database derives from the rows
APART = {"accounts", "rosters", "api", "axes", "sessions", "admin", "contenttypes", "auth", "otp_totp"}
CADRES = [
    ["苑区", "片区", "楼栋", "楼栋长姓名", "楼栋长电话", "卫生员姓名", "卫生员电话"],
    ["怡康苑", "第一片区", "101栋", "汪涛", "19912340001", "", ""],
    ["", "", "102栋", "骆一鸣", "19912340002", "倪萍", "19912340003"],
]
RESIDENTS = [
    ["姓名", "性别", "联系电话", "住址"],
    ["欧阳淑珍", "女", "19912340011", "怡康苑101栋1-101"],
    ["汤和", "男", "", "怡康苑102栋2-302"],
]


def care(started_on: str) -> list[list[str]]:
    return [
        ["姓名", "住址", "对象类别", "纳入日期"],
        ["欧阳淑珍", "怡康苑101栋1-101", "孤寡老人", started_on],
        ["汤和", "怡康苑102栋2-302", "困难家庭、孤寡老人", started_on],
    ]


def visits(*days: str) -> list[list[str]]:
    return [
        ["走访日期", "走访人", "走访对象", "住址", "走访方式"],
        *([day, "汪涛", "欧阳淑珍", "怡康苑101栋1-101", "上门"] for day in days),
    ]


@pytest.fixture
def home() -> Community:
    return community()


@pytest.fixture
def office(home: Community) -> Client:
    return client_of(clerk(home.place))


def snapshot() -> dict[str, list[Any]]:
    """Every row of every table about places and people, as it is stored."""
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values_list())
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label not in APART and not model._meta.proxy
    }


def differences(before: dict[str, list[Any]]) -> dict[str, list[Any]]:
    now = snapshot()
    return {name: [row for row in [*rows, *now[name]] if (row in rows) != (row in now[name])] for name, rows in before.items() if rows != now[name]}  # fmt: skip


def sent(office: Client, now: datetime, kind: str, rows: list[Any]) -> ImportRun:
    """A roster sent in at a moment, whatever the real clock says, and checked."""
    send(office, xlsx(rows), kind)
    run = ImportRun.objects.latest("pk")
    ImportRun.objects.filter(pk=run.pk).update(created_at=now)
    work(now)
    run.refresh_from_db()
    return run


def imported(office: Client, now: datetime, kind: str, rows: list[list[Any]]) -> ImportRun:
    """A roster sent in, confirmed and done."""
    run = sent(office, now, kind, rows)
    assert run.state == State.READY, run.message
    assert run.accepted, run.rejections
    step(office, run, "confirm")
    work(now)
    run.refresh_from_db()
    assert run.state == State.DONE
    return run


def undone(run: ImportRun, now: datetime, **options: Any) -> ImportRun:
    return import_run_undo(run=run, by=run.user, now=now, **options)


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
    assert (gone.void_reason, gone.voided_at) == (VOID_REASON, later)
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


PLACES = [["苑区", "片区", "楼栋", "户数"], ["新苑", "第九片区", "900栋", 5], ["新苑", "第九片区", "901栋", 5]]


@pytest.mark.parametrize(
    ("kind", "rows", "build", "words"),
    [
        ("residents", RESIDENTS, _changed_person, "1 位居民已被改过"),
        ("places", PLACES, _changed_place, "1 个楼栋或区域已被改过"),
        ("places", PLACES, _resident_there, "1 个楼栋或区域已有户"),
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
    import_runs_tidy(now=now + timedelta(days=29, hours=23))
    assert has_file(run, Purpose.JOURNAL)
    import_runs_tidy(now=now + timedelta(days=30))
    assert not has_file(run, Purpose.JOURNAL)
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


# --- any roster


@contextmanager
def taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


NAMES = st.sampled_from(["欧阳淑珍", "汤和", "石玉", "童立", "芦苇"])
HOMES = st.builds(
    "{}栋{}-{}01".format, st.sampled_from([101, 102]), st.integers(1, 2), st.integers(1, 3)
).map(lambda home: f"怡康苑{home}")
DAYS = st.sampled_from(["2026-11-21", "2026-11-22", "2026-11-23"])
KINDS = st.one_of(
    st.tuples(st.just("residents"), st.lists(st.tuples(NAMES, HOMES), min_size=1, max_size=6)),
    st.tuples(
        st.just("care"),
        st.lists(
            st.tuples(NAMES, HOMES, st.sampled_from(["孤寡老人", "住院病人", "困难家庭"]), DAYS),
            min_size=1,
            max_size=6,
        ),
    ),
    st.tuples(
        st.just("places"),
        st.lists(
            st.tuples(
                st.sampled_from(["怡康苑", "新苑"]),
                st.sampled_from(["第一片区", "第五片区"]),
                st.sampled_from(["101栋", "102栋", "777栋"]),
                st.integers(1, 90),
            ),
            min_size=1,
            max_size=6,
        ),
    ),
    st.tuples(
        st.just("cadres"),
        st.lists(
            st.tuples(
                st.just("怡康苑"),
                st.just("第一片区"),
                st.sampled_from(["101栋", "102栋"]),
                NAMES,
                st.sampled_from(["", "19912340001"]),
            ),
            min_size=1,
            max_size=4,
        ),
    ),
)
HEADERS = {
    "residents": ["姓名", "住址"],
    "care": ["姓名", "住址", "对象类别", "纳入日期"],
    "places": ["苑区", "片区", "楼栋", "户数"],
    "cadres": ["苑区", "片区", "楼栋", "楼栋长姓名", "楼栋长电话"],
}


@given(files=st.lists(KINDS, min_size=1, max_size=3))
@settings(max_examples=12, deadline=None, phases=(Phase.explicit, Phase.generate), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_rosters_taken_back_in_turn_leave_nothing(
    office: Client, now: datetime, files: list[tuple[str, list[tuple[Any, ...]]]]
) -> None:
    with taken_back():
        before, runs = snapshot(), []
        for kind, rows in files:
            run = sent(office, now, kind, [HEADERS[kind], *rows])
            if run.accepted:
                step(office, run, "confirm")
                work(now)
                runs.append(run)
        for run in reversed(runs):
            run.refresh_from_db()
            plan = undo_plan(run)
            assert plan.is_whole, json.dumps(plan.told(), ensure_ascii=False)
            if plan.does_something:
                undone(run, now)
        assert differences(before) == {}


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
