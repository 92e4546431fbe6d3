"""Anybody plays by the code on the wall; each sentence counts once, for a place, and nothing of who played is kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.contrib.staticfiles import finders
from django.core.signing import Signer
from django.test import Client

from audit.models import AuditEvent
from buildings.caps import within_cap
from buildings.services import place_code_of
from quotes.models import DayTally, Game, QuoteList
from quotes.rules import COUNTED_AN_HOUR
from quotes.services import AN_HOUR, Answer, answer_count
from quotes.views import SIGNER
from tests.factories import Community, community
from tests.quotes.playing import answered, played, quote_list, right_option, state_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def home() -> Community:
    return community()


@pytest.fixture
def opened(home: Community, now: datetime) -> QuoteList:
    return quote_list(home.place, now)


def url_of(home: Community, now: datetime) -> str:
    return f"/b/{place_code_of(place=home.building, now=now)}/quotes/"


def tallies() -> list[tuple[int, int, int]]:
    return list(DayTally.objects.order_by("place").values_list("place", "played", "right"))


def test_it_works(home: Community, opened: QuoteList, now: datetime) -> None:
    page = played(url_of(home, now)).content.decode()
    assert "5 句接对 5 句" in page
    assert "出自《全会公报》" in page
    assert "本楼已接 5 句，全社区已接 5 句" in page
    assert "怡康苑 5 句" in page
    assert tallies() == [(home.building.pk, 5, 5)]


def test_the_lists_own_code_counts_for_the_community(home: Community, opened: QuoteList) -> None:
    page = played(f"/q/{opened.code}/").content.decode()
    assert "本楼已接" not in page
    assert "全社区已接 5 句" in page
    assert tallies() == [(home.place.pk, 5, 5)]


def test_a_wrong_answer_shows_the_right_one(home: Community, opened: QuoteList) -> None:
    url = f"/q/{opened.code}/"
    page: Any = Client().get(url)
    wrong = (right_option(page) + 1) % 3
    after = answered(url, state_of(page), wrong)
    assert "这一句是这样接的" in after.content.decode()
    assert "第 2 句，共 5 句" in after.content.decode()
    assert tallies() == [(home.place.pk, 1, 0)]


def test_a_step_sent_again_counts_once(opened: QuoteList, home: Community) -> None:
    url = f"/q/{opened.code}/"
    page: Any = Client().get(url)
    sent = state_of(page), right_option(page)
    first = answered(url, *sent)
    again = answered(url, *sent)
    assert tallies() == [(home.place.pk, 1, 1)]
    # whoever has sent it twice plays on from either page
    answered(url, state_of(again), right_option(again))
    answered(url, state_of(first), right_option(first))
    assert tallies() == [(home.place.pk, 2, 2)]


def test_a_step_that_was_skipped_does_not_count(opened: QuoteList, home: Community, now: datetime) -> None:
    """A page made up by hand is not signed; a signed one of another step waits for its turn."""
    skipped = Answer(game="abcd", begun_at=now, step=3, is_right=True)
    assert not answer_count(quote_list=opened, place=home.place, answer=skipped, now=now)
    assert tallies() == []


@pytest.mark.parametrize("option", ["", "3", "-1", "x", "一"])
def test_without_a_choice_the_same_question_stays(opened: QuoteList, option: str) -> None:
    url = f"/q/{opened.code}/"
    page: Any = Client().get(url)
    after = answered(url, state_of(page), option)
    assert "请先选一个下半句" in after.content.decode()
    assert state_of(after) == state_of(page)
    assert tallies() == []


def test_the_page_of_another_list_begins_anew(opened: QuoteList, home: Community, now: datetime) -> None:
    other = quote_list(home.place, now, title="另一个")
    page: Any = Client().get(f"/q/{opened.code}/")
    after = answered(f"/q/{other.code}/", state_of(page), 0).content.decode()
    assert "请从第一句重新开始" in after
    assert "第 1 句" in after
    assert tallies() == []


def forged(opened: QuoteList, **changed: Any) -> list[str]:
    state = SIGNER.unsign_object(state_of(Client().get(f"/q/{opened.code}/")))
    return [
        "nonsense",
        "",
        Signer(salt="something else").sign_object(state),
        SIGNER.sign_object({**state, "more": 1}),
        SIGNER.sign_object({**state, "step": 5}),
        SIGNER.sign_object({**state, "begun_at": state["begun_at"] - 7201}),
    ]


def test_what_is_no_page_of_ours_begins_anew(opened: QuoteList) -> None:
    for state in forged(opened):
        after = answered(f"/q/{opened.code}/", state, 0)
        assert after.status_code == 200
        assert "请从第一句重新开始" in after.content.decode()
    assert tallies() == []


def test_a_sentence_left_out_meanwhile_begins_anew(opened: QuoteList) -> None:
    url = f"/q/{opened.code}/"
    page: Any = Client().get(url)
    for _ in range(4):
        page = answered(url, state_of(page), right_option(page))
    opened.quotes.filter(position__gt=3).update(is_used=False)
    assert "请从第一句重新开始" in answered(url, state_of(page), 0).content.decode()


def test_a_list_that_is_closed_or_too_short_is_not_there(
    home: Community, opened: QuoteList, now: datetime
) -> None:
    address = url_of(home, now)
    opened.quotes.filter(position__gt=2).update(is_used=False)
    assert Client().get(address).status_code == 404
    opened.quotes.update(is_used=True)
    QuoteList.objects.update(is_open=False)
    for url in (address, f"/q/{opened.code}/", "/q/nosuchcode/", "/b/nosuchcode/quotes/"):
        assert Client().get(url).status_code == 404
        assert Client().post(url).status_code == 404


def test_nothing_is_kept_of_who_played(home: Community, opened: QuoteList, now: datetime) -> None:
    before = AuditEvent.objects.count()
    page = played(url_of(home, now))
    assert not page.cookies
    assert "sessionid" not in page.headers.get("Set-Cookie", "")
    assert page.headers["Cache-Control"] == "no-store"
    assert Session.objects.count() == 0
    assert AuditEvent.objects.count() == before
    columns = {field.name for model in (DayTally, Game) for field in model._meta.fields}
    assert columns == {"id", "quote_list", "place", "day", "played", "right", "key", "step", "begun_at"}


def test_what_is_beyond_the_hours_cap_is_played_and_not_counted(
    home: Community, opened: QuoteList, now: datetime
) -> None:
    """As many as a building has people: a script that plays all night moves no number."""
    for _ in range(COUNTED_AN_HOUR - 1):
        assert within_cap(key=f"quotes|{home.place.pk}", most=COUNTED_AN_HOUR, per=AN_HOUR, now=now)
    counted = [
        answer_count(
            quote_list=opened, place=home.place, now=now,
            answer=Answer(game=f"game{number}", begun_at=now, step=0, is_right=True),
        )
        for number in range(3)
    ]  # fmt: skip
    assert counted == [True, False, False]
    assert tallies() == [(home.place.pk, 1, 1)]


def test_old_games_go_when_one_begins(home: Community, opened: QuoteList, now: datetime) -> None:
    for hours, game in ((0, "first"), (1, "second"), (3, "third")):
        at = now + timedelta(hours=hours)
        answer_count(
            quote_list=opened, place=home.place, now=at,
            answer=Answer(game=game, begun_at=at, step=0, is_right=False),
        )  # fmt: skip
    assert set(Game.objects.values_list("key", flat=True)) == {"second", "third"}


def test_too_few_show_no_number_of_a_building(home: Community, opened: QuoteList, now: datetime) -> None:
    url = url_of(home, now)
    DayTally.objects.create(quote_list=opened, place=home.buildings[1], day=now.date(), played=4, right=0)
    opened.quotes.filter(position__gt=4).update(is_used=False)
    page: Any = Client().get(url)
    for _ in range(4):
        page = answered(url, state_of(page), right_option(page))
    text = page.content.decode()
    assert "4 句接对 4 句" in text
    assert "本楼已接" not in text
    assert "全社区已接 8 句" in text


def test_a_page_is_small(opened: QuoteList) -> None:
    """HTML and both style sheets, 30 KB at most; and no script."""
    url = f"/q/{opened.code}/"
    for page in (Client().get(url), played(url)):
        styles = [finders.find(name) for name in ("css/tokens.css", "css/quotes.css")]
        size = len(page.content) + sum(Path(str(style)).stat().st_size for style in styles)
        assert size <= 30_000
        assert b"<script" not in page.content
