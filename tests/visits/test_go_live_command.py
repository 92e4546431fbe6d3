"""`manage.py go_live`: from which day a community counts, shown first or confirmed."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from duties.models import Duty, GoLive
from tests.duties.starting import MORNING, Newcomers, newcomers
from tests.visits.people import stop_the_clock
from visits.models import FirstDue

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def cast(monkeypatch: pytest.MonkeyPatch) -> Newcomers:
    stop_the_clock(monkeypatch, MORNING)
    return newcomers()


def go_live(*options: str, on: str = "2026-11-30", name: str = "百步亭社区") -> str:
    said = io.StringIO()
    call_command("go_live", "--community", name, "--on", on, *options, stdout=said)
    return said.getvalue()


def test_it_works() -> None:
    """Three whose day had passed, over four days; the fourth by a visit of last week on Friday."""
    told: dict[str, Any] = json.loads(go_live("--spread", "4", "--json"))
    assert told == {
        "community": "百步亭社区",
        "on": "2026-11-30",
        "counts_from": "2026-11-30",
        "spread": 4,
        "people": 4,
        "due_by_day": {"2026-11-30": 1, "2026-12-01": 1, "2026-12-02": 1, "2026-12-04": 1},
        "overdue": 0,
        "dry_run": False,
    }
    assert Duty.objects.count() == 4


def test_a_dry_run_says_the_same_and_writes_nothing() -> None:
    shown = json.loads(go_live("--spread", "4", "--json", "--dry-run"))
    assert not GoLive.objects.exists()
    assert not FirstDue.objects.exists()
    assert not Duty.objects.exists()
    done = json.loads(go_live("--spread", "4", "--json"))
    assert {**shown, "dry_run": False} == done


def test_in_words_it_says_who_falls_due_when() -> None:
    said = go_live("--dry-run", on="2026-01-01")
    assert "自 2026-11-30 起计时（启用日期 2026-01-01 已过，从今天算起）" in said
    assert "必访 4 人，当天逾期 0 人（未写入）" in said
    assert "2026-12-03  到期 3 人" in said


@pytest.mark.parametrize(
    ("options", "changes", "words"),
    [
        ((), {"name": "别处社区"}, "没有名为“别处社区”的社区"),
        ((), {"on": "明天"}, "看不懂的日期“明天”"),
        (("--spread", "200"), {}, "0 到 92"),
        ((), {"on": "2028-01-01"}, "核对年份"),
    ],
)
def test_what_cannot_be_is_refused(options: tuple[str, ...], changes: dict[str, str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        go_live(*options, **changes)
    assert not GoLive.objects.exists()


def test_once_live_it_is_refused() -> None:
    go_live()
    with pytest.raises(CommandError, match="不能再改"):
        go_live(on="2026-12-05")
    assert str(GoLive.objects.get().on) == "2026-11-30"
