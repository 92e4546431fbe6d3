"""What a sweep costs as the table grows, beside the same work as one hand-written SQL statement.

Run: make bench, or .venv/bin/python benchmarks/sweep_cost.py [sizes …]   (default 20000 200000 1000000)

For each size a fresh database holds that many open duties, of which DUE have newly fallen due. Measured are the sweep
(facts recomputed; duties, events and e-mails owed written) and one SQL statement that flips the same rows and writes
the same events without recomputing anything; best of TIMES each. Ratios matter, not seconds: both ran on the same
machine in the same minute. The idle sweep is one that finds nothing due.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baibuting.settings")

DUE = 2_000
TIMES = 3
NOW = "2026-11-24 09:00+08"
BY_HAND = """
with due as (
  select c.id as clock_id, d.id as duty_id, d.community_id from duties_dutyclock c
  join duties_duty d on d.clock_id = c.id
  where c.next_check_at <= %(now)s and d.outcome = 'open' and d.due_at <= %(now)s
  order by c.next_check_at for update of c
), flipped as (
  update duties_duty d set outcome = 'overdue', rung = 1, next_check_at = d.due_at + interval '1 day'
  from due where d.id = due.duty_id returning d.id, d.community_id, d.due_at
), wound as (
  update duties_dutyclock c set next_check_at = %(now)s::timestamptz + interval '1 day'
  from due where c.id = due.clock_id returning 1
)
insert into duties_dutyevent
  (duty_id, community_id, kind, rung, told_rung, told_post, passed_over, fell_due_at, recorded_at, detail)
select id, community_id, 'raised', 1, 1, 'party_group_leader', '[]', due_at, %(now)s, '{}' from flipped
"""


def main() -> None:
    import django

    django.setup()
    from django.db import connection

    sizes = [int(size) for size in sys.argv[1:]] or [20_000, 200_000, 1_000_000]
    original = connection.settings_dict["NAME"]
    print(
        f"{'open duties':>12} {'newly due':>10} {'by hand ms':>11} {'sweep ms':>10} {'ratio':>7} {'idle sweep ms':>14}"
    )
    for size in sizes:
        name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
        try:
            fill(size)
            measure(size)
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)
            connection.settings_dict["NAME"] = original


def measure(size: int) -> None:
    """Print one line: the best of TIMES for both, each rolled back so that the next finds the same rows."""
    from visits.facts import day_calendar

    day_calendar()  # a worker has read the public calendar already
    by_hand = min(timed(run_by_hand) for _ in range(TIMES))
    swept = min(timed(run_sweep_back) for _ in range(TIMES))
    run_sweep(DUE)
    idle = min(timed(lambda: run_sweep(0)) for _ in range(TIMES))
    print(
        f"{size:>12,} {DUE:>10,} {by_hand:>11.1f} {swept:>10.1f} {swept / by_hand:>6.1f}x {idle:>14.2f}",
        flush=True,
    )


def timed(work: Callable[[], object]) -> float:
    """Return the milliseconds that one call takes."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def run_by_hand() -> None:
    """Run the hand-written statement and roll it back."""
    from django.db import connection, transaction

    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(BY_HAND, {"now": NOW})
            if cursor.rowcount != DUE:
                raise SystemExit(f"the statement wrote {cursor.rowcount} events, not {DUE}")
        transaction.set_rollback(True)


def run_sweep_back() -> None:
    """Run the product's own sweep and roll it back."""
    from django.db import transaction

    with transaction.atomic():
        run_sweep(DUE)
        transaction.set_rollback(True)


def run_sweep(due: int) -> None:
    """Run the product's own sweep; exactly `due` duties must escalate by one rung."""
    from django.utils import timezone

    from duties.sweep import sweep

    run = sweep(now=datetime.fromisoformat(NOW.replace("+08", "+08:00")), read_clock=timezone.now)
    if (run.put_off, run.escalated) != (0, due):
        raise SystemExit(f"{run.put_off} clocks were put off and {run.escalated} duties went up, not {due}")


def fill(size: int, due: int = DUE) -> None:
    """Create 100 buildings with `size` weekly records, each with one open duty; `due` of them due yesterday."""
    from django.db import connection

    from benchmarks.seed import seed_places

    community_id, first_building = seed_places(buildings=100)
    with connection.cursor() as cursor:
        cursor.execute("select id from residents_carecategory where code = 'elderly_alone'")
        category_id = cursor.fetchone()[0]
        parameters = {
            "n": size, "due": due, "community": community_id, "first": first_building, "category": category_id,
        }  # fmt: skip
        for statement in SEED:
            cursor.execute(statement, parameters)
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")


SEED = [
    # a cadre to notify in every building
    """insert into cadres_cadre (uid, community_id, name, name_initials, phone, is_party_member)
       select gen_random_uuid(), %(community)s, '组长' || i, 'zz', '', true from generate_series(0, 99) i""",
    """insert into cadres_appointment (cadre_id, post, place_id, started_on, end_reason)
       select id, 'party_group_leader', %(first)s + row_number() over (order by id) - 1, '2020-01-01', ''
       from cadres_cadre""",
    """insert into residents_household (building_id, entrance, room)
       select %(first)s + i %% 100, '1', (i / 100)::text from generate_series(1, %(n)s) i""",
    """insert into residents_resident (uid, community_id, household_id, name, name_initials, gender, id_number,
         document_kind, document_number, phone, outside_address, notes, created_at)
       select gen_random_uuid(), %(community)s, id, '某人', 'mr', '', '', '', '', '', '', '', '2026-10-01 00:00+08'
       from residents_household""",
    """insert into residents_carerecord (uid, community_id, building_id, resident_id, category_id, started_on,
         end_reason, notes, created_at)
       select gen_random_uuid(), %(community)s, h.building_id, r.id, %(category)s,
         case when row_number() over (order by r.id) <= %(due)s then date '2026-11-20' else date '2026-11-23' end,
         '', '', '2026-11-20 00:00+08'
       from residents_resident r join residents_household h on h.id = r.household_id""",
    """insert into duties_dutyclock (source, community_id, care_record_id, next_check_at, failures, last_failure)
       select 'care', community_id, id, (started_on + case when started_on < '2026-11-22' then 4 else 2 end)::timestamp
         at time zone 'Asia/Shanghai', 0, '' from residents_carerecord""",
    """insert into duties_duty (clock_id, community_id, building_id, care_record_id, category_id, kind, key,
         accountable_post, opened_on, due_on, due_at, needed, ladder, basis, outcome, rung, next_check_at, created_at)
       select c.id, r.community_id, r.building_id, r.id, r.category_id, 'first_visit',
         to_char(r.started_on, 'YYYY-MM-DD'), 'building_head', r.started_on,
         r.started_on + 3, (r.started_on + 4)::timestamp at time zone 'Asia/Shanghai', 1,
         '[[0, -48], [1, 0], [2, 24], [3, 72], [4, 168]]',
         '{"rule_version": 0, "cadence": "rolling", "first_within_days": 3}', 'open',
         case when r.started_on < '2026-11-22' then 0 end, c.next_check_at, '2026-11-20 00:00+08'
       from duties_dutyclock c join residents_carerecord r on r.id = c.care_record_id""",
    """insert into duties_dutyevent (duty_id, community_id, kind, rung, told_rung, told_post, passed_over, fell_due_at,
         recorded_at, detail)
       select id, community_id, 'raised', 0, 0, 'building_head', '[]', due_at - interval '2 days', due_at, '{}'
       from duties_duty where rung = 0""",
]

if __name__ == "__main__":
    main()
