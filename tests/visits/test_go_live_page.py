"""The page 启用: a preview first, and exactly that is confirmed."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.choices import Role
from audit.models import AuditEvent
from cadres.choices import Post
from duties.models import Duty, GoLive
from tests.duties.starting import GO_LIVE, MORNING, Newcomers, newcomers
from tests.factories import clerk, community, user
from tests.pages import signed_in
from tests.visits.people import signed_in_as, stop_the_clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(monkeypatch: pytest.MonkeyPatch) -> Newcomers:
    stop_the_clock(monkeypatch, MORNING)
    return newcomers()


@pytest.fixture
def office(cast: Newcomers) -> Client:
    return signed_in(clerk(cast.home.place))


def send(client: Client, cast: Newcomers, button: str, **typed: Any) -> HttpResponse:
    fields = {"community": cast.home.place.pk, "on": "2026-11-30", "spread_days": "4", button: "1"}
    return client.post(reverse("visits:go_live"), fields | typed)


def text(response: HttpResponse) -> str:
    return response.content.decode()


def previewed(client: Client, cast: Newcomers, **typed: Any) -> str:
    return str(send(client, cast, "preview", **typed).context["previewed"])


def test_it_works(office: Client, cast: Newcomers) -> None:
    shown = send(office, cast, "preview")
    assert "必访 <b>4</b> 人，当天逾期 <b>0</b> 人；其中 3 人应访日已过或太近，分摊到 4 天" in " ".join(
        text(shown).split()
    )
    assert [(bar.day.day, bar.people) for bar in shown.context["preview"].bars] == [
        (30, 1),
        (1, 1),
        (2, 1),
        (4, 1),
    ]
    assert [(row.place, row.people, row.most) for row in shown.context["preview"].buildings] == [
        (cast.home.building, 4, 1)
    ]
    assert cast.home.holder(cast.home.building, Post.BUILDING_HEAD).name in text(shown)
    assert not GoLive.objects.exists()
    answer = send(office, cast, "confirm", previewed=shown.context["previewed"])
    assert answer.status_code == 302
    assert "已启用" in text(office.get(answer["Location"]))
    assert Duty.objects.count() == 4
    assert AuditEvent.objects.filter(object_type="duties.golive").count() == 1


def test_the_form_proposes_tomorrow(office: Client, cast: Newcomers) -> None:
    page = office.get(reverse("visits:go_live"))
    assert 'value="2026-12-01"' in text(page)


def test_what_was_not_previewed_is_shown_first(office: Client, cast: Newcomers) -> None:
    seen = previewed(office, cast)
    answer = send(office, cast, "confirm", spread_days="2", previewed=seen)
    assert "预览之后内容有改动" in text(answer)
    assert not GoLive.objects.exists()


def test_people_that_came_meanwhile_are_shown_first(office: Client, cast: Newcomers) -> None:
    seen = previewed(office, cast)
    cast.add("戊", GO_LIVE.replace(year=2025))
    answer = send(office, cast, "confirm", previewed=seen)
    assert "预览之后内容有改动" in text(answer)
    assert not GoLive.objects.exists()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"on": ""}, "请填写启用日期"),
        ({"on": "明天"}, "看不懂这个日期"),
        ({"on": "2029-01-01"}, "核对年份"),
        ({"spread_days": "93"}, "最多 92 天"),
        ({"spread_days": "-1"}, "0 表示不分摊"),
        ({"spread_days": "十"}, "请填天数"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    office: Client, cast: Newcomers, typed: dict[str, str], words: str
) -> None:
    answer = send(office, cast, "preview", **typed)
    assert answer.status_code == 422
    assert words in text(answer)
    assert not GoLive.objects.exists()


def test_a_day_that_has_passed_is_said_to_count_from_today(office: Client, cast: Newcomers) -> None:
    assert "已过，从今天（11月30日）起计时" in text(send(office, cast, "preview", on="2026-01-01"))


def test_while_it_is_to_come_the_page_says_so_and_takes_another(office: Client, cast: Newcomers) -> None:
    send(office, cast, "confirm", on="2026-12-05", previewed=previewed(office, cast, on="2026-12-05"))
    page = text(office.get(reverse("visits:go_live")))
    assert "已定于 2026年12月5日 启用" in page
    assert 'value="2026-12-05"' in page
    send(office, cast, "confirm", on="2026-12-07", previewed=previewed(office, cast, on="2026-12-07"))
    assert str(GoLive.objects.get().on) == "2026-12-07"


def test_once_live_nothing_is_taken(office: Client, cast: Newcomers) -> None:
    send(office, cast, "confirm", previewed=previewed(office, cast))
    answer = send(office, cast, "confirm", on="2026-12-07", previewed="")
    assert "不能再改" in text(answer)
    assert GoLive.objects.get().on == GO_LIVE


def test_the_secretary_of_the_community_may(cast: Newcomers) -> None:
    secretary = signed_in_as(cast.home, cast.home.place, Post.COMMITTEE_SECRETARY)
    assert send(secretary, cast, "preview").status_code == 200
    send(secretary, cast, "confirm", previewed=previewed(secretary, cast))
    assert GoLive.objects.get().confirmed_by is not None


def test_nobody_else_finds_it(cast: Newcomers) -> None:
    """Neither who answers for a part, nor the district, nor the office of a part or of next door."""
    home = cast.home
    strangers = [
        signed_in_as(home, home.quarters[0], Post.GENERAL_BRANCH_SECRETARY),
        signed_in_as(home, home.building, Post.BUILDING_HEAD),
        signed_in(user("district", role=Role.DISTRICT)),
        signed_in(clerk(home.quarters[0], "part")),
        signed_in(clerk(community("隔壁社区").place, "next door")),
    ]
    for stranger in strangers:
        assert send(stranger, cast, "confirm", previewed="").status_code == 404
    assert not GoLive.objects.filter(community=home.place).exists()
