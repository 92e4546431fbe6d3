"""What the house must know of benches."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from sample.importers import BENCH_FIELDS, benches_import
from sample.models import Bench

from accounts.choices import Role
from accounts.routing import PEOPLE, account_of, list_link
from accounts.rules import sees_people
from baibuting.common.portal import Access, AdminRoute, Card, Link, PageLink, Portal, RosterKind, Route, Urls
from buildings.viewer import viewer_of


def _sees_people(request: HttpRequest) -> bool:
    return sees_people(account_of(request))


def _count(request: HttpRequest) -> dict[str, Any]:
    return {"count": Bench.objects.within(viewer_of(request).scope).count()}


PORTAL = Portal(
    urls=(Urls("benches/", "sample.urls"),),
    links=(Link("长椅一览", "sample:benches", 75, _sees_people), list_link("长椅", "sample.bench", 76)),
    routes={"sample:benches": Route("names of benches", PEOPLE)},
    admins={"sample.bench": AdminRoute("no people")},
    admin_position=55,
    access={Role.OFFICE: Access(write=frozenset({"sample"}))},
    roster_kinds=(
        RosterKind("benches", "长椅清单", "楼栋和长椅。", BENCH_FIELDS, benches_import, model="sample.bench"),
    ),
    page_links=(PageLink("reports", "长椅一览", "sample:benches"),),
    phone_cards=(Card("sample/card.html", _count),),
)
