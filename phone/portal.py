"""What phones add to the portal: their pages, submissions that wait, the day's digest."""

from __future__ import annotations

from django.http import HttpRequest

from accounts.choices import Role
from accounts.routing import PEOPLE, POST_HOLDERS, viewers_of
from baibuting.common.portal import Access, AdminRoute, EntryKind, Job, Link, Portal, Route, Urls
from buildings.viewer import holds_a_post, viewer_of
from duties.choices import DutyActionKind
from phone.keeping import ERASURES, RETENTIONS
from phone.measures import MEASURES
from phone.office_forms import (
    arrival_correction,
    entry_words,
    incident_correction,
    undo_words,
    visit_correction,
)
from phone.payloads import (
    ARRIVAL,
    INCIDENT,
    UNDO,
    VISIT,
    arrival_entry,
    incident_entry,
    undo_entry,
    visit_entry,
)
from phone.selectors import waiting_count
from phone.sent import visits_where
from phone.services import arrival_enter, incident_enter, undo_enter, visit_enter
from phone.views.concern import CARDS as CONCERN_CARDS
from phone.views.proposal import CARDS as PROPOSAL_CARDS


def _waiting(request: HttpRequest) -> int:
    return waiting_count(viewer_of(request).scope)


ROUTES = {
    "phone_office:phones": Route(
        "names of post holders of the area with masked phones, to the office and secretaries", PEOPLE
    ),
    "phone:today": Route("masked, or in full to the holder and the ladder above", POST_HOLDERS),
    "phone:notices": Route("masked, or in full to the holder and the ladder above", POST_HOLDERS),
    "phone:all_seen": Route("nothing", POST_HOLDERS, reason="one's own notices alone"),
    "phone:duty": Route(
        "masked, or in full to the holder and the ladder above", POST_HOLDERS, takes={"pk": "duties.duty.pk"}
    ),
    "phone:handle": Route(
        "masked, or in full to the holder and the ladder above; names of who serves in the same 片区",
        POST_HOLDERS,
        takes={"pk": "duties.duty.pk", "kind": tuple(DutyActionKind.values)},
    ),
    "phone:words": Route(
        "what was written about a duty: to the holder and the ladder above, audited",
        POST_HOLDERS,
        takes={"pk": "duties.duty.pk"},
    ),
    "phone:visit": Route(
        "masked, or in full to the holder and the ladder above",
        POST_HOLDERS,
        takes={"pk": "residents.resident.pk"},
    ),
    "phone:person": Route(
        "masked, or in full to the holder and the ladder above",
        POST_HOLDERS,
        takes={"pk": "residents.resident.pk"},
    ),
    "phone:own_words": Route(
        "what the viewer wrote after the last visit, audited",
        POST_HOLDERS,
        takes={"pk": "residents.resident.pk"},
    ),
    "phone:call_person": Route(
        "the number, to the holder and the ladder above, audited",
        POST_HOLDERS,
        takes={"pk": "residents.resident.pk"},
        reason="finds the person as the form of a visit does, inside the scope",
    ),
    "phone:call_cadre": Route(
        "the number of who serves in the area or answers above it, audited",
        POST_HOLDERS,
        takes={"pk": "cadres.cadre.pk"},
    ),
    "phone:picture": Route(
        "a visit's photo: to who sent it, the office, the holder and the ladder above, audited",
        PEOPLE,
        takes={"uid": "phone.photo.uid"},
    ),
    "phone:incidents": Route("kind, place and required posts", POST_HOLDERS),
    "phone:incident": Route(
        "kind, place, who came and who did not", POST_HOLDERS, takes={"pk": "visits.incident.pk"}
    ),
    "phone:arrive": Route("nothing", POST_HOLDERS, takes={"pk": "visits.incident.pk"}),
    "phone:close": Route("nothing", POST_HOLDERS, takes={"pk": "visits.incident.pk"}),
    "phone:summary": Route("what happened, audited", POST_HOLDERS, takes={"pk": "visits.incident.pk"}),
    "phone:concerns": Route(
        "masked, or in full to the holder and the ladder above; one's own words; kind, place and state",
        POST_HOLDERS,
    ),
    "phone:concern": Route(
        "masked, or in full to the holder and the ladder above; one's own words, and the answer to whoever reported "
        "it or answers for the building",
        POST_HOLDERS,
        takes={"pk": "concerns.concern.pk"},
    ),
    "phone:concern_words": Route(
        "what was said: to whoever has it or answers for the building, audited",
        POST_HOLDERS,
        takes={"pk": "concerns.concern.pk"},
    ),
    "phone:concern_close": Route("nothing", POST_HOLDERS, takes={"pk": "concerns.concern.pk"}),
    "phone:proposals": Route(
        "what one has reported oneself; masked, or in full to the holder and the ladder above",
        POST_HOLDERS,
        reason="one's own reports alone",
    ),
    "phone:building": Route(
        "masked, or in full to the holder and the ladder above; the posts above one's building", POST_HOLDERS
    ),
    "phone:one_building": Route(
        "masked, or in full to the holder and the ladder above; the posts above one's building",
        POST_HOLDERS,
        takes={"pk": "buildings.place.pk"},
    ),
    "phone:mine": Route(
        "one's own posts and entries; one's own number, masked", POST_HOLDERS, reason="one's own alone"
    ),
    "phone:large": Route("nothing", None, reason="larger type on this phone"),
    "phone:leave": Route(
        "names of who serves in the same 片区",
        POST_HOLDERS,
        takes={"pk": "cadres.appointment.pk"},
        reason="one's own appointment alone",
    ),
    "phone:back": Route(
        "nothing",
        POST_HOLDERS,
        takes={"pk": "cadres.cover.pk"},
        reason="the cover of one's own appointment alone",
    ),
    "phone:hand_over": Route(
        "names of who serves in the same 片区",
        POST_HOLDERS,
        takes={"pk": "cadres.appointment.pk"},
        reason="one's own appointment alone",
    ),
    "phone:help": Route("nothing", None, reason="how to use the phone's pages"),
    "phone:sign_in": Route("nothing", None, reason="where one signs in"),
    "phone:sign_out": Route("nothing", POST_HOLDERS, reason="ends one's own session"),
    "phone:session": Route("nothing", None, reason="one's own id, for the queue"),
    "phone:submit": Route("what became of one's own entry", POST_HOLDERS),
    "phone:photo": Route("what became of one's own photo", POST_HOLDERS, reason="belongs to one's own entry"),
    "phone:worker": Route("nothing", None, reason="a script"),
}
ADMINS = {
    "phone.submission": AdminRoute(
        "who sent what kind of entry, and why it waits; what was written on reason",
        pages=("enter", "drop", "reveal"),
    ),
    "phone.quickphrase": AdminRoute("no people", pages=("remove",), reason="words to tap, one set for all"),
    "phone.digestplan": AdminRoute("no people"),
}

PORTAL = Portal(
    urls=(Urls("m/", "phone.urls"), Urls("phones/", "phone.office_urls")),
    links=(
        Link("手机页", "phone:today", 30, holds_a_post),
        Link(
            "手机提交",
            "admin:phone_submission_changelist",
            40,
            viewers_of("phone.submission"),
            count=_waiting,
            count_label="待核对",
            only_while_waiting=True,
        ),
    ),
    help={"/phones/": "office#phones", "/admin/phone/": "office#phones"},
    access={Role.OFFICE: Access(write=frozenset({"phone"}))},
    admin_position=70,
    measures=MEASURES,
    jobs=(Job("phone.make_digests"), Job("phone.send_digests", queue="mail")),
    # here and not in visits, because a visit's entry names quick phrases, which belong to the phone
    entry_kinds=(
        EntryKind(VISIT, "走访", visit_entry, visit_enter, entry_words, visit_correction, visits_where),
        EntryKind(INCIDENT, "报事", incident_entry, incident_enter, entry_words, incident_correction),
        EntryKind(ARRIVAL, "到场", arrival_entry, arrival_enter, entry_words, arrival_correction),
        EntryKind(UNDO, "撤销", undo_entry, undo_enter, undo_words),
    ),
    cards=(*CONCERN_CARDS, *PROPOSAL_CARDS),
    routes=ROUTES,
    admins=ADMINS,
    erasures=ERASURES,
    retentions=RETENTIONS,
)
