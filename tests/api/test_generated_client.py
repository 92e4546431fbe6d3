"""A client made from the description, as a district developer makes one, against a running server."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from api.choices import Audience
from tests.api.callers import caller
from tests.factories import care_record, community, resident
from visits.models import Visit

PACKAGE = "portal_client"


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The package, made anew from the description of today."""
    folder: Path = tmp_path_factory.mktemp("client")
    schema, config = folder / "schema.json", folder / "config.yml"
    call_command("spectacular", "--format", "openapi-json", "--file", str(schema))
    config.write_text("post_hooks: []\n")
    made = subprocess.run(
        [
            str(Path(sys.executable).parent / "openapi-python-client"), "generate", "--meta", "none", "--fail-on-warning",
            "--path", str(schema), "--config", str(config), "--output-path", str(folder / PACKAGE),
        ],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    sys.path.insert(0, str(folder))
    yield __import__(PACKAGE)
    sys.path.remove(str(folder))


@pytest.mark.django_db(transaction=True)
def test_it_works(generated: Any, live_server: Any) -> None:
    """It reads figures and the feed, posts a visit, and sees it come by."""
    from portal_client import AuthenticatedClient
    from portal_client.api.changes import changes as read_changes
    from portal_client.api.stats import stats as read_stats
    from portal_client.api.visits import visits_create
    from portal_client.models import LevelWord, Method, VisitEntryRequest

    now = timezone.now() - timedelta(hours=1)
    home = community()
    person = resident(home.building, now=now)
    care_record(home.building, now=now, started_on=now.date(), resident=person)
    asks = caller(home.place, now=now, audience=Audience.COMMUNITY)
    client = AuthenticatedClient(base_url=live_server.url, token=asks.token, raise_on_unexpected_status=True)

    figures = read_stats.sync(client=client, level=LevelWord.COMMUNITY)
    assert figures.as_of == timezone.localdate()
    assert (figures.rows[0].care_records, figures.rows[0].never_seen) == (1, 1)

    page = read_changes.sync(client=client, limit=500)
    assert not page.more
    records = [change for change in page.changes if change.kind == "care_record"]
    assert records[0].data["resident"] == str(person.uid)

    entry = VisitEntryRequest(
        resident=person.uid, visited_at=now + timedelta(minutes=1), visitor_name="王建国", method=Method.HOME
    )
    visit = visits_create.sync(client=client, body=entry, idempotency_key="visit-1")
    again = visits_create.sync(client=client, body=entry, idempotency_key="visit-1")
    assert visit.id == again.id == Visit.objects.get().pk
    assert visit.resident == person.uid

    since = read_changes.sync(client=client, since=page.next_)
    assert {"visit", "duty"} <= {change.kind for change in since.changes}
    assert read_stats.sync(client=client).rows[0].never_seen == 0


@pytest.mark.django_db(transaction=True)
def test_it_understands_refusals(generated: Any, live_server: Any) -> None:
    from portal_client import AuthenticatedClient
    from portal_client.api.places import places_list
    from portal_client.models import Problem

    community(staffed=False)
    client = AuthenticatedClient(base_url=live_server.url, token="bbt_nonsense")
    refused = places_list.sync_detailed(client=client)
    assert refused.status_code == 401
    assert json.loads(refused.content)["code"] == "token_invalid"
    assert isinstance(refused.parsed, Problem)
