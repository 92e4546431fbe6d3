"""Rosters of cadres: wide (one row per building, six posts) or long (one row per appointment)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction

from accounts.models import User
from baibuting.common.days import local_day
from baibuting.common.tabular.importing import Intake
from baibuting.common.tabular.problems import LayoutError
from baibuting.common.tabular.report import ImportReport, Progress
from buildings.directory import PlaceDirectory
from buildings.models import Place
from buildings.scope import Scope
from cadres.choices import BUILDING_POSTS
from cadres.importers.fields import CADRE_FIELDS, name_key_of
from cadres.importers.party import party_import
from cadres.importers.party_fields import PARTY_FIELDS
from cadres.importers.reading import RosterReader
from cadres.importers.writing import RosterWriter

__all__ = ["CADRE_FIELDS", "PARTY_FIELDS", "cadres_import", "party_import"]


@transaction.atomic
def cadres_import(
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
    """Reconcile the posts of a community with a roster.

    A bad cell keeps that one post out, not its neighbours. A name other than the holder's hands the post over on the
    day the roster states, today where it states none; an older roster displaces no holder unless `corrections` holds
    Correction.HOLDERS. A word for "vacant" ends the appointment; a blank cell leaves it as it is. Raises TabularError.
    """
    intake = Intake(data, CADRE_FIELDS, mapping, progress)
    columns = {key for table in intake.tables for key in table.header.columns}
    if "name" not in columns and not columns & {name_key_of(post) for post in BUILDING_POSTS}:
        raise LayoutError(
            "没有找到职务的列。宽表要有楼栋长、卫生员等列，长表要有职务和姓名两列；可以下载模板，照着填写后再导入。",
            recognised=intake.report.recognised,
            unrecognised=intake.report.unrecognised,
            missing=["楼栋长姓名", "职务"],
        )
    today = local_day(now)
    reader = RosterReader(PlaceDirectory.load(community), scope)
    writer = RosterWriter(community, intake.report, today, corrections)
    for given in intake.rows():
        entries = reader.entries(given)
        if not entries and given.problems:
            continue
        intake.report.accepted += writer.write_row(given, entries)
    return intake.finish()
