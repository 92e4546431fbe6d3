"""The database itself fills the change feed and the outbox: docs/adr/0040 says why.

All triggers work on a whole statement's rows at once, so that an import by COPY pays one INSERT … SELECT.
"""

from uuid import uuid4

from django.db import migrations

from baibuting.common.feed import NEW, OLD, PUT, columns_of, follow, mention, take_in as rows_of, trigger

# kind of row → (table, column of its place, columns that clients see)
FOLLOWED = {
    "appointment": (
        "cadres_appointment",
        "place_id",
        ("place_id", "post", "cadre_id", "organisation_id", "started_on", "ended_on"),
    ),
    "care_record": (
        "residents_carerecord",
        "building_id",
        ("building_id", "category_id", "resident_id", "started_on", "ended_on"),
    ),
    "duty": (
        "duties_duty",
        "building_id",
        (
            "building_id", "kind", "category_id", "accountable_post", "opened_on", "due_on", "due_at", "needed",
            "outcome", "rung", "done_at", "closed_at",
        ),
    ),
    "visit": (
        "visits_visit",
        "building_id",
        ("building_id", "resident_id", "visited_at", "has_time", "method", "seen", "visitor_post", "voided_at"),
    ),
    "incident": (
        "visits_incident",
        "building_id",
        ("building_id", "kind", "occurred_at", "reported_at", "closed_at"),
    ),
}

# a change elsewhere that shows in a row: table, columns, kind of row, how the row is found from `a`
MENTIONED = (
    (
        "residents_resident", ("name", "household_id"), "care_record",
        "SELECT r.id FROM residents_carerecord r WHERE r.resident_id = a.id",
    ),
    (
        "residents_household", ("entrance", "room"), "care_record",
        "SELECT r.id FROM residents_carerecord r JOIN residents_resident p ON p.id = r.resident_id"
        " WHERE p.household_id = a.id",
    ),
    (
        "cadres_cadre", ("name",), "appointment",
        "SELECT r.id FROM cadres_appointment r WHERE r.cadre_id = a.id",
    ),
)

def _arrivals():
    """An arrival shows in its incident."""
    for event, rows, tables in (("INSERT", "after", NEW), ("UPDATE", "after", NEW), ("DELETE", "before", OLD)):
        body = f"""
    UPDATE api_feedentry f SET position = NULL FROM {rows} a
    WHERE f.kind = 'incident' AND f.row_id = a.incident_id AND f.is_here;
"""
        yield trigger("visits_arrival", event, "shown", body, tables)


PLACE_COLUMNS = (
    "path", "parent_id", "name", "code", "closed_on", "entrance_count", "floor_count", "household_count",
)


def _places():
    """A place lies at its own path. Where it is moved, `feed_number` takes everything that lies at it along."""
    here = "SELECT 'place', a.id, a.path, a.community_id, true, NULL::bigint FROM after a"
    changed = f"{columns_of('a', PLACE_COLUMNS)} IS DISTINCT FROM {columns_of('b', PLACE_COLUMNS)}"
    moved = f"""
    INSERT INTO api_feedmove (path_from, path_to)
    SELECT b.path, a.path FROM before b JOIN after a USING (id) WHERE a.path <> b.path;
    {PUT.format(rows=f"{here} JOIN before b ON b.id = a.id WHERE {changed}")}
"""
    gone = """
    UPDATE api_feedentry f SET is_here = false, position = NULL
    FROM before b WHERE f.kind = 'place' AND f.row_id = b.id AND f.is_here;
"""
    yield trigger("buildings_place", "INSERT", "feed", PUT.format(rows=here), NEW)
    yield trigger("buildings_place", "UPDATE", "feed", moved, f"{OLD} {NEW}")
    yield trigger("buildings_place", "DELETE", "feed", gone, OLD)


def _outbox():
    """What somebody asked to be told of, in the transaction in which it happened."""
    columns = "topic, community_id, building_id, duty_id, incident_id, rung, occurred_at"
    asked = "(EXISTS (SELECT FROM api_webhook WHERE is_active){more})"
    reported = " OR EXISTS (SELECT FROM api_platform w WHERE w.is_active AND w.community_id = a.community_id)"

    def add(rows, more=""):
        return f"\n    INSERT INTO api_outboxevent ({columns})\n    {rows} AND {asked.format(more=more)};\n"

    overdue = (
        "SELECT 'duty.overdue', a.community_id, a.building_id, a.id, NULL::bigint, NULL::smallint, a.due_at FROM after a"
    )
    yield trigger(
        "duties_duty", "INSERT", "told", add(f"{overdue} WHERE a.outcome = 'overdue'"), NEW
    )
    yield trigger(
        "duties_duty", "UPDATE", "told",
        add(
            f"{overdue} JOIN before b ON b.id = a.id WHERE a.outcome = 'overdue' AND b.outcome <> 'overdue'"
        ),
        f"{OLD} {NEW}",
    )
    escalated = (
        "SELECT 'duty.escalated', a.community_id, d.building_id, d.id, NULL::bigint, a.rung, a.fell_due_at"
        " FROM after a JOIN duties_duty d ON d.id = a.duty_id"
        " WHERE a.kind = 'raised' AND a.rung > 0 AND d.outcome IN ('open', 'overdue')"
    )
    yield trigger("duties_dutyevent", "INSERT", "told", add(escalated), NEW)
    incident = "SELECT 'incident.{}', a.community_id, a.building_id, NULL::bigint, a.id, NULL::smallint, a.{} FROM after a"
    yield trigger(
        "visits_incident", "INSERT", "told",
        add(f"{incident.format('opened', 'reported_at')} WHERE true", reported), NEW,
    )
    yield trigger(
        "visits_incident", "UPDATE", "told",
        add(
            f"{incident.format('closed', 'closed_at')} JOIN before b ON b.id = a.id"
            " WHERE a.closed_at IS NOT NULL AND b.closed_at IS NULL",
            reported,
        ),
        f"{OLD} {NEW}",
    )


def _all():
    for kind, followed in FOLLOWED.items():
        yield from follow(kind, *followed)
    for mentioned in MENTIONED:
        yield mention(*mentioned)
    yield from _arrivals()
    yield from _places()
    yield from _outbox()


def take_in(apps, schema_editor):
    """Everything that is there when the feed begins."""
    with schema_editor.connection.cursor() as cursor:
        for kind, (table, place, _) in FOLLOWED.items():
            cursor.execute(rows_of(kind, table, place)[0])
        cursor.execute(
            "INSERT INTO api_feedentry (kind, row_id, path, community_id, is_here)"
            " SELECT 'place', id, path, community_id, true FROM buildings_place"
        )
        cursor.execute("INSERT INTO api_feedepoch (id, epoch) VALUES (1, %s)", [uuid4()])


class Migration(migrations.Migration):

    dependencies = [
        ("api", "0001_initial"),
        ("duties", "0002_notices_seen"),
        ("visits", "0002_rule_terms_complete"),
        ("residents", "0002_ship_categories"),
        ("cadres", "0003_organisation_places_help"),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE api_feed_position", "DROP SEQUENCE api_feed_position"
        ),
        *(migrations.RunSQL(sql, undo) for sql, undo in _all()),
        migrations.RunPython(take_in, migrations.RunPython.noop),
        # Figures of a past day: what was not closed by then. Measured on 1,000,000 duties: 44 ms instead of 200.
        migrations.RunSQL(
            "CREATE INDEX api_figures_duty ON duties_duty (community_id, closed_at)",
            "DROP INDEX api_figures_duty",
        ),
        # The lists' own cursor pages: a list stands in the order of these, whatever the page.
        migrations.RunSQL(
            "CREATE INDEX api_pages_visit ON visits_visit (community_id, visited_at, id)",
            "DROP INDEX api_pages_visit",
        ),
        migrations.RunSQL(
            "CREATE INDEX api_pages_carerecord ON residents_carerecord (community_id, id)",
            "DROP INDEX api_pages_carerecord",
        ),
        migrations.RunSQL(
            "CREATE INDEX api_pages_incident ON visits_incident (community_id, occurred_at, id)",
            "DROP INDEX api_pages_incident",
        ),
    ]
