"""Reconciling party organisations with a roster: what they cover, to whom they report, who their secretaries are."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date

from django.core.exceptions import ValidationError

from baibuting.common.names import normalise_name
from baibuting.common.tabular.importing import RowInput
from baibuting.common.tabular.problems import CellError
from baibuting.common.tabular.report import ImportReport
from baibuting.common.tabular.text import compact
from buildings.directory import PlaceDirectory
from buildings.models import Place
from buildings.scope import Scope
from buildings.selectors import path_ids
from cadres.choices import ORGANISATION_POSTS, POST_LEVELS, OrganisationKind, Post
from cadres.importers.organisations import Organisations, full_name
from cadres.importers.party_reading import Part
from cadres.importers.reading import PostEntry
from cadres.importers.writing import RosterWriter
from cadres.models import PartyOrganisation
from cadres.services import organisation_change, organisation_create

ORGANISATIONS = "个党组织"
_NAMED_PLACES = 5  # so many places are named in a sentence
_Seat = tuple[int | None, int | None, str]
"""Organisation, or else place; and post."""


class PartyWriter:
    """Writes organisations and their secretaries through the services; what a row leaves out stays as it is."""

    def __init__(
        self,
        directory: PlaceDirectory,
        report: ImportReport,
        today: date,
        scope: Scope,
        corrections: Collection[str] = (),
    ) -> None:
        self.directory, self.report, self.today, self.scope = directory, report, today, scope
        self.community = directory.community
        self.known = Organisations(self.community)
        self.posts = RosterWriter(self.community, report, today, corrections)
        self.outcomes: dict[int, str] = {}  # of each organisation of the file: created, updated or unchanged
        self.named: dict[_Seat, PostEntry] = {}

    def write_row(self, given: RowInput, parts: Sequence[Part]) -> bool:
        """Write the organisations of a row and their secretaries. Return whether any of the row was accepted."""
        is_written = False
        entries: list[PostEntry] = []
        for part in parts:
            organisation = self._organisation(part)
            if part.name and organisation is None:
                continue  # refused
            is_written |= bool(part.name)
            entries += self._entries(part, organisation)
        is_appointed = bool(entries) and self.posts.write_row(given, entries)
        return is_written or is_appointed or not given.problems

    def finish(self) -> None:
        """Count each organisation once, however many rows name it."""
        for outcome in self.outcomes.values():
            self.report.count(ORGANISATIONS, **{outcome: 1})

    # --- the organisation

    def _organisation(self, part: Part) -> PartyOrganisation | None:
        """Return a part's organisation, created or brought in line; None where the row names none, or it is refused."""
        try:
            found = self._found(part)
            if not part.name:
                return found
            if self._is_refused(part, found):
                return None
            return self._create(part) if found is None else self._bring_in_line(part, found)
        except CellError as error:
            part.given.refuse(part.keys.name, error.reason, error.message)
        except ValidationError as error:
            part.given.refuse(part.keys.name, "refused", "；".join(error.messages))
        return None

    def _found(self, part: Part) -> PartyOrganisation | None:
        """Return the organisation a row names, or else the one that covers its only place."""
        if not part.name:
            return self.known.covering(part.kind, part.places[0]) if len(part.places) == 1 else None
        name = full_name(part.name, part.quarter)
        found = self.known.find(part.kind, name)
        if found is None and name != compact(part.name):
            # registered by hand as 第一党支部: the same where it lies in this quarter
            bare = self.known.find(part.kind, part.name)
            if bare is not None and any(self._is_in(part.quarter, place) for place in bare.places.all()):
                return bare
        return found

    def _is_in(self, quarter: Place | None, place: Place) -> bool:
        return quarter is not None and place.path.startswith(quarter.path)

    def _is_refused(self, part: Part, found: PartyOrganisation | None) -> bool:
        """Refuse places of another organisation of the kind, and organisations outside the scope."""
        for place in part.places:
            other = self.known.covering(part.kind, place)
            if other is not None and other != found:
                part.given.refuse(
                    part.place_key,
                    "other organisation",
                    f"{place.name}已由{other.name}覆盖，一处同一级只属一个党组织。请核对；确要调整，请先在“党组织”里从那里移出。",
                )
                return True
        concerned = list(found.places.all()) if found is not None else part.places
        if not all(self.scope.covers(place.path) for place in concerned or [self.community]):
            part.given.refuse(
                part.keys.name,
                "out of scope",
                "这个党组织的覆盖范围不全在您的工作范围内，请联系社区管理员导入。",
            )
            return True
        return False

    def _create(self, part: Part) -> PartyOrganisation:
        made = organisation_create(
            community=self.community,
            kind=part.kind,
            name=full_name(part.name, part.quarter),
            places=part.places,
            parent=self._superior(part),
        )
        self.outcomes[made.pk] = "created"
        self.report.note_created(made._meta.label_lower, made.pk)
        self._note_places(made, part.places)
        self.known.add(made)
        if not part.places:
            part.given.warn(
                part.place_key,
                "no places",
                "没有写覆盖范围，这个党组织的书记还不在任何楼栋的责任阶梯上。请补上覆盖范围后再导入。",
            )
        return made

    def _bring_in_line(self, part: Part, found: PartyOrganisation) -> PartyOrganisation:
        """Add places and set the superior. Places that a row leaves out stay: who covers them then, no row says."""
        held, superior = list(found.places.all()), self._superior(part)
        new = [place for place in part.places if not any(place.path.startswith(one.path) for one in held)]
        if part.kind is OrganisationKind.COMMITTEE and not part.states_all:
            new = []
        if part.states_all:
            self._warn_of_others(part, [one for one in held if one not in part.places])
        if not new and (superior is None or superior.pk == found.parent_id):
            self.outcomes.setdefault(found.pk, "unchanged")
            return found
        former = found.parent
        changed = organisation_change(
            organisation=found, name=found.name, parent=superior or former, places=[*held, *new]
        )
        self._report_changes(part, changed, former, new)
        return self.known.renewed(changed)

    def _warn_of_others(self, part: Part, others: Sequence[Place]) -> None:
        if others:
            named = "、".join(place.name for place in others[:_NAMED_PLACES])
            part.given.warn(
                part.place_key,
                "other places",
                f"系统里登记的覆盖范围还有{named}{'等' if len(others) > _NAMED_PLACES else ''}，没有改动。不再覆盖的，请在“党组织”里移出。",
            )

    def _report_changes(
        self, part: Part, changed: PartyOrganisation, former: PartyOrganisation | None, new: Sequence[Place]
    ) -> None:
        if self.outcomes.get(changed.pk) != "created":
            self.outcomes[changed.pk] = "updated"
        if changed.parent != former:
            before = {"parent_id": former.pk if former else None}
            self.report.note_changed(changed._meta.label_lower, changed.pk, before)
            names = (one.name if one else "" for one in (former, changed.parent))
            self.report.changes.append(part.given.change("parent", changed.name, *names))
        if new:
            self._note_places(changed, new)
            named = "、".join(place.name for place in new)
            self.report.changes.append(part.given.change(part.place_key, changed.name, "", f"增加{named}"))

    def _note_places(self, organisation: PartyOrganisation, places: Sequence[Place]) -> None:
        rows = PartyOrganisation.places.through.objects.filter(
            partyorganisation=organisation, place__in=places
        )
        for row in rows.order_by("pk"):
            self.report.note_created(row._meta.label_lower, row.pk)

    def _superior(self, part: Part) -> PartyOrganisation | None:
        """Return the superior that a row names; None, with a warning, for one that is unknown."""
        if not part.parent:
            return None
        found = self.known.above(part.parent, part.kind)
        if found is None:
            part.given.warn(
                "parent",
                "unknown superior",
                "没有找到这个上级党组织，这一格没有采用，其余已采用。请核对名称，或在表里加上它的一行。",
            )
        return found

    # --- its secretary

    def _entries(self, part: Part, organisation: PartyOrganisation | None) -> Iterator[PostEntry]:
        """Yield the posts of a part: the secretary's of the organisation, or of each place where the row names none."""
        if part.said is None:
            return
        post = ORGANISATION_POSTS[part.kind]
        seats = [(organisation, self._home(organisation, post))] if organisation else [
            (self.known.covering(part.kind, place), place) for place in part.places
        ]  # fmt: skip
        for body, place in seats:
            entry = PostEntry(
                part.given, part.keys.secretary, part.keys.phone, post, place, part.said.name, part.said.phone,
                says_vacant=part.said.is_vacant,
                started_on=part.started_on,
                period=part.period,
                is_party_member=part.is_party_member,
                warning=part.said.warning,
                organisation=body,
                start_key=part.keys.started_on,
            )  # fmt: skip
            if self._is_news(entry):
                self._warn_of_double(entry)
                yield entry

    def _is_news(self, entry: PostEntry) -> bool:
        """Return whether a row says more of a seat than a former one; refuse what contradicts it (merged cells repeat)."""
        body = entry.organisation
        seat = (body.pk, None, entry.post) if body else (None, entry.place.pk, entry.post)
        first = self.named.get(seat)
        if first is None or not (entry.name or entry.says_vacant):
            if first is None and (entry.name or entry.says_vacant):
                self.named[seat] = entry
            return first is None
        is_same = normalise_name(entry.name) == normalise_name(first.name)
        phones, days = {entry.phone, first.phone} - {""}, {entry.started_on, first.started_on} - {None}
        if not is_same or len(phones) > 1 or len(days) > 1:
            key = entry.name_key if not is_same else entry.phone_key if len(phones) > 1 else entry.start_key
            entry.given.refuse(
                key,
                "contradiction",
                f"与第 {first.given.row.number} 行写的同一个书记不一致，没有采用这一行的。请核对，两行写成一样。",
            )
            return False
        return bool((entry.phone and not first.phone) or (entry.started_on and not first.started_on))

    def _warn_of_double(self, entry: PostEntry) -> None:
        """Warn of a secretary who holds the same post at a place without an organisation: the ladder passes them by."""
        for place in entry.organisation.places.all() if entry.organisation else ():
            if self.posts.lines.of(place, entry.post).on(self.today) is not None:
                entry.given.warn(
                    entry.name_key,
                    "held at place",
                    f"{place.name}另登记有一名没有写党组织的{Post(entry.post).label}。责任阶梯以党组织的书记为准，重复的请在“任职”里办理离任。",
                )

    def _home(self, organisation: PartyOrganisation, post: Post) -> Place:
        """Return where the secretary is listed: as before, else what all places have in common, at the post's level."""
        former = self.posts.lines.of(self.community, post, organisation).all
        if former and former[-1].place_id in self.directory.by_id:
            return self.directory.by_id[former[-1].place_id]
        paths = [path_ids(place.path) for place in organisation.places.all()]
        common = [pk for pk in paths[0] if all(pk in path for path in paths)] if paths else []
        return self.directory.by_id.get(next(reversed(common[: POST_LEVELS[post]]), 0), self.community)
