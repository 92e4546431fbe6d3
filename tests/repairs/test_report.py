"""维修台账: a month's orders with their days, and the rates of them."""

from __future__ import annotations

from datetime import date

import pytest

from buildings.scope import Scope
from repairs.choices import FundedBy, StepKind
from repairs.selectors import rates_of
from repairs.services import repair_rate
from tests.factories import Community, clerk, community, moment
from tests.repairs.orders import report, step
from tests.reports.asking import made, rows_of

pytestmark = pytest.mark.django_db

NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))
NOW = moment("2026-12-01T09:00")


@pytest.fixture
def home() -> Community:
    home = community()
    order = report(home)
    step(order, StepKind.ACCEPTED, "2026-11-23T15:00")
    step(order, StepKind.FINISHED, "2026-11-27T16:00", cost_yuan=1200, funded_by=FundedBy.PROPERTY)
    step(order, StepKind.PASSED, "2026-11-28T10:00")
    repair_rate(order=order, solved=True, stars=4, now=moment("2026-11-28T11:00"))
    report(home, "2026-11-30T09:00", follows=order, spot="lift", building=home.building)
    return home


def test_it_works(home: Community) -> None:
    sheet = made("repairs", home.place, clerk(home.place), days=NOVEMBER, now=NOW)
    first, second = rows_of(sheet)
    assert (first["部位"], first["情况"], first["进展"]) == ("架空层", "架空层第三级台阶开裂", "已修好")
    assert [first[name] for name in ("报修日期", "受理日期", "派工日期", "完工日期", "验收日期")] == [
        date(2026, 11, 23),
        date(2026, 11, 23),
        "",
        date(2026, 11, 27),
        date(2026, 11, 28),
    ]
    assert (first["金额（元）"], first["资金来源"]) == (1200, "物业费")
    assert second["返修"] == "是"
    assert sheet.summary == "共 2 件；响应率 100%，解决率 —，满意率 —，返修率 100%"


def test_masked_it_says_no_words(home: Community) -> None:
    sheet = made("repairs", home.place, clerk(home.place), days=NOVEMBER, now=NOW, is_full=False)
    assert [row.get("情况", "") for row in rows_of(sheet)] == ["", ""]


def test_another_month_has_none(home: Community) -> None:
    sheet = made(
        "repairs", home.place, clerk(home.place), days=(date(2026, 10, 1), date(2026, 10, 31)), now=NOW
    )
    assert rows_of(sheet) == []


def test_shares_need_five_ratings(home: Community) -> None:
    for stars in (5, 5, 3, 2):
        order = report(home)
        step(order, StepKind.ACCEPTED, "2026-11-24T15:00")
        step(order, StepKind.FINISHED, "2026-11-24T16:00")
        repair_rate(order=order, solved=stars > 2, stars=stars, now=moment("2026-11-24T17:00"))
    rates = rates_of(Scope.EVERYWHERE, NOW)
    assert (rates.solved, rates.content) == ((4, 5), (3, 5))
    assert rates.answered == (1, 5)  # the four were taken up a day late; that of the 30th is open
    assert dict(rates.shown)["满意率"] == "60%"
