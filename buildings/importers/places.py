"""The import of a list of buildings, one row per building."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction

from accounts.models import User
from baibuting.common.tabular.importing import Intake
from baibuting.common.tabular.report import ImportReport, Progress
from buildings.choices import Level
from buildings.directory import PlaceDirectory
from buildings.importers.collecting import Collected, read_row
from buildings.importers.fields import PLACE_FIELDS
from buildings.importers.writing import UNITS, Writer
from buildings.models import Place
from buildings.scope import Scope
from buildings.services import place_create


@transaction.atomic
def places_import(
    *,
    data: bytes,
    community_name: str,
    now: datetime,
    user: User | None,
    mapping: Mapping[str, str],
    progress: Progress | None = None,
    scope: Scope = Scope.EVERYWHERE,
    corrections: Collection[str] = (),
) -> ImportReport:
    """Update a community's tree from a list of buildings; places that are not listed stay as they are.

    A building listed in another precinct of its quarter is moved there. The community is created where it is missing.
    A row that names several buildings counts for each of them where that is certain, without its counts.
    Returns the report. Raises TabularError where the file cannot be read.
    """
    intake = Intake(data, PLACE_FIELDS, mapping, progress)
    community = Place.objects.filter(level=Level.COMMUNITY, name=community_name).first()
    if community is None:
        community = place_create(level=Level.COMMUNITY, name=community_name)
        intake.report.count(UNITS[Level.COMMUNITY], created=1)
        intake.report.note_created(Place._meta.label_lower, community.pk)
    else:
        intake.report.count(UNITS[Level.COMMUNITY], unchanged=1)
    Place.objects.select_for_update(of=("self",)).get(pk=community.pk)
    directory = PlaceDirectory.load(community)
    rows = [row for given in intake.rows() if (row := read_row(given))]
    writer = Writer(directory, intake, now, user, scope)
    writer.write(Collected(intake, directory, rows).listed())
    return intake.finish()
