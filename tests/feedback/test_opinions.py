"""意见建议: written at the foot of any page, read and answered by the office, read by its writer; nobody else."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from cadres.choices import Post
from feedback.choices import State
from feedback.models import Opinion
from feedback.services import opinion_answer, opinion_see, opinion_write
from tests.factories import Community, clerk, community, user
from tests.pages import object_url, signed_in
from tests.visits.people import NOW, signed_in_as, stop_the_clock, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Community:
    stop_the_clock(monkeypatch)
    return community()


@pytest.fixture
def head(home: Community) -> Client:
    return signed_in_as(home, home.building, Post.BUILDING_HEAD)


def opinions() -> list[Opinion]:
    return list(Opinion.objects.unscoped("all of a test"))


def test_it_works(home: Community, head: Client) -> None:
    """From the foot of 今日 to the office's list, and back with an answer."""
    assert "/feedback/?page=phone%3Atoday" in text_of(head, "/m/")
    path = "/feedback/?page=phone:today"
    sent = {"uid": str(uuid4()), "text": "字太小，看不清"}
    assert head.post(path, sent)["Location"] == path
    head.post(path, sent)  # a second tap
    [opinion] = opinions()
    assert (opinion.page, opinion.state, opinion.text) == ("phone:today", State.NEW, "字太小，看不清")
    assert opinion.community == home.place
    office = signed_in(clerk(home.place))
    listed = text_of(office, "/admin/feedback/opinion/")
    assert "字太小，看不清" in listed
    assert "未看" in listed
    assert office.post(object_url(opinion, "see")).status_code == 302
    assert "已看" in text_of(head, path)
    assert office.post(object_url(opinion, "reply"), {"answer": "“我的”里有长辈版"}).status_code == 302
    page = text_of(head, path)
    assert "已答" in page
    assert "长辈版" in page


def test_the_link_is_on_every_page(home: Community, head: Client) -> None:
    office = signed_in(clerk(home.place))
    for client, path in (
        (head, "/m/mine/"),
        (head, "/m/building/"),
        (office, "/"),
        (office, "/admin/"),
        (office, "/duties/"),
    ):
        assert text_of(client, path).count('"/feedback/?page=') == 1, path
    assert "/feedback/" not in text_of(Client(), "/m/sign-in/")


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_another_community_reads_nothing(home: Community, head: Client) -> None:
    head.post("/feedback/", {"text": "字太小"})
    stranger = signed_in(clerk(community(name="别的社区").place, "stranger"))
    assert "字太小" not in text_of(stranger, "/admin/feedback/opinion/")
    [opinion] = opinions()
    assert stranger.post(object_url(opinion, "reply"), {"answer": "不"}).status_code in (302, 403, 404)
    assert opinions()[0].state == State.NEW
    other = signed_in_as(home, home.buildings[1], Post.BUILDING_HEAD)
    assert "字太小" not in text_of(other, "/feedback/")


def test_an_empty_one_is_none(home: Community, head: Client) -> None:
    response = head.post("/feedback/", {"text": "   "})
    assert response.status_code == 422
    assert "请写几个字再发送" in response.content.decode()
    assert opinions() == []


def test_a_name_of_a_page_is_a_name(home: Community, head: Client) -> None:
    head.post("/feedback/?page=/m/people/5/?q=王秀兰", {"text": "好", "uid": "no uid"})
    assert [one.page for one in opinions()] == [""]


def test_nobody_without_a_place_and_nobody_signed_out(home: Community) -> None:
    assert Client().get("/feedback/").status_code == 302
    assert signed_in(user("nowhere")).get("/feedback/").status_code == 403


def test_the_services_refuse_what_says_nothing(home: Community) -> None:
    writer = clerk(home.place)
    kept = opinion_write(uid=uuid4(), community=home.place, text="好", page="", writer=writer, now=NOW)
    with pytest.raises(ValidationError, match="请写几个字"):
        opinion_write(uid=uuid4(), community=home.place, text=" ", page="", writer=writer, now=NOW)
    with pytest.raises(ValidationError, match="请写下答复"):
        opinion_answer(opinion=kept, answer=" ", by=writer, now=NOW)
    opinion_see(opinion=kept)
    with pytest.raises(ValidationError, match="已经看过"):
        opinion_see(opinion=kept)
    assert [(one.state, one.answer) for one in opinions()] == [(State.SEEN, "")]
