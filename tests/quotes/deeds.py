"""What is done in 金句接龙: the office's changes have rows in the trail, the game has none."""

from __future__ import annotations

from quotes.models import Quote, QuoteList
from tests.privacy.deeds import CHANGE, Deed, page
from tests.privacy.world import NOW, World
from tests.quotes.playing import quote_list


def _list(world: World) -> QuoteList:
    return quote_list(world.own.community.place, NOW)


def _quote(world: World) -> Quote:
    return _list(world).quotes.earliest("position")


DEEDS = [
    Deed("admin:quotes_quotelist_change", "office", page(_list, title="学全会", source="公报", is_open="on"), CHANGE,
         "quotes.quotelist", ("source",)),
    Deed("admin:quotes_quotelist_lines", "office", page(_list, "lines", lines="为中国人民谋幸福，为中华民族谋复兴"), CHANGE,
         "quotes.quotelist", ("lines", "lines")),
    Deed("admin:quotes_quote_change", "office", page(_quote, first_half="江山", second_half="就是人民", is_used="on"), CHANGE,
         "quotes.quote", ("first_half", "second_half")),
]  # fmt: skip
WITHOUT = dict.fromkeys(
    ("quotes:by_list", "quotes:by_place"), "a game that nobody signs in for: nothing of who plays is kept"
)
