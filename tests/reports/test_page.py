"""The reports' page: who gets it, what is chosen already, and what it refuses."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from accounts.choices import Role
from audit.choices import Action
from audit.models import AuditEvent
from cadres.choices import Post
from cadres.services import appointment_end, cover_start, organisation_create
from reports.models import ReportFile, ReportRun
from reports.rules import report_kinds
from tests.factories import Community, appointment, cadre, clerk, community, user
from tests.pages import signed_in, superuser
from tests.reports.asking import KINDS, REASON, send, sheet_of
from tests.visits.people import account_of, signed_in_as, text_of

pytestmark = pytest.mark.django_db
PAGE = "/reports/"


def left_nothing() -> bool:
    audited = AuditEvent.objects.filter(action__in=(Action.EXPORT, Action.ALARM))
    return not (ReportRun.objects.exists() or ReportFile.objects.exists() or audited.exists())


@pytest.fixture
def office(home: Community) -> Client:
    return signed_in(clerk(home.place))


def test_it_works(office: Client, home: Community) -> None:
    page = text_of(office, PAGE)
    for words in ("走访台账", "按时率", "督办情况", "配备率", "两长四员花名册", "百步亭社区", "2026年3月"):
        assert words in page
    assert page.count("checked") == 2  # a report and 脱敏 are chosen: one click is enough
    assert 'aria-current="page">报表' in page


@pytest.mark.parametrize("kind", KINDS)
def test_one_click_gives_each_of_them(office: Client, home: Community, kind: str) -> None:
    answer = send(office, kind, home.place)
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    assert "no-store" in answer["Cache-Control"]
    label = report_kinds()[kind].label
    assert sheet_of(answer).title.startswith(f"百步亭社区{label}")
    assert "制表：2026-03-11 09:00" in sheet_of(answer).note
    printed = send(office, kind, home.place, make="page").content.decode()
    assert "<thead>" in printed
    assert f"百步亭社区{label}" in printed
    assert not ReportRun.objects.exists()  # small ones come at once
    assert AuditEvent.objects.filter(action=Action.EXPORT).count() == 2


def test_the_trail_says_which_rows_in_full_and_why(office: Client, home: Community) -> None:
    send(office, "roster", home.place, **REASON)
    [event] = AuditEvent.objects.filter(action=Action.EXPORT)
    assert (event.object_type, event.row_count, event.fields, event.reason, event.community_id) == (
        "cadres.buildingstaff", 8, ["联系电话"], "报街道存档", home.place.pk,
    )  # fmt: skip


def test_a_great_many_in_full_raise_an_alarm(
    office: Client, home: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports.services.ALARM_ROWS", 8)
    send(office, "roster", home.place)
    send(office, "staffing", home.place, **REASON)  # names nobody
    assert not AuditEvent.objects.filter(action=Action.ALARM).exists()
    send(office, "roster", home.place, **REASON)
    assert AuditEvent.objects.get(action=Action.ALARM).row_count == 8


@pytest.mark.parametrize("reason", ["", "  ", "存档"])
def test_in_full_without_a_reason_is_refused(office: Client, home: Community, reason: str) -> None:
    answer = send(office, "ledger", home.place, detail="full", reason=reason)
    assert answer.status_code == 400
    assert "请写明用途" in answer.content.decode()
    assert left_nothing()


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"month": "2026-13"}, "月份"),
        ({"month": "1999-01"}, "月份"),
        ({"kind": "everything"}, "报表"),
        ({"kind": "roster", "day": "2026-03-12"}, "晚于今天"),
        ({"kind": "roster", "day": "昨天"}, "看不懂这个日期"),
        ({"place": ""}, "范围"),
        ({"place": "abc"}, "范围"),
    ],
)
def test_what_cannot_be_made_is_refused_in_a_sentence(
    office: Client, home: Community, form: dict[str, str], words: str
) -> None:
    answer = send(office, "ledger", home.place, **form)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert left_nothing()


def test_a_place_outside_the_scope_is_not_there_and_leaves_nothing(home: Community) -> None:
    stranger = community("后湖社区")
    part = signed_in(clerk(home.precincts[0]))
    for kind in KINDS:
        for place in (stranger.place, stranger.building, home.place, home.quarters[0], home.precincts[1]):
            assert send(part, kind, place).status_code == 404
    assert send(part, "ledger", home.place, place=10**17).status_code == 404
    assert left_nothing()
    assert home.quarters[1].name not in text_of(part, PAGE)


@pytest.mark.parametrize(
    "role", [Role.AUDITOR, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.DISTRICT, Role.CADRE]
)
def test_other_accounts_have_no_reports(home: Community, role: Role) -> None:
    client = signed_in(user("somebody", role=role))
    assert client.get(PAGE).status_code in (302, 403)
    assert send(client, "staffing", home.place).status_code in (302, 403)
    assert left_nothing()


@pytest.mark.parametrize("post", [Post.BUILDING_HEAD, Post.PARTY_GROUP_LEADER])
def test_the_posts_of_a_building_have_no_reports(home: Community, post: str) -> None:
    client = signed_in_as(home, home.building, post)
    assert client.get(PAGE).status_code == 403
    assert send(client, "staffing", home.building).status_code == 403
    assert "报表" not in text_of(client, "/")
    assert left_nothing()


@pytest.mark.parametrize(
    ("level", "post"),
    [
        ("precinct", Post.BRANCH_SECRETARY),
        ("quarter", Post.GENERAL_BRANCH_SECRETARY),
        ("community", Post.COMMITTEE_SECRETARY),
    ],
)
def test_secretaries_get_those_of_their_area(home: Community, level: str, post: str) -> None:
    place = {"precinct": home.precincts[0], "quarter": home.quarters[0], "community": home.place}[level]
    client = signed_in_as(home, place, post)
    assert "报表" in text_of(client, "/")
    for kind in KINDS:
        assert send(client, kind, place).status_code == 200
        if level != "community":
            assert send(client, kind, home.quarters[1]).status_code == 404


def test_whoever_stands_in_for_a_secretary_has_them_meanwhile(home: Community) -> None:
    held = home.holders[home.precincts[0].pk, Post.BRANCH_SECRETARY]
    stand_in = home.holder(home.building, Post.BUILDING_HEAD)
    account = account_of(stand_in, "standin")
    assert signed_in(account).get(PAGE).status_code == 403
    cover_start(appointment=held, stand_in=stand_in, from_on=_day("2026-03-11"), until_on=_day("2026-03-20"))
    assert send(signed_in(account), "staffing", home.precincts[0]).status_code == 200


def test_a_secretary_whose_post_has_ended_has_them_no_more(home: Community) -> None:
    held = home.holders[home.precincts[0].pk, Post.BRANCH_SECRETARY]
    client = signed_in(account_of(held.cadre, "former"))
    appointment(home.building, Post.GRID_WORKER, cadre=held.cadre)
    assert client.get(PAGE).status_code == 200
    appointment_end(appointment=held, ended_on=_day("2026-03-10"), end_reason="resigned")
    assert client.get(PAGE).status_code == 403


def test_an_organisations_secretary_gets_all_his_buildings_in_one(home: Community) -> None:
    """康和党总支 serves buildings here and there: together they are offered as his part of the community."""
    scattered = [home.buildings[0], home.buildings[5]]
    organisation = organisation_create(
        community=home.place, kind="general_branch", name="康和党总支", places=scattered
    )
    secretary = cadre(home.place)
    appointment(home.quarters[0], Post.GENERAL_BRANCH_SECRETARY, cadre=secretary, organisation=organisation)
    client = signed_in(account_of(secretary, "zongzhi"))
    assert "百步亭社区（您负责的全部）" in text_of(client, PAGE)
    sheet = sheet_of(send(client, "roster", home.place), depth=2)
    assert [row[3] for row in sheet.rows] == ["101栋", "106栋"]
    assert "负责部分" in sheet.title
    rows = sheet_of(send(client, "staffing", home.place), depth=2).rows
    assert [row[:2] for row in rows] == [
        ["合计", 2.0], ["怡康苑 第一片区 101栋", 1.0], ["文卉苑 第一片区 106栋", 1.0],
    ]  # fmt: skip
    rows = sheet_of(send(client, "punctuality", home.place)).rows
    assert [row[0] for row in rows] == ["合计", "怡康苑 第一片区 101栋", "文卉苑 第一片区 106栋"]
    assert send(client, "roster", home.quarters[0]).status_code == 404


def test_an_emergency_opens_no_report(home: Community) -> None:
    from buildings.models import EmergencyAccess
    from tests.factories import moment

    account = clerk(home.precincts[0])
    EmergencyAccess.objects.create(
        user=account,
        place=home.buildings[7],
        reason="水管爆裂",
        started_at=moment("2026-03-11T08:00"),
        until_at=moment("2026-03-11T11:00"),
    )
    client = signed_in(account)
    assert send(client, "roster", home.buildings[7]).status_code == 404
    assert home.buildings[7].name not in text_of(client, PAGE)


def test_whoever_sets_up_is_offered_areas_and_not_every_building(home: Community) -> None:
    page = text_of(signed_in(superuser()), PAGE)
    assert home.precincts[0].name in page
    assert home.building.name not in page


def test_an_account_without_places_is_told_what_to_do(home: Community) -> None:
    empty = signed_in(user("new", role=Role.OFFICE, is_staff=True))
    assert "还没有可以出报表的范围" in text_of(empty, PAGE)


def test_too_many_rows_are_refused(office: Client, home: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.views.MOST_ROWS", 7)
    answer = send(office, "roster", home.place)
    assert answer.status_code == 400
    assert "一次最多 7 行" in answer.content.decode()
    assert left_nothing()


def test_what_is_chosen_can_stand_in_the_address(office: Client, home: Community) -> None:
    page = text_of(office, PAGE, kind="roster", place=home.quarters[1].pk)
    assert f'<option value="{home.quarters[1].pk}" selected>' in page
    assert (
        'value="roster" id="id_kind_4" checked' in page or "checked" in page.split('value="roster"')[1][:80]
    )


def test_early_in_a_month_the_one_before_is_chosen(
    office: Client, home: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.factories import moment
    from tests.visits.people import stop_the_clock

    stop_the_clock(monkeypatch, moment("2026-03-05T09:00"))
    assert '<option value="2026-02" selected>' in text_of(office, PAGE)


def test_a_get_gives_no_report(office: Client, home: Community) -> None:
    answer = office.get(PAGE, {"kind": "roster", "place": home.place.pk, "make": "book"})
    assert answer["Content-Type"].startswith("text/html")
    assert left_nothing()


def test_file_names_name_the_report_and_nobody(office: Client, home: Community) -> None:
    answer = send(office, "ledger", home.building)
    from urllib.parse import unquote

    name = unquote(answer["Content-Disposition"])
    assert name.endswith("走访台账_怡康苑第一片区101栋_202603.xlsx")


def _day(text: str) -> Any:
    from datetime import date

    return date.fromisoformat(text)


def test_steps_are_for_posts_alone(office: Client, home: Community) -> None:
    assert office.get(reverse("reports:step", args=[uuid4(), "drop"])).status_code == 405
