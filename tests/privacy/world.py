"""A community of one's own, a building next door in it, and a foreign community: each full of words found nowhere else.

Whoever may not see the building next door must never receive a byte of its words; nobody here the foreign ones'.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import Model

from accounts.choices import Role
from accounts.models import User
from audit.choices import Action
from audit.services import audit_event_record
from buildings.choices import Level
from buildings.models import Place
from buildings.scope import Scope
from buildings.services import place_change, place_code_renew, place_create, place_grant_give, place_move
from cadres.choices import BUILDING_POSTS, OrganisationKind, Post
from cadres.models import Appointment, Cadre
from cadres.selectors import scope_for
from cadres.services import (
    appointment_end,
    appointment_start,
    cadre_create,
    cover_start,
    organisation_create,
)
from desk.models import SavedFilter
from duties.actions import duty_note
from duties.choices import RUNNING, DutyActionKind
from duties.models import Duty, DutyAction, DutyEvent, NoticeDelivery, NoticeSeen
from messaging.models import Call, Channel, Dispatch, Message
from residents.models import Resident
from residents.services import resident_change, resident_create
from rosters.choices import Purpose, State
from rosters.models import ColumnMapping, ImportFile, ImportRun
from tests.duties.steps import sweep_at, visit
from tests.factories import Community, category, community, moment, user
from tests.privacy.asking import asking
from tests.privacy.clients import programs
from tests.privacy.filling import complete
from tests.privacy.gathered import gathered
from tests.privacy.persons import EARLIER, NOW, flat_of, gone_from, person_of
from tests.privacy.phones import from_phones
from tests.privacy.playing import playing
from tests.privacy.repairing import repairing
from tests.privacy.viewers import invite
from tests.privacy.volunteering import volunteering
from tests.privacy.words import FAR, NEAR, OWN, Words, in_words
from visits.models import Incident
from visits.services import (
    arrival_stamp,
    care_record_end,
    care_record_start,
    incident_close,
    incident_report,
    resident_relocate,
    rules_ship,
)

CARE = ("hardship", "hospital", "laid_off", "elderly_alone", "released")
_numbers = count(1)


@dataclass
class Family:
    """The rows of one place, by model."""

    words: Words
    place: Place = field(repr=False)
    community: Community = field(repr=False)
    rows: dict[type[Model], list[Any]] = field(default_factory=dict, repr=False)

    def add(self, *rows: Any) -> Any:
        for row in rows:
            self.rows.setdefault(type(row), []).append(row)
        return rows[0]

    def of(self, label: str) -> list[Any]:
        """Its rows of a model, named "app.model"; a proxy has those of what it stands for."""
        model = apps.get_model(label)
        return self.rows.get(model) or self.rows.get(model._meta.concrete_model, [])


@dataclass
class World:
    """All of it, and who looks on: by name, with the families each must never hear of."""

    own: Family
    near: Family
    far: Family
    viewers: dict[str, User | None] = field(default_factory=dict)
    blind_to: dict[str, tuple[Words, ...]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)  # of those who are programs

    def viewer(self, name: str, account: User | None, *blind_to: Words) -> None:
        self.viewers[name], self.blind_to[name] = account, blind_to

    def strange_to(self, name: str) -> list[Family]:
        """The families a viewer must never hear of."""
        return [family for family in (self.own, self.near, self.far) if family.words in self.blind_to[name]]

    def strange_rows(self, name: str, label: str, most: int) -> list[Any]:
        """So many rows of each strange family; not those that lie in one's own place as well, as who serves in both."""
        strange = self.strange_to(name)
        own = set() if self.own in strange else {row.pk for row in self.own.of(label)}
        return [
            row
            for family in strange
            for row in few([found for found in family.of(label) if found.pk not in own], most)
        ]

    def scope(self, name: str) -> Scope:
        account = self.viewers[name]
        return scope_for(account, today=NOW.date()) if account else Scope.NOTHING


def few(rows: list[Any], most: int) -> list[Any]:
    """The first and the last of many."""
    if len(rows) <= most:
        return list(rows)
    half = most // 2
    return [*rows[: most - half], *(rows[-half:] if half else [])]


@contextmanager
def savepoint() -> Iterator[None]:
    """What happens inside is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def build() -> World:
    """Make the world inside the transaction that is open."""
    ours, theirs = community("江岸里社区"), community(FAR.text("社区"), staffed=False)
    _rename(ours, theirs)
    for made in (ours, theirs):
        rules_ship(community=made.place, now=NOW)  # rules are rows that pages lead to
    own = Family(OWN, ours.building, ours)
    near = Family(NEAR, ours.buildings[-1], ours)
    far = Family(FAR, theirs.building, theirs)
    for family in (own, near, far):
        _settle(family)
    _cross(own, near)
    sweep_at(NOW)
    for family in (own, near, far):
        _tell(family)
        _collect(family)
        complete(family, NOW)
    world = World(own, near, far)
    invite(world, NOW)
    return world


def _rename(ours: Community, theirs: Community) -> None:
    """The other 苑区 of our community, and every place of the foreign one, are called by their families' words."""
    near = [ours.quarters[1], *ours.precincts[2:], *ours.buildings[4:]]
    for words, places in ((NEAR, near), (FAR, [*theirs.quarters, *theirs.precincts, *theirs.buildings])):
        for place in places:
            ending = {Level.QUARTER: "苑", Level.PRECINCT: "片区", Level.BUILDING: "栋"}[Level(place.level)]
            place_change(place=place, name=f"{words.name()}{ending}", remark=words.text("备注"))
            place.refresh_from_db()
    place_change(place=ours.building, name=f"{OWN.name()}栋", remark=OWN.text("备注"))
    ours.building.refresh_from_db()


def _settle(family: Family) -> None:
    cadres = _posts(family)
    first, *others = CARE
    person_of(family, first, cadres[0])
    gone_from(family)  # neither the first nor the last, whom tests take as they come
    for code in others:
        person_of(family, code, cadres[0])
    _incident(family, cadres)
    volunteering(family, cadres)
    repairing(family, cadres)
    gathered(family, cadres, NOW)
    _office(family)
    from_phones(family, NOW)
    asking(family, NOW)
    if family.words is FAR:
        programs(family, NOW)
        playing(family, NOW)


def _account(words: Words, role: Role = Role.CADRE) -> User:
    number = next(_numbers)
    name = f"{words.account}{in_words(number)}"
    return user(
        f"{words.latin}{number}", role=role, name=name, phone=f"{words.account_phone}{number:07d}"[:11]
    )


def _cadre(family: Family, *, with_account: bool = False) -> Cadre:
    words = family.words
    account = _account(words) if with_account else None
    return family.add(
        cadre_create(
            community=family.community.place, name=words.name(), phone=words.new_phone(), user=account
        )
    )


def _posts(family: Family) -> list[Cadre]:
    """Six posts of the building under the family's names, the branch above, a cover, an organisation."""
    cadres = [_cadre(family, with_account=at == 0) for at in range(len(BUILDING_POSTS))]
    yesterday = NOW.date() - timedelta(days=30)
    held = []
    for post, cadre in zip(BUILDING_POSTS, cadres, strict=True):
        for former in Appointment.objects.filter(place=family.place, post=post, ended_on=None):
            appointment_end(appointment=former, ended_on=yesterday, end_reason="resigned")
        if post == Post.HEALTH_WORKER:
            continue  # vacant ever since
        held.append(
            family.add(
                appointment_start(
                    cadre=cadre, post=post, place=family.place, started_on=yesterday + timedelta(days=1)
                )
            )
        )
    stand_in = _cadre(family)
    family.add(
        cover_start(
            appointment=held[-1],
            stand_in=stand_in,
            from_on=NOW.date(),
            until_on=NOW.date() + timedelta(days=9),
            reason=family.words.text("住院"),
        )
    )
    organisation = organisation_create(
        community=family.community.place,
        kind=OrganisationKind.GROUP if family.words is not FAR else OrganisationKind.COMMITTEE,
        name=family.words.text("党组织"),
        places=[family.place],
    )
    family.add(organisation)
    return cadres


def _incident(family: Family, cadres: list[Cadre]) -> None:
    words = family.words
    for closed in (True, False):
        incident = incident_report(
            building=family.place,
            kind="emergency",
            occurred_at=EARLIER,
            summary=words.text("水管爆裂"),
            now=EARLIER,
            reported_by=cadres[0].user,
        )
        family.add(
            arrival_stamp(
                incident=incident, post=Post.BUILDING_HEAD, arrived_at=EARLIER, now=EARLIER, cadre=cadres[1]
            )
        )
        if closed:
            incident_close(incident=incident, result=words.text("已修好"), now=EARLIER + timedelta(hours=1))
        family.add(Incident.objects.get(pk=incident.pk))


def _office(family: Family) -> None:
    """Whoever works for the place, his grant, his uploads, the trail."""
    words, place = family.words, family.community.place
    clerk = _account(words, Role.OFFICE)
    clerk.is_staff = True
    clerk.save()
    family.add(clerk)
    family.add(place_grant_give(user=clerk, place=family.place, now=NOW, by=None))
    family.add(
        SavedFilter.objects.create(
            user=clerk, listed="desk:duties", query="state=overdue", name=words.text("筛选")
        )
    )
    place_code_renew(place=family.place, by=clerk, now=NOW)  # a public address is no place for words
    run = ImportRun.objects.create(
        kind="care",
        community=place,
        community_name=place.name,
        user=clerk,
        file_name=words.text("台账.xlsx"),
        state=State.READY,
        message=words.text("说明"),
        titles=[[words.text("列"), ""]],
        rejections=[
            {
                "sheet": words.text("表"),
                "row": 3,
                "column": "姓名",
                "reason": "x",
                "message": words.text("格"),
            }
        ],
        created_at=NOW,
        rows=2,
        accepted=1,
    )
    family.add(run)
    ImportFile.keep(run, Purpose.UPLOAD, words.text("内容").encode())
    ImportFile.keep(run, Purpose.ERRORS, words.text("错误表").encode())
    if words is FAR:
        family.add(
            ColumnMapping.objects.create(
                community=place, kind="care", title_key=words.text("列名"), field="name"
            )
        )
    family.add(
        audit_event_record(
            now=NOW,
            user=clerk,
            action=Action.REVEAL,
            object_type="residents.resident",
            object_id=str(family.rows[Resident][0].pk),
            community_id=place.pk,
            reason=words.text("原因"),
        )
    )


def _cross(own: Family, near: Family) -> None:
    """Who has moved from one building into the other leaves his past behind; a cadre serves in both."""
    for here, there in ((own, near), (near, own)):
        name = OWN.name()
        household = flat_of(here.place, "1", here.words.text("室"))
        person = resident_create(household=household, name=name, now=EARLIER, phone=here.words.new_phone())
        old = care_record_start(
            resident=person,
            category=category("hardship"),
            started_on=EARLIER.date(),
            now=EARLIER,
            notes=here.words.text("病情"),
        )
        visitor = here.rows[Cadre][0]
        visit(person, "2026-03-02T10:00", visitor=visitor, visitor_name="", notes=here.words.text("情况"))
        care_record_end(
            care_record=old, ended_on=moment("2026-03-04T09:00").date(), end_reason="recovered", now=NOW
        )
        care_record_start(
            resident=person, category=category("elderly_alone"), started_on=EARLIER.date(), now=EARLIER
        )
        home = flat_of(there.place, "2", there.words.text("室"))
        resident_relocate(resident=person, to_household=home, now=NOW)
        resident_change(
            resident=Resident.objects.get(pk=person.pk),
            phone=there.words.new_phone(),
            id_number=there.words.new_id_number(),
            notes=there.words.text("备注"),
            outside_address=there.words.text("住址"),
        )
    both = cadre_create(community=own.community.place, name=OWN.name(), phone=OWN.new_phone())
    for place in (own.place, near.place):
        held = Appointment.objects.get(place=place, post=Post.CULTURE_WORKER, ended_on=None)
        appointment_end(appointment=held, ended_on=NOW.date() - timedelta(days=9), end_reason="resigned")
        appointment_start(
            cadre=both,
            post=Post.CULTURE_WORKER,
            place=place,
            started_on=NOW.date() - timedelta(days=8),
        )
    # a building that stood in the other 苑区 until last year
    moved = place_create(level=Level.BUILDING, name="补建楼栋", parent=near.community.precincts[3])
    place_move(place=moved, to_parent=own.community.precincts[0], moved_on=date(2025, 1, 1))
    own.add(Place.objects.get(pk=moved.pk))


def _tell(family: Family) -> None:
    """Mails owed and notices seen, of events that reached somebody of the family."""
    events = DutyEvent.objects.filter(duty__place=family.place, told_cadre__isnull=False).order_by("pk")
    first = events[0]
    owed = {"next_attempt_at": NOW, "last_failure": family.words.text("失败")}
    NoticeDelivery.objects.update_or_create(event=first, cadre=first.told_cadre, defaults=owed)
    NoticeSeen.objects.get_or_create(event=events[1], defaults={"seen_at": NOW})
    _message(family)
    _act(family)


def _message(family: Family) -> None:
    """An incident's message to somebody of the family, which did not arrive, so that he was called."""
    channel, _ = Channel.objects.get_or_create(community=family.community.place, kind="wecom")
    message = Message.objects.filter(place=family.place, matter="incident").order_by("pk")[0]
    Dispatch.objects.get_or_create(
        message=message, channel=channel, defaults={"last_failure": family.words.text("失败")}
    )
    Call.objects.get_or_create(message=message, by=family.rows[Cadre][0].user, at=NOW)


def _act(family: Family) -> None:
    """What was done about a duty: a note by the one who visits, and a stand-in asked for, each with its words."""
    leader, head = family.rows[Cadre][:2]
    duty = Duty.objects.filter(place=family.place, accountable_post=Post.BUILDING_HEAD).filter(
        outcome__in=RUNNING
    )[0]
    family.add(duty_note(duty=duty, by=leader.user, cadre=head, words=family.words.text("意见"), now=NOW))
    family.add(
        DutyAction.objects.create(
            duty=duty,
            community_id=duty.community_id,
            place=family.place,
            kind=DutyActionKind.STAND_IN,
            by_user=leader.user,
            by_cadre=leader,
            rung=1,
            post=Post.PARTY_GROUP_LEADER,
            words=family.words.text("住院"),
            at=NOW,
            stand_in=family.rows[Cadre][2],
            from_on=NOW.date(),
            until_on=NOW.date() + timedelta(days=3),
        )
    )


def _collect(family: Family) -> None:
    """Every row that lies in the family's place belongs to it, whichever service made it."""
    inside = Scope(paths=frozenset({_reach(family).path}))
    for model in apps.get_models():
        if hasattr(model, "place_lookup") and not model._meta.proxy:
            known = {row.pk for row in family.rows.get(model, [])}
            for row in model._default_manager.within(inside).exclude(pk__in=known).order_by("pk")[:40]:
                family.add(row)


def _reach(family: Family) -> Place:
    """The part of the tree that is called by the family's words."""
    return {OWN: family.place, NEAR: family.community.quarters[1], FAR: family.community.place}[family.words]
