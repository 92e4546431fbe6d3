"""What hangs on the boards: the posts of today, and of each only what its holder lets be read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from boards.models import BoardCode, DutyLine, PublishedContact
from buildings.choices import Level
from buildings.models import Place
from buildings.scope import Scope
from buildings.selectors import TREE_ORDER
from cadres.choices import BUILDING_POSTS, Post
from cadres.ladder import Holder, Ladder
from cadres.models import Cadre


@dataclass(frozen=True, slots=True)
class BoardLine:
    """One post: who holds it today, or stands in; "" where it is vacant, or where no contact was agreed to."""

    post: str
    label: str
    cadre_id: int | None
    name: str
    contact: str
    is_cover: bool


@dataclass(frozen=True, slots=True)
class Board:
    """What hangs in one building."""

    building: Place
    community: str
    group: str  # the party group, under its leader's name
    lines: Sequence[BoardLine]
    duty_line: str

    @property
    def place_name(self) -> str:
        """怡康苑 205栋: without the 片区, which nobody who lives there uses."""
        quarter = self.building.parent.parent if self.building.parent else None
        return f"{quarter.name} {self.building.name}" if quarter else self.building.name


def buildings_below(scope: Scope, place: Place | None = None) -> QuerySet[Place]:
    """The standing buildings of a scope, or of a place in it, as one reads the tree."""
    found = Place.objects.within(scope).standing().filter(level=Level.BUILDING)
    if place is not None:
        found = found.filter(path__startswith=place.path)
    return found.select_related("parent__parent", "community").order_by(*TREE_ORDER)


def boards_of(buildings: Iterable[Place], today: date) -> list[Board]:
    """Their boards as of today. Six queries for any number; buildings come with parent__parent and community."""
    buildings = list(buildings)
    ladder = Ladder.load(building.pk for building in buildings)
    held = {building.pk: _holders(ladder, building.pk, today) for building in buildings}
    contacts = contacts_of({one.cadre_id for posts in held.values() for one in posts.values() if one})
    communities = {building.community_id for building in buildings}
    lines = dict(DutyLine.objects.filter(community__in=communities).values_list("community", "phone"))
    return [
        Board(
            building=building,
            community=building.community.name,
            group=_group(held[building.pk]),
            lines=[_line(post, held[building.pk][post], contacts) for post in BUILDING_POSTS],
            duty_line=lines.get(building.community_id, ""),
        )
        for building in buildings
    ]


def _holders(ladder: Ladder, building_id: int, today: date) -> dict[Post, Holder | None]:
    """Who holds each post; the group's leader may be an organisation's, as he is for the ladder."""
    leader = ladder.rung_holder(building_id, 1, today, "")
    return {
        post: leader if post == Post.PARTY_GROUP_LEADER else ladder.holder(building_id, post, today)
        for post in BUILDING_POSTS
    }


def _group(held: dict[Post, Holder | None]) -> str:
    leader = held[Post.PARTY_GROUP_LEADER]
    return f"{leader.cadre_name}党小组" if leader else ""


def _line(post: Post, holder: Holder | None, contacts: dict[int, str]) -> BoardLine:
    if holder is None:
        return BoardLine(post, post.label, None, "", "", is_cover=False)
    contact = contacts.get(holder.cadre_id, "")
    return BoardLine(post, post.label, holder.cadre_id, holder.cadre_name, contact, is_cover=holder.is_cover)


def contacts_of(cadre_ids: Iterable[int]) -> dict[int, str]:
    """The numbers that cadres have agreed to publish and still have. One query."""
    agreed = PublishedContact.objects.filter(cadre__in=set(cadre_ids), withdrawn_at=None)
    return {
        one.cadre_id: str(one.phone) for one in agreed.select_related("cadre") if one.phone == one.cadre.phone
    }


def agreed_contact(cadre: Cadre) -> PublishedContact | None:
    """What a cadre has agreed to, whether he still has that number or not."""
    return PublishedContact.objects.filter(cadre=cadre, withdrawn_at=None).first()


def holder_on(board: Board, cadre_id: int) -> Cadre | None:
    """Somebody whose name hangs on a board; None for anybody else."""
    if cadre_id not in {line.cadre_id for line in board.lines}:
        return None
    return Cadre.objects.get(pk=cadre_id)


def board_by_code(code: str, today: date) -> Board | None:
    """The board behind a public address; None for one that leads nowhere, as of a building that stands no more."""
    found = BoardCode.objects.filter(code=code, building__closed_on=None)
    row = found.select_related("building__parent__parent", "building__community").first()
    return boards_of([row.building], today)[0] if row else None
