"""Large reports: made in the background, sealed, for who asked alone, gone after some days; a worker may die."""

from __future__ import annotations

import time
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.choices import Action
from audit.models import AuditEvent
from baibuting.common.runs import RunLock
from buildings.models import PlaceGrant
from cadres.choices import Post
from cadres.services import appointment_end
from reports import runner
from reports.choices import Purpose, State
from reports.models import ReportFile, ReportRun
from reports.services import report_run_open
from tests.factories import Community, clerk
from tests.pages import signed_in
from tests.processes import start_manage
from tests.reports.asking import REASON, last_run, send, sheet_of, work
from tests.visits.people import NOW, signed_in_as, text_of

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def large(settings: Any) -> None:
    """Every report is a large one."""
    settings.REPORT_ROWS_AT_ONCE = 3


@pytest.fixture
def account(home: Community) -> User:
    return clerk(home.place)


@pytest.fixture
def office(account: User) -> Client:
    return signed_in(account)


def url(run: ReportRun, page: str = "run", *more: str) -> str:
    return reverse(f"reports:{page}", args=[run.uid, *more])


def sent(client: Client, home: Community, kind: str = "roster", **form: Any) -> ReportRun:
    answer = send(client, kind, home.place, **form)
    assert answer.status_code == 302
    run = last_run()
    assert answer["Location"] == url(run)
    return run


def exports() -> int:
    return AuditEvent.objects.filter(action=Action.EXPORT).count()


def test_it_works(office: Client, home: Community) -> None:
    run = sent(office, home, **REASON)
    assert (run.state, run.total, exports()) == (State.WAITING, 8, 0)
    page = text_of(office, url(run))
    assert 'http-equiv="refresh"' in page
    assert "可以离开这一页" in page
    assert work() == 1
    run.refresh_from_db()
    assert (run.state, run.done, run.total, run.finished_at) == (State.DONE, 8, 8, NOW)
    # the bar says so on whichever page one is
    assert 'aria-label="1 条已生成"' in text_of(office, "/notices/")
    page = text_of(office, url(run))
    assert 'http-equiv="refresh"' not in page
    assert "共 8 行" in page
    assert "条已生成" not in text_of(office, "/notices/")
    sheet = sheet_of(office.get(url(run, "book")), depth=2)
    assert (sheet.title, len(sheet.rows)) == ("百步亭社区两长四员花名册", 8)
    assert "<thead>" in text_of(office, url(run, "print"))
    [event] = AuditEvent.objects.filter(action=Action.EXPORT)
    assert (event.row_count, event.fields, event.reason) == (8, ["联系电话"], "报街道存档")
    assert work() == 0


def test_it_is_found_again_on_the_reports_page(office: Client, home: Community) -> None:
    run = sent(office, home)
    page = text_of(office, "/reports/")
    assert url(run) in page
    assert "等待生成" in page


def test_a_small_one_beside_it_comes_at_once(office: Client, home: Community) -> None:
    answer = send(office, "roster", home.precincts[0])  # two buildings
    assert len(sheet_of(answer, depth=2).rows) == 2
    assert not ReportRun.objects.exists()


def test_the_files_lie_sealed(office: Client, home: Community) -> None:
    sent(office, home, **REASON)
    work()
    name = home.holder(home.building, Post.BUILDING_HEAD).name
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed FROM reports_reportfile")
        stored = [bytes(sealed) for (sealed,) in cursor.fetchall()]
    assert len(stored) == 2
    assert not any(data.startswith(b"PK") or name.encode() in data or b"<table" in data for data in stored)
    assert ReportFile.find(last_run(), Purpose.BOOK).startswith(b"PK")  # type: ignore[union-attr]


def test_nobody_else_has_it_not_even_a_colleague(office: Client, home: Community) -> None:
    run = sent(office, home, **REASON)
    work()
    colleague = signed_in(clerk(home.place, "colleague"))
    for page in ("run", "book", "print"):
        assert colleague.get(url(run, page)).status_code == 404
    for step in ("retry", "drop"):
        assert colleague.post(url(run, "step", step)).status_code == 404
    assert url(run) not in text_of(colleague, "/reports/")
    run.refresh_from_db()
    assert run.state == State.DONE


def test_whoever_has_left_the_place_has_it_no_more(office: Client, account: User, home: Community) -> None:
    run = sent(office, home, **REASON)
    work()
    PlaceGrant.objects.filter(user=account).update(place=home.precincts[0])
    for page in ("run", "book", "print"):
        assert office.get(url(run, page)).status_code == 404
    assert "条已生成" not in text_of(office, "/notices/")


def test_whoever_has_left_before_it_is_made_gets_nothing(
    office: Client, account: User, home: Community
) -> None:
    run = sent(office, home, **REASON)
    PlaceGrant.objects.filter(user=account).update(place=home.precincts[0])
    work()
    run.refresh_from_db()
    assert (run.state, exports()) == (State.BROKEN, 0)
    assert "不负责这个范围" in run.message
    assert not ReportFile.objects.exists()


def test_a_secretary_whose_post_ended_meanwhile_gets_nothing(home: Community) -> None:
    client = signed_in_as(home, home.place, Post.COMMITTEE_SECRETARY)
    run = sent(client, home)
    held = home.holders[home.place.pk, Post.COMMITTEE_SECRETARY]
    appointment_end(appointment=held, ended_on=date(2026, 3, 10), end_reason="resigned")
    work()
    run.refresh_from_db()
    assert (run.state, exports()) == (State.BROKEN, 0)


def test_files_are_deleted_after_some_days_and_the_row_later(
    office: Client, home: Community, settings: Any
) -> None:
    settings.REPORT_KEEP_DAYS = 2
    run = sent(office, home)
    work()
    work(NOW + timedelta(days=2, seconds=-1))
    assert ReportFile.objects.count() == 2
    work(NOW + timedelta(days=2))
    assert not ReportFile.objects.exists()
    page = text_of(office, url(run))
    assert "已过期" in page
    assert "生成满 2 天，文件已删除" in page
    assert office.get(url(run, "book")).status_code == 404
    work(NOW + timedelta(days=10))
    assert not ReportRun.objects.exists()


def test_an_expired_one_can_be_made_again(office: Client, home: Community) -> None:
    run = sent(office, home)
    work()
    work(NOW + timedelta(days=7))
    assert office.post(url(run, "step", "retry")).status_code == 302
    assert work(LATER) == 1
    run.refresh_from_db()
    assert (run.state, run.seen_at, exports()) == (State.DONE, None, 2)


def test_it_can_be_taken_away_at_once(office: Client, home: Community) -> None:
    run = sent(office, home)
    assert office.post(url(run, "step", "drop"), follow=True).status_code == 200
    assert ReportRun.objects.exists()  # not while it is being made
    work()
    answer = office.post(url(run, "step", "drop"), follow=True)
    assert "报表和文件已删除" in answer.content.decode()
    assert not ReportRun.objects.exists()
    assert not ReportFile.objects.exists()


def test_a_finished_one_is_not_made_again(office: Client, home: Community) -> None:
    run = sent(office, home)
    work()
    answer = office.post(url(run, "step", "retry"), follow=True)
    assert "不需要重新生成" in answer.content.decode()
    assert work(LATER) == 0
    assert exports() == 1


def test_an_error_in_the_program_leaves_nothing_and_says_nothing_of_persons(
    office: Client, home: Community, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    run = sent(office, home)

    def breaks(run: ReportRun, purpose: Purpose, data: bytes) -> None:
        raise RuntimeError("张三 19900000000")

    with monkeypatch.context() as broken:
        broken.setattr(ReportFile, "keep", breaks)
        work()
    run.refresh_from_db()
    assert (run.state, exports()) == (State.BROKEN, 0)
    assert "请再生成一次" in run.message
    assert "RuntimeError" in caplog.text
    assert "张三" not in caplog.text + run.message
    page = text_of(office, url(run))
    assert "再生成一次" in page
    office.post(url(run, "step", "retry"))
    assert work(LATER) == 1
    run.refresh_from_db()
    assert (run.state, run.message, exports()) == (State.DONE, "", 1)


def opened(home: Community, account: User) -> ReportRun:
    return report_run_open(
        kind="roster",
        place=home.place,
        paths=[home.place.path],
        first_on=NOW.date(),
        last_on=NOW.date(),
        is_full=False,
        reason="报街道，张三 19900000000",
        user=account,
        now=NOW,
    )


def test_a_reason_keeps_no_numbers(home: Community, account: User) -> None:
    assert "19900000000" not in opened(home, account).reason


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_takes_it_and_one_at_work_is_left_alone(home: Community, account: User) -> None:
    run = opened(home, account)
    with runner.REPORTS.lock(run.pk) as lock:
        assert lock.acquire()
        assert work() == 0
        ReportRun.objects.update(state=State.WORKING)
        assert work() == 0
        run.refresh_from_db()
        assert run.state == State.WORKING
    work()
    run.refresh_from_db()
    assert (run.state, "程序停止了" in run.message) == (State.BROKEN, True)


@pytest.mark.django_db(transaction=True)
def test_progress_is_seen_while_it_is_made(
    home: Community, account: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = opened(home, account)
    monkeypatch.setattr("reports.rendering._TELL_EVERY", 2)
    monkeypatch.setattr("baibuting.common.runs._REPORT_EVERY", 0)
    told: list[tuple[int, int]] = []
    report = RunLock.report

    def reports(lock: RunLock, done: int, total: int) -> None:
        report(lock, done, total)
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("SELECT done, total FROM reports_reportrun WHERE id = %s", [run.pk])
            told.append(cursor.fetchone())
        other.close()

    monkeypatch.setattr(RunLock, "report", reports)
    work()
    assert told == [(2, 8), (4, 8), (6, 8), (8, 8), (8, 8)]


WORK = """
import time
from datetime import datetime
from reports import runner
keep = runner.ReportFile.keep
def slow(*given):
    keep(*given)
    time.sleep(60)
runner.ReportFile.keep = slow
runner.REPORTS.work(read_clock=lambda: datetime.fromisoformat('{now}'))
"""


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_leaves_nothing_and_its_run_is_not_at_work_for_ever(
    home: Community, account: User
) -> None:
    """Killed after the first file was written and before the second: neither is there, nor the row of the trail."""
    run = opened(home, account)
    process = start_manage("shell", "-c", WORK.format(now=NOW.isoformat()))
    try:
        deadline = time.monotonic() + 40
        while run.done < 8 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
            run.refresh_from_db()
        assert run.state == State.WORKING, process.communicate()[1] if process.poll() is not None else ""
    finally:
        process.kill()
        process.communicate()
    deadline = time.monotonic() + 20
    while run.state == State.WORKING and time.monotonic() < deadline:
        work()
        run.refresh_from_db()
    assert (run.state, exports(), ReportFile.objects.count()) == (State.BROKEN, 0, 0)
    client = signed_in(account)
    assert "可以再生成一次" in text_of(client, url(run))
    client.post(url(run, "step", "retry"))
    work()
    run.refresh_from_db()
    assert (run.state, exports(), ReportFile.objects.count()) == (State.DONE, 1, 2)
