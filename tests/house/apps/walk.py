"""Walk through the house with the sample app installed, and print as JSON where it is seen.

Runs as a process of its own on the test's database; the app's table is there for so long.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import django

django.setup()

from django.core import mail  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402
from django.urls import clear_url_caches, path, reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

setup_test_environment()

from sample import services, urls, views  # noqa: E402
from sample.models import Bench  # noqa: E402

from accounts.choices import Role  # noqa: E402
from accounts.models import User  # noqa: E402
from accounts.rules import may_view, may_write  # noqa: E402
from api.choices import Grant  # noqa: E402
from audit.models import AuditEvent  # noqa: E402
from baibuting.common.days import local_day  # noqa: E402
from baibuting.common.feed import followed  # noqa: E402
from baibuting.common.portal import portals  # noqa: E402
from baibuting.common.portal_conflicts import conflicts  # noqa: E402
from baibuting.common.tabular.writing import export_book  # noqa: E402
from baibuting.floors import importable_by  # noqa: E402
from baibuting.routes import page_in_print  # noqa: E402
from buildings.models import PlaceGrant  # noqa: E402
from cadres.choices import Post  # noqa: E402
from duties.delivery import notices_deliver  # noqa: E402
from duties.models import Duty, DutyClock  # noqa: E402
from duties.sweep import sweep  # noqa: E402
from phone.models import Submission  # noqa: E402
from rosters.imports import roster_import  # noqa: E402
from rosters.undoing import undo_plan  # noqa: E402
from tests.api.callers import caller  # noqa: E402
from tests.factories import Community, clerk, community, user  # noqa: E402
from tests.house.test_portals import astray, foreign  # noqa: E402
from tests.pages import signed_in  # noqa: E402
from tests.privacy.addresses import addresses  # noqa: E402
from tests.privacy.test_routes import not_scoped, without_row  # noqa: E402
from tests.reports.asking import made, rows_of  # noqa: E402
from tests.rosters.undoing import imported, undone  # noqa: E402


def text_of(client: Any, url: str) -> str:
    answer = client.get(url)
    return answer.content.decode() if answer.status_code == 200 else str(answer.status_code)


def seen() -> dict[str, Any]:
    home = community()
    office = signed_in(clerk(home.place))
    stranger = user("stranger", role=Role.OFFICE)
    PlaceGrant.objects.create(user=stranger, place=home.quarters[1])
    now = timezone.now()
    bench = services.bench_create(place=home.building, name="东门长椅", now=now - timedelta(days=9))
    duties = seen_as_a_duty(home, office, bench)
    data = export_book("长椅清单", ["楼栋", "长椅"], [["102栋", "西门长椅"], ["999栋", "无处"]])
    report = roster_import(kind="benches", data=data, community_name=home.place.name, now=now, user=None)
    head = home.holder(home.building, Post.BUILDING_HEAD)
    assert head.user is not None
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
        "duties": duties,
        "channels": seen_in_channels(home, office, bench),
        "rules broken": broken_rules(),
        "rules broken by a page without its row": with_an_open_page(),
    }


def seen_as_a_duty(home: Community, office: Any, bench: Bench) -> dict[str, Any]:
    """Let two sweeps tell whom they should, look wherever duties are shown, and then have it done."""
    holders = {
        rung: home.holder(place, post)
        for rung, place, post in (
            (0, home.building, Post.BUILDING_HEAD),
            (2, home.precincts[0], Post.BRANCH_SECRETARY),
        )
    }
    for rung, holder in holders.items():
        holder.user = user(f"rung{rung}", name=holder.name, email=f"rung{rung}@example.invalid")
        holder.save(update_fields=["user"])
    now = timezone.now()
    for days in (2, 0):
        sweep(now=now - timedelta(days=days), read_clock=timezone.now)
    duty = Duty.objects.get(clock=bench.clock_id)
    notices_deliver(now=now, read_clock=timezone.now)
    head, secretary = signed_in(holders[0].user), signed_in(holders[2].user)
    pages = {
        f"{name} {url}": "长椅查看" in text_of(client, url)
        for name, client, urls in (
            ("office", office, ["/", "/duties/", f"/duties/{duty.pk}/", f"/places/{home.building.pk}/", "/admin/duties/duty/"]),
            ("head", head, ["/", "/notices/", "/m/", "/m/notices/", f"/m/duties/{duty.pk}/"]),
            ("secretary", secretary, ["/notices/", f"/duties/{duty.pk}/"]),
        )
        for url in urls
    }  # fmt: skip
    seen = {
        "pages": pages,
        "state": [duty.outcome, duty.rung],
        "address": "东门长椅" in text_of(office, f"/duties/{duty.pk}/"),
        "mails": ["101栋" in message.body for message in mail.outbox],
        "programs": [row["kind"] for row in caller(home.place, now=now).all("duties/", kind="bench_look")],
        "escalations": [row["种类"] for row in rows_of(made("escalations", home.place, clerk(home.place, "other"), days=(local_day(now) - timedelta(days=20), local_day(now)), now=now))],
    }  # fmt: skip
    services.bench_look_at(bench=bench, now=now)
    duty.refresh_from_db()
    return seen | {"done": duty.outcome}


def seen_in_channels(home: Community, office: Any, bench: Bench) -> dict[str, Any]:
    """Let programs, a phone, the desk's numbers, the bell, the trail and 撤销导入 have to do with benches."""
    now = timezone.now()
    secretary = home.holder(home.precincts[0], Post.BRANCH_SECRETARY)
    phone = signed_in(home.holder(home.building, Post.BUILDING_HEAD).user)
    program = caller(home.place, now=now, grants=["benches", Grant.STATS])
    at_first = {
        "list": [row["name"] for row in program.all("benches/", under=home.building.pk)],
        "without the grant": caller(home.place, now=now, grants=[Grant.PLACES]).get("benches/").status_code,
        # what is found in one reading of the feed comes in no order
        "feed": sorted(change["data"]["name"] for change in program.get("changes/").json()["changes"]),
        "figure": [row["benches"] for row in program.get("stats/").json()["rows"]],
        "desk": [(one["label"], one["value"], one["url"]) for one in office.get("/").context["figures"] if one["name"] == "benches"],
        "phone knows": "看长椅" in text_of(phone, "/m/"),
        "kept": [entered(phone, bench=str(bench.pk)), entered(phone, bench="999999")],
        "mine": [word in text_of(phone, "/m/mine/") for word in ("看长椅", "由社区办核对后录入")],
    }  # fmt: skip
    waiting, done = Submission.objects.get(state="quarantined"), Submission.objects.get(state="stored")
    put_right = reverse("admin:phone_submission_enter", args=[waiting.pk])
    services.bench_paint(bench=bench, told=secretary, by=secretary.user, now=now)
    reader = signed_in(secretary.user)
    before = rung(reader)
    return at_first | {
        "came of it": [done.object_type, done.object_id == bench.pk, str(done.place)],
        "put right by": "钟点" in text_of(office, put_right),
        "notes": ["东门长椅刷过漆了。" in text_of(reader, url) for url in ("/notices/", "/m/notices/")],
        "rung": before - rung(reader),
        "trail": [one.get_action_display() for one in AuditEvent.objects.filter(action="paint")],
        "undone": taken_back(home, now),
        "gone from the feed": [change["gone"] for change in program.get("changes/").json()["changes"] if change["kind"] == "bench"],
    }  # fmt: skip


def rung(reader: Any) -> int:
    """How much the bell says is unseen."""
    nav = reader.get("/").context["nav"]
    count: int = next(item["count"] for item in nav if item["label"] == "知会")
    return count


def entered(phone: Any, **fields: str) -> int:
    """Send an entry as the queue does; the status of the answer."""
    entry = {"uid": str(uuid4()), "kind": "bench", "fields": fields, "made_at": timezone.now().isoformat()}
    status: int = phone.post("/m/submit/", entry, content_type="application/json").status_code
    return status


def taken_back(home: Community, now: Any) -> list[Any]:
    """Import a bench and take the import back; what of it is there before and afterwards."""
    office = signed_in(clerk(home.place, "importer"))
    run = imported(office, now, "benches", [["楼栋", "长椅"], ["102栋", "南门长椅"]])
    clocks = DutyClock.objects.count()
    there = Bench.objects.filter(name="南门长椅").count()
    told = undo_plan(run).told()["erased"]
    undone(run, now)
    return [there, told, Bench.objects.filter(name="南门长椅").count(), clocks - DutyClock.objects.count()]


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
    FOLLOWED = followed("bench", "sample_bench", "place_id", ("place_id", "name"))
    for step in FOLLOWED:
        editor.execute(step.sql)
try:
    print(json.dumps(seen(), ensure_ascii=False))
finally:
    with connection.schema_editor() as editor:
        for step in reversed(FOLLOWED):
            editor.execute(step.reverse_sql)
        editor.delete_model(Bench)
