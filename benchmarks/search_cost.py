"""What one search costs among 180,000 residents of a community, and what it would with an index that holds the names.

Run: make bench, or .venv/bin/python benchmarks/search_cost.py [people]

One community of 96 buildings, of which the office sees all and a branch secretary one 片区; sealed columns as wide as real ones.
Measured is the database's time of all queries of one search (best of TIMES). Beside it stands the same with an index of community
and name that includes initials and id, so that PostgreSQL could read names without the wide rows; docs/adr/0131.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.api_cost import best, on_a_test_database

SEARCHES = (
    ("a name", "李国强"), ("a given name", "秀英"), ("a surname", "张"), ("initials", "zxy"),
    ("pinyin", "zhangxiuying"), ("a flat", "504栋2-102"), ("a room", "2单元102"), ("a building", "504"),
    ("a name nobody has", "欧阳不在"),
)  # fmt: skip
FLATS_A_BUILDING = 640


def main() -> None:
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 180_000
    on_a_test_database(lambda: (fill(people), measure()))


def fill(people: int) -> None:
    """Insert places by the services, residents by plain SQL."""
    from django.db import connection

    from baibuting.common.names import pinyin_initials
    from benchmarks.seed import seed_places
    from buildings.models import Place

    community, first = seed_places(buildings=96)
    Place.objects.filter(pk=first).update(name="504栋")
    surnames, given = (
        "张王李赵陈杨黄周吴徐孙马朱胡林郭何高罗郑",
        "秀英国强玉兰桂芳建华志明丽娟海燕春梅小红文军",
    )
    names = [
        f"{surname}{given[at]}{given[(at * 7 + step) % len(given)]}"
        for surname in surnames
        for at in range(len(given))
        for step in range(len(given))
    ] + ["张秀英", "李国强"]
    with connection.cursor() as cursor:
        cursor.execute("create temporary table known (at serial, name text, initials text)")
        cursor.executemany(
            "insert into known (name, initials) values (%s, %s)",
            [(name, pinyin_initials(name)) for name in dict.fromkeys(names)],
        )
        cursor.execute(
            """insert into residents_household (building_id, entrance, room)
               select %s + b, 1 + f %% 4, (1 + f / 40)::text || lpad((1 + (f / 4) %% 10)::text, 2, '0')
               from generate_series(0, 95) b, generate_series(0, %s - 1) f""",
            [first, FLATS_A_BUILDING],
        )
        cursor.execute(
            """insert into residents_resident (uid, community_id, household_id, name, name_initials, gender, id_number,
                 document_kind, document_number, phone, outside_address, notes, created_at)
               select gen_random_uuid(), %s, h.id, k.name, k.initials, '', decode(repeat('ab', 56), 'hex'), '', '',
                 decode(repeat('ab', 50), 'hex'), '', decode(repeat('ab', 90), 'hex'), %s
               from generate_series(1, %s) i
               join known k on k.at = 1 + i %% (select count(*) from known)
               join (select id, row_number() over (order by id) as at from residents_household) h
                 on h.at = 1 + i %% (select count(*) from residents_household)""",
            [community, datetime(2020, 1, 1, tzinfo=UTC), people],
        )
    connection.commit()
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")


def measure() -> None:
    from django.db import connection
    from django.utils import timezone

    from accounts.choices import Role
    from accounts.models import User
    from buildings.models import Place
    from buildings.scope import Scope
    from buildings.viewer import Viewer
    from search.rules import asked
    from search.selectors import found_by_words

    community, precinct = Place.objects.get(level=1), Place.objects.get(level=3)
    office = Viewer(
        User.objects.create_user("clerk", role=Role.OFFICE),
        Scope(paths=frozenset({community.path}), full_names=True),
        timezone.now(),
    )
    secretary = Viewer(
        User.objects.create_user("branch", role=Role.CADRE),
        Scope(paths=frozenset({precinct.path})),
        timezone.now(),
    )
    found_by_words(asked("zhangxiuying"), office)  # loads the tables of readings

    def costs() -> list[tuple[float, int]]:
        return [
            best(lambda text=text, viewer=viewer: found_by_words(asked(text), viewer))
            for _, text in SEARCHES
            for viewer in (office, secretary)
        ]

    now = costs()
    with connection.cursor() as cursor:
        cursor.execute(
            "create index tried on residents_resident (community_id, name) include (name_initials, id)"
        )
        cursor.execute("vacuum analyze residents_resident")
    indexed = costs()
    print(
        f"{'':<20} {'office, ms':>12} {'with index':>14} {'secretary, ms':>14} {'with index':>14} {'queries':>8}"
    )
    for at, (what, _) in enumerate(SEARCHES):
        own, other = 2 * at, 2 * at + 1
        print(
            f"{what:<20} {now[own][0]:>12.1f} {indexed[own][0]:>14.1f} {now[other][0]:>14.1f} {indexed[other][0]:>14.1f} {now[own][1]:>8}"
        )


if __name__ == "__main__":
    main()
