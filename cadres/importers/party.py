"""Rosters of party organisations and their secretaries, long or wide; see docs/adr/0114."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction

from accounts.models import User
from baibuting.common.days import local_day
from baibuting.common.tabular.importing import Intake
from baibuting.common.tabular.report import ImportReport, Progress
from buildings.directory import PlaceDirectory
from buildings.models import Place
from buildings.scope import Scope
from cadres.importers.party_fields import PARTY_FIELDS
from cadres.importers.party_reading import PartyReader, rank, shared_quarters
from cadres.importers.party_writing import PartyWriter


@transaction.atomic
def party_import(
    *,
    data: bytes,
    community: Place,
    now: datetime,
    user: User | None,
    mapping: Mapping[str, str],
    progress: Progress | None = None,
    scope: Scope = Scope.EVERYWHERE,
    corrections: Collection[str] = (),
) -> ImportReport:
    """Reconcile the party organisations of a community and their secretaries with a roster.

    Organisations that are not listed stay, and so do places that a row leaves out. Secretaries are reconciled as
    `cadres_import` does it. A refused cell of a secretary leaves the organisation, one of an organisation keeps its
    secretary out. Raises TabularError.
    """
    intake = Intake(data, PARTY_FIELDS, mapping, progress)
    Place.objects.select_for_update(of=("self",)).get(pk=community.pk)
    directory = PlaceDirectory.load(community)
    reader = PartyReader(directory, scope, shared_quarters(intake.tables))
    writer = PartyWriter(directory, intake.report, local_day(now), scope, corrections)
    for given in intake.rows(rank):
        parts = reader.parts(given)
        if parts:
            intake.report.accepted += writer.write_row(given, parts)
    writer.finish()
    return intake.finish()
