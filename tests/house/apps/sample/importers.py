"""The list of benches: one row a bench."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from sample.models import Bench
from sample.services import bench_create

from baibuting.common.tabular.fields import Field, FieldSet
from baibuting.common.tabular.importing import Intake
from baibuting.common.tabular.report import ImportReport
from buildings.choices import Level
from buildings.models import Place
from buildings.scope import Scope

BENCH_FIELDS = FieldSet(
    kind="benches",
    title="长椅清单",
    fields=(
        Field("building", "楼栋", ("楼栋号",), example="101栋"),
        Field("bench", "长椅", ("长凳",), example="东门长椅"),
    ),
    needed=(("building",), ("bench",)),
)


@transaction.atomic
def benches_import(
    *,
    data: bytes,
    community: Place,
    scope: Scope,
    now: datetime,
    mapping: Any,
    progress: Any = None,
    **_: Any,
) -> ImportReport:
    """Put up the benches of a list. Raises TabularError where it cannot be read."""
    intake = Intake(data, BENCH_FIELDS, mapping, progress)
    buildings = Place.objects.within(scope).filter(community=community, level=Level.BUILDING)
    by_name = {building.name: building for building in buildings}
    for given in intake.rows():
        building = by_name.get(str(given.cell("building")))
        if building is None:
            given.refuse("building", "unknown_place", "没有这栋楼。请核对楼栋清单。")
            continue
        bench = bench_create(place=building, name=str(given.cell("bench")), now=now)
        intake.report.note_created(Bench._meta.label, bench.pk)
        intake.report.accepted += 1
        intake.report.count("长椅", created=1)
    return intake.finish()
