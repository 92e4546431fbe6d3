"""Whatever dated rosters come in, in whatever order: the holder of a day is who began last among those taken."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from cadres.models import Appointment, Cadre
from tests.factories import community
from tests.rosters.tables import NOW, csv_of, load

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
HEAD = ("苑区", "片区", "楼栋", "姓名", "职务", "联系电话", "任职日期")
ROSTERS = st.lists(st.tuples(st.sampled_from("赵钱孙李周"), st.integers(-40, 40)), min_size=1, max_size=6)


def send(surname: str, days: int) -> bool:
    """Whether the roster was taken without a word."""
    started_on = TODAY + timedelta(days=days)
    row = ("怡康苑", "第一片区", "101栋", f"{surname}平", "楼栋长", "", started_on.isoformat())
    report = load("cadres", csv_of(HEAD, row))
    return not report.rejected and not report.warned


def holder(on: date) -> str:
    rows = Appointment.objects.filter(started_on__lte=on).exclude(ended_on__lt=on).select_related("cadre")
    names = [row.cadre.name for row in rows]
    assert len(names) <= 1
    return names[0] if names else ""


def everything() -> list[object]:
    return [list(model.objects.order_by("pk").values()) for model in (Cadre, Appointment)]  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def home() -> None:
    community(staffed=False)


@settings(max_examples=20, deadline=None)
@given(rosters=ROSTERS)
def test_the_latest_start_counts(rosters: list[tuple[str, int]]) -> None:
    with transaction.atomic():
        taken: list[tuple[date, str]] = []
        accepted: list[tuple[str, int]] = []
        for surname, days in rosters:
            before, present = holder(TODAY), everything()
            if send(surname, days):
                accepted.append((surname, days))
                taken.append((TODAY + timedelta(days=days), f"{surname}平"))
            else:
                assert everything() == present
            if days > 0:
                assert holder(TODAY) == before
        for offset in range(-41, 42):
            day = TODAY + timedelta(days=offset)
            begun = [(start, order) for order, (start, _) in enumerate(taken) if start <= day]
            assert holder(day) == (taken[max(begun)[1]][1] if begun else "")
        after = everything()
        for surname, days in accepted:
            send(surname, days)
        assert everything() == after
        transaction.set_rollback(True)
