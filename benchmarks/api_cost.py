"""What `stats/`, lists and the feed cost on 1,000,000 duties in 60 communities, beside hand-written SQL.

Run: make bench, or .venv/bin/python benchmarks/api_cost.py [duties]

60 communities of 4 苑区 × 4 片区 × 6 楼栋; every tenth duty runs, a fifth of those are overdue; one visit a settled duty.
Measured is the database's time of all queries of one request (best of TIMES), by one community's client and, for
the pages, by the district's, which reads all sixty. By hand: a statement written for that one answer alone.
Ratios matter, and how they change from the first page to the last, not milliseconds.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baibuting.settings")

COMMUNITIES, BUILDINGS, ROUNDS = 60, 96, 10
TIMES = 5
PAGE = 100
NUMBERS = count(1)  # of the clients it makes


def main() -> None:
    duties = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    on_a_test_database(lambda: (fill(duties), measure()))


def on_a_test_database(work: Callable[[], Any]) -> None:
    """Call `work` on an empty database with every table, and drop it afterwards."""
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.test.utils import setup_test_environment

    original = connection.settings_dict["NAME"]
    setup_test_environment()
    settings.LOGGING_CONFIG = None
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        work()
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)
        connection.settings_dict["NAME"] = original


class Clock:
    """Adds up the time that queries take."""

    def __init__(self) -> None:
        self.ms = 0.0
        self.count = 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.ms += (time.perf_counter() - started) * 1000
            self.count += 1


@contextmanager
def clocked() -> Iterator[Clock]:
    from django.db import connection

    clock = Clock()
    with connection.execute_wrapper(clock):
        yield clock


def best(work: Callable[[], Any]) -> tuple[float, int]:
    """Return (milliseconds in the database, queries) of the best of TIMES."""
    found = []
    for _ in range(TIMES):
        with clocked() as clock:
            work()
        found.append((clock.ms, clock.count))
    return min(found)


def by_hand(sql: str, params: Any = ()) -> float:
    """Return the milliseconds that one statement takes, best of TIMES."""
    from django.db import connection

    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            cursor.fetchall()

    return best(run)[0]


def line(what: str, cost: tuple[float, int], hand: float | None = None) -> None:
    beside = f"{hand:>9.1f} {cost[0] / hand:>6.1f}x" if hand else ""
    print(f"{what:<46} {cost[1]:>8} {cost[0]:>9.1f} {beside}", flush=True)


def measure() -> None:
    from buildings.models import Place

    print(f"{'':<46} {'queries':>8} {'db ms':>9} {'by hand':>9} {'ratio':>7}")
    home = Place.objects.filter(parent=None).order_by("pk")[30]
    measure_stats(home)
    measure_pages()
    measure_feed()


DESK_BY_HAND = """
select q.id, count(*) filter (where d.outcome = 'overdue'),
  count(*) filter (where d.outcome = 'open' and d.due_on = %(today)s),
  count(*) filter (where d.outcome = 'open' and d.due_on > %(today)s and d.due_on <= %(today)s::date + 7)
from duties_duty d join buildings_place b on b.id = d.building_id
join buildings_place p on p.id = b.parent_id join buildings_place q on q.id = p.parent_id
where d.community_id = %(home)s and d.outcome in ('open', 'overdue') group by q.id
"""
PAST_BY_HAND = """
select q.id, count(*) from duties_duty d join buildings_place b on b.id = d.building_id
join buildings_place p on p.id = b.parent_id join buildings_place q on q.id = p.parent_id
where d.community_id = %(home)s and d.due_at < %(then)s and (d.closed_at is null or d.closed_at >= %(then)s) group by q.id
"""


def measure_stats(home: Any) -> None:
    from django.utils import timezone

    from baibuting.common.days import local_day, midnight

    today = local_day(timezone.now())
    own, outside = asking("community", [home]), asking("outside", [home])
    line(
        "stats/ of one community, by 苑区",
        best(lambda: own("stats/", level="quarter")),
        by_hand(DESK_BY_HAND, {"home": home.pk, "today": today}),
    )
    then = today - timedelta(days=100)
    line(
        "stats/ as of a past day",
        best(lambda: own("stats/", level="quarter", as_of=then.isoformat())),
        by_hand(PAST_BY_HAND, {"home": home.pk, "then": midnight(then)}),
    )
    first = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    last = today.replace(day=1) - timedelta(days=1)
    period = {"from": first.isoformat(), "to": last.isoformat()}
    line("stats/ of a month, by 楼栋", best(lambda: own("stats/", level="building", **period)))
    line("stats/ of a month, outside, by 片区", best(lambda: outside("stats/", level="precinct", **period)))


def asking(audience: str, places: list[Any]) -> Callable[..., Any]:
    """Return a client of these places as a function (path, parameters) → answer."""
    from django.test import Client
    from django.utils import timezone

    from api.choices import Grant
    from api.services import client_open, token_issue

    now = timezone.now()
    grants = [grant for grant in Grant if not grant.value.endswith("_names")]
    client = client_open(
        name=f"测算 {next(NUMBERS)}", audience=audience, places=places, grants=grants, purpose="测算",
        now=now, by=None, rate=6000,
    )  # fmt: skip
    _, token = token_issue(
        client=client, label="测算", grants=grants, expires_at=now + timedelta(days=1), now=now, by=None
    )
    http = Client(headers={"Authorization": f"Bearer {token}"})

    def ask(path: str, **params: Any) -> Any:
        answer = http.get(f"/api/v1/{path}", params)
        if answer.status_code != 200:
            raise SystemExit(answer.content.decode())
        return answer.json()

    return ask


def measure_pages() -> None:
    from api.views.paging import encode
    from buildings.models import Place
    from duties.models import Duty

    district = asking("outside", list(Place.objects.filter(parent=None)))
    one = asking("community", [Place.objects.filter(parent=None).order_by("pk")[30]])
    total = Duty.objects.count()
    order = ("community_id", "due_at", "id")
    for page in (1, 100, total // PAGE):
        skip = (page - 1) * PAGE
        params: dict[str, Any] = {"limit": PAGE}
        behind = None
        if skip:
            behind = Duty.objects.order_by(*order)[skip - 1 : skip].values_list(*order).get()
            params["cursor"] = encode(list(behind))
        cost = best(lambda params=params: district("duties/", **params))
        line(f"duties/, all communities, page {page:,}", cost, by_hand(*_page_by_hand(behind)))
        line(f"  the same by OFFSET {skip:,}", (by_hand(OFFSET_BY_HAND, [PAGE, skip]), 1))
    for params in ({}, {"outcome": "overdue"}, {"under": _some_building(one)}):
        line(
            f"duties/ of one community {params or ''}",
            best(lambda params=params: one("duties/", limit=PAGE, **params)),
        )
    for path in ("care-records/", "visits/"):
        line(f"{path} of one community", best(lambda path=path: one(path, limit=PAGE)))


def _some_building(ask: Callable[..., Any]) -> int:
    return int(ask("places/", level="building", limit=1)["results"][0]["id"])


COLUMNS = "id, kind, building_id, care_record_id, accountable_post, opened_on, due_on, due_at, outcome, rung"
OFFSET_BY_HAND = f"select {COLUMNS} from duties_duty order by community_id, due_at, id limit %s offset %s"


def _page_by_hand(behind: Any) -> tuple[str, Any]:
    condition = "where (community_id, due_at, id) > (%s, %s, %s)" if behind else ""
    sql = f"select {COLUMNS} from duties_duty {condition} order by community_id, due_at, id limit {PAGE}"
    return sql, list(behind or ())


def measure_feed() -> None:
    from api.models import FeedEntry
    from api.services import feed_epoch, feed_number
    from buildings.models import Place

    while feed_number(batch=100_000):
        pass
    home = Place.objects.filter(parent=None).order_by("pk")[30]
    ask = asking("community", [home])
    first = ask("changes/", limit=PAGE)
    line("changes/, first page", best(lambda: ask("changes/", limit=PAGE)))
    from api.views.paging import decode, encode

    last = FeedEntry.objects.filter(community=home).order_by("-position")[PAGE].position
    since = encode([str(feed_epoch()), decode(first["next"])[1], last])
    line("changes/, last page", best(lambda: ask("changes/", limit=PAGE, since=since)))


# --- filling ---------------------------------------------------------------------------------------------------------
def fill(duties: int) -> None:
    """Insert the data by plain SQL, with triggers."""
    from django.db import connection
    from django.utils import timezone

    records = duties // ROUNDS
    now = timezone.now()
    with connection.cursor() as cursor:
        parameters = {
            "records": records, "communities": COMMUNITIES, "buildings": BUILDINGS, "rounds": ROUNDS,
            "today": now.date(), "now": now, "long_ago": datetime(2020, 1, 1, tzinfo=UTC),
        }  # fmt: skip
        for statement in SEED:
            cursor.execute(statement, parameters)
    connection.commit()
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")


# ids: a community c in 1…60 has id c·1000, its 苑区 +1…4, 片区 +11…26, 楼栋 +101…196
SEED = [
    """insert into buildings_place (uid, id, level, parent_id, community_id, name, code, path, sort_key, remark)
       select gen_random_uuid(), c * 1000, 1, null, c * 1000, '社区' || c, '', '/' || c * 1000 || '/', lpad(c::text, 6, '0'), ''
       from generate_series(1, %(communities)s) c""",
    """insert into buildings_place (uid, id, level, parent_id, community_id, name, code, path, sort_key, remark)
       select gen_random_uuid(), p.id + q, 2, p.id, p.id, '苑' || q, '', p.path || p.id + q || '/', q::text, ''
       from buildings_place p, generate_series(1, 4) q where p.level = 1""",
    """insert into buildings_place (uid, id, level, parent_id, community_id, name, code, path, sort_key, remark)
       select gen_random_uuid(), p.community_id + 10 + (p.id %% 1000 - 1) * 4 + n, 3, p.id, p.community_id, '第' || n || '片区', '',
         p.path || p.community_id + 10 + (p.id %% 1000 - 1) * 4 + n || '/', n::text, ''
       from buildings_place p, generate_series(1, 4) n where p.level = 2""",
    """insert into buildings_place (uid, id, level, parent_id, community_id, name, code, path, sort_key, remark)
       select gen_random_uuid(), p.community_id + 100 + (p.id %% 1000 - 11) * 6 + n, 4, p.id, p.community_id, n || '栋', '',
         p.path || p.community_id + 100 + (p.id %% 1000 - 11) * 6 + n || '/', n::text, ''
       from buildings_place p, generate_series(1, 6) n where p.level = 3""",
    "update buildings_place set sort_path = path",
    """insert into residents_household (building_id, entrance, room)
       select (1 + i %% %(communities)s) * 1000 + 101 + (i / %(communities)s) %% %(buildings)s, '1',
         (i / (%(communities)s * %(buildings)s))::text
       from generate_series(1, %(records)s) i""",
    """insert into residents_resident (uid, community_id, household_id, name, name_initials, gender, id_number,
         document_kind, document_number, phone, outside_address, notes, created_at)
       select gen_random_uuid(), h.building_id / 1000 * 1000, h.id, '某人', 'mr', '', '', '', '', '', '', '', %(long_ago)s
       from residents_household h""",
    """insert into residents_carerecord (uid, community_id, building_id, resident_id, category_id, started_on,
         end_reason, notes, created_at)
       select gen_random_uuid(), r.community_id, h.building_id, r.id,
         (array(select id from residents_carecategory order by id))[1 + r.id %% 5],
         %(today)s::date - %(rounds)s * 30, '', '', %(long_ago)s
       from residents_resident r join residents_household h on h.id = r.household_id""",
    """insert into duties_dutyclock (source, community_id, care_record_id, next_check_at, failures, last_failure)
       select 'care', community_id, id, %(now)s::timestamptz + interval '1 day', 0, '' from residents_carerecord""",
    """insert into duties_duty (clock_id, community_id, building_id, care_record_id, category_id, kind, key,
         accountable_post, opened_on, due_on, due_at, needed, ladder, basis, outcome, rung, done_at, closed_at, created_at)
       select c.id, r.community_id, r.building_id, r.id, r.category_id, 'routine',
         to_char(t.due_on - 30, 'YYYY-MM-DD'), 'building_head', t.due_on - 30, t.due_on, t.due_at, 1, '[[0, -48], [1, 0], [2, 24], [3, 72], [4, 168]]', '{}',
         case when not t.running then 'in_time' when t.due_at <= %(now)s then 'overdue' else 'open' end,
         case when not t.running then 0 when t.due_at <= %(now)s then 1 + c.id %% 4 end,
         case when not t.running then t.due_at - interval '3 days' end,
         case when not t.running then t.due_at - interval '3 days' end, t.due_at - interval '30 days'
       from duties_dutyclock c join residents_carerecord r on r.id = c.care_record_id
       cross join generate_series(1, %(rounds)s) n
       cross join lateral (
         select d.due_on, (d.due_on + 1)::timestamp at time zone 'Asia/Shanghai' as due_at, n = %(rounds)s as running
         from (select %(today)s::date + 24 - (%(rounds)s - n) * 30 - (c.id %% 30)::int as due_on) d
       ) t""",
    """insert into visits_visit (uid, community_id, building_id, resident_id, visited_at, has_time, received_at, method,
         seen, visitor_post, visitor_name, notes, request, origin, void_reason)
       select gen_random_uuid(), d.community_id, d.building_id, r.resident_id, d.done_at, true, d.done_at, 'home', true,
         '', '某人', '', '', 'office', ''
       from duties_duty d join residents_carerecord r on r.id = d.care_record_id where d.done_at is not null""",
    "select setval('buildings_place_id_seq', 1000000)",
]

if __name__ == "__main__":
    main()
