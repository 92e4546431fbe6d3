"""Every deed that must stand in the trail and that no form of the admin does by itself: how it is done, and its row.

A deed is prepared once and then sent, twice: `prepare(world)` makes what it needs and returns what sends the request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from importlib import import_module
from typing import Any
from uuid import uuid4

from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.choices import Role
from accounts.codes import codes_issue, first_code_issue
from accounts.models import User
from accounts.second_step import second_factor_begin, second_factor_confirm
from accounts.services import account_disable
from accounts.sessions import VERIFIED, verified_mark
from audit.choices import Action
from baibuting.common.days import SHANGHAI
from buildings.services import place_close, place_create, place_grant_give
from cadres.choices import Post
from cadres.emergency import emergency_open
from cadres.models import Appointment, Cadre
from cadres.services import cover_start
from feedback.services import opinion_write
from phone.models import Photo, QuickPhrase
from phone.services import digest_plan_set
from residents.models import CareCategory
from tests.accounts.test_second_step import code_of
from tests.factories import user
from tests.house.source import APPS, ROOT
from tests.pages import add_url, object_url
from tests.privacy.world import NOW, World
from tests.privacy.writing import PASSWORD
from visits.choices import VisitOrigin
from visits.models import Incident, SpecialDay, VisitRule
from visits.services import visit_record
from visits.sheets import sheet_code
from volunteers.services import volunteer_create

REASON = "核对低保申请"
HEAD = "building head"
CHANGE, REVEAL = Action.CHANGE, Action.REVEAL
Send = Callable[[Client], Any]


@dataclass(frozen=True)
class Deed:
    """`name` is the address, `by` who does it ("" for nobody signed in), the rest what its row in the trail says.

    `rows`: None where it is whatever the answer holds. `reads`: it changes nothing but the trail. `besides`: tables
    that are written beside the deed, where that is meant. `times`: rows, one for each kind of thing read.
    """

    name: str
    by: str
    prepare: Callable[[World], Send]
    action: Action | str
    about: str
    fields: tuple[str, ...] = ()
    reason: str = ""
    rows: int | None = 1
    reads: bool = False
    besides: frozenset[str] = frozenset()
    times: int = 1
    title: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.title}".strip()


def of_apps(name: str) -> Iterator[Any]:
    """Yield what the tests of apps bring beside these: every `DEEDS`, or `WITHOUT`, in a `tests/<app>/deeds.py`."""
    for app in APPS:
        if (ROOT / "tests" / app / "deeds.py").is_file():
            yield getattr(import_module(f"tests.{app}.deeds"), name, ())


def page(make: Callable[[World], Any], page: str = "change", **data: Any) -> Callable[[World], Send]:
    """A page of a row that `make` finds or makes."""

    def prepare(world: World) -> Send:
        url = object_url(make(world), page)
        return lambda browser: browser.post(url, data)

    return prepare


def at(name: str, make: Callable[[World], Any], **data: Any) -> Callable[[World], Send]:
    """The same, outside the admin."""

    def prepare(world: World) -> Send:
        url = reverse(name, args=[make(world).pk])
        return lambda browser: browser.post(url, data)

    return prepare


def of(label: str, at: int = 0) -> Callable[[World], Any]:
    return lambda world: world.own.of(label)[at]


def new(model: type[Model], make: Callable[[World], dict[str, Any]]) -> Callable[[World], Send]:
    """A new row by its form."""

    def prepare(world: World) -> Send:
        data = make(world)
        return lambda browser: browser.post(add_url(model), data)

    return prepare


# --- accounts -----------------------------------------------------------------------------------------------------------
def _account(world: World) -> User:
    return user("someone", role=Role.OFFICE, name="李敏")


def _shut(world: World) -> User:
    account = _account(world)
    return account_disable(account=account, reason="离岗已久", now=NOW, by=world.viewers["system_admin"])


def _enrolled(account: User) -> User:
    then = timezone.now() - timedelta(minutes=10)
    second_factor_begin(account=account)
    second_factor_confirm(account=account, code=code_of(account, then), now=then)
    return account


def _sign_in(name: str, password: str, username: str = "office") -> Callable[[World], Send]:
    def prepare(world: World) -> Send:
        return lambda browser: browser.post(reverse(name), {"username": username, "password": password})

    return prepare


def _by_code(world: World) -> Send:
    account = world.viewers[HEAD]
    code = codes_issue(accounts=[account], now=datetime.now(UTC))[
        account.pk
    ]  # sign-in has a clock of its own
    return _sign_in("accounts:login", code, account.username)(world)


def _first_account(world: World) -> Send:
    """Where nobody has an account any more."""
    User.objects.update(is_active=False)
    typed = {"code": first_code_issue(now=timezone.now()), "name": "李敏", "username": "limin", "phone": ""}
    return lambda browser: browser.post(
        reverse("accounts:first_account"), {**typed, "password": PASSWORD, "again": PASSWORD}
    )


def _open_account(world: World) -> Send:
    cadre = world.own.community.holder(world.own.community.buildings[1], Post.HEALTH_WORKER)
    return lambda browser: browser.post(reverse("cadres:holder_accounts"), {"act": f"read-{cadre.pk}"})


def _wrong_code(world: World) -> Send:
    _enrolled(world.viewers["office"])
    return lambda browser: browser.post(reverse("accounts:second_step"), {"code": "000000"})


def _first_code(world: World) -> Send:
    account = world.viewers["office"]
    second_factor_begin(account=account)
    return lambda browser: browser.post(
        reverse("accounts:second_step_enrol"), {"code": code_of(account, NOW)}
    )


def _new_codes(world: World) -> Send:
    """Asked for by somebody whose second step is in force, and taken in this very sign-in."""
    account = _enrolled(world.viewers["office"])

    def send(browser: Client) -> Any:
        session = browser.session
        session[VERIFIED] = verified_mark(User.objects.get(pk=account.pk))
        session.save()
        return browser.post(reverse("accounts:second_step_enrol"), {"renew": "1"})

    return send


def _emergency(world: World) -> Any:
    account = world.viewers["office of a precinct"]
    scope = world.scope("office of a precinct")
    return emergency_open(
        user=account, scope=scope, building=world.near.place, reason="起火需联系住户", now=NOW
    )


def _break_glass(world: World) -> Send:
    typed = {"building": world.near.place.full_name, "reason": "起火需联系住户"}
    return lambda browser: browser.post(reverse("cadres:emergency"), typed)


def _trail_export(world: World) -> Send:
    url = reverse("admin:audit_auditevent_export")
    return lambda browser: browser.post(url, {"reason": "上级检查"})


ACCOUNT, FACTOR = "accounts.user", Action.SECOND_STEP
SIGNED_IN = frozenset({"accounts_user"})  # when he last signed in
PAGE = "admin:accounts_user_"
ACCOUNTS = [
    Deed("accounts:login", "", _sign_in("accounts:login", PASSWORD), Action.SIGN_IN, ACCOUNT, besides=SIGNED_IN, reads=True),
    Deed("phone:sign_in", "", _sign_in("phone:sign_in", PASSWORD, "head"), Action.SIGN_IN, ACCOUNT, besides=SIGNED_IN, reads=True),
    Deed("accounts:login", "", _sign_in("accounts:login", "wrong"), Action.REFUSE, ACCOUNT, title="refused"),
    Deed("accounts:login", "", _by_code, Action.SIGN_IN, ACCOUNT, besides=SIGNED_IN | {"accounts_onetimecode"}, reads=True,
         title="by a code"),
    Deed("accounts:first_account", "", _first_account, Action.CREATE, ACCOUNT, ("username", "name", "role", "phone"),
         besides=SIGNED_IN),
    Deed("cadres:holder_accounts", "office", _open_account, Action.PERMISSION, ACCOUNT,
         ("username", "phone", "one_time_code")),
    Deed("accounts:second_step", "office", _wrong_code, FACTOR, ACCOUNT, ("wrong_code",)),
    Deed("accounts:second_step_enrol", "office", _first_code, FACTOR, ACCOUNT, ("enrolled",)),
    Deed("accounts:second_step_enrol", "office", _new_codes, FACTOR, ACCOUNT, ("backup_codes",), title="new codes"),
    Deed(f"{PAGE}enable", "system_admin", page(_shut, "enable", reason=REASON), Action.PERMISSION, ACCOUNT, ("is_active",), REASON),
    Deed(f"{PAGE}second-factor", "security_admin",
         page(lambda world: _enrolled(_account(world)), "second-factor", reason=REASON), FACTOR, ACCOUNT, ("reset",), REASON),
    Deed(f"{PAGE}change", "system_admin", page(_account, name="李敏", role=Role.DISTRICT, phone=""), Action.PERMISSION,
         ACCOUNT, ("role",)),
    Deed("accounts:password", "office", lambda world: lambda browser: browser.post(
        reverse("accounts:password"), {"old": PASSWORD, "password": "another one 2", "again": "another one 2"}),
        Action.PERMISSION, ACCOUNT, ("password",)),
    Deed("cadres:emergency", "office of a precinct", _break_glass, Action.EMERGENCY, "buildings.emergencyaccess",
         ("place", "until_at"), "起火需联系住户"),
    Deed("cadres:emergency_end", "office of a precinct", at("cadres:emergency_end", _emergency), Action.EMERGENCY,
         "buildings.emergencyaccess", ("ended_at",)),
    Deed("admin:audit_auditevent_export", "auditor", _trail_export, Action.EXPORT, "audit.auditevent", (), "上级检查",
         None, reads=True),
    Deed("admin:buildings_placegrant_end", "security_admin", page(lambda world: place_grant_give(
        user=_account(world), place=world.own.place, now=NOW, by=None), "end"),
        Action.PERMISSION, "buildings.placegrant", ("until_on",)),
]  # fmt: skip


# --- exports: each list, masked and in full -----------------------------------------------------------------------------
EXPORTS = (
    "buildings.place", "cadres.appointment", "cadres.buildingstaff", "cadres.partyorganisation", "residents.carerecord", "duties.duty",
    "residents.resident", "visits.visit",
)  # fmt: skip


def _export(name: str, data: dict[str, str], world: World) -> Send:
    return lambda browser: browser.post(reverse(name), {**data, "file_format": "0", "format": "0"})


def _exports() -> Iterator[Deed]:
    for label in EXPORTS:
        name = f"admin:{label.replace('.', '_')}_export"
        opened = tuple(admin.site.get_model_admin(apps.get_model(label)).resource_class.sensitive)  # type: ignore[attr-defined]
        ways = [("masked", {"detail": "masked"}, (), "")]
        if opened:
            ways.append(("in full", {"detail": "full", "reason": REASON}, opened, REASON))
        for title, data, fields, reason in ways:
            send = partial(_export, name, data)
            yield Deed(
                name, "office", send, Action.EXPORT, label, fields, reason, None, reads=True, title=title
            )


# --- rows that a page takes away or brings back -------------------------------------------------------------------------
def _closed(world: World) -> Any:
    place = place_create(level=4, parent=world.own.community.precincts[0], name="909栋")
    return place_close(place=place, closed_on=NOW.date())


def _team_form(world: World) -> Send:
    person = volunteer_create(community=world.own.community.place, name="王小明", phone="13900000000")
    url = object_url(world.own.of("volunteers.team")[0], "join")
    return lambda browser: browser.post(url, {"volunteer": person.pk, "joined_on": "2026-03-11"})


def _visit_rule(world: World) -> Send:
    """Two steps: what it would do, and that again with what was shown."""
    rule = VisitRule.objects.filter(community=world.own.community.place, category__code="hardship").latest(
        "version"
    )
    typed = {
        "community": rule.community_id, "category": rule.category_id, "effective_on": "2026-03-12", "cadence": "rolling",
        "every_days": 20, "period": "week", "times": 1, "first_within_days": 3, "methods": ["home"],
        "accountable_post": "party_group_leader", **{f"rung_{rung}": 1 for rung in range(5)},
    }  # fmt: skip
    shown = Client()
    shown.force_login(world.viewers["office"])
    seen = shown.post(add_url(VisitRule), {**typed, "preview": "1"}).context["previewed"]
    return lambda browser: browser.post(add_url(VisitRule), {**typed, "previewed": seen, "publish": "1"})


def _rulebook(model: str) -> Callable[[World], Send]:
    """All rules confirmed as they are shown."""

    def prepare(world: World) -> Send:
        url = reverse(f"admin:visits_{model}_rulebook")
        shown = Client()
        shown.force_login(world.viewers["office"])
        form = shown.get(url).context["form"]
        typed = {"effective_on": f"{form.day.initial['effective_on']:%Y-%m-%d}", "adopt": "1"}
        for section in form.sections:
            values = {field.html_name: field.value() for field in section.form.visible_fields()}
            typed |= {name: value for name, value in values.items() if value == 0 or value}
        return lambda browser: browser.post(url, typed)

    return prepare


def _category(world: World) -> Any:
    return CareCategory.objects.get(code="hardship")


def _opinion(world: World) -> Any:
    return opinion_write(
        uid=uuid4(), community=world.own.community.place, text="字太小", page="", writer=world.viewers[HEAD], now=NOW
    )  # fmt: skip


def _sheet(world: World) -> Send:
    """A sheet of one line, typed in and written."""
    person = world.own.of("residents.carerecord")[0].resident_id
    typed = {
        "day": f"{NOW.astimezone(SHANGHAI):%Y-%m-%d}",
        "lines": sheet_code(person),
        "visitor_name": "王芳",
        "write": "1",
    }
    return lambda browser: browser.post(reverse("visits:sheets_take"), typed)


RULE_FIELDS = (
    "effective_on", "category", "cadence", "every_days", "period", "times", "first_within_days", "methods", "accountable_post",
    "rung_0", "rung_1", "rung_2", "rung_3", "rung_4",
)  # fmt: skip
PAGES = [
    Deed("admin:buildings_place_reopen", "office", page(_closed, "reopen"), CHANGE, "buildings.place", ("reopen",)),
    Deed("admin:visits_specialday_remove", "office of all", page(
        lambda world: SpecialDay.objects.create(day=date(2026, 5, 2), is_working=False), "remove"), CHANGE,
        "visits.specialday", ("remove",)),
    Deed("admin:phone_quickphrase_remove", "office of all", page(
        lambda world: QuickPhrase.objects.create(text="身体很好"), "remove"), CHANGE, "phone.quickphrase", ("remove",)),
    Deed("admin:visits_specialday_change", "office of all", page(
        lambda world: SpecialDay.objects.create(day=date(2026, 5, 2), is_working=False), day="2026-05-02", name="劳动节"), CHANGE,
        "visits.specialday", ("name",)),
    Deed("admin:phone_quickphrase_change", "office of all", page(lambda world: QuickPhrase.objects.create(text="身体很好"),
         text="身体尚可", category="", position="10"), CHANGE, "phone.quickphrase", ("text", "position")),
    Deed("admin:phone_digestplan_change", "office", page(lambda world: digest_plan_set(
        community=world.own.community.place, at=time(7), is_on=True), at="08:30", is_on="on"), CHANGE, "phone.digestplan", ("at",)),
    Deed("admin:residents_carecategory_change", "office of all", page(_category, label="特困家庭", public_label="困难", synonyms="低保"),
         CHANGE, "residents.carecategory", ("label", "public_label", "synonyms")),
    Deed("admin:volunteers_team_join", "office", _team_form, CHANGE, "volunteers.team", ("join", "volunteer")),
    Deed("admin:visits_visitrule_rulebook", "office", _rulebook("visitrule"), Action.CREATE, "visits.visitrule",
         reason="确认全部规则", rows=8),
    Deed("admin:visits_incidentrule_rulebook", "office", _rulebook("incidentrule"), Action.CREATE, "visits.visitrule",
         reason="确认全部规则", rows=8),
    Deed("admin:feedback_opinion_see", "office", page(_opinion, "see"), CHANGE, "feedback.opinion", ("see",)),
    Deed("admin:feedback_opinion_reply", "office", page(_opinion, "reply", answer="已改好"), CHANGE, "feedback.opinion",
         ("reply", "answer")),
    Deed("visits:sheets_take", "office", _sheet, Action.CREATE, "visits.visit", ("sheet",)),
    Deed("admin:visits_visitrule_add", "office", _visit_rule, Action.CREATE, "visits.visitrule", RULE_FIELDS),
]  # fmt: skip


# --- phones -------------------------------------------------------------------------------------------------------------
def _picture(world: World) -> Send:
    """A photo of a visit, looked at by somebody who has not sent it."""
    photo = Photo.objects.get(pk=world.own.of("phone.photo")[0].pk)
    url = reverse("phone:picture", args=[photo.uid])
    return lambda browser: browser.get(url)


def _own_words(world: World) -> Send:
    """A visit of one's own with a note."""
    person = world.own.of("residents.resident")[0]
    visit_record(
        resident=person, visited_at=NOW - timedelta(hours=1), now=NOW, origin=VisitOrigin.PHONE,
        visitor=Cadre.objects.get(user=world.viewers[HEAD]), notes="聊了家常",
    )  # fmt: skip
    url = reverse("phone:own_words", args=[person.pk])
    return lambda browser: browser.post(url)


def _held(world: World) -> Appointment:
    cadre = Cadre.objects.get(user=world.viewers[HEAD])
    return Appointment.objects.filter(cadre=cadre, ended_on=None).latest("pk")


def _next_door(world: World) -> Appointment:
    held = _held(world)
    others = Appointment.objects.filter(place__parent=held.place.parent, post=held.post, ended_on=None)
    return others.exclude(cadre=held.cadre).latest("pk")


def _leave(world: World) -> Send:
    typed = {
        "stand_in": _next_door(world).pk,
        "from_on": "2026-03-12",
        "until_on": "2026-03-14",
        "reason": "探亲",
    }
    url = reverse("phone:leave", args=[_held(world).pk])
    return lambda browser: browser.post(url, typed)


def _cover(world: World) -> Any:
    days = {"from_on": NOW.date() - timedelta(days=2), "until_on": NOW.date() + timedelta(days=2)}
    return cover_start(appointment=_held(world), stand_in=_next_door(world).cadre, **days)


def _hand_over(world: World) -> Send:
    url = reverse("phone:hand_over", args=[_held(world).pk])
    typed = {"to": _next_door(world).pk, "on": "2026-03-13", "sure": "on"}
    return lambda browser: browser.post(url, typed)


def open_incident(world: World) -> Incident:
    return Incident.objects.get(building=world.own.place, closed_at=None)


CALL = "手机页面点“打电话”"
PHONES = [
    Deed("phone:call_person", HEAD, at("phone:call_person", of("residents.resident")), REVEAL, "residents.resident",
         ("phone",), CALL, reads=True),
    Deed("phone:call_cadre", HEAD, at("phone:call_cadre", of("cadres.cadre", 1)), REVEAL, "cadres.cadre", ("phone",), CALL,
         reads=True),
    Deed("phone:own_words", HEAD, _own_words, REVEAL, "visits.visit", ("notes",), "在手机上看自己上次写的", reads=True),
    Deed("phone:picture", "office", _picture, REVEAL, "visits.visit", ("photo",), "查看走访照片", reads=True),
    Deed("phone:summary", HEAD, at("phone:summary", open_incident), REVEAL, "visits.incident", ("summary",),
         "手机页面点“看情况”", reads=True),
    Deed("phone:close", HEAD, at("phone:close", open_incident, result="已劝和"), CHANGE, "visits.incident", ("result",)),
    Deed("phone:leave", HEAD, _leave, CHANGE, "cadres.appointment", ("covers",)),
    Deed("phone:back", HEAD, at("phone:back", _cover), CHANGE, "cadres.appointment", ("covers",)),
    Deed("phone:hand_over", HEAD, _hand_over, CHANGE, "cadres.appointment", ("cadre", "ended_on")),
]  # fmt: skip

DEEDS = [*ACCOUNTS, *_exports(), *PAGES, *PHONES]
