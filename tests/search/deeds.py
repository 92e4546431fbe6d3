"""Deeds of the search: a look-up of a number; whatever else is typed shows what lists show."""

from __future__ import annotations

from collections.abc import Callable

from django.urls import reverse

from search.services import LOOK_UP
from tests.privacy.deeds import HEAD, Deed, Send
from tests.privacy.world import World


def _looks_up(address: str, column: str) -> Callable[[World], Send]:
    def prepare(world: World) -> Send:
        number = getattr(world.own.of("residents.resident")[0], column)
        return lambda browser: browser.post(reverse(address), {"q": number})

    return prepare


DEEDS = [
    Deed("search:search", "office", _looks_up("search:search", column), LOOK_UP, "residents.resident", (column,),
         reads=True, title=column)
    for column in ("phone", "id_number")
] + [
    Deed("search:phone", HEAD, _looks_up("search:phone", "phone"), LOOK_UP, "residents.resident", ("phone",), reads=True)
]  # fmt: skip
