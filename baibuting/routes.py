"""The table of addresses: who reaches each of them, and what of the rows behind it he gets.

A new address, admin, viewset or export fails `tests/privacy/test_routes.py` until it has its row here; the crawl in
`tests/privacy/` then visits it as every role and fails where the row does not say the truth. docs/routes.md is this
table in print. Which rows of a list somebody gets is decided by his scope alone, and never here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from accounts.choices import Role
from accounts.models import User
from accounts.rules import may_view

EVERY_ROLE = frozenset(Role)
PEOPLE = frozenset({Role.OFFICE, Role.CADRE})
OFFICE = frozenset({Role.OFFICE})
POST_HOLDERS = frozenset({Role.CADRE})  # and whoever else holds a post
ADMIN_ROLES = frozenset(
    role for role in Role if role in {Role.OFFICE, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR}
)


@dataclass(frozen=True, slots=True)
class Route:
    """One address, or all those of one admin.

    `sees` is what of a person's row it shows, `who` which roles reach it (None: without sign-in; of an admin, `who`
    is what `accounts.rules` says). `takes` says what stands in its variable parts: "app.model.field", or words.
    `pages` are an admin's pages beyond list, add, change, delete and history. `beyond` names what it shows of rows
    that lie outside the scope, with `reason` why; `reason` also says why an address needs no scope.
    """

    sees: str
    who: frozenset[Role] | None = EVERY_ROLE
    takes: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    pages: tuple[str, ...] = ()
    beyond: frozenset[str] = frozenset()
    reason: str = ""


# what may be shown of rows outside the scope
ACCOUNTS = frozenset({"accounts"})

# what can be done about a duty
HANDLINGS = ("take_over", "note", "stand_in", "wave_through", "take_back")

# By the name of the address, its namespace before it.
ROUTES: dict[str, Route] = {
    "healthz": Route("nothing", who=None, reason="only whether the database and the sweep are well"),
    "login": Route("nothing", who=None, reason="where one signs in"),
    "logout": Route("nothing", who=None, reason="ends one's own session"),
    "password": Route("nothing", reason="one's own password"),
    "second-step": Route("nothing", who=None, reason="the second step of signing in"),
    "second-step-enrol": Route("nothing", reason="one's own second step"),
    "second-step-qr": Route("one's own secret, while it is set up", reason="one's own second step"),
    "emergency": Route(
        "names of communities' buildings; one's own emergencies",
        reason="a place outside the scope is named by its full name, never listed",
    ),
    "emergency-end": Route(
        "nothing", takes={"pk": "buildings.emergencyaccess.pk"}, reason="one's own emergency alone"
    ),
    # --- the portal's own pages
    "home": Route("counts; masked, or in full to the holder and the ladder above"),
    "place": Route(
        "counts; masked, or in full to the holder, the ladder above and the office",
        takes={"pk": "buildings.place.pk"},
    ),
    "person": Route(
        "masked, or in full to the holder and the ladder above; nothing of what was written",
        takes={"pk": "residents.resident.pk"},
    ),
    "load": Route("counts; names of who serves"),
    "duties": Route("masked, or in full to the holder, the ladder above and the office"),
    "duty": Route(
        "masked, or in full to the holder, the ladder above and the office", takes={"pk": "duties.duty.pk"}
    ),
    "duty_handle": Route(
        "masked, or in full to the holder, the ladder above and the office; names of who serves in the same 片区",
        takes={"pk": "duties.duty.pk", "kind": HANDLINGS},
    ),
    "duty_words": Route(
        "what was written about a duty: to the holder and the ladder above, audited",
        takes={"pk": "duties.duty.pk"},
    ),
    "notices": Route("masked, or in full to the holder, the ladder above and the office"),
    "never_seen": Route("masked, or in full to the holder, the ladder above and the office"),
    "vacancies": Route("posts without holders; nobody's name"),
    "phones": Route(
        "names of post holders of the area with masked phones, to the office and secretaries", who=PEOPLE
    ),
    "incidents": Route("kind, place and required posts; what happened stays sealed"),
    # --- registrations that may be one person
    "doubles": Route("names in full, for whoever writes residents", who=OFFICE),
    "doubles_pair": Route(
        "names in full, numbers masked; nothing of what was written",
        who=OFFICE,
        takes={"kept": "residents.resident.pk", "gone": "residents.resident.pk"},
    ),
    "doubles_undo": Route("nothing", who=OFFICE, takes={"pk": "residents.residentmerge.pk"}),
    # --- rosters
    "rosters:index": Route("one's own imports and those of communities in the scope; no rows", who=OFFICE),
    "rosters:upload": Route(
        "nothing",
        who=OFFICE,
        takes={"kind": ("places", "cadres", "residents", "care", "visits")},
    ),
    "rosters:template": Route(
        "nothing",
        who=OFFICE,
        takes={"kind": ("places", "cadres", "residents", "care", "visits")},
        reason="an empty roster",
    ),
    "rosters:run": Route(
        "counts and refused cells, without what stood in them; to whoever uploaded it also what changes, old and new",
        who=OFFICE,
        takes={"uid": "rosters.importrun.uid"},
    ),
    "rosters:map": Route("column titles", who=OFFICE, takes={"uid": "rosters.importrun.uid"}),
    "rosters:kind": Route("nothing", who=OFFICE, takes={"uid": "rosters.importrun.uid"}),
    "rosters:corrections": Route("nothing", who=OFFICE, takes={"uid": "rosters.importrun.uid"}),
    "rosters:undo": Route(
        "how many rows of which kind an import wrote, and what was built on them; names nobody",
        who=OFFICE,
        takes={"uid": "rosters.importrun.uid"},
    ),
    "rosters:errors": Route(
        "the rows one has uploaded oneself", who=OFFICE, takes={"uid": "rosters.importrun.uid"}
    ),
    "rosters:step": Route(
        "nothing",
        who=OFFICE,
        takes={"uid": "rosters.importrun.uid", "step": ("confirm", "drop", "retry")},
    ),
    # --- reports: office staff, and of the cadres secretaries of 支部 and above
    "reports:index": Route(
        "nothing as a page; as a report masked, or in full on reason to the office and the ladder above",
        who=PEOPLE,
    ),
    "reports:run": Route("nothing of people", who=PEOPLE, takes={"uid": "reports.reportrun.uid"}),
    "reports:book": Route(
        "what one has asked for oneself: masked, or in full on reason",
        who=PEOPLE,
        takes={"uid": "reports.reportrun.uid"},
    ),
    "reports:print": Route(
        "what one has asked for oneself: masked, or in full on reason",
        who=PEOPLE,
        takes={"uid": "reports.reportrun.uid"},
    ),
    "reports:step": Route(
        "nothing", who=PEOPLE, takes={"uid": "reports.reportrun.uid", "step": ("retry", "drop")}
    ),
    # --- notice boards
    "boards:index": Route("names of buildings; a community's duty line", who=PEOPLE),
    "boards:board": Route(
        "names of a building's post holders, and the numbers they have agreed to publish",
        who=PEOPLE,
        takes={"pk": "buildings.place.pk"},
    ),
    "boards:pdf": Route(
        "names of a building's post holders, and the numbers they have agreed to publish, audited",
        who=PEOPLE,
        takes={"pk": "buildings.place.pk"},
    ),
    "boards:renew": Route("nothing", who=OFFICE, takes={"pk": "buildings.place.pk"}),
    "boards:contact": Route(
        "nothing", who=OFFICE, takes={"pk": "buildings.place.pk", "cadre": "cadres.cadre.pk"}
    ),
    "boards:line": Route("nothing", who=OFFICE),
    "boards:mine": Route("nothing", who=POST_HOLDERS, reason="one's own number alone"),
    "boards:public": Route(
        "names of a building's post holders, and the numbers they have agreed to publish",
        who=None,
        takes={"code": ("nosuchcode",)},
        reason="what hangs in the building's entrance; found by nobody who has not read its code there",
    ),
    # --- phones
    "phone:today": Route("masked, or in full to the holder and the ladder above", who=POST_HOLDERS),
    "phone:notices": Route("masked, or in full to the holder and the ladder above", who=POST_HOLDERS),
    "phone:duty": Route(
        "masked, or in full to the holder and the ladder above",
        who=POST_HOLDERS,
        takes={"pk": "duties.duty.pk"},
    ),
    "phone:handle": Route(
        "masked, or in full to the holder and the ladder above; names of who serves in the same 片区",
        who=POST_HOLDERS,
        takes={"pk": "duties.duty.pk", "kind": HANDLINGS},
    ),
    "phone:words": Route(
        "what was written about a duty: to the holder and the ladder above, audited",
        who=POST_HOLDERS,
        takes={"pk": "duties.duty.pk"},
    ),
    "phone:visit": Route(
        "masked, or in full to the holder and the ladder above",
        who=POST_HOLDERS,
        takes={"pk": "residents.resident.pk"},
    ),
    "phone:person": Route(
        "masked, or in full to the holder and the ladder above",
        who=POST_HOLDERS,
        takes={"pk": "residents.resident.pk"},
    ),
    "phone:call_person": Route(
        "the number, to the holder and the ladder above, audited",
        who=POST_HOLDERS,
        takes={"pk": "residents.resident.pk"},
        reason="finds the person as the form of a visit does, inside the scope",
    ),
    "phone:call_cadre": Route(
        "the number of who serves in the area or answers above it, audited",
        who=POST_HOLDERS,
        takes={"pk": "cadres.cadre.pk"},
    ),
    "phone:picture": Route(
        "a visit's photo: to who sent it, the office, the holder and the ladder above, audited",
        who=PEOPLE,
        takes={"uid": "phone.photo.uid"},
    ),
    "phone:incidents": Route("kind, place and required posts", who=POST_HOLDERS),
    "phone:incident": Route(
        "kind, place, who came and who did not", who=POST_HOLDERS, takes={"pk": "visits.incident.pk"}
    ),
    "phone:arrive": Route("nothing", who=POST_HOLDERS, takes={"pk": "visits.incident.pk"}),
    "phone:close": Route("nothing", who=POST_HOLDERS, takes={"pk": "visits.incident.pk"}),
    "phone:summary": Route("what happened, audited", who=POST_HOLDERS, takes={"pk": "visits.incident.pk"}),
    "phone:building": Route(
        "masked, or in full to the holder and the ladder above; the posts above one's building",
        who=POST_HOLDERS,
    ),
    "phone:one_building": Route(
        "masked, or in full to the holder and the ladder above; the posts above one's building",
        who=POST_HOLDERS,
        takes={"pk": "buildings.place.pk"},
    ),
    "phone:mine": Route(
        "one's own posts and entries; one's own number, masked", who=POST_HOLDERS, reason="one's own alone"
    ),
    "phone:large": Route("nothing", who=None, reason="larger type on this phone"),
    "phone:leave": Route(
        "names of who serves in the same 片区",
        who=POST_HOLDERS,
        takes={"pk": "cadres.appointment.pk"},
        reason="one's own appointment alone",
    ),
    "phone:back": Route(
        "nothing",
        who=POST_HOLDERS,
        takes={"pk": "cadres.cover.pk"},
        reason="the cover of one's own appointment alone",
    ),
    "phone:hand_over": Route(
        "names of who serves in the same 片区",
        who=POST_HOLDERS,
        takes={"pk": "cadres.appointment.pk"},
        reason="one's own appointment alone",
    ),
    "phone:help": Route("nothing", who=None, reason="how to use the phone's pages"),
    "phone:sign_in": Route("nothing", who=None, reason="where one signs in"),
    "phone:sign_out": Route("nothing", who=POST_HOLDERS, reason="ends one's own session"),
    "phone:session": Route("nothing", who=None, reason="one's own id, for the queue"),
    "phone:submit": Route("what became of one's own entry", who=POST_HOLDERS),
    "phone:photo": Route(
        "what became of one's own photo", who=POST_HOLDERS, reason="belongs to one's own entry"
    ),
    "phone:worker": Route("nothing", who=None, reason="a script"),
    # --- the interface for other offices' programs: a token instead of a sign-in; what it may see is its client's scope
    "api-place-list": Route("no people", who=None),
    "api-place-detail": Route("no people", who=None, takes={"pk": "buildings.place.pk"}),
    "api-appointment-list": Route("masked, or in full where granted, and noted in the trail", who=None),
    "api-appointment-detail": Route(
        "masked, or in full where granted, and noted in the trail",
        who=None,
        takes={"pk": "cadres.appointment.pk"},
    ),
    "api-care-record-list": Route(
        "masked, or in full where granted, and noted in the trail; 刑释解教 never", who=None
    ),
    "api-care-record-detail": Route(
        "masked, or in full where granted, and noted in the trail; 刑释解教 never",
        who=None,
        takes={"pk": "residents.carerecord.pk"},
    ),
    "api-duty-list": Route("nobody's name", who=None),
    "api-duty-detail": Route("nobody's name", who=None, takes={"pk": "duties.duty.pk"}),
    "api-visit-list": Route("nobody's name, nothing of what was written", who=None),
    "api-visit-detail": Route(
        "nobody's name, nothing of what was written", who=None, takes={"pk": "visits.visit.pk"}
    ),
    "api-incident-list": Route("nobody's name, nothing of what was written", who=None),
    "api-incident-detail": Route(
        "nobody's name, nothing of what was written", who=None, takes={"pk": "visits.incident.pk"}
    ),
    "api-incident-arrivals": Route(
        "nobody's name, nothing of what was written", who=None, takes={"pk": "visits.incident.pk"}
    ),
    "api-stats": Route("counts; small ones held back outside the community", who=None),
    "api-changes": Route("what the lists of the same kinds show", who=None),
    "api-schema": Route("nothing", who=None, reason="how the interface is to be used"),
    "api-docs": Route("nothing", who=None, reason="how the interface is to be used"),
    "unknown_address": Route("nothing", who=None, reason="an address below /api/ that is none"),
    # --- the admin's frame
    "admin:index": Route("the names of lists", who=ADMIN_ROLES, reason="lists without rows"),
    "admin:app_list": Route(
        "the names of lists",
        who=ADMIN_ROLES,
        takes={
            "app_label": (
                "accounts",
                "buildings",
                "residents",
                "cadres",
                "duties",
                "visits",
                "volunteers",
                "phone",
                "api",
            )
        },
        reason="lists without rows",
    ),
    "admin:login": Route("nothing", who=None, reason="leads to the one place where one signs in"),
    "admin:logout": Route("nothing", who=None, reason="ends one's own session"),
    "admin:autocomplete": Route(
        "what the list of the picked model shows",
        who=ADMIN_ROLES,
        reason="asks the picked model's own admin for its rows and its rights",
    ),
    "admin:jsi18n": Route("nothing", who=ADMIN_ROLES, reason="words of the calendar"),
    "admin:catch_all": Route(
        "nothing", who=ADMIN_ROLES, takes={"url": ("nothing-here/",)}, reason="an address nobody has"
    ),
}

# By the model, "app.model" in lower case. Who opens them stands in `accounts.rules`.
ADMINS: dict[str, Route] = {
    "accounts.user": Route(
        "names, masked phones, roles",
        pages=("password", "enable", "disable", "second-factor"),
        beyond=ACCOUNTS,
        reason="accounts lie at no place: whoever keeps them keeps all",
    ),
    "accounts.auditevent": Route(
        "who did what to which row, never a value",
        pages=("export", "same"),
        reason="events of the communities in the scope, and those of none",
    ),
    "buildings.place": Route("no people", pages=("export", "move", "close", "reopen")),
    "buildings.administrativeunit": Route("no people", reason="official statistical codes"),
    "buildings.emergencyaccess": Route(
        "who looked at which place outside his area, and why",
        beyond=ACCOUNTS,
        reason="all of them are the keepers' to look through",
    ),
    "buildings.placegrant": Route(
        "names of accounts", pages=("end",), beyond=ACCOUNTS, reason="a grant is given to any account"
    ),
    "residents.carecategory": Route(
        "no people", reason="the five categories and their words, one set for all"
    ),
    "residents.household": Route("flats; how many live there"),
    "residents.resident": Route(
        "names in full, numbers and text masked; in full on reason",
        pages=("export", "relocate", "leave", "return", "reveal", "seen-by"),
    ),
    "residents.carerecord": Route(
        "names in full; notes on reason; 刑释解教 to the holder and the ladder alone",
        pages=("export", "correct", "reveal", "end"),
    ),
    "cadres.appointment": Route(
        "names in full, phones masked", pages=("export", "hand-over", "cover", "end")
    ),
    "cadres.cover": Route("names in full", pages=("end",)),
    "cadres.cadre": Route("names in full, phones masked, accounts of one's own community"),
    "cadres.partyorganisation": Route("names of secretaries"),
    "cadres.buildingstaff": Route("names in full, phones masked", pages=("export", "posts", "rates")),
    "duties.sweeprun": Route("counts", reason="what the sweep did, in numbers"),
    "duties.noticedelivery": Route("whom a mail is owed"),
    "duties.duty": Route("names in full; 刑释解教 to the holder and the ladder alone", pages=("export",)),
    "visits.visit": Route("names in full; notes on reason", pages=("correct", "export", "reveal", "void")),
    "visits.incident": Route("posts and who came; text on reason", pages=("arrive", "close", "reveal")),
    "visits.visitrule": Route("no people"),
    "visits.incidentrule": Route("no people"),
    "visits.specialday": Route("no people", pages=("remove",), reason="days off, one calendar for all"),
    "volunteers.team": Route("names in full", pages=("join", "dissolve")),
    "volunteers.teammembership": Route("names in full, phones masked", pages=("leave",)),
    "volunteers.volunteer": Route("names in full, phones masked"),
    "volunteers.pairing": Route("names in full", pages=("end",)),
    "phone.submission": Route(
        "who sent what kind of entry, and why it waits; what was written on reason",
        pages=("enter", "drop", "reveal"),
    ),
    "phone.quickphrase": Route("no people", pages=("remove",), reason="words to tap, one set for all"),
    "phone.digestplan": Route("no people"),
    "api.apiclient": Route("no people", pages=("issue", "reopen", "shut")),
    "api.apitoken": Route("no people; the token itself is shown once, where it is issued", pages=("revoke",)),
    "api.webhook": Route("no people", pages=("secret", "go-on", "stop")),
    "api.platform": Route("no people", pages=("secret",)),
    "api.eventtype": Route("no people"),
    "api.delivery": Route("kind and place; what was sent on reason", pages=("replay", "reveal")),
}


def admin_roles(label: str) -> frozenset[Role]:
    """The roles that open an admin, by the table in `accounts.rules`."""
    return frozenset(role for role in Role if may_view(User(role=role, is_active=True), label))


def page_in_print() -> str:
    """docs/routes.md."""
    lines = [_HEAD, "## Addresses", "| address | who | what of a person's row |", "|---|---|---|"]
    for name, route in ROUTES.items():
        lines.append(f"| `{name}` | {_who(route.who)} | {_what(route)} |")
    lines += [
        "",
        "## The admin's lists",
        "| model | who | further pages | what of a person's row |",
        "|---|---|---|---|",
    ]
    for label, route in ADMINS.items():
        pages = ", ".join(route.pages)
        lines.append(f"| `{label}` | {_who(admin_roles(label))} | {pages} | {_what(route)} |")
    return "\n".join(lines) + "\n"


_HEAD = """# Who reaches which address, and what of it

`baibuting/routes.py` in print; a test compares the two. Which rows somebody gets is never written here: that is his
scope. What is said of a person's row holds inside the scope; outside it there is nothing (404), but for what "beyond"
names. Roles write in the admin what `accounts/rules.py` gives them to write.
"""


def _who(roles: frozenset[Role] | None) -> str:
    if roles is None:
        return "anybody"
    if roles == EVERY_ROLE:
        return "whoever is signed in"
    return "、".join(role.label for role in Role if role in roles) or "nobody but who sets up"


def _what(route: Route) -> str:
    beyond = f"; beyond the scope: {', '.join(sorted(route.beyond))}" if route.beyond else ""
    reason = f" ({route.reason})" if route.reason else ""
    return f"{route.sees}{beyond}{reason}"
