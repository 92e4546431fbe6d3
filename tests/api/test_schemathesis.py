"""What the description allows and what it forbids, sent at random: no fault of ours, no way round the token."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.api.callers import Caller, caller
from tests.duties.steps import visit
from tests.factories import care_record, community, moment, resident
from visits.services import incident_report

NOW = moment("2026-03-11T09:00")
DESCRIBED = schemathesis.openapi.from_wsgi(
    "/api/v1/schema/", get_wsgi_application(), headers={"Accept": "application/json"}
)
OPERATIONS = [found.ok() for found in DESCRIBED.get_all_operations()]


@pytest.fixture
def asks(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Caller]:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    home = community()
    person = resident(home.building, now=NOW)
    care_record(home.building, now=NOW, started_on=date(2026, 3, 1), resident=person)
    visit(person, "2026-03-10T10:00")
    incident_report(
        building=home.building, kind="emergency", occurred_at=NOW, summary="", now=NOW, reported_by=None
    )
    # as Django's own test client does: the requests stay inside the test's transaction
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield caller(home.place, now=NOW)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def send(operation: Any, mode: GenerationMode, asks: Caller, examples: int) -> int:
    """Requests of one kind, each answer checked against the description; returns how many were answered with 2xx."""
    taken = 0

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    @given(data=st.data())
    def run(data: Any) -> None:
        nonlocal taken
        case = data.draw(operation.as_strategy(generation_mode=mode))
        headers = {"Authorization": f"Bearer {asks.token}", "Accept-Encoding": "identity"}
        answer = case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])
        taken += answer.status_code < 300

    run()
    return taken


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_it_works(operation: Any, asks: Caller) -> None:
    """Every check schemathesis has but one: no 5xx, no ignored token, nothing answered that is not described.

    Left out is "what fits the description is taken": a day that lies ahead, or a cursor nobody gave out, fits it too.
    """
    send(operation, GenerationMode.POSITIVE, asks, 20)
    send(operation, GenerationMode.NEGATIVE, asks, 20)


def test_every_operation_is_there() -> None:
    assert len(OPERATIONS) == 17
