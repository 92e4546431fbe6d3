"""The rules in the admin: previewed, then published as they were shown; and the list of who owes what."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from cadres.choices import Post
from routines.choices import Matter
from routines.models import Routine, RoutineRule
from tests.factories import Community, clerk, community
from tests.pages import add_url, list_url, listed, queries_of, signed_in
from tests.routines.adopting import adopt
from tests.visits.people import account_of, stop_the_clock, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Community:
    stop_the_clock(monkeypatch)
    return community()


@pytest.fixture
def office(home: Community) -> Client:
    return signed_in(clerk(home.place))


def typed(home: Community, **differs: Any) -> dict[str, Any]:
    return {
        "community": home.place.pk,
        "effective_on": "2026-03-11",
        "matter": "group_training",
        "is_on": "on",
        "owner_post": "party_group_leader",
        "period": "year",
        "due_offset_days": "",
        "first_within_days": 20,
        "rung_0": 30,
        "rung_2": 0,
        "rung_3": 30,
        **differs,
    }


def test_it_works(home: Community, office: Client) -> None:
    first = office.post(add_url(RoutineRule), typed(home))
    preview = first.context["preview"]
    assert (preview.records, preview.moved, preview.total_before, preview.total_after) == (8, 0, 0, 8)
    assert not RoutineRule.objects.exists(), "a preview writes nothing"
    assert not Routine.objects.exists()
    seen = first.context["previewed"]
    response = office.post(add_url(RoutineRule), typed(home, publish="1", previewed=seen))
    assert response.status_code == 302
    rule = RoutineRule.objects.get()
    assert (rule.version, rule.first_within_days, rule.created_by.username) == (1, 20, "clerk")
    assert rule.steps == ((0, -30), (2, 0), (3, 30))
    assert Routine.objects.count() == 8
    assert "党小组长轮训" in text_of(office, list_url(RoutineRule))
    page = text_of(office, response["Location"])
    assert "逾期当天报片区" in page
    assert "截止前 30 天提醒责任人" in page


def test_another_version_is_compared_with_what_runs(home: Community, office: Client) -> None:
    adopt(home, Matter.GROUP_TRAINING)
    preview = office.post(add_url(RoutineRule), typed(home)).context["preview"]
    assert (preview.records, preview.moved, preview.total_after) == (8, 8, 8)
    off = {name: value for name, value in typed(home).items() if name != "is_on"}
    preview = office.post(add_url(RoutineRule), off).context["preview"]
    assert (preview.records, preview.moved, preview.total_after) == (0, 8, 0)
    assert RoutineRule.objects.count() == 1


def test_the_form_proposes(office: Client) -> None:
    page = office.get(add_url(RoutineRule)).content.decode()
    assert 'value="180"' in page
    page = office.get(f"{add_url(RoutineRule)}?matter=member_study").content.decode()
    assert 'value="28"' in page


@pytest.mark.parametrize(
    ("differs", "sentence"),
    [
        ({"effective_on": "2026-03-10"}, "生效日期不能早于今天"),
        ({"rung_3": 0, "rung_2": 5}, "上一级的时间不能早于下一级"),
        ({"owner_post": "grid_worker"}, ""),
        ({"first_within_days": 0}, ""),
    ],
)
def test_what_is_wrong_is_said(
    home: Community, office: Client, differs: dict[str, Any], sentence: str
) -> None:
    response = office.post(add_url(RoutineRule), typed(home, **differs))
    assert response.status_code == 200
    assert sentence in response.content.decode()
    assert "没有发布" in response.content.decode()
    assert not RoutineRule.objects.exists()


def test_who_owes_what_is_listed_in_constant_queries(home: Community, office: Client) -> None:
    adopt(home, Matter.MEMBER_STUDY)
    few = queries_of(office, list_url(Routine))
    assert len(listed(office, Routine)) == 4
    adopt(home, Matter.GROUP_TRAINING)
    assert len(listed(office, Routine)) == 12
    assert len(listed(office, Routine, matter="group_training")) == 8
    assert queries_of(office, list_url(Routine)) == few
    assert office.post(add_url(Routine), {}).status_code == 403


def test_a_cadre_does_not_reach_it(home: Community) -> None:
    head = signed_in(account_of(home.holder(home.building, Post.BUILDING_HEAD), "head"))
    for url in (list_url(RoutineRule), add_url(RoutineRule), list_url(Routine)):
        assert head.get(url).status_code in (302, 403)
