"""Kinds of rows are declared: each has its list, its grant, and triggers that fill the feed; today's are as they were."""

from __future__ import annotations

from hashlib import sha256
from importlib import import_module

import pytest
from django.db import connection
from django.db.migrations import RunSQL
from django.urls import reverse

from api.choices import Grant
from api.models import ApiClient
from api.rules import grant_choices, row_kind_choices, row_kinds
from baibuting.common.feed import follow, followed
from baibuting.common.portal import RowKind

FOLLOWS = "api.migrations.0002_feed_and_outbox_triggers"
# of every statement in that migration, as it ran on the databases that are there
AS_IT_RAN = "270f664441e8a24fffed75f094c83ee2fe5def5940823d5ecf9347aafbdc86eb"


def unfollowed(kinds: list[RowKind]) -> list[str]:
    """Kinds whose table lacks one of its three triggers: the feed would never give their rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
        there = {name for (name,) in cursor.fetchall()}
    return [
        kind.code
        for kind in kinds
        for event in ("insert", "update", "delete")
        if f"api_feed_{kind.row.Meta.model._meta.db_table}_{event}" not in there
    ]


@pytest.mark.django_db
def test_it_works() -> None:
    assert [code for code, _ in row_kind_choices()] == [
        "place", "appointment", "care_record", "duty", "visit", "incident",
    ]  # fmt: skip
    assert unfollowed(list(row_kinds().values())) == []
    for kind in row_kinds().values():
        assert reverse(f"api:{kind.code}_list") == f"/api/v1/{kind.path}/"


@pytest.mark.django_db
def test_a_kind_that_no_trigger_follows_is_found() -> None:
    kind = row_kinds()["place"]

    class Row:
        class Meta:
            model = ApiClient  # no feed follows it

    with_none = RowKind("x", "x", "x", "x", kind.rows, Row, ("id",), "", 1)
    assert unfollowed([with_none]) == ["x"] * 3


def test_grants_are_the_interfaces_own_where_no_other_app_brings_one() -> None:
    assert grant_choices() == Grant.choices


def test_the_triggers_that_are_there_are_written_as_ever() -> None:
    """The helpers moved; a database made today has the statements of one made before."""
    steps = import_module(FOLLOWS).Migration.operations
    text = "\0".join(f"{one.sql}\0{one.reverse_sql}" for one in steps if isinstance(one, RunSQL))
    assert sha256(text.encode()).hexdigest() == AS_IT_RAN


def test_a_name_that_postgresql_would_cut_is_refused() -> None:
    with pytest.raises(ValueError, match="something shorter"):
        list(follow("x", "t" * 60, "place_id", ("place_id",)))


def test_every_statement_is_taken_back() -> None:
    steps = followed("bench", "sample_bench", "place_id", ("place_id", "name"))
    assert len(steps) == 4
    assert all(step.reverse_sql for step in steps)
