"""Deeds of the desk and of a secretary: reports, notice boards, what is done about a duty and what was written about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from audit.choices import Action
from baibuting.common.days import local_day
from boards.selectors import cadre_of
from cadres.choices import Post
from cadres.models import Cadre
from cadres.selectors import neighbours
from duties.choices import RUNNING
from duties.models import Duty, DutyAction, GoLive
from duties.permissions import accountable_appointment
from reports.rules import report_kinds
from residents.models import Resident
from tests.common.books import xlsx
from tests.factories import resident
from tests.privacy.deeds import CHANGE, HEAD, REASON, REVEAL, Deed, Send, at
from tests.privacy.world import NOW, World
from tests.rosters.uploads import checked, client_of, step, work
from visits.go_live_views import fingerprint
from visits.services import go_live_preview, residents_merge

EXPORT = Action.EXPORT
SECRETARY = "precinct"
CONTACT, CODE = "boards.publishedcontact", "buildings.placecode"
LOOKED = "责任页面点“看内容”"


def _building(world: World) -> Any:
    return world.own.place


def _head(world: World) -> Cadre:
    cadre = cadre_of(world.viewers[HEAD].pk)
    assert cadre is not None
    return cadre


# --- notice boards ------------------------------------------------------------------------------------------------------
def _contact(world: World) -> Send:
    url = reverse("boards:contact", args=[world.own.place.pk, _head(world).pk])
    return lambda browser: browser.post(url, {"act": "agree"})


def _own_contact(world: World) -> Send:
    return lambda browser: browser.post(reverse("boards:mine"), {"act": "agree"})


def _line(world: World) -> Send:
    sent = {"community": world.own.community.place.pk, "phone": "027-82345678"}
    return lambda browser: browser.post(reverse("boards:line"), sent)


BOARDS = [
    Deed("boards:contact", "office", _contact, Action.CREATE, CONTACT, ("phone",)),
    Deed("boards:mine", HEAD, _own_contact, Action.CREATE, CONTACT, ("phone",)),
    Deed("boards:line", "office", _line, CHANGE, "boards.dutyline", ("phone",)),
    Deed("boards:renew", "office", at("boards:renew", _building), CHANGE, CODE, ("code",)),
    Deed("boards:pdf", "office", at("boards:pdf", _building), EXPORT, CODE, reads=True),
]


# --- an import taken back -----------------------------------------------------------------------------------------------
def _undo(world: World) -> Send:
    office, building = client_of(world.viewers["office"]), world.own.place
    home = [building.parent.parent.name, building.parent.name, building.name]
    rows = [["姓名", "苑区", "片区", "楼栋", "室"], *(["王小明", *home, f"97{at}"] for at in range(2))]
    run = checked(office, xlsx(rows), NOW, kind="residents")
    step(office, run, "confirm")
    work(NOW)
    return lambda browser: browser.post(reverse("rosters:undo", args=[run.uid]))


UNDO = [Deed("rosters:undo", "office", _undo, Action.IMPORT, "residents", reason="撤销导入", rows=4)]


# --- reports ------------------------------------------------------------------------------------------------------------
def _report(detail: str) -> Callable[[World], Send]:
    def prepare(world: World) -> Send:
        sent = {
            "kind": "ledger", "place": world.own.place.pk, "month": "2026-03", "day": "2026-03-11", "make": "book",
            "detail": detail, "reason": REASON if detail == "full" else "",
        }  # fmt: skip
        return lambda browser: browser.post(reverse("reports:index"), sent)

    return prepare


IN_FULL = report_kinds()["ledger"].sensitive
REPORTS = [
    Deed("reports:index", "office", _report("masked"), EXPORT, "visits.visit", rows=None, reads=True, title="masked"),
    Deed("reports:index", "office", _report("full"), EXPORT, "visits.visit", IN_FULL, REASON, None, reads=True, title="in full"),
]  # fmt: skip


# --- duties -------------------------------------------------------------------------------------------------------------
def _duty(world: World) -> Duty:
    running = Duty.objects.filter(
        place=world.own.place, accountable_post=Post.BUILDING_HEAD, outcome__in=RUNNING
    )
    return running.order_by("pk")[0]


def _stand_in(name: str) -> Callable[[World], Send]:
    def prepare(world: World) -> Send:
        duty, today = _duty(world), NOW.date()
        appointment = accountable_appointment(duty, today)
        assert appointment is not None
        typed = {
            "stand_in": neighbours(appointment, today)[0].pk,
            "from_on": "2026-03-12",
            "until_on": "2026-03-14",
            "words": "",
        }
        url = reverse(name, args=[duty.pk, "stand_in"])
        return lambda browser: browser.post(url, typed)

    return prepare


def _words(name: str) -> Callable[[World], Send]:
    def prepare(world: World) -> Send:
        row: DutyAction = world.own.of("duties.dutyaction")[0]
        url = reverse(name, args=[row.duty_id])
        return lambda browser: browser.post(url, {"action": row.pk})

    return prepare


DUTIES = [
    Deed(
        "duties:duty_handle",
        SECRETARY,
        _stand_in("duties:duty_handle"),
        CHANGE,
        "cadres.appointment",
        ("covers",),
    ),
    Deed("phone:handle", SECRETARY, _stand_in("phone:handle"), CHANGE, "cadres.appointment", ("covers",)),
    Deed(
        "duties:duty_words",
        HEAD,
        _words("duties:duty_words"),
        REVEAL,
        "duties.dutyaction",
        ("words",),
        LOOKED,
        reads=True,
    ),
    Deed(
        "phone:words",
        HEAD,
        _words("phone:words"),
        REVEAL,
        "duties.dutyaction",
        ("words",),
        LOOKED,
        reads=True,
    ),
]


# --- registrations that are one person ----------------------------------------------------------------------------------
def _doubles(world: World) -> tuple[Resident, Resident]:
    first, second = (
        resident(place, now=NOW, name="闻人月", phone="19900000001")
        for place in world.own.community.buildings[:2]
    )
    return first, second


def _merge(world: World) -> Send:
    url = reverse("visits:doubles_pair", args=[one.pk for one in _doubles(world)])
    return lambda browser: browser.post(url)


def _unmerge(world: World) -> Send:
    kept, gone = _doubles(world)
    merge = residents_merge(kept=kept, gone=gone, now=timezone.now(), user=None)
    url = reverse("visits:doubles_undo", args=[merge.pk])
    return lambda browser: browser.post(url)


DOUBLES = [
    Deed("visits:doubles_pair", "office", _merge, CHANGE, "residents.resident", ("merge",)),
    Deed("visits:doubles_undo", "office", _unmerge, CHANGE, "residents.resident", ("merge-undo",)),
]


# --- going live ---------------------------------------------------------------------------------------------------------
def _go_live(world: World) -> Send:
    """The day is still to come, and is confirmed anew as it was shown."""
    place, on = world.own.community.place, local_day(NOW) + timedelta(days=9)
    GoLive.objects.filter(community=place).update(on=on)
    plan = go_live_preview(community=place, on=on, spread_days=0, now=NOW)
    sent = {
        "community": place.pk,
        "on": on.isoformat(),
        "spread_days": "0",
        "previewed": fingerprint(plan),
        "confirm": "1",
    }
    return lambda browser: browser.post(reverse("visits:go_live"), sent)


GOING_LIVE = [Deed("visits:go_live", "office", _go_live, CHANGE, "duties.golive", ("on", "spread_days"))]


DEEDS = [*UNDO, *BOARDS, *REPORTS, *DUTIES, *DOUBLES, *GOING_LIVE]
