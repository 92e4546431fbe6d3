"""Reports laid out as rosters are imported again without a change; all others are refused with a sentence."""

from __future__ import annotations

from datetime import date

import pytest

from accounts.models import User
from baibuting.common.tabular.problems import TabularError
from cadres.choices import Post
from rosters.choices import State
from rosters.rules import roster_kinds
from tests.factories import Community, clerk, moment
from tests.pages import signed_in
from tests.reports.asking import KINDS, everything, made
from tests.rosters.tables import counts, load
from tests.rosters.uploads import checked, page
from tests.visits.people import NOW, account_of

pytestmark = pytest.mark.django_db
BEGIN = moment("2026-03-01T09:00")
TODAY = (NOW.date(), NOW.date())


@pytest.fixture
def office(lived: Community) -> User:
    return clerk(lived.place)


def test_it_works(lived: Community, office: User) -> None:
    before = everything()
    for place, visits in ((lived.place, 6), (lived.quarters[0], 4), (lived.buildings[5], 2)):
        report = load("visits", made("ledger", place, office).book(), now=NOW)
        assert (report.rows, report.rejected, counts(report)) == (visits, [], (0, 0, visits))
    for place, buildings, posts in ((lived.place, 8, 47), (lived.building, 1, 5)):
        report = load("cadres", made("roster", place, office, days=TODAY).book(), now=NOW)
        assert (report.rows, report.rejected, counts(report)) == (buildings, [], (0, 0, posts))
    assert everything() == before


@pytest.mark.parametrize("roster", list(roster_kinds()))
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_masked_never_comes_back(lived: Community, office: User, kind: str, roster: str) -> None:
    before = everything()
    book = made(kind, lived.place, office, days=TODAY, is_full=False).book()
    with pytest.raises(TabularError, match="不能导入"):
        load(roster, book, now=NOW)
    assert everything() == before


@pytest.mark.parametrize("roster", list(roster_kinds()))
@pytest.mark.parametrize("kind", ["punctuality", "escalations", "staffing"])
def test_what_is_no_roster_never_comes_back(lived: Community, office: User, kind: str, roster: str) -> None:
    before = everything()
    with pytest.raises(TabularError, match="统计表、清单或往日名册，不能导入"):
        load(roster, made(kind, lived.place, office).book(), now=NOW)
    assert everything() == before


def test_the_roster_of_an_earlier_day_would_undo_what_has_changed(lived: Community, office: User) -> None:
    before = everything()
    book = made("roster", lived.place, office, days=(date(2026, 3, 4), date(2026, 3, 4))).book()
    with pytest.raises(TabularError, match="往日名册"):
        load("cadres", book, now=NOW)
    assert everything() == before


def test_what_a_secretary_gets_in_full_lacks_the_notes_and_does_not_come_back(lived: Community) -> None:
    secretary = account_of(lived.holder(lived.precincts[0], Post.BRANCH_SECRETARY), "zhibu")
    before = everything()
    with pytest.raises(TabularError, match="脱敏"):
        load("visits", made("ledger", lived.precincts[0], secretary).book(), now=NOW)
    assert everything() == before


def test_whoever_uploads_one_reads_why_it_is_refused(lived: Community, office: User) -> None:
    book = made("ledger", lived.place, office, is_full=False).book()
    client = signed_in(office)
    run = checked(client, book, NOW, kind="visits")
    assert run.state == State.UNREADABLE
    assert "这是脱敏后的导出表" in page(client, run)
    book = made("ledger", lived.place, office).book()
    run = checked(client, book, NOW, kind="visits")
    assert (run.state, run.created, run.updated, run.unchanged) == (State.READY, 0, 0, 6)
    assert "与现有资料完全相同" in page(client, run)
