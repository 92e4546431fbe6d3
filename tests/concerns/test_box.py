"""The box at the desk: who finds what, filters, what the office does there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from cadres.choices import Post
from concerns.choices import Origin
from concerns.models import Concern, ConcernTerms
from concerns.services import concern_close, concern_open
from duties.models import Duty
from tests.duties.steps import sweep_at
from tests.factories import Community, clerk, community, resident
from tests.pages import signed_in
from tests.visits.people import NOW, signed_in_as, stop_the_clock, text_of
from visits.models import Incident

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Community:
    stop_the_clock(monkeypatch)
    return community()


@pytest.fixture
def office(home: Community) -> Client:
    return signed_in(clerk(home.place))


def opened(home: Community, building: int = 0, **said: Any) -> Concern:
    given: dict[str, Any] = {
        "building": home.buildings[building], "subject": "care", "urgency": "normal", "words": "帮忙取降压药",
        "origin": Origin.OFFICE, "now": NOW, "by": None,
    }  # fmt: skip
    return concern_open(**{**given, **said})


def fresh(concern: Concern) -> Concern:
    return Concern.objects.unscoped("of this test").get(pk=concern.pk)


def test_it_works(home: Community, office: Client) -> None:
    person = resident(home.building, now=NOW, name="闻人月")
    concern = opened(home, resident=person, urgency="urgent")
    page = text_of(office, "/concerns/")
    for words in ("看病送药", "闻人月", "紧急", "待受理", "共 1 件"):
        assert words in page, words
    url = f"/concerns/{concern.pk}/"
    assert "帮忙取降压药" not in text_of(office, url)
    assert "帮忙取降压药" in office.post(f"{url}words/").content.decode()
    steward = home.holders[home.building.pk, Post.PROPERTY_STEWARD]
    taken = {"subject": "housing", "urgency": "normal", "appointment": steward.pk, "words": "请看看"}
    assert office.post(f"{url}take/", taken).status_code == 302
    assert fresh(concern).appointment == steward
    assert office.post(f"{url}close/", {"state": "done", "answer": "修好了"}).status_code == 302
    assert fresh(concern).answer == "修好了"
    assert "共 0 件" in text_of(office, "/concerns/")
    assert "共 1 件" in text_of(office, "/concerns/?state=done")


def test_filters(home: Community, office: Client) -> None:
    opened(home)
    opened(home, 7, subject="safety")
    closed = opened(home)
    clerk_user = clerk(home.place, "second")
    concern_close(concern=closed, state="done", answer="好了", by=clerk_user, now=NOW)
    for query, count in (
        ("", 2), ("?subject=safety", 1), ("?subject=safety&urgency=urgent", 0), ("?state=waiting", 2),
        (f"?area={home.precincts[0].pk}", 1), ("?area=nonsense", 0),
    ):  # fmt: skip
        assert f"共 {count} 件" in text_of(office, f"/concerns/{query}"), query


def test_the_first_page_has_its_number(home: Community, office: Client) -> None:
    opened(home)
    page = text_of(office, "/")
    assert "/concerns/" in page


def test_others_see_their_own_part_and_act_on_nothing(home: Community, office: Client) -> None:
    concern, strange = opened(home), opened(home, 7)
    secretary = signed_in_as(home, home.precincts[0], Post.BRANCH_SECRETARY)
    assert "共 1 件" in text_of(secretary, "/concerns/")
    page = text_of(secretary, f"/concerns/{concern.pk}/")
    assert "看内容" not in page
    assert "受理" not in page.split("经过")[1].split("要点")[0].replace("待受理", "")
    assert secretary.get(f"/concerns/{strange.pk}/").status_code == 404
    for act in ("take", "close", "incident", "words"):
        assert (
            secretary.post(f"/concerns/{concern.pk}/{act}/", {"state": "done", "answer": "x"}).status_code
            == 404
        )
    assert secretary.get("/concerns/new/").status_code == 404
    assert secretary.get(f"/concerns/terms/{home.place.pk}/").status_code == 404
    assert fresh(concern).state == "waiting"


def test_what_is_wrong_is_said_and_nothing_changes(home: Community, office: Client) -> None:
    concern = opened(home)
    url = f"/concerns/{concern.pk}/"
    strange = home.holders[home.buildings[-1].pk, Post.BUILDING_HEAD]
    taken = {"subject": "care", "urgency": "normal", "appointment": strange.pk}
    for act, data in (
        ("take", taken),
        ("close", {"state": "done", "answer": ""}),
        ("incident", {"kind": "no"}),
    ):
        assert office.post(f"{url}{act}/", data).status_code == 422, act
    assert fresh(concern).state == "waiting"
    office.post(f"{url}close/", {"state": "done", "answer": "好了"})
    late = office.post(f"{url}close/", {"state": "declined", "answer": "不办"})
    assert late.status_code == 422
    assert fresh(concern).answer == "好了"


def test_the_office_registers_one(home: Community, office: Client) -> None:
    sent = {
        "building": home.building.pk,
        "subject": "other",
        "urgency": "normal",
        "words": "来访说要办老年证",
    }
    assert office.post("/concerns/new/", {**sent, "words": ""}).status_code == 422
    assert not Concern.objects.unscoped("of this test").exists()
    assert office.post("/concerns/new/", sent).status_code == 302
    concern = Concern.objects.unscoped("of this test").get()
    assert (concern.origin, concern.words) == ("office", "来访说要办老年证")


def test_it_becomes_an_incident(home: Community, office: Client) -> None:
    concern = opened(home)
    assert office.post(f"/concerns/{concern.pk}/incident/", {"kind": "discontent"}).status_code == 302
    assert fresh(concern).incident == Incident.objects.unscoped("of this test").get()
    assert "已转" in text_of(office, f"/concerns/{concern.pk}/")


def test_the_terms(home: Community, office: Client) -> None:
    url = f"/concerns/terms/{home.place.pk}/"
    assert "建议值" in text_of(office, url)
    assert url in text_of(office, "/concerns/")
    assert office.post(url, {"normal_days": 0, "urgent_days": 1}).status_code == 422
    assert not ConcernTerms.objects.exists()
    assert office.post(url, {"normal_days": 5, "urgent_days": 2}).status_code == 302
    terms = ConcernTerms.objects.get()
    assert (terms.normal_days, terms.urgent_days) == (5, 2)
    assert "建议值" not in text_of(office, url)


def test_overdue_its_duty_leads_to_it(home: Community, office: Client) -> None:
    concern = opened(home, now=NOW - timedelta(days=30))
    sweep_at(NOW)
    secretary = signed_in_as(home, home.precincts[0], Post.BRANCH_SECRETARY)
    notices = text_of(secretary, "/notices/")
    assert "请过问社区办，督促办结" in notices
    assert "诉求" in text_of(secretary, "/m/notices/")
    duty = Duty.objects.get(clock=concern.clock_id)
    page = text_of(secretary, f"/duties/{duty.pk}/")
    assert f"/concerns/{concern.pk}/" in page
    assert "诉求办理期限（一般的 7 天内办结）" in page
    assert f"/m/concerns/{concern.pk}/" in text_of(secretary, f"/m/duties/{duty.pk}/")
