"""The boards as a file: characters and codes are inside it, and a phone reads the code."""

from __future__ import annotations

import io

import pypdf
import pytest
import zxingcpp
from django.test import override_settings
from django.urls import reverse
from PIL import Image, ImageDraw
from pypdf.generic import ContentStream

from audit.models import AuditEvent
from baibuting.common.paper import NoFontError, font_file
from boards.paper import boards_pdf
from boards.selectors import boards_of, buildings_below
from boards.services import contact_agree, duty_line_set
from buildings.scope import Scope
from buildings.services import place_code_of
from cadres.choices import Post
from cadres.services import cadre_change
from tests.factories import clerk, community, moment
from tests.pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.needs_cjk_font]

NOW = moment("2026-03-11T09:00")


@pytest.fixture(autouse=True)
def _stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)


@override_settings(PUBLIC_URL="https://grid.example.invalid")
def test_it_works() -> None:
    """A 片区 in one file: a page a building, rare characters and the separating dot included."""
    home = community()
    account = clerk(home.place)
    office = signed_in(account)
    head = home.holder(home.building, Post.BUILDING_HEAD)
    head = cadre_change(cadre=head, name="迪丽努尔·𠮷䶮", phone="13900001111")
    contact_agree(cadre=head, by=account, now=NOW)
    duty_line_set(community=home.place, phone="027-82345678", by=account, now=NOW)
    before = AuditEvent.objects.count()
    answer = office.post(reverse("boards:pdf", args=[home.precincts[0].pk]))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    book = pypdf.PdfReader(io.BytesIO(answer.content))
    inside = list(buildings_below(Scope.EVERYWHERE, home.precincts[0]))
    assert len(book.pages) == len(inside) > 1
    text = words_of(book.pages[0])
    for words in ("迪丽努尔·𠮷䶮", "13900001111", "027-82345678", "党小组", home.building.name):
        assert words in text, words
    width, height = (float(side) / 72 * 25.4 for side in book.pages[0].mediabox[2:])
    assert (round(width), round(height)) == (210, 297)
    assert "13900001111" not in "".join(map(words_of, book.pages[1:]))
    assert len(answer.content) < 200_000  # only the characters that are used
    event = AuditEvent.objects.latest("pk")
    assert AuditEvent.objects.count() == before + 1
    assert (event.action, event.row_count, event.community_id) == ("export", len(inside), home.place.pk)


def test_a_phone_reads_the_code() -> None:
    home = community()
    (board,) = boards_of(buildings_below(Scope.EVERYWHERE, home.building), NOW.date())
    address = f"https://grid.example.invalid/b/{place_code_of(place=home.building, now=NOW)}/"
    data = boards_pdf([board], lambda board: address, NOW.date())
    assert [found.text for found in zxingcpp.read_barcodes(drawn(data))] == [address]


def words_of(page: pypdf.PageObject) -> str:
    """What stands on a page; pypdf leaves the upper half of each two-byte code beside its character."""
    return page.extract_text().replace("\x00", "")


def test_what_no_font_can_draw_is_refused_and_named() -> None:
    """An empty box instead of somebody's name must not hang in an entrance."""
    home = community()
    office = signed_in(clerk(home.place))
    head = cadre_change(cadre=home.holder(home.building, Post.BUILDING_HEAD), name="王\U00024cf5三")
    before = AuditEvent.objects.count()
    for place in (home.building, home.quarters[0]):
        answer = office.post(reverse("boards:pdf", args=[place.pk]), follow=True)
        page = answer.content.decode()
        assert "服务器字体没有的字：\U00024cf5。" in page
        assert f"{home.quarters[0]} {home.building}" in page
    assert head.name in office.get(reverse("boards:board", args=[home.building.pk])).content.decode()
    assert AuditEvent.objects.count() == before


def test_a_whole_quarter_in_one_file() -> None:
    """By whoever has all of it; who has a 片区 of it gets that alone."""
    home = community()
    office = signed_in(clerk(home.place))
    answer = office.post(reverse("boards:pdf", args=[home.quarters[0].pk]))
    assert len(pypdf.PdfReader(io.BytesIO(answer.content)).pages) == 4
    part = signed_in(clerk(home.precincts[0], "part"))
    assert part.post(reverse("boards:pdf", args=[home.quarters[0].pk])).status_code == 404
    assert "全苑区" in office.get(reverse("boards:index")).content.decode()
    assert "全苑区" not in part.get(reverse("boards:index")).content.decode()


def drawn(pdf: bytes) -> Image.Image:
    """The first page's black rectangles as a picture, three dots a point."""
    page = pypdf.PdfReader(io.BytesIO(pdf)).pages[0]
    width, height = (round(float(side) * 3) for side in page.mediabox[2:])
    picture = Image.new("L", (width, height), 255)
    pen, black, kept = ImageDraw.Draw(picture), True, list[bool]()
    for operands, operator in ContentStream(page.get_contents(), page.pdf).operations:
        if operator == b"q":
            kept.append(black)
        elif operator == b"Q":
            black = kept.pop()
        elif operator in (b"rg", b"g"):
            black = not any(float(part) for part in operands)
        elif operator == b"re" and black:
            left, bottom, wide, high = (float(part) * 3 for part in operands)
            top, low = sorted((height - bottom, height - bottom - high))
            pen.rectangle((left, top, left + wide, low), fill=0)
    return picture


@override_settings(BOARD_FONT="/nowhere/font.ttc")
def test_without_a_font_it_says_what_to_do() -> None:
    home = community()
    office = signed_in(clerk(home.place))
    assert font_file() is None
    with pytest.raises(NoFontError):
        boards_pdf([], lambda board: "", NOW.date())
    before = AuditEvent.objects.count()
    answer = office.post(reverse("boards:pdf", args=[home.building.pk]), follow=True)
    assert "没有中文字体" in answer.content.decode()
    assert AuditEvent.objects.count() == before
