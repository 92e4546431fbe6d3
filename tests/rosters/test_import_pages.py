"""From an upload over its preview to the rows in the database, as a clerk sees it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.test import Client
from django.urls import reverse

from accounts.choices import Role
from audit.models import AuditEvent
from baibuting.common.tabular.reading import open_book
from buildings.models import Place, PlaceGrant
from rosters.choices import State
from rosters.models import ImportFile, ImportRun
from rosters.rules import roster_kinds
from rosters.services import import_run_drop
from tests.common.books import csv_of, xlsx
from tests.factories import clerk, community, resident, user
from tests.rosters.uploads import HEADER, checked, client_of, page, places, send, step, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Client:
    return client_of(clerk(community().place))


def test_it_works(office: Client, now: datetime) -> None:
    run = checked(office, places(), now, community=Place.objects.get(parent=None).pk)
    assert (run.state, run.rows, run.accepted, run.created, run.updated) == (State.READY, 3, 2, 1, 1)
    assert not Place.objects.filter(name="109栋").exists()
    shown = page(office, run)
    assert "预览：楼栋清单" in shown
    assert "请填写楼栋。" in shown
    assert step(office, run, "confirm").status_code == 302
    assert work(now) == 1
    run.refresh_from_db()
    assert run.state == State.DONE
    assert Place.objects.get(name="109栋").household_count == 50
    assert (
        Place.objects.get(
            name="101栋", parent__name="第一片区", parent__parent__name="怡康苑"
        ).household_count
        == 40
    )
    [event] = AuditEvent.objects.filter(action="import")
    assert (event.object_type, event.row_count, event.user_id) == ("places", 2, run.user_id)


def test_importing_twice_changes_nothing(office: Client, now: datetime) -> None:
    for _ in range(2):
        run = checked(office, places(), now)
        step(office, run, "confirm")
        work(now)
    run.refresh_from_db()
    assert (run.state, run.created, run.updated) == (State.DONE, 0, 0)


def test_a_check_writes_nothing_and_leaves_no_trace_in_the_audit(office: Client, now: datetime) -> None:
    before = list(Place.objects.values())
    checked(office, places(), now)
    assert list(Place.objects.values()) == before
    assert not AuditEvent.objects.filter(action="import").exists()


def test_every_page_of_a_run_opens(office: Client, now: datetime) -> None:
    assert send(office, places()).status_code == 302
    run = ImportRun.objects.get()
    for state in State:
        undone = {"undone_at": now, "undone_by": run.user} if state == State.UNDONE else {}
        ImportRun.objects.update(**{"state": state, "undone_at": None, "undone_by": None, **undone})
        assert State(state).label in page(office, run)
    shown = office.get(reverse("rosters:index")).content.decode()
    assert "清单.xlsx" in shown


def test_the_page_refreshes_itself_only_while_something_happens(office: Client, now: datetime) -> None:
    send(office, places())
    run = ImportRun.objects.get()
    assert 'http-equiv="refresh"' in page(office, run)
    work(now)
    assert 'http-equiv="refresh"' not in page(office, run)


def test_mended_rows_go_in(office: Client, now: datetime) -> None:
    run = checked(office, places(), now)
    answer = office.get(reverse("rosters:errors", args=[run.uid]))
    sheet = open_book(answer.content).sheets[0]
    assert sheet.rows[1][:4] == ["怡康苑", "第一片区", "", 3.0]
    mended = [*sheet.rows[1]]
    mended[2] = "110栋"
    again = checked(office, places([mended], header=sheet.rows[0]), now)
    assert (again.accepted, again.created, again.rejections) == (1, 1, [])
    assert "没有认出" not in page(office, again)


def test_the_error_workbook_stays_after_the_import(office: Client, now: datetime) -> None:
    run = checked(office, places(), now)
    step(office, run, "confirm")
    work(now)
    answer = office.get(reverse("rosters:errors", args=[run.uid]))
    assert answer.status_code == 200
    assert "filename*=utf-8''" in answer["Content-Disposition"]


# --- files


def test_the_upload_is_sealed_and_gone_once_it_is_imported(office: Client, now: datetime) -> None:
    send(office, places(), community=Place.objects.get(parent=None).pk)
    [file] = ImportFile.objects.all()
    assert b"PK\x03\x04" not in bytes(file.sealed)
    work(now)
    run = ImportRun.objects.get()
    step(office, run, "confirm")
    work(now)
    assert set(ImportFile.objects.values_list("purpose", flat=True)) == {"errors", "changes", "journal"}


def test_no_upload_ever_touches_the_disk(settings: object) -> None:
    assert [f"{MemoryFileUploadHandler.__module__}.MemoryFileUploadHandler"] == settings.FILE_UPLOAD_HANDLERS  # type: ignore[attr-defined]


def test_an_upload_given_up_is_deleted(office: Client, now: datetime) -> None:
    run = checked(office, places(), now)
    step(office, run, "drop")
    assert not ImportFile.objects.exists()
    assert step(office, run, "confirm").status_code == 302
    work(now)
    run.refresh_from_db()
    assert run.state == State.DROPPED
    assert not Place.objects.filter(name="109栋").exists()


def test_an_upload_nobody_confirms_is_deleted_after_a_day(office: Client, now: datetime) -> None:
    run = checked(office, places(), now)
    ImportRun.objects.update(created_at=now)
    work(now + timedelta(hours=23, minutes=59))
    assert ImportFile.objects.filter(purpose="upload").exists()
    work(now + timedelta(hours=24))
    run.refresh_from_db()
    assert run.state == State.EXPIRED
    assert not ImportFile.objects.exists()


def test_rows_to_mend_are_deleted_after_a_week(office: Client, now: datetime) -> None:
    run = checked(office, places(), now)
    step(office, run, "confirm")
    work(now)
    work(now + timedelta(days=6, hours=23))
    assert ImportFile.objects.exists()
    work(now + timedelta(days=7))
    assert not ImportFile.objects.filter(purpose="errors").exists()
    assert office.get(reverse("rosters:errors", args=[run.uid])).status_code == 404


# --- refusals


def test_a_file_that_cannot_be_read_is_told_why(office: Client, now: datetime) -> None:
    run = checked(office, b"%PDF-1.7", now, name="名册.xls")
    assert run.state == State.UNREADABLE
    assert "这是 PDF 文件" in page(office, run)


def test_nothing_to_import_cannot_be_confirmed(office: Client, now: datetime) -> None:
    run = checked(office, places([["怡康苑", "第一片区", "", 1]]), now)
    assert "没有可以导入的行" in page(office, run)
    step(office, run, "confirm")
    run.refresh_from_db()
    assert run.state == State.READY


@pytest.mark.parametrize("data", [b"", None])
def test_no_file_is_told_at_its_field(office: Client, data: bytes | None) -> None:
    answer = (
        office.post(reverse("rosters:upload", args=["places"]), {}) if data is None else send(office, data)
    )
    assert answer.status_code == 400
    assert "文件" in answer.content.decode()
    assert not ImportRun.objects.exists()


def test_too_large_a_file_is_refused_before_it_is_kept(
    office: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rosters.forms.MAX_FILE_BYTES", 10)
    answer = send(office, places())
    assert "文件超过 30 MB" in answer.content.decode()
    assert not ImportRun.objects.exists()


def test_a_run_is_confirmed_only_once(office: Client, now: datetime) -> None:
    run = checked(office, places(), now)
    step(office, run, "confirm")
    step(office, run, "confirm")
    assert work(now) == 1
    step(office, run, "confirm")
    assert work(now) == 0


def test_steps_are_taken_by_post_alone(office: Client, now: datetime) -> None:
    run = checked(office, places(), now)
    assert office.get(reverse("rosters:step", args=[run.uid, "confirm"])).status_code == 405
    assert office.get(reverse("rosters:map", args=[run.uid])).status_code == 405


# --- who may


def test_a_stranger_is_sent_to_sign_in() -> None:
    answer = Client().get(reverse("rosters:index"))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/")


@pytest.mark.parametrize(
    "role", [Role.CADRE, Role.DISTRICT, Role.AUDITOR, Role.SECURITY_ADMIN, Role.SYSTEM_ADMIN]
)
def test_only_the_office_imports(role: Role) -> None:
    place = community().place
    person = user("somebody", role=role)
    PlaceGrant.objects.create(user=person, place=place)
    client = client_of(person)
    assert client.get(reverse("rosters:index")).status_code == 403
    assert send(client, places(), community=place.pk).status_code == 403
    assert client.get(reverse("rosters:template", args=["care"])).status_code == 403
    assert not ImportRun.objects.exists()


def test_another_communitys_clerk_learns_nothing_of_a_run(office: Client, now: datetime) -> None:
    run = checked(office, places(), now)
    other = client_of(clerk(community("后湖社区", staffed=False).place, "other"))
    assert other.get(reverse("rosters:run", args=[run.uid])).status_code == 404
    assert other.get(reverse("rosters:errors", args=[run.uid])).status_code == 404
    assert step(other, run, "confirm").status_code == 404
    assert "清单.xlsx" not in other.get(reverse("rosters:index")).content.decode()


def test_a_colleague_sees_the_run_but_cannot_act_on_it_nor_take_the_rows(
    office: Client, now: datetime
) -> None:
    run = checked(office, places(), now)
    colleague = client_of(clerk(Place.objects.get(parent=None), "colleague"))
    shown = page(colleague, run)
    assert "确认导入" not in shown
    assert "下载错误表" not in shown
    assert colleague.get(reverse("rosters:errors", args=[run.uid])).status_code == 404
    assert step(colleague, run, "confirm").status_code == 404


def test_nobody_uploads_into_a_community_outside_his_scope(office: Client) -> None:
    foreign = community("后湖社区", staffed=False).place
    assert send(office, places(), community=foreign.pk).status_code == 400
    assert not ImportRun.objects.exists()


def test_a_clerk_cannot_create_a_community(office: Client, now: datetime) -> None:
    run = checked(office, places(), now, new_community="新社区")
    assert run.community_name == "百步亭社区"
    assert not Place.objects.filter(name="新社区").exists()


def test_whoever_sets_up_can_create_one(now: datetime) -> None:
    root = client_of(user("root", role=Role.SYSTEM_ADMIN, is_superuser=True))
    run = checked(root, places(), now, new_community=" 新 社区 ")
    assert (run.state, run.community) == (State.READY, None)
    assert not Place.objects.exists()
    step(root, run, "confirm")
    work(now)
    run.refresh_from_db()
    assert run.community == Place.objects.get(parent=None, name="新社区")


def test_rows_outside_the_scope_are_refused(now: datetime) -> None:
    made = community()
    office = client_of(clerk(made.quarters[0]))
    rows = [["怡康苑", "第一片区", "108栋", 1], ["文卉苑", "第一片区", "109栋", 1]]
    run = checked(office, places(rows), now)
    assert run.created == 1
    assert [(found["row"], found["reason"]) for found in run.rejections] == [(3, "out of scope")]
    step(office, run, "confirm")
    work(now)
    assert set(Place.objects.filter(name__in=["108栋", "109栋"]).values_list("name", flat=True)) == {"108栋"}


def test_a_clerk_of_a_quarter_takes_nobody_from_another(now: datetime) -> None:
    """An ID number that is registered elsewhere in the community would move the person, duties and all."""
    made = community()
    person = resident(made.buildings[-1], now=now, name="欧阳淑珍", id_number="429999197803051768")
    office = client_of(clerk(made.quarters[0]))
    header = ["姓名", "身份证号", "住址", "对象类别", "纳入日期"]
    rows = [header, ["欧阳淑珍", "429999197803051768", "怡康苑101栋1-101", "孤寡老人", "2026-01-01"]]
    for kind in ("care", "residents"):
        run = checked(office, xlsx(rows), now, kind=kind)
        assert [(found["column"], found["reason"]) for found in run.rejections] == [
            ("身份证号", "out of scope")
        ]
        step(office, run, "confirm")
        work(now)
    home = person.household_id
    person.refresh_from_db()
    assert person.household_id == home
    assert not person.care_records.exists()


def test_a_scope_lost_between_upload_and_import_counts(office: Client, now: datetime) -> None:
    run = checked(office, places(), now)
    step(office, run, "confirm")
    PlaceGrant.objects.all().delete()
    work(now)
    run.refresh_from_db()
    assert run.state in (State.UNREADABLE, State.DONE)
    assert not Place.objects.filter(name="109栋").exists()


# --- templates


@pytest.mark.parametrize("kind", list(roster_kinds()))
def test_a_template_of_every_kind_imports_unfilled_without_a_complaint(
    office: Client, now: datetime, kind: str
) -> None:
    answer = office.get(reverse("rosters:template", args=[kind]))
    assert answer.status_code == 200
    run = checked(office, answer.content, now, kind=kind)
    assert (run.state, run.rows, run.rejections) == (State.READY, 0, [])
    assert [title for title, field in run.titles if not field] == []


def test_an_unknown_kind_is_not_found(office: Client) -> None:
    assert office.get(reverse("rosters:upload", args=["cars"])).status_code == 404


# --- column titles


def test_columns_are_mapped_by_hand_and_remembered(office: Client, now: datetime) -> None:
    data = csv_of([["苑", "责任区", "幢数编码", "户数"], ["怡康苑", "第一片区", "109栋", "5"]])
    run = checked(office, data, now, name="清单.csv")
    assert run.state == State.UNREADABLE
    shown = page(office, run)
    assert "缺少的列" in shown
    titles = [title for title, _ in run.titles]
    chosen = {"责任区": "precinct", "幢数编码": "building"}
    form = {f"column_{at}": chosen.get(title, dict(run.titles)[title]) for at, title in enumerate(titles)}
    assert office.post(reverse("rosters:map", args=[run.uid]), form).status_code == 302
    work(now)
    run.refresh_from_db()
    assert (run.state, run.created) == (State.READY, 1)
    again = checked(office, data, now, name="清单.csv")
    assert again.state == State.READY


def test_a_mapping_belongs_to_its_community_and_kind(office: Client, now: datetime) -> None:
    run = checked(office, places(), now)
    titles = [title for title, _ in run.titles]
    form = {
        f"column_{at}": "" if title == "户数" else dict(run.titles)[title] for at, title in enumerate(titles)
    }
    office.post(reverse("rosters:map", args=[run.uid]), form)
    work(now)
    run.refresh_from_db()
    assert ["户数", ""] in run.titles
    foreign = client_of(clerk(community("后湖社区", staffed=False).place, "other"))
    assert ["户数", "household_count"] in checked(foreign, places(), now).titles


def test_two_columns_of_one_meaning_are_refused(office: Client, now: datetime) -> None:
    run = checked(office, places(), now)
    form = {f"column_{at}": "building" for at in range(len(run.titles))}
    answer = office.post(reverse("rosters:map", args=[run.uid]), form)
    assert answer.status_code == 400
    assert "有两列对应了同一个栏目" in answer.content.decode()
    run.refresh_from_db()
    assert run.state == State.READY


def test_another_persons_name_never_gets_into_a_runs_rows(office: Client, now: datetime) -> None:
    """What is kept of a rejection is where and why, never what stood there."""
    rows = [
        ["姓名", "身份证号", "住址", "对象类别", "纳入日期"],
        ["欧阳某", "42999919780305176", "怡康苑101栋1-101", "孤寡老人", "昨天"],
    ]
    run = checked(office, xlsx(rows), now, kind="care")
    assert run.rejections
    kept = str(list(ImportRun.objects.values()))
    assert "欧阳某" not in kept
    assert "4299991978" not in kept


def test_a_second_drop_is_refused(office: Client, now: datetime) -> None:
    from django.core.exceptions import ValidationError

    run = checked(office, places(), now)
    import_run_drop(run=run, now=now)
    with pytest.raises(ValidationError):
        import_run_drop(run=run, now=now)


def test_the_header_of_a_page_names_no_person(office: Client, now: datetime) -> None:
    """Addresses hold a random id, nothing else."""
    run = checked(office, places(), now, name="张三家庭.xlsx")
    assert reverse("rosters:run", args=[run.uid]) == f"/rosters/run/{run.uid}/"
    assert HEADER[0] not in reverse("rosters:errors", args=[run.uid])
