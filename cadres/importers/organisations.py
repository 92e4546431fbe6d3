"""The party organisations of a community by the names offices write, and of which kind a text says one is."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from baibuting.common.tabular.problems import CellError
from baibuting.common.tabular.text import compact, says_nothing, without_brackets
from buildings.addresses import area_key, written
from buildings.models import Place
from cadres.choices import ORGANISATION_POSTS, OrganisationKind, Post
from cadres.models import PartyOrganisation

ORDER = {kind: place for place, kind in enumerate(OrganisationKind)}  # the highest first
KIND_BY_POST: dict[Post, OrganisationKind] = {post: kind for kind, post in ORGANISATION_POSTS.items()}
_SPOKEN = {
    OrganisationKind.GENERAL_BRANCH: r"党?总支部?(?:委员会)?",
    OrganisationKind.BRANCH: r"党?支部(?:委员会)?",
    OrganisationKind.GROUP: r"党?小组",
    OrganisationKind.COMMITTEE: r"党工?委|(?:党的?)?委员会",
}
_LEVELS = {
    "社区": OrganisationKind.COMMITTEE,
    "苑区": OrganisationKind.GENERAL_BRANCH,
    "小区": OrganisationKind.GENERAL_BRANCH,
    "片区": OrganisationKind.BRANCH,
    "网格": OrganisationKind.BRANCH,
    "楼栋": OrganisationKind.GROUP,
}
_PARTY = re.compile(r"^(?:中国共产党|中共)")
_NUMBERED_ALONE = re.compile(r"第?[\d一二三四五六七八九十]+(?:片区?|网格)?(?:党?支部(?:委员会)?|党?小组)")


def kind_in_name(name: str) -> OrganisationKind | None:
    """Return the kind that an organisation's name ends with: 康和党总支 → 总支; None for none, as for 居民委员会."""
    text = compact(without_brackets(name))
    kind = next((kind for kind, spoken in _SPOKEN.items() if re.search(f"(?:{spoken})$", text)), None)
    return None if kind is OrganisationKind.COMMITTEE and not re.search("党|中共", text) else kind


def kind_in_cell(text: str) -> OrganisationKind | None:
    """Return the kind that a cell names, by its word or its level: 二级党总支, 苑区级; None for none."""
    said = compact(text)
    spoken = next((kind for kind, words in _SPOKEN.items() if re.search(words, said)), None)
    return spoken or next((kind for level, kind in _LEVELS.items() if said.startswith(level)), None)


def full_name(name: str, quarter: Place | None) -> str:
    """Return a name that tells an organisation from its namesakes: 第一党支部 of a quarter begins with the quarter's."""
    text = compact(name)
    return f"{quarter.name}{text}" if quarter is not None and _NUMBERED_ALONE.fullmatch(text) else text


class Organisations:
    """The organisations of one community with the places they cover. Two queries, then plain Python."""

    def __init__(self, community: Place) -> None:
        self.community = community
        self._by_key: dict[tuple[str, str], list[PartyOrganisation]] = defaultdict(list)
        self._covering: dict[tuple[str, int], PartyOrganisation] = {}
        found = PartyOrganisation.objects.filter(community=community).select_related("parent")
        for organisation in found.prefetch_related("places").order_by("pk"):
            self.add(organisation)

    def add(self, organisation: PartyOrganisation) -> None:
        """Add an organisation, or the places it covers by now."""
        same = self._by_key[organisation.kind, self._key(organisation.name, organisation.kind)]
        same[:] = [one for one in same if one.pk != organisation.pk] + [organisation]
        for place in organisation.places.all():
            self._covering[organisation.kind, place.pk] = organisation

    def renewed(self, organisation: PartyOrganisation) -> PartyOrganisation:
        """Return a changed organisation as it is by now."""
        found = PartyOrganisation.objects.select_related("parent").get(pk=organisation.pk)
        self.add(found)
        return found

    def find(self, kind: str, name: str) -> PartyOrganisation | None:
        """Return the organisation of that name, spelt as here or otherwise (中共…总支部委员会); None for none.

        Raises CellError where several could be meant.
        """
        same = self._by_key.get((kind, self._key(name, kind)), [])
        exactly = [one for one in same if one.name == compact(name)]
        if len(same) > 1 and not exactly:
            raise CellError(
                "ambiguous organisation", "系统里有几个党组织都可以这样写，请按系统里的名称写明。"
            )
        return next(iter(exactly or same), None)

    def above(self, name: str, kind: OrganisationKind) -> PartyOrganisation | None:
        """Return the organisation of that name that may be superior to one of this kind; None for none."""
        higher = [one for one in OrganisationKind if ORDER[one] < ORDER[kind]]
        return next((found for one in higher if (found := self.find(one, name)) is not None), None)

    def covering(self, kind: str, place: Place) -> PartyOrganisation | None:
        """Return the organisation of a kind that covers this very place; None for none."""
        return self._covering.get((kind, place.pk))

    def of_post(self, post: Post, name: str, place: Place) -> PartyOrganisation | None:
        """Return whose secretary a post at a place is: of the organisation named, or the one that covers the place.

        None for the post of the place itself, as for every post that is no secretary's. Raises CellError.
        """
        kind = KIND_BY_POST.get(post)
        if kind is None:
            return None
        named = None if says_nothing(name) else self.find(kind, name)
        if named is None and kind is not OrganisationKind.GROUP:
            named = self.covering(kind, place)
        return named

    def _key(self, name: str, kind: str) -> str:
        """Return what a name says beside its kind and the community: 中共百步亭社区第一支部委员会 → 1."""
        text = _PARTY.sub("", written(name))
        text = re.sub(f"(?:{_SPOKEN[OrganisationKind(kind)]})$", "", text)
        for prefix in self._communitys_names():
            if text.startswith(prefix):
                return area_key(text.removeprefix(prefix))
        return area_key(text)

    def _communitys_names(self) -> Iterator[str]:
        name = written(self.community.name)
        yield from (name, "本社区", "社区")
