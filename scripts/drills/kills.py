"""Sweeps killed at random tell exactly what one undisturbed sweep tells.

Run: .venv/bin/python scripts/drills/kills.py [--due 2000] [--of 20000] [--kills 20] [--seed 1]

One database is filled with `--of` open duties, `--due` of which have newly fallen due, and copied. One copy is swept by one
process in peace. On the other two sweepers work, each a main process with a child, as a Celery worker is; `--kills` times a
child, a main process or a backend of PostgreSQL gets kill -9 at a random moment while work is left. A killed backend takes the
whole server through crash recovery. What is killed is started again, as systemd would; at the end one more sweep comes, as every
minute. Then every event and every duty of both must be equal, column by column but for ids.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from stage import asked, backends_of, children_of, ended, fail, killed, say, stage, started

NOW = "2026-11-24T09:00:00+08:00"  # benchmarks/sweep_cost.py fills for this moment
SWEEPERS = 2
BATCH = 50  # small, so that a kill costs little and many of them find work
TARGETS = {"child": 6, "main": 2, "backend": 2}  # how often each in ten
EVENTS = """
SELECT duty_id, kind, rung, told_rung, told_post, told_cadre_id, passed_over, fell_due_at, recorded_at, detail
FROM duties_dutyevent ORDER BY 1, 2, 3, 8
"""
DUTIES = """
SELECT id, outcome, rung, done_at, closed_at, next_check_at, waived FROM duties_duty ORDER BY 1
"""
CLOCKS = "SELECT id, next_check_at, failures FROM duties_dutyclock ORDER BY 1"
OWED = """
SELECT event.duty_id, event.kind, event.rung, owed.cadre_id FROM duties_noticedelivery owed
JOIN duties_dutyevent event ON event.id = owed.event_id ORDER BY 1, 2, 3, 4
"""


def main() -> None:
    asked_for = _arguments()
    if asked_for.sweeper:
        _sweep_until_nothing_is_left()
        return
    with stage():
        _drill(asked_for.due, asked_for.of, asked_for.kills, random.Random(asked_for.seed))  # noqa: S311 - a drill


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--due", type=int, default=2_000, help="duties that have newly fallen due")
    parser.add_argument("--of", type=int, default=20_000, help="open duties in all")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1, help="of the moments and targets of the kills")
    parser.add_argument("--sweeper", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _drill(due: int, of: int, kills: int, chance: random.Random) -> None:
    from django.db import connection

    from benchmarks.sweep_cost import fill

    disturbed = connection.settings_dict["NAME"]
    say(f"filling it with {of:,} duties, {due:,} of them newly due ...")
    fill(of, due=due)
    connection.close()
    asked(f'CREATE DATABASE quiet TEMPLATE "{disturbed}"')
    seconds = _swept_in_peace()
    say(f"undisturbed: {seconds:.1f} s; now with {kills} kills ...")
    began = time.monotonic()
    counts = _swept_under_fire(disturbed, kills, seconds, chance)
    told = ", ".join(f"{count} {target}" for target, count in sorted(counts.items()))
    say(f"killed: {told}; {time.monotonic() - began:.0f} s")
    _compare(disturbed, due)


def _swept_in_peace() -> float:
    began = time.monotonic()
    sweeper = _sweeper("quiet")
    if sweeper.wait() != 0:
        fail("the undisturbed sweep did not come to its end")
    return time.monotonic() - began


def _swept_under_fire(database: str, kills: int, seconds: float, chance: random.Random) -> Counter[str]:
    """Kill that often while work is left, then let everything come to its end. Return the kills by target."""
    sweepers = [_sweeper(database) for _ in range(SWEEPERS)]
    counts: Counter[str] = Counter()
    try:
        while counts.total() < kills:
            time.sleep(chance.uniform(0, seconds / kills))
            if not _left(database):
                fail(f"nothing was left after {counts.total()} kills; ask for more duties")
            sweepers = [one if one.poll() is None else _sweeper(database) for one in sweepers]
            counts.update(_kill(sweepers, database, chance))
        sweepers = [one if one.poll() is None else _sweeper(database) for one in sweepers]
        for one in sweepers:
            one.wait()
    finally:
        for one in sweepers:
            ended(one)
    last = _sweeper(database)
    if last.wait() != 0:
        fail("the sweep after all kills did not come to its end")
    return counts


def _kill(sweepers: list[subprocess.Popen[bytes]], database: str, chance: random.Random) -> list[str]:
    """Kill something at random; return its name, or nothing where no such process was there."""
    (target,) = chance.choices(list(TARGETS), weights=list(TARGETS.values()))
    sweeper = chance.choice(sweepers)
    found = {
        "child": lambda: children_of(sweeper.pid),
        "main": lambda: [sweeper.pid] if children_of(sweeper.pid) else [],
        "backend": lambda: backends_of(database),
    }[target]()
    return [target] if found and killed(chance.choice(found)) else []


def _left(database: str) -> int:
    ((count,),) = asked(
        "SELECT count(*) FROM duties_dutyclock WHERE next_check_at <= %s", NOW, database=database
    )
    return int(count)


def _compare(disturbed: str, due: int) -> None:
    for what, sql in (("events", EVENTS), ("duties", DUTIES), ("clocks", CLOCKS), ("mails owed", OWED)):
        quiet, fired = asked(sql, database="quiet"), asked(sql, database=disturbed)
        if quiet != fired:
            differing = len(set(map(str, quiet)) ^ set(map(str, fired)))
            fail(
                f"{what} differ: {len(quiet):,} undisturbed, {len(fired):,} killed, {differing:,} not in both"
            )
        say(f"{what}: {len(quiet):,} and {len(fired):,}, equal")
    ((raised,),) = asked(
        "SELECT count(*) FROM duties_dutyevent WHERE kind = 'raised' AND rung > 0", database=disturbed
    )
    if raised != due:
        fail(f"{raised:,} escalations of {due:,} duties that fell due")
    say(f"PASSED: each of {due:,} duties was told of exactly once")


def _sweeper(database: str) -> subprocess.Popen[bytes]:
    from django.conf import settings

    from baibuting.common import embedded_postgres

    url = embedded_postgres.cluster_of(settings.HOME).url_of(database)
    return started([sys.executable, str(Path(__file__).resolve()), "--sweeper"], DATABASE_URL=url)


def _sweep_until_nothing_is_left() -> None:
    """Be a sweeper: load everything once, then have children sweep, one after the other, until one finds nothing."""
    import django

    django.setup()
    from django.utils import timezone

    from duties.sweep import sweep

    now = datetime.fromisoformat(NOW)
    while True:
        child = os.fork()
        if child == 0:
            looked_at = 1
            with suppress(Exception):  # PostgreSQL is in recovery: the next child tries again
                looked_at = sweep(now=now, read_clock=timezone.now, batch=BATCH).looked_at
            os._exit(0 if looked_at == 0 else 1)
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
            return
        time.sleep(0.05)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the stage is taken down
    main()
