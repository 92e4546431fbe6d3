"""Walk through the house with the sample app installed, and print as JSON where it is seen.

Runs as a process of its own on the test's database; the app's table is there for so long.
"""

from __future__ import annotations

import json
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402
from django.urls import clear_url_caches, path, reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

setup_test_environment()

from sample import services, urls, views  # noqa: E402
from sample.models import Bench  # noqa: E402

from accounts.choices import Role  # noqa: E402
from accounts.models import AuditEvent, User  # noqa: E402
from accounts.rules import may_view, may_write  # noqa: E402
from baibuting.common.portal import conflicts, portals  # noqa: E402
from baibuting.common.tabular.writing import export_book  # noqa: E402
from baibuting.floors import importable_by  # noqa: E402
from baibuting.routes import page_in_print  # noqa: E402
from buildings.models import PlaceGrant  # noqa: E402
from cadres.choices import Post  # noqa: E402
from rosters.imports import roster_import  # noqa: E402
from tests.factories import clerk, community, user  # noqa: E402
from tests.house.test_portals import astray, foreign  # noqa: E402
from tests.pages import signed_in  # noqa: E402
from tests.privacy.addresses import addresses  # noqa: E402
from tests.privacy.test_routes import not_scoped, without_row  # noqa: E402


def text_of(client: Any, url: str) -> str:
    answer = client.get(url)
    return answer.content.decode() if answer.status_code == 200 else str(answer.status_code)


def seen() -> dict[str, Any]:
    home = community()
    office = signed_in(clerk(home.place))
    stranger = user("stranger", role=Role.OFFICE)
    PlaceGrant.objects.create(user=stranger, place=home.quarters[1])
    services.bench_create(place=home.building, name="东门长椅")
    data = export_book("长椅清单", ["楼栋", "长椅"], [["102栋", "西门长椅"], ["999栋", "无处"]])
    report = roster_import(
        kind="benches", data=data, community_name=home.place.name, now=timezone.now(), user=None
    )
    head = home.holder(home.building, Post.BUILDING_HEAD)
    head.user = user("head", name=head.name)
    head.save(update_fields=["user"])
    page = office.get("/benches/")
    role = {
        one.value: (may_write(User(role=one), "sample.bench"), may_view(User(role=one), "sample.bench"))
        for one in Role
    }
    return {
        "bar": [(item["label"], item["current"]) for item in page.context["nav"]],
        "page": page.content.decode(),
        "page of a stranger": text_of(signed_in(stranger), "/benches/"),
        "page of the auditor": text_of(signed_in(user("auditor", role=Role.AUDITOR)), "/admin/sample/bench/"),
        "routes in print": [line for line in page_in_print().splitlines() if "sample" in line],
        "roles": role,
        "admin": text_of(office, "/admin/"),
        "list": text_of(office, reverse("admin:sample_bench_changelist")),
        "rosters": text_of(office, "/rosters/"),
        "template": office.get("/rosters/benches/template.xlsx").status_code,
        "import": (report.accepted, [one.message for one in report.rejected], report.looks_like),
        "benches": sorted(Bench.objects.values_list("place__name", "name")),
        "trail": AuditEvent.objects.filter(object_type="benches").count(),
        "reports": text_of(office, "/reports/"),
        "phone": text_of(signed_in(head.user), "/m/mine/"),
        "rules broken": broken_rules(),
        "rules broken by a page without its row": with_an_open_page(),
    }


def broken_rules() -> list[str]:
    portal = portals()["sample"]
    own = list(addresses())
    return [
        *conflicts(portals()),
        *without_row(addresses()),
        *not_scoped(addresses()),
        *astray(own, portals()),
        *foreign("sample", portal, importable_by("sample")),
    ]


def with_an_open_page() -> list[str]:
    urls.urlpatterns.append(path("all/", views.benches, name="all"))
    clear_url_caches()
    return broken_rules()


with connection.schema_editor() as editor:
    editor.create_model(Bench)
try:
    print(json.dumps(seen(), ensure_ascii=False))
finally:
    with connection.schema_editor() as editor:
        editor.delete_model(Bench)
