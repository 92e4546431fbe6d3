"""Once a month what has been kept long enough goes; what is younger, or counted, stays."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from audit import tidying
from audit.checks import check_keep_days
from audit.models import AuditEvent
from audit.tasks import tidy_rows
from audit.tidying import is_due, retentions, tidy
from duties.models import SweepRun
from phone.models import Submission
from residents.models import Resident, ResidentMerge
from tests.factories import Community, community, moment, resident, user
from visits.choices import VisitOrigin
from visits.models import Visit
from visits.services import resident_leave, residents_merge, visit_record

pytestmark = pytest.mark.django_db
NOW = moment("2026-11-23T09:00")


@pytest.fixture
def home() -> Community:
    return community(staffed=False)


def ago(days: int) -> datetime:
    return NOW - timedelta(days=days)


def swept(days: int) -> SweepRun:
    return SweepRun.objects.create(now=ago(days), started_at=ago(days), finished_at=ago(days))


def tidied(now: datetime = NOW) -> dict[str, int]:
    return {one.retention.code: one.count for one in tidy(now=now, read_clock=lambda: now) if one.count}


def visited(home: Community, days: int) -> Visit:
    return visit_record(
        resident=resident(home.building, now=ago(days)), visited_at=ago(days), now=ago(days),
        origin=VisitOrigin.OFFICE, visitor_name="王", notes="病情", request="要轮椅",
    )  # fmt: skip


def test_it_works(home: Community) -> None:
    for days in (30, 89, 91, 400):
        swept(days)
    old, young = visited(home, 5 * 365 + 1), visited(home, 5 * 365 - 1)
    assert tidied() == {"sweep_runs": 2, "visit_words": 1}
    assert sorted(SweepRun.objects.values_list("started_at", flat=True)) == [ago(89), ago(30)]
    for row in (old, young):
        row.refresh_from_db()
    assert (old.notes, old.request, old.visited_at) == ("", "", ago(5 * 365 + 1))  # it took place
    assert (young.notes, young.request) == ("病情", "要轮椅")
    rows = AuditEvent.objects.filter(action="tidy").values_list("object_type", "row_count", "user")
    assert sorted(rows) == [
        ("audit.auditevent", 3, None), ("duties.sweeprun", 2, None), ("visits.visit", 1, None),
    ]  # fmt: skip
    assert tidied() == {}


def test_a_dry_run_changes_nothing(home: Community, capsys: pytest.CaptureFixture[str]) -> None:
    SweepRun.objects.create(now=ago(2000), started_at=ago(2000))
    resident(home.building, now=ago(4000))
    call_command("tidy", dry_run=True)
    assert "到期 1 条：巡检记录，保存 90 天" in capsys.readouterr().out
    assert SweepRun.objects.count() == 1
    assert not AuditEvent.objects.filter(action="tidy").exists()
    call_command("tidy")
    assert "已清理 1 条：巡检记录" in capsys.readouterr().out
    assert not SweepRun.objects.exists()


def test_it_is_done_once_a_month(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([NOW, NOW, NOW + timedelta(days=27), NOW + timedelta(days=28), NOW + timedelta(days=28)])
    monkeypatch.setattr("django.utils.timezone.now", lambda: next(times))
    tidy_rows()  # reads the clock again for its budget where there is something to tidy
    assert not is_due(NOW + timedelta(days=27))
    assert is_due(NOW + timedelta(days=28))
    assert AuditEvent.objects.filter(action="tidy").count() == 1
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + timedelta(days=27))
    tidy_rows()
    assert AuditEvent.objects.filter(action="tidy").count() == 1


def test_in_batches_and_within_a_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each batch has its row; when the time is spent the rest is due again at once."""
    monkeypatch.setattr(tidying, "BATCH", 2)
    for _ in range(5):
        swept(400)
    late = [NOW, NOW + tidying.BUDGET + timedelta(seconds=1)]
    done = tidy(now=NOW, read_clock=lambda: late.pop(0))
    assert {one.retention.code: one.count for one in done if one.count} == {"sweep_runs": 4}
    assert SweepRun.objects.count() == 1
    assert is_due(NOW)
    assert tidied() == {"sweep_runs": 1}
    assert not is_due(NOW)
    assert [row.row_count for row in AuditEvent.objects.filter(object_type="duties.sweeprun").order_by("pk")] == [
        2, 2, 1,
    ]  # fmt: skip


def test_an_installation_may_keep_longer_or_shorter(settings: Any) -> None:
    settings.KEEP_DAYS = {"sweep_runs": "30"}
    swept(31)
    assert tidied() == {"sweep_runs": 1}
    assert check_keep_days(None) == []


@pytest.mark.parametrize(
    ("kept", "says"),
    [
        ({"sweep_runs": "29"}, "30 days or more"),
        ({"visit_words": "30"}, "365 days or more"),
        ({"sweep_runs": "ten"}, "no number"),
        ({"sweeps": "400"}, "nothing is called so"),
    ],
)
def test_too_short_a_time_is_refused_at_start(settings: Any, kept: dict[str, str], says: str) -> None:
    settings.KEEP_DAYS = kept
    assert [says in error.msg for error in check_keep_days(None)] == [True]


def test_the_journal_of_a_merge_goes_when_it_cannot_be_undone(home: Community) -> None:
    for days in (8, 6):
        one, other = (resident(home.building, now=ago(days), room="7", name=f"张{days}") for _ in range(2))
        residents_merge(kept=one, gone=other, now=ago(days), user=None)
    assert tidied() == {"merge_journals": 1}
    journals = (
        ResidentMerge.objects.unscoped("a test").order_by("merged_at").values_list("journal", flat=True)
    )
    assert [bool(bytes(journal)) for journal in journals] == [False, True]


def test_an_entry_that_waits_is_no_entry_decided(home: Community) -> None:
    sender = user("sender")
    shared: dict[str, Any] = {
        "sender": sender, "place": home.place, "made_at": ago(500), "received_at": ago(500), "kind": "visit",
    }  # fmt: skip
    waiting = Submission(
        **shared, entry_uid="0" * 32, hash="0" * 64, state="quarantined", payload="{}", message="问"
    )
    waiting.save()
    decided = Submission(
        **shared, entry_uid="1" * 32, hash="1" * 64, state="dropped", decision="重复", decided_at=ago(400)
    )
    decided.save()
    assert tidied() == {"entry_words": 1}
    waiting.refresh_from_db()
    decided.refresh_from_db()
    assert (waiting.message, decided.decision, decided.state) == ("问", "", "dropped")


def test_people_are_counted_and_never_tidied(home: Community) -> None:
    """Whoever left long ago is proposed by the office: a month's job erases nobody."""
    person = resident(home.building, now=ago(3000), name="张小明")
    resident_leave(resident=person, left_on=ago(1900).date(), reason="moved", now=ago(1900), user=None)
    persons = next(one for one in retentions() if one.code == "persons")
    assert persons.rows(ago(persons.kept_days)).count() == 1
    assert tidied() == {}
    assert Resident.objects.unscoped("a test").get(pk=person.pk).name == "张小明"


def test_every_rule_runs_on_an_empty_table() -> None:
    """And each has an order to take its batches in."""
    assert {one.count for one in tidy(now=NOW, read_clock=lambda: NOW)} == {0}


def test_two_at_once_do_it_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Another process holds the lock."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [tidying._LOCK])
        swept(400)
        assert tidy(now=NOW, read_clock=lambda: NOW) == []
        call_command("tidy")
        assert "另一个进程正在清理，没有重复进行。" in capsys.readouterr().out
        assert SweepRun.objects.count() == 1
    finally:
        other.close()
