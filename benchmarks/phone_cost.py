"""What the phone's 今日 costs on 1,000,000 duties in 60 communities, queried by place alone and by community too.

Run: make bench, or .venv/bin/python benchmarks/phone_cost.py [duties]

The data are those of desk_cost.py. Measured is the database's time of all queries of one page (best of TIMES) for the
楼栋长 of one building; and of the running duties of that building and of a 片区, with the number of rows that the
planner expects to read. The former way names the places of a scope alone (`building in (…)`); today's names its
communities beside them (`ScopedQuerySet.within`), with which every index of rows that lie at a place begins.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.api_cost import best, fill, on_a_test_database
from benchmarks.desk_cost import staff


def main() -> None:
    duties = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    on_a_test_database(lambda: (fill(duties), staff(), measure()))


def within_by_place_alone(rows: Any, scope: Any) -> Any:
    """Narrow rows to a scope as before communities were named too."""
    from buildings.models import Place
    from buildings.scope import path_condition

    if scope.everywhere or not scope.paths:
        return rows.all() if scope.everywhere else rows.none()
    if not rows.model.place_lookup:
        return rows.filter(path_condition(scope))
    return rows.filter(
        **{f"{rows.model.place_lookup}__in": Place.objects.filter(path_condition(scope)).values("pk")}
    )


def measure() -> None:
    from accounts.choices import Role
    from accounts.models import User
    from buildings.models import Place
    from buildings.scope import Scope
    from cadres.models import Cadre
    from duties.choices import RUNNING
    from duties.models import Duty

    building = Place.objects.filter(level=4).order_by("pk")[30 * 96]
    account = User.objects.create_user("head", role=Role.CADRE)
    Cadre.objects.filter(name=f"楼栋长{building.pk}").update(user=account)

    print(f"{'':<34} {'by place alone, ms':>20} {'by community too, ms':>22} {'ratio':>7}")
    compare("phone's 今日 of a 楼栋长", page_of(account))
    for what, path in (("a 楼栋", building.path), ("a 片区", building.parent.path)):
        scope = Scope(paths=frozenset({path}))
        compare(f"running duties of {what}", lambda scope=scope: list(Duty.objects.within(scope).filter(outcome__in=RUNNING)))  # fmt: skip
        print(f"  rows the planner expects to read: {rows_read(scope, former=True):,}; {rows_read(scope, former=False):,}")  # fmt: skip


def page_of(account: Any) -> Callable[[], Any]:
    """Return a function that requests the phone's 今日 of an account."""
    from django.test import Client

    client = Client()
    client.force_login(account)

    def ask() -> None:
        answer = client.get("/m/")
        if answer.status_code != 200:
            raise SystemExit(f"/m/: {answer.status_code}")

    return ask


def compare(what: str, work: Callable[[], Any]) -> None:
    """Print the cost of some work the former way and today's."""
    with patch("buildings.scope.ScopedQuerySet._inside", within_by_place_alone):
        work()
        before = best(work)[0]
    work()
    now = best(work)[0]
    print(f"{what:<34} {before:>20.1f} {now:>22.1f} {before / now:>6.1f}x", flush=True)


def rows_read(scope: Any, *, former: bool) -> int:
    """Return how many rows of duties the plan expects to read for the running ones of a scope."""
    from duties.choices import RUNNING
    from duties.models import Duty

    rows = within_by_place_alone(Duty.objects.all(), scope) if former else Duty.objects.within(scope)
    plan = json.loads(rows.filter(outcome__in=RUNNING).explain(format="json"))[0]["Plan"]
    return max(node["Plan Rows"] for node in _nodes(plan) if node.get("Relation Name") == "duties_duty")


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(inner for below in plan.get("Plans", []) for inner in _nodes(below))]


if __name__ == "__main__":
    main()
