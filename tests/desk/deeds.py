"""Deeds of the desk's own pages: what was written at visits, and a cadre's number."""

from __future__ import annotations

from desk.views.person import CALL, WORDS
from tests.privacy.deeds import REASON, REVEAL, Deed, at, of

DEEDS = [
    Deed("desk:words", "office", at("desk:words", of("residents.resident"), reason=REASON), REVEAL, "residents.resident",
         WORDS, REASON, reads=True),
    Deed("desk:call_cadre", "office", at("desk:call_cadre", of("cadres.cadre")), REVEAL, "cadres.cadre", ("phone",), CALL,
         reads=True),
]  # fmt: skip
WITHOUT = {
    "desk:household": "lists and pages: numbers masked, texts hidden; whatever opens them has its row",
    "desk:quality": "only looks",
    **dict.fromkeys(
        ("desk:filter_create", "desk:filter_delete"), "a filter that one keeps for oneself: ids and choices"
    ),
}
