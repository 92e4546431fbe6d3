"""What proposals add to the portal: the box, its number, entries from phones, notes to who reported."""

from __future__ import annotations

from accounts.routing import OFFICE, viewers_of
from baibuting.common.portal import EntryKind, Figure, Link, NoteKind, Portal, Route, Urls
from proposals.keeping import ERASURES, RETENTIONS
from proposals.payloads import PROPOSAL, proposal_entry, proposal_words
from proposals.selectors import proposals_at
from proposals.services import NOTE, proposal_enter

ONE = {"pk": "proposals.proposal.pk"}
ROUTES = {
    "proposals:index": Route("names in full, to the office", OFFICE),
    "proposals:proposal": Route(
        "names in full, numbers masked, to the office; remarks hidden", OFFICE, takes=ONE
    ),
    "proposals:accept": Route("nothing", OFFICE, takes=ONE),
    "proposals:decline": Route("nothing", OFFICE, takes=ONE),
    "proposals:words": Route("number and remarks as they were said, audited", OFFICE, takes=ONE),
}

PORTAL = Portal(
    urls=(Urls("proposals/", "proposals.urls"),),
    links=(Link("变更上报", "proposals:index", 96, viewers_of("residents.resident")),),
    help={"/proposals/": "office#proposals"},
    routes=ROUTES,
    entry_kinds=(EntryKind(PROPOSAL, "变更上报", proposal_entry, proposal_enter, proposal_words),),
    note_kinds=(NoteKind(NOTE, "变更上报", "proposals.proposal"),),
    figures=(
        Figure(
            "proposals",
            "变更上报",
            "条",
            "等社区办核对的变更上报",
            proposals_at,
            "proposals:index",
            viewers_of("residents.resident"),
            position=30,
        ),
    ),
    trail_fields={"said": "上报内容"},
    erasures=ERASURES,
    retentions=RETENTIONS,
)
