"""The contents of the boards: today's posts, and of their holders only what they have agreed to publish."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from baibuting.common.day_labels import day_label
from baibuting.common.masking import mask_phone
from boards.models import DutyLine, PublishedContact
from buildings.choices import Level
from buildings.models import Place, PlaceCode
from buildings.scope import Scope
from buildings.selectors import TREE_ORDER
from cadres.choices import BUILDING_POSTS, RUNG_POSTS, Post
from cadres.ladder import Holder, Ladder
from cadres.models import Appointment, Cadre


@dataclass(frozen=True, slots=True)
class BoardLine:
    """One post: its holder or stand-in today, "" where it is vacant; `contact` is "" without consent.

    `note` says whom a stand-in covers and until when, or who is accountable where the post is vacant.
    """

    post: str
    label: str
    cadre_id: int | None
    name: str
    contact: str
    is_cover: bool
    note: str


@dataclass(frozen=True, slots=True)
class Board:
    """The notice board of one building."""

    building: Place
    community: str
    group: str  # the party group, named after its leader
    lines: Sequence[BoardLine]
    duty_line: str

    @property
    def place_name(self) -> str:
        """Return 怡康苑 205栋: without the 片区, a name that residents do not use."""
        quarter = self.building.parent.parent if self.building.parent else None
        return f"{quarter.name} {self.building.name}" if quarter else self.building.name


def buildings_below(scope: Scope, place: Place | None = None) -> QuerySet[Place]:
    """Return the buildings in use of a scope, or of a place in it, in tree order."""
    found = Place.objects.within(scope).active().filter(level=Level.BUILDING)
    if place is not None:
        found = found.filter(path__startswith=place.path)
    return found.select_related("parent__parent", "community").order_by(*TREE_ORDER)


def boards_of(buildings: Iterable[Place], today: date) -> list[Board]:
    """Return their boards as of today. Six queries for any number; buildings come with parent__parent and community."""
    buildings = list(buildings)
    ladder = Ladder.load(building.pk for building in buildings)
    appointed = _appointments(ladder)
    held = {building.pk: _holders(ladder, building.pk, today) for building in buildings}
    contacts = contacts_of({one.cadre_id for posts in held.values() for one in posts.values() if one})
    communities = {building.community_id for building in buildings}
    lines = dict(DutyLine.objects.filter(community__in=communities).values_list("community", "phone"))
    return [
        Board(
            building=building,
            community=building.community.name,
            group=_group(held[building.pk], appointed),
            lines=[
                _line(post, holder, contacts, appointed, today)
                if (holder := held[building.pk][post])
                else _vacancy(post, ladder, building.pk, today)
                for post in BUILDING_POSTS
            ],
            duty_line=lines.get(building.community_id, ""),
        )
        for building in buildings
    ]


def _holders(ladder: Ladder, building_id: int, today: date) -> dict[Post, Holder | None]:
    """Return the holder of each post; the group's leader may be an organisation's, as on the ladder."""
    leader = ladder.rung_holder(building_id, 1, today)
    return {
        post: leader if post == Post.PARTY_GROUP_LEADER else ladder.holder(building_id, post, today)
        for post in BUILDING_POSTS
    }


def _appointments(ladder: Ladder) -> dict[int, Appointment]:
    """Return every appointment that the ladder has read, by its id."""
    posts = (*ladder.at_place.values(), *ladder.in_organisation.values())
    return {appointment.pk: appointment for found in posts for appointment in found}


def _group(held: dict[Post, Holder | None], appointed: Mapping[int, Appointment]) -> str:
    """Return the group's name: its leader's, even while a stand-in covers."""
    leader = held[Post.PARTY_GROUP_LEADER]
    return f"{appointed[leader.appointment_id].cadre.name}党小组" if leader else ""


def _line(
    post: Post, holder: Holder, contacts: Mapping[int, str], appointed: Mapping[int, Appointment], today: date
) -> BoardLine:
    return BoardLine(
        post=post,
        label=post.label,
        cadre_id=holder.cadre_id,
        name=holder.cadre_name,
        contact=contacts.get(holder.cadre_id, ""),
        is_cover=holder.is_cover,
        note=_cover_note(appointed[holder.appointment_id], today) if holder.is_cover else "",
    )


def _cover_note(appointment: Appointment, today: date) -> str:
    until = max(one.until_on for one in appointment.covers.all() if one.span.holds(one, today))
    return f"代{appointment.cadre.name}，至{day_label(until, today)}"


def _vacancy(post: Post, ladder: Ladder, building_id: int, today: date) -> BoardLine:
    """Return the line of a vacant post: the ladder's next holder by name and post, without a number, as they have
    agreed to nothing here.
    """
    rungs = (ladder.rung_holder(building_id, rung, today) for rung in RUNG_POSTS)
    answers = next((holder for holder in rungs if holder), None)
    note = f"暂由{Post(answers.post).label} {answers.cadre_name} 负责" if answers else ""
    return BoardLine(post, post.label, None, "", "", is_cover=False, note=note)


def contacts_of(cadre_ids: Iterable[int]) -> dict[int, str]:
    """Return the numbers that cadres have agreed to publish and still have, by cadre. One query."""
    agreed = PublishedContact.objects.filter(cadre__in=set(cadre_ids), withdrawn_at=None)
    return {
        one.cadre_id: str(one.phone) for one in agreed.select_related("cadre") if one.phone == one.cadre.phone
    }


def cadre_of(account_id: int | None) -> Cadre | None:
    """Return the cadre of an account; None where it has none."""
    return Cadre.objects.filter(user=account_id).first() if account_id else None


@dataclass(frozen=True, slots=True)
class OwnContact:
    """A cadre's own number on the page 我的: masked, "" where none is registered, and whether it is published."""

    masked: str
    is_published: bool


def own_contact(cadre: Cadre) -> OwnContact:
    """Return a cadre's number of today, and whether it is published. One query."""
    return OwnContact(mask_phone(cadre.phone), is_published=cadre.pk in contacts_of([cadre.pk]))


def board_by_code(code: str, today: date) -> Board | None:
    """Return the board behind a public address; None for an unknown code or a building no longer in use."""
    found = PlaceCode.objects.filter(code=code, place__level=Level.BUILDING, place__closed_on=None)
    row = found.select_related("place__parent__parent", "place__community").first()
    return boards_of([row.place], today)[0] if row else None
