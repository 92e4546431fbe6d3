"""A person on one page for the office, with the flat, who answers, and what was written at visits for one reason."""

from __future__ import annotations

import pytest

from audit.choices import Action
from audit.models import AuditEvent
from cadres.choices import Post
from tests.duties.steps import sweep_at, visit
from tests.factories import Community, care_record, clerk, community, resident
from tests.pages import signed_in
from tests.visits.people import NOW, START, signed_in_as, stop_the_clock, text_of

pytestmark = pytest.mark.django_db
REASON = "核对低保申请"


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Community:
    stop_the_clock(monkeypatch)
    return community()


def test_it_works(home: Community) -> None:
    person = resident(home.building, now=NOW, room="102", name="张秀英", phone="13800138000")
    care_record(home.building, now=NOW, started_on=START, resident=person)
    resident(home.building, now=NOW, room="102", name="李国强")
    visit(person, "2026-03-03T10:00", notes="血压偏高", request="要轮椅", visitor_name="李梅")
    sweep_at(NOW)
    text = text_of(signed_in(clerk(home.place)), f"/people/{person.pk}/")
    head = home.holder(home.building, Post.BUILDING_HEAD)
    for shown in ("张秀英", "138****8000", "李国强", "李梅上门，见到本人", head.name, "孤寡老人"):
        assert shown in text, shown
    for hidden in ("血压", "轮椅", "13800138000", head.phone):
        assert hidden not in text, hidden
    for url in ("/admin/visits/visit/add/", f"/admin/residents/resident/{person.pk}/change/"):
        assert url in text, url


def test_one_reason_opens_the_words_of_all_visits_and_stands_in_the_trail_once(home: Community) -> None:
    person = care_record(home.building, now=NOW, started_on=START).resident
    visit(person, "2026-03-03T10:00", notes="血压偏高", visitor_name="李梅")
    visit(person, "2026-03-05T10:00", notes="要看眼睛", request="要轮椅", visitor_name="李梅")
    office = signed_in(clerk(home.place))
    text = office.post(f"/people/{person.pk}/words/", {"reason": REASON}).content.decode()
    for shown in ("血压偏高", "要看眼睛", "要轮椅"):
        assert shown in text
    (event,) = AuditEvent.objects.filter(action=Action.REVEAL)
    assert (event.object_type, event.object_id, event.reason) == (
        "residents.resident",
        str(person.pk),
        REASON,
    )
    assert event.fields == ["visit_notes", "visit_request"]


def test_without_a_reason_nothing_is_opened(home: Community) -> None:
    person = care_record(home.building, now=NOW, started_on=START).resident
    visit(person, "2026-03-03T10:00", notes="血压偏高", visitor_name="李梅")
    text = signed_in(clerk(home.place)).post(f"/people/{person.pk}/words/", {"reason": "看"}).content.decode()
    assert "请写明查看原因" in text
    assert "血压" not in text
    assert not AuditEvent.objects.exists()


def test_a_secretary_reads_no_words_and_calls_nobody_here(home: Community) -> None:
    person = care_record(home.building, now=NOW, started_on=START).resident
    branch = signed_in_as(home, home.precincts[0], Post.BRANCH_SECRETARY)
    assert branch.post(f"/people/{person.pk}/words/", {"reason": REASON}).status_code == 404
    head = home.holder(home.building, Post.BUILDING_HEAD)
    assert branch.post(f"/cadres/{head.pk}/call/").status_code == 404
    assert "打电话" not in text_of(branch, f"/people/{person.pk}/")
    assert not AuditEvent.objects.exists()


def test_the_office_calls_who_answers_and_that_is_recorded(home: Community) -> None:
    person = care_record(home.building, now=NOW, started_on=START).resident
    office, head = signed_in(clerk(home.place)), home.holder(home.building, Post.BUILDING_HEAD)
    assert f"/cadres/{head.pk}/call/" in text_of(office, f"/people/{person.pk}/")
    assert head.phone in office.post(f"/cadres/{head.pk}/call/").content.decode()
    (event,) = AuditEvent.objects.filter(action=Action.REVEAL)
    assert (event.object_type, event.object_id, event.fields) == ("cadres.cadre", str(head.pk), ["phone"])


def test_nobody_of_another_community_is_called(home: Community) -> None:
    far = community("花桥社区")
    stranger = far.holder(far.building, Post.BUILDING_HEAD)
    assert signed_in(clerk(home.place)).post(f"/cadres/{stranger.pk}/call/").status_code == 404
    assert not AuditEvent.objects.exists()


def test_a_visit_is_entered_with_the_accountable_visitor_chosen(home: Community) -> None:
    person = care_record(home.building, now=NOW, started_on=START).resident
    neighbour = resident(home.building, now=NOW)
    office, head = signed_in(clerk(home.place)), home.holder(home.building, Post.BUILDING_HEAD)
    for asked, proposed in ((person, head.pk), (neighbour, None)):
        response = office.get(f"/admin/visits/visit/add/?resident={asked.pk}")
        assert response.context["adminform"].form.initial["visitor"] == proposed


def test_a_flat_shows_who_lives_there(home: Community) -> None:
    person = resident(home.building, now=NOW, room="102", name="张秀英")
    care_record(home.building, now=NOW, started_on=START, resident=person, code="released")
    resident(home.building, now=NOW, room="102", name="李国强")
    url = f"/households/{person.household_id}/"
    office = signed_in(clerk(home.place))
    text = text_of(office, url)
    assert "张秀英" in text
    assert "李国强" in text
    assert "重点对象" in text
    assert "刑释解教" not in text
    assert f"/admin/residents/resident/add/?household={person.household_id}" in text
    health = text_of(signed_in_as(home, home.building, Post.HEALTH_WORKER), url)
    assert "张**" in health
    assert "李" not in health
    assert "新增居民" not in health


def test_a_flat_without_anybody_under_care_is_the_office_s_alone(home: Community) -> None:
    person = resident(home.building, now=NOW, room="102", name="张秀英")
    url = f"/households/{person.household_id}/"
    assert signed_in(clerk(home.place)).get(url).status_code == 200
    assert signed_in_as(home, home.building, Post.BUILDING_HEAD).get(url).status_code == 404
    far = resident(community("花桥社区").building, now=NOW)
    assert signed_in(clerk(home.place, "other")).get(f"/households/{far.household_id}/").status_code == 404
