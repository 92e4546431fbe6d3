"""The office's own four rosters go in with exactly the counts and rejections that are expected."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from baibuting.common.tabular.report import ImportReport
from buildings.choices import Level
from buildings.models import Place
from cadres.models import Appointment, Cadre
from duties.models import Duty, DutyClock
from residents.models import CareRecord, Household, Resident
from tests.factories import live_for_ever
from tests.rosters.tables import FOLDER, load, refused
from visits.models import Visit

EXPECTED: dict[str, dict[str, Any]] = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))
FILES = ("楼栋清单.xlsx", "两长四员花名册.xls", "五必访对象台账.xlsx", "走访记录.csv")
TABLES = (Place, Cadre, Appointment, Household, Resident, CareRecord, DutyClock, Duty, Visit)

pytestmark = pytest.mark.django_db


def everything() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table an import may write, values and all."""
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in TABLES}


@pytest.fixture(scope="module")
def _reports(django_db_setup: Any, django_db_blocker: Any) -> Iterator[dict[str, ImportReport]]:
    with django_db_blocker.unblock(), transaction.atomic():
        places = {FILES[0]: load("places", FILES[0])}
        live_for_ever()
        yield places | {name: load(EXPECTED[name]["kind"], name) for name in FILES[1:]}
        transaction.set_rollback(True)


@pytest.fixture
def reports(_reports: dict[str, ImportReport], db: None) -> dict[str, ImportReport]:
    """All four of them, imported once; what a test changes is taken back."""
    return _reports


def test_it_works(reports: dict[str, ImportReport]) -> None:
    for name, report in reports.items():
        said = [(one["row"], one["column"], one["reason"]) for one in EXPECTED[name]["rejected"]]
        assert refused(report) == said, name
    places, cadres, care, visits = (reports[name] for name in FILES)
    assert (
        places.accepted
        == EXPECTED["楼栋清单.xlsx"]["accepted"]
        == Place.objects.filter(level=Level.BUILDING).count()
    )
    assert cadres.created == EXPECTED["两长四员花名册.xls"]["posts_filled"] == Appointment.objects.count()
    assert cadres.vacant == EXPECTED["两长四员花名册.xls"]["posts_vacant"]
    assert care.accepted == EXPECTED["五必访对象台账.xlsx"]["accepted_rows"]
    assert care.created == EXPECTED["五必访对象台账.xlsx"]["care_records"] == CareRecord.objects.count()
    assert visits.accepted == EXPECTED["走访记录.csv"]["accepted_rows"] == Visit.objects.count()


def test_sent_again_they_change_nothing(reports: dict[str, ImportReport]) -> None:
    before = everything()
    for name in FILES:
        again = load(EXPECTED[name]["kind"], name)
        first = reports[name]
        assert (again.created, again.updated, again.unchanged) == (0, 0, first.created), name
        assert (again.rows, again.accepted, refused(again)) == (first.rows, first.accepted, refused(first))
    assert everything() == before


def test_every_message_is_a_sentence_without_what_the_cell_holds(reports: dict[str, ImportReport]) -> None:
    for report in reports.values():
        for one in report.rejected:
            assert one.message.endswith("。")
            assert not any(digits in one.message for digits in ("1990875925", "429999"))


def test_names_go_in_whole(reports: dict[str, ImportReport]) -> None:
    names = set(Resident.objects.values_list("name", flat=True))
    assert {"迪丽努尔·买买提", "阿依古丽·艾合买提", "王䶮", "李𬭊", "𠮷田洋"} <= names
