"""Web and workers have a role of their own, which cannot touch the past of the audit trail, nor any table's shape (F12)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import pytest
from django.core.checks import Tags, run_checks
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.utils import timezone

from audit.chain import audit_purge, audit_seal_all
from audit.models import AuditEvent, AuditPurge, AuditSeal, AuditWaiting
from audit.services import audit_event_record
from audit.verifying import audit_problems
from baibuting.database_roles import RoleRefusedError, database_role_grant, table_privileges
from duties.choices import Outcome
from duties.models import Duty
from residents.models import Resident
from tests.duties.steps import sweep_at, visit
from tests.factories import care_record, clerk, community, moment
from tests.pages import list_url
from tests.processes import manage
from tests.rosters.tables import csv_of, load
from visits.models import Visit

ROLE, PASSWORD = "baibuting_test_app", "only for tests"
AUDIT = (AuditEvent, AuditSeal, AuditPurge)


@pytest.fixture
def granted(db: None) -> None:
    """The role and its rights; gone with the test's transaction."""
    database_role_grant(role=ROLE, password=PASSWORD)


@contextmanager
def as_the_portal() -> Iterator[None]:
    """What follows is done by the portal's role."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {ROLE}")
        yield
        cursor.execute("RESET ROLE")


def refused(statement: str) -> bool:
    with pytest.raises(ProgrammingError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    return getattr(error.value.__cause__, "pgcode", None) == "42501"  # insufficient_privilege


@pytest.mark.usefixtures("granted")
def test_it_works(settings: object) -> None:
    """A day under that role: a page, a visit, the sweep, an import, a row of the trail and its seal."""
    home = community()
    office = clerk(home.place)
    record = care_record(home.building, now=moment("2026-03-01T09:00"), started_on=date(2026, 3, 1))
    signed_in = Client()
    with as_the_portal():
        signed_in.force_login(office)
        assert signed_in.get(list_url(Resident)).status_code == 200
        visit(record.resident, "2026-03-02T10:00")
        sweep_at("2026-03-20T10:00")
        late = Duty.objects.filter(outcome=Outcome.OVERDUE)
        assert (Visit.objects.count(), late.count()) == (1, 1)
        load("places", csv_of(("苑区", "片区", "楼栋", "户数"), ("怡康苑", "第一片区", "109栋", "50")))
        audit_event_record(now=timezone.now(), user=office, action="export", object_type="residents.resident")
        assert audit_seal_all(now=timezone.now(), checkpoints=settings.AUDIT_CHECKPOINTS) > 0  # type: ignore[attr-defined]
        assert (AuditWaiting.objects.count(), audit_problems(settings.AUDIT_CHECKPOINTS)) == (0, [])  # type: ignore[attr-defined]


@pytest.mark.usefixtures("granted")
@pytest.mark.parametrize("model", AUDIT)
def test_the_past_of_the_trail_is_out_of_reach(model: type[AuditEvent], now: datetime) -> None:
    audit_event_record(now=now, user=None, action="export", object_type="residents.resident")
    table, key = model._meta.db_table, model._meta.pk.column
    with as_the_portal():
        assert refused(f"UPDATE {table} SET {key} = {key}")
        assert refused(f"DELETE FROM {table}")
        assert refused(f"TRUNCATE {table} CASCADE")
        assert refused(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        assert refused(f"DROP TABLE {table}")
    assert AuditEvent.objects.count() == 1


@pytest.mark.usefixtures("granted")
@pytest.mark.parametrize(
    "statement",
    [
        "SET session_replication_role = replica",
        "CREATE TABLE planted (id int)",
        "CREATE TEMPORARY TABLE planted (id int)",
        "CREATE OR REPLACE FUNCTION accounts_audit_refuse() RETURNS trigger LANGUAGE sql AS ''",
        "DROP TRIGGER accounts_audit_append_only ON accounts_auditevent",
        "ALTER TABLE residents_resident ADD COLUMN planted int",
        "TRUNCATE residents_resident CASCADE",
        "INSERT INTO django_migrations (app, name, applied) VALUES ('x', 'x', now())",
        "INSERT INTO accounts_auditpurge VALUES (1, '', '2026-01-01', now())",
        "COPY residents_resident TO PROGRAM 'cat'",
        "CREATE ROLE planted SUPERUSER",
        "ALTER ROLE baibuting_test_app SUPERUSER",
    ],
)
def test_what_is_not_of_rows_is_refused(statement: str) -> None:
    with as_the_portal():
        assert refused(statement)


@pytest.mark.usefixtures("granted")
def test_purging_takes_the_owner(now: datetime, settings: object) -> None:
    checkpoints = settings.AUDIT_CHECKPOINTS  # type: ignore[attr-defined]
    audit_event_record(now=now - timedelta(days=800), user=None, action="export", object_type="x")
    audit_seal_all(now=now, checkpoints=checkpoints)
    before = {"before": date(2025, 1, 1), "keep_days": 365, "now": now, "checkpoints": checkpoints}
    with as_the_portal(), pytest.raises(ProgrammingError), transaction.atomic():
        audit_purge(**before)
    assert AuditSeal.objects.count() == 1
    assert audit_purge(**before) == 1


def test_every_table_of_every_app_is_granted_and_nothing_else(granted: None) -> None:
    """What the database says that role may do is what the models say: no table is forgotten, none is over."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, array_agg(privilege) FILTER (WHERE has_table_privilege(%s, c.oid, privilege))"
            " FROM pg_class c CROSS JOIN unnest(ARRAY['SELECT','INSERT','UPDATE','DELETE','TRUNCATE','TRIGGER',"
            "'REFERENCES','MAINTAIN']) privilege WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
            " GROUP BY relname", [ROLE],
        )  # fmt: skip
        assert {table: frozenset(words or ()) for table, words in cursor.fetchall()} == table_privileges()
    assert table_privileges()["accounts_auditevent"] == {"SELECT", "INSERT"}


def test_granting_again_takes_back_what_was_given_by_hand(granted: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT ALL ON accounts_auditevent TO {ROLE}")
    database_role_grant(role=ROLE, password=PASSWORD)
    with as_the_portal():
        assert refused("DELETE FROM accounts_auditevent")


def test_a_role_that_no_grant_could_bind_is_refused(granted: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER ROLE {ROLE} SUPERUSER")
    with pytest.raises(RoleRefusedError, match="是超级用户，或属于表的所有者"):
        database_role_grant(role=ROLE, password=PASSWORD)


def test_an_owner_that_may_make_no_roles_says_what_to_ask_for(granted: None) -> None:
    with as_the_portal(), pytest.raises(RoleRefusedError, match="CREATE ROLE another LOGIN PASSWORD"):
        database_role_grant(role="another", password=PASSWORD)


@pytest.fixture
def a_role_that_stays() -> Iterator[str]:
    """A name for a role that a real process makes; it is dropped with all that it was given."""
    name = f"baibuting_test_{connection.settings_dict['NAME'].rsplit('_', 1)[1]}"
    yield name
    with connection.cursor() as cursor:
        cursor.execute(f"DROP OWNED BY {name}")
        cursor.execute(f"DROP ROLE {name}")


@pytest.mark.django_db(transaction=True)
def test_migrate_makes_the_role_and_the_portal_signs_in_with_it(a_role_that_stays: str) -> None:
    """As an operator does it: two addresses in the environment of `migrate`, and the portal's alone in all others."""
    name = a_role_that_stays
    owner = connection.settings_dict
    where = f"@/{owner['HOST'].replace('/', '%2F')}/{owner['NAME']}"
    portal = f"postgres://{name}:secret{where}"
    done = manage(
        "migrate", "--no-input", DATABASE_URL=portal, DATABASE_OWNER_URL=f"postgres://postgres{where}"
    )
    assert done.returncode == 0, done.stderr
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolcanlogin, rolcreatedb FROM pg_roles WHERE rolname = %s", [name])
        assert cursor.fetchone() == (False, True, False)
    done = manage("migrate", "--check", DATABASE_URL=portal)
    assert done.returncode == 0, done.stderr


def test_whoever_runs_as_the_owner_is_told(granted: None, settings: object) -> None:
    def said() -> list[str]:
        found = run_checks(tags=[Tags.database], include_deployment_checks=True, databases=["default"])
        return [str(one.id) for one in found]

    assert said() == []  # the embedded server has one role
    settings.EMBEDDED = False  # type: ignore[attr-defined]
    assert said() == ["baibuting.W001"]
    with as_the_portal():
        assert said() == []
