"""Any rosters, taken back from the last to the first, leave every table as it was, but for what somebody was told of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from residents.models import CareRecord
from rosters.models import ImportRun
from rosters.undoing import undo_plan
from tests.factories import clerk, community
from tests.rosters.undoing import differences, sent, snapshot, undone
from tests.rosters.uploads import client_of, step, work
from visits.models import Visit

pytestmark = pytest.mark.django_db


@contextmanager
def taken_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


NAMES = st.sampled_from(["欧阳淑珍", "汤和", "石玉", "童立", "芦苇"])
HOMES = st.builds(
    "{}栋{}-{}01".format, st.sampled_from([101, 102]), st.integers(1, 2), st.integers(1, 3)
).map(lambda home: f"怡康苑{home}")
DAYS = st.sampled_from(["2026-11-21", "2026-11-22", "2026-11-23"])
CARED_FOR = st.tuples(NAMES, HOMES, st.sampled_from(["孤寡老人", "住院病人", "困难家庭"]), DAYS)
POSTS_OF_PARTIES = st.tuples(
    st.sampled_from(["第一党支部", "康和党总支", "社区党委"]),
    st.sampled_from(["", "社区党委", "康和党总支"]),
    st.sampled_from(["", "怡康苑", "怡康苑第一片区", "怡康苑101栋、102栋"]),
    st.one_of(NAMES, st.sampled_from(["", "空缺"])),
    st.sampled_from(["", "19912340001"]),
    st.sampled_from(["", "2026-03-01", "2026-11-23"]),
)
KINDS = st.one_of(
    st.tuples(st.just("residents"), st.lists(st.tuples(NAMES, HOMES), min_size=1, max_size=6)),
    st.tuples(st.just("care"), st.lists(CARED_FOR, min_size=1, max_size=6)),
    st.tuples(
        st.just("places"),
        st.lists(
            st.tuples(
                st.sampled_from(["怡康苑", "新苑"]),
                st.sampled_from(["第一片区", "第五片区"]),
                st.sampled_from(["101栋", "102栋", "777栋"]),
                st.integers(1, 90),
            ),
            min_size=1,
            max_size=6,
        ),
    ),
    st.tuples(
        st.just("cadres"),
        st.lists(
            st.tuples(
                st.just("怡康苑"),
                st.just("第一片区"),
                st.sampled_from(["101栋", "102栋"]),
                NAMES,
                st.sampled_from(["", "19912340001"]),
            ),
            min_size=1,
            max_size=4,
        ),
    ),
    st.tuples(st.just("party"), st.lists(POSTS_OF_PARTIES, min_size=1, max_size=4)),
)
METHODS = st.sampled_from(["上门", "电话"])
VISITS = st.lists(st.tuples(DAYS, NAMES, METHODS), min_size=1, max_size=6)
HEADERS = {
    "residents": ["姓名", "住址"],
    "care": ["姓名", "住址", "对象类别", "纳入日期"],
    "places": ["苑区", "片区", "楼栋", "户数"],
    "visits": ["走访日期", "走访人", "走访方式", "走访对象", "住址"],
    "cadres": ["苑区", "片区", "楼栋", "楼栋长姓名", "楼栋长电话"],
    "party": ["党组织名称", "上级党组织", "覆盖范围", "书记", "联系电话", "任职日期"],
}


@st.composite
def rosters(draw: st.DrawFn) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """One to three files; of those that list people to be visited every second one is followed by visits to them."""
    files = []
    for kind, rows in draw(st.lists(KINDS, min_size=1, max_size=3)):
        files.append((kind, rows))
        if kind == "care" and draw(st.booleans()):
            files.append(("visits", [(*one, *draw(st.sampled_from(rows))[:2]) for one in draw(VISITS)]))
    return files


@given(files=rosters())
@settings(
    max_examples=10,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_rosters_taken_back_in_turn_leave_nothing(
    now: datetime, files: list[tuple[str, list[tuple[Any, ...]]]]
) -> None:
    with taken_back():
        office = client_of(clerk(community().place))
        before: dict[str, list[Any]] = snapshot()
        runs: list[ImportRun] = []
        for kind, rows in files:
            run = sent(office, now, kind, [HEADERS[kind], *rows])
            if run.accepted:
                step(office, run, "confirm")
                work(now)
                runs.append(run)
        stay = (
            set()
        )  # a visit that took an escalation back is voided, not erased; so whom it was made to stays
        for run in reversed(runs):
            run.refresh_from_db()
            plan = undo_plan(run)
            if run.kind == "visits" and plan.told()["ended"]:
                stay = {"visits.Visit", "residents.Resident", "residents.Household"}
            assert plan.is_whole or stay, json.dumps(plan.told(), ensure_ascii=False)
            if plan.does_something:
                undone(run, now, partly=not plan.is_whole)
        assert set(differences(before)) == stay
        assert not Visit.objects.filter(voided_at=None).exists()
        assert not CareRecord.objects.exists()
