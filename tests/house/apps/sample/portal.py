"""What the house must know of benches."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from sample.importers import BENCH_FIELDS, benches_import
from sample.models import Bench
from sample.payloads import look_read, look_words
from sample.programs import BenchRow
from sample.selectors import benches_at
from sample.services import bench_look_enter
from sample.undo import UNDOES

from accounts.choices import Role
from accounts.routing import PEOPLE, account_of, list_link
from accounts.rules import sees_people
from baibuting.common.portal import (
    Access,
    AdminRoute,
    Card,
    EntryKind,
    Figure,
    Link,
    NoteKind,
    PageLink,
    Portal,
    RosterKind,
    Route,
    RowKind,
    Urls,
)
from buildings.viewer import viewer_of


def _sees_people(request: HttpRequest) -> bool:
    return sees_people(account_of(request))


def _count(request: HttpRequest) -> dict[str, Any]:
    return {"count": Bench.objects.within(viewer_of(request).scope).count()}


PORTAL = Portal(
    urls=(Urls("benches/", "sample.urls"),),
    links=(Link("长椅一览", "sample:benches", 75, _sees_people), list_link("长椅", "sample.bench", 76)),
    routes={
        "sample:benches": Route("names of benches", PEOPLE),
        "api:bench_list": Route("names of benches", None),
        "api:bench_detail": Route("names of benches", None, takes={"pk": "sample.bench.pk"}),
    },
    admins={"sample.bench": AdminRoute("no people")},
    admin_position=55,
    access={Role.OFFICE: Access(write=frozenset({"sample"}))},
    roster_kinds=(
        RosterKind("benches", "长椅清单", "楼栋和长椅。", BENCH_FIELDS, benches_import, model="sample.bench"),
    ),
    page_links=(PageLink("reports", "长椅一览", "sample:benches"),),
    cards=(Card("phone:mine", "sample/card.html", _count),),
    note_kinds=(NoteKind("bench", "长椅", "sample.bench"),),
    entry_kinds=(EntryKind("bench", "看长椅", look_read, bench_look_enter, look_words),),
    row_kinds=(
        RowKind(
            "bench",
            "benches",
            "长椅",
            "benches",
            Bench.objects.all,
            BenchRow,
            ("place_id", "id"),
            "按地点、id 排列。",
            position=70,
        ),
    ),
    row_undoes=UNDOES,
    figures=(
        Figure("benches", "长椅", "张", "长椅数", benches_at, "sample:benches", _sees_people, position=10),
    ),
    trail_actions={"paint": "刷漆"},
)
