"""From the community down to a person: one page a place, breadcrumbs, and nothing of what lies outside."""

from __future__ import annotations

from datetime import date
from urllib.parse import parse_qsl

import pytest
from django.test import Client

from buildings.models import Place
from cadres.choices import Post
from cadres.services import appointment_end, cover_start
from tests.duties.steps import sweep_at, visit
from tests.factories import Community, care_record, clerk, community, moment, resident
from tests.pages import signed_in
from tests.visits.people import NOW, START, signed_in_as, stop_the_clock, text_of
from visits.services import care_record_end, incident_report

pytestmark = pytest.mark.django_db
BEFORE = moment("2026-03-01T09:00")


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Community:
    stop_the_clock(monkeypatch)
    return community()


def crumbs(client: Client, url: str) -> list[tuple[str, str]]:
    return client.get(url).context["crumbs"]


def names(response: object) -> list[str]:
    return [one.name for _, one in response.context["people"]]  # type: ignore[attr-defined]


def test_it_works(home: Community) -> None:
    """Down from the community to a person, by the links that each page offers, and up again by the crumbs."""
    record = care_record(home.building, now=BEFORE, started_on=START)
    sweep_at(NOW)
    client = signed_in_as(home, home.place, Post.COMMITTEE_SECRETARY)
    places: list[Place] = [home.quarters[0], home.precincts[0], home.building]
    url = "/"
    for place in places:
        assert f'href="/places/{place.pk}/"' in text_of(client, url)
        url = f"/places/{place.pk}/"
        assert place.name in text_of(client, url)
        assert client.get(url).context["overview"].value("overdue") == 1
    assert f'href="/people/{record.resident_id}/"' in text_of(client, url)
    way = crumbs(client, f"/people/{record.resident_id}/")
    assert way == [
        ("总览", "/"),
        ("百步亭社区", f"/places/{home.place.pk}/"),
        *((place.name, f"/places/{place.pk}/") for place in places),
    ]
    assert all(client.get(url).status_code == 200 for _, url in way)


def test_the_crumbs_of_a_part_name_what_lies_above_without_leading_there(home: Community) -> None:
    client = signed_in_as(home, home.precincts[0], Post.BRANCH_SECRETARY)
    way = dict(crumbs(client, f"/places/{home.building.pk}/"))
    assert (way["百步亭社区"], way["怡康苑"]) == ("", "")
    assert way["第一片区"] == f"/places/{home.precincts[0].pk}/"


def test_what_lies_outside_is_not_found(home: Community) -> None:
    near = care_record(home.buildings[7], now=BEFORE, started_on=START)
    next_door = community("隔壁社区", staffed=False)
    far = care_record(next_door.building, now=BEFORE, started_on=START)
    secretary = signed_in_as(home, home.precincts[0], Post.BRANCH_SECRETARY)
    for place in (home.place, home.quarters[0], home.precincts[1], home.buildings[7], next_door.building):
        assert secretary.get(f"/places/{place.pk}/").status_code == 404
    for record in (near, far):
        assert secretary.get(f"/people/{record.resident_id}/").status_code == 404
    office = signed_in(clerk(home.place))
    assert office.get(f"/places/{next_door.building.pk}/").status_code == 404
    assert office.get(f"/people/{far.resident_id}/").status_code == 404
    assert secretary.get("/places/0/").status_code == 404


@pytest.mark.parametrize("list_name", ["duties", "never-seen", "vacancies", "incidents", "load"])
def test_a_list_narrowed_to_what_lies_outside_is_empty(home: Community, list_name: str) -> None:
    care_record(home.buildings[7], now=BEFORE, started_on=START)
    client = signed_in_as(home, home.precincts[0], Post.BRANCH_SECRETARY)
    for area in (home.quarters[1].pk, home.buildings[7].pk, "x", "9" * 30, "-1"):
        response = client.get(f"/{list_name}/", {"area": area})
        assert response.context["page"].paginator.count == 0, area
        assert "文卉苑" not in response.content.decode()


def test_strangers_sign_in_first(home: Community) -> None:
    for url in (f"/places/{home.building.pk}/", "/people/1/", "/load/"):
        assert Client().get(url)["Location"].startswith("/login/")


def test_a_building_names_its_posts_its_people_and_what_is_going_on(home: Community) -> None:
    head = home.holders[home.building.pk, Post.BUILDING_HEAD]
    stand_in = home.holder(home.buildings[1], Post.BUILDING_HEAD)
    cover_start(appointment=head, stand_in=stand_in, from_on=NOW.date(), until_on=NOW.date())
    appointment_end(
        appointment=home.holders[home.building.pk, Post.CULTURE_WORKER],
        ended_on=date(2026, 3, 1),
        end_reason="resigned",
    )
    record = care_record(home.building, now=BEFORE, started_on=START)
    incident_report(
        building=home.building,
        kind="emergency",
        occurred_at=NOW,
        summary="水管爆裂",
        now=NOW,
        reported_by=None,
    )
    sweep_at(NOW)
    response = signed_in_as(home, home.quarters[0], Post.GENERAL_BRANCH_SECRETARY).get(
        f"/places/{home.building.pk}/"
    )
    posts = {held.post_label: held.holder for held in response.context["posts"]}
    assert (posts["楼栋长"].cadre_name, posts["楼栋长"].is_cover, posts["文体员"]) == (
        stand_in.name,
        True,
        None,
    )
    above = [held.holder.cadre_name for held in response.context["above"]]
    assert above[0] == home.holder(home.precincts[0], Post.BRANCH_SECRETARY).name
    assert names(response) == [record.resident.name]
    assert [row.first.duty.care_record_id for row in response.context["rows"] if row.first.person] == [
        record.pk
    ]
    assert len(response.context["incidents"]) == 1
    assert "水管爆裂" not in response.content.decode()


def test_names_are_read_by_the_rules_there_are(home: Community) -> None:
    """In full by the office, the holder and the ladder above; the sensitive category by holder and ladder alone."""
    person = resident(home.building, now=BEFORE, name="王秀兰")
    care_record(home.building, now=BEFORE, started_on=START, resident=person, code="released")
    sweep_at(NOW)
    url = f"/places/{home.building.pk}/"
    health = signed_in_as(home, home.building, Post.HEALTH_WORKER)
    branch = signed_in_as(home, home.precincts[0], Post.BRANCH_SECRETARY)
    office = signed_in(clerk(home.place))
    assert names(health.get(url)) == ["王**"]
    assert names(branch.get(url)) == names(office.get(url)) == ["王秀兰"]
    for client, label in ((health, "重点对象"), (office, "重点对象"), (branch, "刑释解教人员")):
        assert client.get(url).context["people"][0][1].chips == [label]
    page = f"/people/{person.pk}/"
    for client, shown, hidden in ((health, "王**", "王秀兰"), (branch, "王秀兰", "王**")):
        text = text_of(client, page)
        assert shown in text
        assert hidden not in text
    assert "刑释解教" not in text_of(health, page)


def test_a_person_s_page_tells_duties_and_visits_but_nothing_of_what_was_written(home: Community) -> None:
    record = care_record(home.building, now=BEFORE, started_on=START)
    visit(record.resident, "2026-03-03T10:00", notes="血压偏高", request="要轮椅", visitor_name="李梅")
    sweep_at(NOW)
    client = signed_in_as(home, home.precincts[0], Post.BRANCH_SECRETARY)
    text = text_of(client, f"/people/{record.resident_id}/")
    assert "李梅上门，见到本人" in text
    assert "按时完成" in text
    assert "血压" not in text
    assert "轮椅" not in text
    before = text_of(client, f"/people/{record.resident_id}/", as_of="2026-03-02")
    assert "还没有走访记录" in before
    assert "按时完成" not in before


def test_whoever_was_never_under_care_has_no_page(home: Community) -> None:
    neighbour = resident(home.building, now=BEFORE)
    ended = care_record(home.building, now=BEFORE, started_on=START)
    care_record_end(care_record=ended, ended_on=date(2026, 3, 5), end_reason="moved", now=NOW)
    client = signed_in_as(home, home.precincts[0], Post.BRANCH_SECRETARY)
    assert client.get(f"/people/{neighbour.pk}/").status_code == 404
    assert "没有列入必访" in text_of(client, f"/people/{ended.resident_id}/")


def test_the_office_has_its_form_one_click_away(home: Community) -> None:
    record = care_record(home.building, now=BEFORE, started_on=START)
    office = signed_in(clerk(home.place))
    own = f"/admin/residents/resident/{record.resident_id}/change/"
    assert own in text_of(office, f"/people/{record.resident_id}/")
    text = text_of(office, f"/places/{home.building.pk}/")
    assert f'href="/people/{record.resident_id}/"' in text
    assert "登记两长四员" in text
    assert "登记两长四员" not in text_of(
        signed_in_as(home, home.precincts[0], Post.BRANCH_SECRETARY), f"/places/{home.building.pk}/"
    )


def test_filters_stand_in_the_address_and_keep_each_other(home: Community) -> None:
    for building in home.buildings[:3]:
        care_record(building, now=BEFORE, started_on=START)
    sweep_at(NOW)
    client = signed_in_as(home, home.place, Post.COMMITTEE_SECRETARY)
    asked = {"state": "overdue", "area": str(home.precincts[0].pk), "as_of": "2026-03-06"}
    chips = client.get("/duties/", asked).context["chips"]
    (rung,) = (chip for chip in chips if chip.title == "级别")
    for choice in rung.choices:
        kept = dict(parse_qsl(choice.url.removeprefix("?")))
        assert {word: kept[word] for word in asked} == asked
    (area,) = (chip for chip in chips if chip.title == "区域")
    assert dict(parse_qsl(area.off_url.removeprefix("?"))) == {"state": "overdue", "as_of": "2026-03-06"}
    page = client.get("/duties/", {"area": home.building.pk})
    assert page.context["page"].paginator.count == 1
    assert (
        next(chip.selected for chip in page.context["chips"] if chip.title == "区域")
        == home.building.full_name
    )
