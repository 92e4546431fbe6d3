"""The office pastes sentences, one a line, corrects their halves, and closes a list."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.core.exceptions import ValidationError

from quotes.models import Quote, QuoteList
from quotes.services import quotes_add
from tests.factories import Community, clerk, community, user
from tests.pages import errors_of, signed_in
from tests.quotes.playing import LINES, quote_list

pytestmark = pytest.mark.django_db


@pytest.fixture
def home() -> Community:
    return community()


def test_it_works(home: Community) -> None:
    office = signed_in(clerk(home.place))
    sent = {
        "community": home.place.pk,
        "title": "学全会",
        "source": "全会公报",
        "is_open": "on",
        "lines": LINES,
    }
    answer = office.post("/admin/quotes/quotelist/add/", sent)
    assert answer.status_code == 302
    made = QuoteList.objects.get()
    assert made.quotes.count() == 6
    halves = made.quotes.values_list("first_half", "second_half")[0]
    assert halves == ("江山就是人民，", "人民就是江山")
    listed = office.get("/admin/quotes/quotelist/").content.decode()
    assert "6 句" in listed
    assert "0 次" in listed
    page = office.get(f"/admin/quotes/quotelist/{made.pk}/change/").content.decode()
    assert f"/q/{made.code}/" in page


def test_more_lines_leave_out_what_is_known(home: Community, now: datetime) -> None:
    made = quote_list(home.place, now)
    assert quotes_add(quote_list=made, lines=f"{LINES}\n\n为中国人民谋幸福，为中华民族谋复兴\n") == 1
    assert list(made.quotes.values_list("position", flat=True)) == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("太短了", "第 2 行有 3 个字"),
        ("长" * 61, "第 2 行有 61 个字"),
        ("请打这个电话13812345678", "第 2 行：这里不能填身份证号"),
    ],
)
def test_a_line_that_is_no_sentence_is_named(home: Community, now: datetime, line: str, words: str) -> None:
    made = quote_list(home.place, now)
    with pytest.raises(ValidationError, match=words):
        quotes_add(quote_list=made, lines=f"为中国人民谋幸福，为中华民族谋复兴\n{line}")
    assert made.quotes.count() == 6
    office = signed_in(clerk(home.place))
    sent = {
        "community": home.place.pk,
        "title": "第二个",
        "source": "公报",
        "lines": f"{LINES.splitlines()[0]}\n{line}",
    }
    answer = office.post("/admin/quotes/quotelist/add/", sent)
    assert words in str(errors_of(answer))
    assert QuoteList.objects.count() == 1


def test_the_same_title_twice_is_refused(home: Community, now: datetime) -> None:
    quote_list(home.place, now)
    with pytest.raises(ValidationError, match="已有同名"):
        quote_list(home.place, now)
    assert QuoteList.objects.count() == 1


def test_halves_are_corrected_and_a_list_is_closed(home: Community, now: datetime) -> None:
    made = quote_list(home.place, now)
    office = signed_in(clerk(home.place))
    quote = made.quotes.get(position=2)
    sent = {"first_half": "绿水青山", "second_half": "就是金山银山", "is_used": "on"}
    assert office.post(f"/admin/quotes/quote/{quote.pk}/change/", sent).status_code == 302
    quote.refresh_from_db()
    assert (quote.first_half, quote.second_half) == ("绿水青山", "就是金山银山")
    office.post(f"/admin/quotes/quotelist/{made.pk}/change/", {"title": "学全会", "source": "公报"})
    made.refresh_from_db()
    assert (made.is_open, made.source) == (False, "公报")


def test_lines_are_added_on_the_lists_page(home: Community, now: datetime) -> None:
    made = quote_list(home.place, now)
    office = signed_in(clerk(home.place))
    url = f"/admin/quotes/quotelist/{made.pk}/lines/"
    answer = office.post(url, {"lines": "为中国人民谋幸福，为中华民族谋复兴"}, follow=True)
    assert "已加入 1 句" in answer.content.decode()
    answer = office.post(url, {"lines": "短"})
    assert "第 1 行有 1 个字" in answer.content.decode()
    assert made.quotes.count() == 7


def test_another_communitys_list_is_not_there(home: Community, now: datetime) -> None:
    made = quote_list(home.place, now)
    stranger = signed_in(clerk(community("怡和社区").place, "stranger"))
    for url in (
        f"/admin/quotes/quotelist/{made.pk}/change/",
        f"/admin/quotes/quotelist/{made.pk}/lines/",
        f"/admin/quotes/quote/{Quote.objects.earliest('pk').pk}/change/",
    ):
        answer = stranger.get(url)
        assert answer.status_code in (302, 404), url
        assert "江山" not in answer.content.decode()
    assert "学全会" not in stranger.get("/admin/quotes/quotelist/").content.decode()


def test_a_cadre_keeps_no_lists(home: Community) -> None:
    assert signed_in(user("someone")).get("/admin/quotes/quotelist/").status_code in (302, 403)
