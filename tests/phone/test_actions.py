"""What a post holder does on his phone about what has reached him: by plain forms, and back to where he was."""

from __future__ import annotations

import pytest
from django.test import Client

from cadres.choices import Post
from duties.models import Duty, DutyAction
from residents.models import CareRecord
from tests.factories import Community
from tests.visits.people import NOW, signed_in_as, text_of

pytestmark = pytest.mark.django_db
WORDS = "住在汉口女儿家"


@pytest.fixture
def duty(record: CareRecord) -> Duty:
    return record.duties.get()


@pytest.fixture
def branch(home: Community, duty: Duty) -> Client:
    return signed_in_as(home, home.precincts[0], Post.BRANCH_SECRETARY)


def page(duty: Duty, kind: str) -> str:
    return f"/m/duties/{duty.pk}/handle/{kind}/"


def test_it_works(duty: Duty, branch: Client) -> None:
    assert f'action="{page(duty, "take_over")}"' in text_of(branch, "/m/notices/")
    response = branch.post(page(duty, "take_over"), {"back": "/m/notices/"}, follow=True)
    assert response.redirect_chain == [("/m/notices/", 302)]
    text = response.content.decode()
    assert "已接办" in text
    assert "没有新的知会" in text
    assert "您 3月11日已接办" in text_of(branch, "/m/notices/", state="dealt")
    assert DutyAction.objects.get().at == NOW


def test_the_one_who_visits_sees_who_has_it_in_hand(duty: Duty, branch: Client, head: Client) -> None:
    branch.post(page(duty, "take_over"), {"words": WORDS})
    assert "片区支部书记已接办" in text_of(head, "/m/")
    text = text_of(head, f"/m/duties/{duty.pk}/")
    assert "已接办" in text
    assert WORDS not in text
    row = DutyAction.objects.get()
    assert WORDS in head.post(f"/m/duties/{duty.pk}/words/", {"action": row.pk}).content.decode()


def test_waving_through_and_taking_back(duty: Duty, branch: Client) -> None:
    response = branch.post(page(duty, "waive"), {"words": WORDS})
    assert response["Location"] == f"/m/duties/{duty.pk}/"
    assert "已放行，不再知会" in text_of(branch, f"/m/duties/{duty.pk}/")
    branch.post(page(duty, "revoke_waiver"), {})
    assert "已放行，不再知会" not in text_of(branch, f"/m/duties/{duty.pk}/")


def test_a_stand_in(home: Community, duty: Duty, branch: Client) -> None:
    neighbour = home.holders[home.buildings[1].pk, Post.BUILDING_HEAD]
    assert neighbour.cadre.name in text_of(branch, page(duty, "stand_in"))
    sent = {"stand_in": neighbour.pk, "from_on": "2026-03-11", "until_on": "2026-03-12"}
    assert branch.post(page(duty, "stand_in"), sent).status_code == 302
    assert DutyAction.objects.get().cover.stand_in == neighbour.cadre


def test_an_error_keeps_what_was_typed(duty: Duty, branch: Client) -> None:
    response = branch.post(page(duty, "stand_in"), {"words": WORDS, "back": "/m/notices/"})
    text = response.content.decode()
    assert response.status_code == 422
    assert "请选择请谁代管" in text
    assert WORDS in text
    assert 'value="/m/notices/"' in text
    assert not DutyAction.objects.exists()


def test_the_one_who_owes_it_adds_a_note_and_no_more(duty: Duty, head: Client) -> None:
    kinds = [str(kind.value) for kind in head.get(f"/m/duties/{duty.pk}/").context["allowed_actions"]]
    assert kinds == ["note"]
    assert head.post(page(duty, "waive"), {"words": WORDS}).status_code == 422
    assert not DutyAction.objects.exists()


def test_another_precinct_finds_nothing(home: Community, duty: Duty) -> None:
    other = signed_in_as(home, home.precincts[1], Post.BRANCH_SECRETARY)
    assert other.post(page(duty, "note"), {"words": WORDS}).status_code == 404
    assert other.post(f"/m/duties/{duty.pk}/words/", {"action": 1}).status_code == 404
    assert not DutyAction.objects.exists()


@pytest.mark.parametrize("elsewhere", ["/admin/", "//evil.example/m/", "https://evil.example/m/"])
def test_afterwards_one_stays_on_the_phone(duty: Duty, branch: Client, elsewhere: str) -> None:
    sent = {"words": WORDS, "back": elsewhere}
    assert branch.post(page(duty, "note"), sent)["Location"] == f"/m/duties/{duty.pk}/"
