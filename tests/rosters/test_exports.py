"""Exports from the lists: inside the scope, masked unless a reason is given, audited, and fit to come back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts.choices import Role
from audit.choices import Action
from audit.models import AuditEvent
from baibuting.common.tabular.problems import TabularError
from baibuting.common.tabular.reading import Cell, open_book
from buildings.models import Place
from buildings.scope import Scope
from buildings.viewer import Viewer
from cadres.choices import Post
from cadres.models import Appointment, BuildingStaff, Cadre
from cadres.services import appointment_end
from duties.models import Duty
from residents.models import CareRecord, Resident
from tests.factories import Community, care_record, clerk, community, resident, user
from tests.pages import list_url, signed_in, superuser
from tests.rosters.tables import counts, load
from visits.choices import VisitOrigin
from visits.models import Visit
from visits.services import visit_record

pytestmark = pytest.mark.django_db

ALL: tuple[type[Model], ...] = (Place, BuildingStaff, Appointment, Resident, CareRecord, Visit, Duty)
REASON = {"detail": "full", "reason": "核对五必访台账"}
ID_NUMBER, PHONE = "429999197803051768", "19912345678"


@pytest.fixture
def made(now: datetime) -> Community:
    """A community with one person under care, visited once, in its first building; and one next door."""
    for name in ("后湖社区", "百步亭社区"):
        made = community(name)
        person = resident(
            made.building,
            now=now,
            name="迪丽努尔·买买提",
            room="601",
            id_number=ID_NUMBER,
            phone=PHONE,
            born_on=date(1978, 3, 5),
            notes="独居",
        )
        care_record(made.building, now=now, started_on=date(2026, 11, 1), resident=person)
        head = made.holder(made.building, Post.BUILDING_HEAD)
        visit_record(
            resident=person,
            visited_at=now,
            now=now,
            origin=VisitOrigin.OFFICE,
            visitor=head,
            notes="血压偏高",
        )
    # a roster's names hold no digits, as those of the standing cast do
    cadres = list(Cadre.objects.defer("phone"))
    for cadre in cadres:
        cadre.name = "任" + cadre.name.translate(_AS_WORDS)
    Cadre.objects.bulk_update(cadres, ["name"])
    return made


_AS_WORDS = str.maketrans("0123456789", "敏茂芳强琴桂超龙玉明")


@pytest.fixture
def office(made: Community) -> Client:
    return signed_in(clerk(made.place))


def export_url(model: type[Model], conditions: str = "") -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_export") + conditions


def export(client: Client, model: type[Model], conditions: str = "", **form: str) -> Any:
    return client.post(export_url(model, conditions), form or {"detail": "masked"})


def table(answer: Any) -> tuple[str, list[str], list[list[Cell]]]:
    """Title, header and rows of an export."""
    assert answer.status_code == 200
    title, header, *rows = open_book(answer.content).sheets[0].rows
    return str(title[0]), [str(cell) for cell in header], rows


def test_it_works(office: Client, made: Community) -> None:
    title, header, rows = table(export(office, CareRecord))
    assert title == "五必访对象台账（已脱敏）"
    [row] = (dict(zip(header, row, strict=True)) for row in rows)
    assert row == {
        "姓名": "迪**",
        "性别": "",
        "身份证号": "****************68",
        "联系电话": "199****5678",
        "住址": "怡康苑第一片区101栋",
        "对象类别": "孤寡老人",
        "纳入日期": date(2026, 11, 1),
        "终止日期": "",
        "终止原因": "",
        "备注": "",
        "最近见到": date(2026, 11, 23),
    }
    [event] = AuditEvent.objects.filter(action=Action.EXPORT)
    assert (event.object_type, event.row_count, event.fields, event.reason, event.community_id) == (
        "residents.carerecord", 1, [], "", made.place.pk,
    )  # fmt: skip


def test_in_full_takes_a_reason_and_the_trail_names_it(office: Client) -> None:
    title, header, [row] = table(export(office, CareRecord, **REASON))
    assert title == "五必访对象台账"
    assert {"迪丽努尔·买买提", ID_NUMBER, PHONE, "怡康苑第一片区101栋1单元601室"} <= set(row)
    event = AuditEvent.objects.get(action=Action.EXPORT)
    assert (event.reason, event.fields) == (
        "核对五必访台账",
        ["姓名", "身份证号", "联系电话", "住址", "备注"],
    )
    assert header[0] == "姓名"


@pytest.mark.parametrize("reason", ["", "  ", "核对"])
def test_in_full_without_a_reason_is_refused(office: Client, reason: str) -> None:
    answer = export(office, CareRecord, detail="full", reason=reason)
    assert answer.status_code == 400
    assert "请写明用途" in answer.content.decode()
    assert not AuditEvent.objects.filter(action=Action.EXPORT).exists()


@pytest.mark.parametrize("model", ALL)
def test_every_list_has_an_export_and_none_of_it_from_next_door(
    office: Client, made: Community, model: type[Model]
) -> None:
    shown = office.get(list_url(model))
    assert export_url(model) in shown.content.decode()
    assert office.get(export_url(model)).status_code == 200
    _, _, rows = table(export(office, model, **REASON))
    inside = model.objects.within(scope_of_place(made.place))  # type: ignore[attr-defined]
    assert 0 < len(rows) <= inside.count() + 1
    event = AuditEvent.objects.get(action=Action.EXPORT)
    assert event.object_type == model._meta.label_lower
    assert event.community_id == made.place.pk


@pytest.mark.parametrize("model", ALL)
def test_a_resource_keeps_to_the_scope_by_itself(made: Community, model: type[Model], now: datetime) -> None:
    """Whatever rows an admin hands it."""
    viewer = Viewer(clerk(made.place), scope_of_place(made.place), now)
    own: Any = admin.site._registry[model]
    every = model._default_manager.all()
    kept = own.resource_class(viewer=viewer, is_full=True).filter_export(every)
    assert 0 < kept.count() < every.count()
    assert (
        kept.count() == model._default_manager.filter(pk__in=kept.values("pk")).within(viewer.scope).count()
    )  # type: ignore[attr-defined]


def scope_of_place(place: Place) -> Scope:
    return Scope(paths=frozenset({place.path}))


@pytest.mark.parametrize("model", [Resident, CareRecord, Visit, Duty])
def test_a_masked_export_holds_nothing_of_a_person(office: Client, model: type[Model]) -> None:
    _, _, rows = table(export(office, model))
    said = str(rows)
    for secret in ("迪丽努尔", ID_NUMBER, PHONE, "601", "独居", "血压"):
        assert secret not in said


@pytest.mark.parametrize("role", [Role.CADRE, Role.DISTRICT, Role.AUDITOR, Role.SYSTEM_ADMIN])
def test_only_the_office_exports(made: Community, role: Role) -> None:
    client = signed_in(user("somebody", role=role))
    for model in ALL:
        assert export(client, model).status_code in (302, 403)
    assert not AuditEvent.objects.filter(action=Action.EXPORT).exists()


def test_a_great_many_in_full_raise_an_alarm(office: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("buildings.exporting.ALARM_ROWS", 1)
    export(office, Resident)
    assert not AuditEvent.objects.filter(action=Action.ALARM).exists()
    data = {"detail": "full", "reason": "核对必访对象台账"}
    assert office.post(export_url(Resident), data).status_code == 200
    alarm = AuditEvent.objects.get(action=Action.ALARM)
    assert alarm.row_count == AuditEvent.objects.filter(action=Action.EXPORT).latest("id").row_count


def test_a_get_never_gives_rows(office: Client) -> None:
    answer = office.get(export_url(CareRecord))
    assert answer["Content-Type"].startswith("text/html")
    assert "迪" not in answer.content.decode()
    assert not AuditEvent.objects.filter(action=Action.EXPORT).exists()


def test_the_lists_filters_and_search_count(office: Client, made: Community) -> None:
    quarter = made.quarters[1].pk
    assert table(export(office, CareRecord, f"?quarter={quarter}"))[2] == []
    shown = office.get(list_url(CareRecord), {"quarter": quarter}).content.decode()
    assert f"{export_url(CareRecord)}?quarter={quarter}" in shown
    found = office.post(list_url(CareRecord), {"q": "无此人", "find": "1"}, follow=True)
    assert table(export(office, CareRecord, "?" + found.request["QUERY_STRING"]))[2] == []


def test_too_many_rows_at_once_are_refused(office: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("buildings.exporting.MOST_ROWS", 3)
    answer = export(office, Place)
    assert answer.status_code == 400
    assert "一次最多导出 3 条" in answer.content.decode()
    assert not AuditEvent.objects.filter(action=Action.EXPORT).exists()


def test_the_file_name_names_no_person_and_the_file_is_not_kept(office: Client) -> None:
    answer = export(office, Resident)
    assert "%E5%B1%85%E6%B0%91" in answer["Content-Disposition"]  # 居民…
    assert "no-store" in answer["Cache-Control"]


def test_a_sensitive_category_is_named_to_nobody_in_the_office(
    office: Client, made: Community, now: datetime
) -> None:
    care_record(made.building, now=now, started_on=date(2026, 11, 2), code="released")
    _, header, rows = table(export(office, CareRecord, **REASON))
    assert {row[header.index("对象类别")] for row in rows} == {"孤寡老人", "重点对象"}
    _, header, rows = table(export(office, Duty, **REASON))
    assert "刑释解教人员" not in str(rows)


def test_import_stands_beside_export_on_the_lists_that_have_rosters(office: Client) -> None:
    for model, kind in ((Place, "places"), (Appointment, "cadres"), (BuildingStaff, "cadres"), (CareRecord, "care"), (Visit, "visits"), (Resident, "residents")):  # fmt: skip
        assert reverse("rosters:upload", args=[kind]) in office.get(list_url(model)).content.decode()
    assert "/rosters/" not in office.get(list_url(Duty)).content.decode().replace(
        reverse("rosters:index"), ""
    )


# --- and back again


def test_the_wide_roster_comes_back_unchanged(office: Client, made: Community) -> None:
    gone = made.holders[made.building.pk, Post.CULTURE_WORKER]
    appointment_end(appointment=gone, ended_on=date(2026, 11, 20), end_reason="resigned")
    before = list(Appointment.objects.order_by("pk").values())
    answer = export(office, BuildingStaff, **REASON)
    report = load("cadres", answer.content)
    assert (report.rows, report.rejected, report.unrecognised) == (8, [], [])
    assert counts(report) == (0, 0, 47)
    assert list(Appointment.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("title_stays", [True, False])
def test_a_masked_roster_changes_nothing_either(
    office: Client, made: Community, title_stays: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = list(Appointment.objects.order_by("pk").values())
    if title_stays:
        with pytest.raises(TabularError, match="脱敏"):
            load("cadres", export(office, BuildingStaff).content)
    else:  # somebody has taken the word out of the title
        monkeypatch.setattr("buildings.exporting.MASKED", "")
        report = load("cadres", export(office, BuildingStaff).content)
        assert counts(report)[:2] == (0, 0)
        assert {one.reason for one in report.rejected} == {"phone"}
    assert list(Appointment.objects.order_by("pk").values()) == before


def test_the_long_roster_comes_back_unchanged(office: Client, made: Community) -> None:
    answer = export(office, Appointment, **REASON)
    report = load("cadres", answer.content)
    assert report.rejected == []
    assert counts(report) == (0, 0, Appointment.objects.filter(place__community=made.place).count())


@pytest.mark.parametrize(
    ("model", "kind"), [(Place, "places"), (Resident, "residents"), (CareRecord, "care")]
)
def test_other_lists_come_back_unchanged(
    office: Client, made: Community, model: type[Model], kind: str
) -> None:
    report = load(kind, export(office, model, **REASON).content)
    assert report.rejected == []
    assert counts(report)[:2] == (0, 0)


@pytest.mark.parametrize(
    ("model", "kind"), [(Resident, "residents"), (CareRecord, "care"), (Visit, "visits")]
)
@pytest.mark.parametrize("title_stays", [True, False])
def test_masked_people_are_never_taken_for_people(
    office: Client,
    made: Community,
    model: type[Model],
    kind: str,
    title_stays: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = Resident.objects.count(), Visit.objects.count()
    if title_stays:
        with pytest.raises(TabularError, match="脱敏"):
            load(kind, export(office, model).content)
    else:
        monkeypatch.setattr("buildings.exporting.MASKED", "")
        assert load(kind, export(office, model).content).accepted == 0
    assert (Resident.objects.count(), Visit.objects.count()) == before


def test_the_list_of_duties_is_no_roster(office: Client, made: Community) -> None:
    """Its columns would do for a roster of care, and open again what has ended."""
    before = list(CareRecord.objects.order_by("pk").values_list("pk", "ended_on"))
    with pytest.raises(TabularError, match="不能导入"):
        load("care", export(office, Duty, **REASON).content)
    assert list(CareRecord.objects.order_by("pk").values_list("pk", "ended_on")) == before


def test_queries_do_not_grow_with_the_rows(
    office: Client, made: Community, now: datetime, django_assert_max_num_queries: Any
) -> None:
    for room in range(20):
        care_record(
            made.building,
            now=now,
            started_on=date(2026, 11, 1),
            resident=resident(made.building, now=now, room=f"9{room}"),
        )
    for model in ALL:
        with django_assert_max_num_queries(32):
            export(office, model, **REASON)


def test_a_superuser_exports_every_community(made: Community) -> None:
    assert len(table(export(signed_in(superuser()), CareRecord))[2]) == 2
    assert AuditEvent.objects.get(action=Action.EXPORT).community_id is None
