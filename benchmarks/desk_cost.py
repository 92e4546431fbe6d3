"""What the desk of one community costs on 1,000,000 duties in 60 communities, beside hand-written SQL.

Run: make bench, or .venv/bin/python benchmarks/desk_cost.py [duties]

The data are those of api_cost.py, with a 楼栋长 in nine buildings of ten. Measured is the database's time of all queries of one
page, requested through its address by the 党委书记 of one community (best of TIMES); the page's own numbers beside it
by hand: three statements for the numbers by building, the weeks and the never seen, written for these alone.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.api_cost import best, by_hand, fill, line, on_a_test_database

LIMIT_MS = 100


def main() -> None:
    duties = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    on_a_test_database(lambda: (fill(duties), staff(), measure()))


def staff() -> None:
    """Create post holders, in nine buildings of ten, and a secretary with an account in every community."""
    from django.db import connection

    with connection.cursor() as cursor:
        for statement in STAFF:
            cursor.execute(statement)
    connection.commit()
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")


STAFF = [
    """insert into cadres_cadre (uid, community_id, name, name_initials, phone, is_party_member)
       select gen_random_uuid(), community_id, '楼栋长' || id, 'lzz', '', false
       from buildings_place where level in (1, 4) and (level = 1 or id % 10 > 0)""",
    """insert into cadres_appointment (cadre_id, post, place_id, started_on, end_reason)
       select c.id, case p.level when 1 then 'committee_secretary' else 'building_head' end, p.id, '2020-01-01', ''
       from cadres_cadre c join buildings_place p on c.name = '楼栋长' || p.id""",
]


def measure() -> None:
    from django.test import Client
    from django.utils import timezone

    from accounts.choices import Role
    from accounts.models import User
    from baibuting.common.days import local_day, midnight
    from buildings.models import Place
    from cadres.models import Cadre

    home = Place.objects.filter(parent=None).order_by("pk")[30]
    account = User.objects.create_user("secretary", role=Role.CADRE)
    Cadre.objects.filter(name=f"楼栋长{home.pk}").update(user=account)
    client = Client()
    client.force_login(account)
    today = local_day(timezone.now())
    then = today - timedelta(days=100)

    def page(url: str) -> Any:
        def ask() -> None:
            answer = client.get(url)
            if answer.status_code != 200:
                raise SystemExit(f"{url}: {answer.status_code}")

        ask()
        return best(ask)

    quarter = Place.objects.filter(parent=home).order_by("pk")[0]
    building = Place.objects.filter(level=4, path__startswith=quarter.path).order_by("pk")[0]
    now_by_hand = sum(by_hand(sql, {"home": home.pk, "today": today}) for sql in DESK_BY_HAND)
    past_by_hand = sum(by_hand(sql, {"home": home.pk, "day": then, "then": midnight(then + timedelta(days=1))}) for sql in PAST_BY_HAND)  # fmt: skip
    print(f"{'':<46} {'queries':>8} {'db ms':>9} {'by hand':>9} {'ratio':>7}")
    desk = page("/")
    line("desk of one community", desk, now_by_hand)
    past = page(f"/?as_of={then}")
    line("desk as of a day a hundred days ago", past, past_by_hand)
    line("page of a 苑区", page(f"/places/{quarter.pk}/"))
    line("page of a 楼栋", page(f"/places/{building.pk}/"))
    for name in ("duties/?state=overdue", "duties/?state=unowned", "never-seen/?", "vacancies/?", "load/?"):
        line(f"list {name}", page(f"/{name}"))
        line(f"list {name}, a hundred days ago", page(f"/{name}&as_of={then}"))
    print(f"{'within' if max(desk[0], past[0]) <= LIMIT_MS else 'ABOVE'} {LIMIT_MS} ms of database time")


_TREE = """from duties_duty d join buildings_place b on b.id = d.building_id join buildings_place p on p.id = b.parent_id
where d.community_id = %(home)s"""
_HELD = """exists (select 1 from cadres_appointment a where a.place_id = d.building_id and a.post = d.accountable_post
and a.organisation_id is null and a.started_on <= {day} and (a.ended_on is null or a.ended_on >= {day}))"""
_WEEKS = f"""select p.parent_id, date_trunc('week', d.due_on), count(*), count(*) filter (where d.outcome = 'in_time')
{_TREE} and d.outcome <> 'cancelled' and d.due_at >= date_trunc('week', {{day}}::date) - interval '84 days'
and d.due_at <= date_trunc('week', {{day}}::date) + interval '1 day'
and d.due_on >= date_trunc('week', {{day}}::date)::date - 84 and d.due_on < date_trunc('week', {{day}}::date)::date
group by 1, 2"""
_NEVER_SEEN = """select r.building_id, count(*) from residents_carerecord r where r.community_id = %(home)s and {open}
and not exists (select 1 from visits_visit v where v.resident_id = r.resident_id and v.voided_at is null and v.seen
and v.visited_at >= r.started_on and {until}) group by 1"""
DESK_BY_HAND = (
    f"""select d.building_id, max(d.rung) filter (where d.outcome = 'overdue'), count(*) filter (where d.outcome = 'overdue'),
    count(*) filter (where d.outcome = 'open' and d.due_on = %(today)s),
    count(*) filter (where d.outcome = 'open' and d.due_on > %(today)s and d.due_on <= %(today)s::date + 7),
    count(*) filter (where d.outcome = 'open' and d.due_on <= %(today)s::date + 30),
    count(*) filter (where not {_HELD.format(day="%(today)s")})
    {_TREE} and d.outcome in ('open', 'overdue') group by 1""",
    _WEEKS.format(day="%(today)s"),
    _NEVER_SEEN.format(open="r.ended_on is null", until="true"),
)
PAST_BY_HAND = (
    f"""select d.building_id, count(*) filter (where d.due_at < %(then)s),
    count(*) filter (where d.due_at >= %(then)s and d.due_on <= %(day)s::date + 30),
    count(*) filter (where not {_HELD.format(day="%(day)s")})
    {_TREE} and d.opened_on <= %(day)s and (d.closed_at is null or d.closed_at >= %(then)s) group by 1""",
    _WEEKS.format(day="%(day)s"),
    _NEVER_SEEN.format(
        open="r.started_on <= %(day)s and (r.ended_on is null or r.ended_on > %(day)s)",
        until="v.visited_at < %(then)s",
    ),
)

if __name__ == "__main__":
    main()
