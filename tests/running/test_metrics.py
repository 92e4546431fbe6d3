"""/metrics: totals for Prometheus, for whoever shows the token; the dashboard asks for nothing else."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django.fixtures import Settings

from audit.models import AuditAlarm, AuditCheck
from backups.services import backup_begin, backup_finish
from baibuting.common.measuring import seconds_since
from baibuting.metrics import PREFIX, measures
from duties.models import DutyClock, NoticeDelivery, SweepRun
from tests.duties.steps import sweep_at
from tests.factories import care_record, community, moment
from tests.processes import REPOSITORY

pytestmark = pytest.mark.django_db

TOKEN = "a token of the test"
DASHBOARD = REPOSITORY / "deploy" / "grafana" / "baibuting.json"


@pytest.fixture(autouse=True)
def token(settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN


def scraped(client: Client) -> dict[str, float]:
    """The values by name, without the prefix, as Prometheus reads them."""
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    families = list(text_string_to_metric_families(answer.content.decode()))
    assert all(family.documentation and family.type == "gauge" for family in families)
    assert all(family.name.startswith(PREFIX) for family in families)
    assert not [sample.labels for family in families for sample in family.samples if sample.labels]
    return {family.name.removeprefix(PREFIX): family.samples[0].value for family in families}


def names() -> set[str]:
    return {name for measure in measures() for name in measure.names}


def test_it_works(client: Client) -> None:
    """Two people overdue, one clock that fails; mails owed; a trail that was verified and is not whole."""
    home, now = community(), timezone.now()
    for _ in range(2):
        care_record(home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))
    sweep_at(now)
    DutyClock.objects.filter(pk=DutyClock.objects.latest("pk").pk).update(failures=2, next_check_at=now)
    AuditCheck.objects.create(
        night=date(2026, 11, 23), started_at=now, finished_at=now - timedelta(hours=6), problems=3
    )
    AuditAlarm.objects.create(kind="broken", began_at=now)
    begun = now - timedelta(hours=8)
    backup_finish(run=backup_begin(now=begun), file_name="a", size=1, tables=1, rows=1, now=begun)
    found = scraped(client)
    assert set(found) == names()
    exact = ("sweep_clocks", "clocks_failing", "clocks_due", "duties_overdue", "duties_open", "sweep_refused")
    assert [found[name] for name in exact] == [2, 1, 1, 2, 0, 0]
    assert found["notice_mails_owed"] == NoticeDelivery.objects.count() > 0
    assert found["sweep_age_seconds"] < 60
    assert (found["audit_check_problems"], found["audit_alarms"]) == (3, 1)
    assert 6 * 3600 <= found["audit_check_age_seconds"] < 7 * 3600
    assert 8 * 3600 <= found["backup_age_seconds"] < 9 * 3600


def test_what_is_not_known_is_left_out(client: Client) -> None:
    """An age of 0 would say that all is well."""
    found = scraped(client)
    assert not {
        "sweep_age_seconds",
        "sweep_clocks",
        "backup_age_seconds",
        "audit_check_age_seconds",
        "audit_check_problems",
    } & set(found)
    assert found["notice_mails_oldest_seconds"] == 0


def test_a_refused_sweep_is_seen(client: Client, now: datetime) -> None:
    SweepRun.objects.create(now=now, started_at=now, is_refused=True, clock_ahead=900)
    assert scraped(client)["sweep_refused"] == 1


def test_the_queries_are_few_and_stay_so(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(17):
        scraped(client)
    home = community()
    for _ in range(5):
        care_record(home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))
    sweep_at(timezone.now())
    AuditCheck.objects.create(night=date(2026, 11, 23), started_at=timezone.now())
    client.cookies["sessionid"] = "somebody"
    with django_assert_num_queries(17):
        scraped(client)


@pytest.mark.parametrize(
    "shown", ["", "Bearer", "Bearer ", "Bearer wrong", TOKEN, f"Basic {TOKEN}", "Bearer ünlesbar"]
)
def test_without_the_token_there_is_nothing(
    client: Client, shown: str, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/metrics", headers={"Authorization": shown})
    assert answer.status_code == 404
    assert PREFIX not in answer.content.decode()


@pytest.mark.parametrize("shown", ["", "Bearer", "Bearer "])
def test_where_none_is_set_nobody_gets_in(client: Client, settings: Settings, shown: str) -> None:
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"Authorization": shown}).status_code == 404


def test_it_is_kept_nowhere_and_only_read(client: Client) -> None:
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert "no-cache" in answer["Cache-Control"]
    assert answer["Content-Type"].startswith("text/plain")
    assert client.post("/metrics").status_code == 405


def test_the_dashboard_asks_for_what_there_is_and_shows_all_of_it() -> None:
    board = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    asked = {
        name
        for panel in board["panels"]
        for target in panel["targets"]
        for name in re.findall(r"\bbaibuting_\w+", target["expr"])
    }
    assert asked == {PREFIX + name for name in names()}
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_an_age_is_never_below_zero(now: datetime) -> None:
    assert seconds_since(now + timedelta(seconds=5), now) == 0
    assert seconds_since(None, now) is None
