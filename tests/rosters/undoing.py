"""What the tests of 撤销导入 have in common: rosters, a way in and out, and every table compared."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.apps import apps
from django.test import Client

from rosters.choices import State
from rosters.models import ImportRun
from rosters.undoing import import_run_undo
from tests.common.books import xlsx
from tests.rosters.uploads import send, step, work

# what tells of the doing itself, and what the database derives from the rows
APART = {
    "accounts",
    "audit",
    "rosters",
    "api",
    "axes",
    "sessions",
    "admin",
    "contenttypes",
    "auth",
    "otp_totp",
}
CADRES = [
    ["苑区", "片区", "楼栋", "楼栋长姓名", "楼栋长电话", "卫生员姓名", "卫生员电话"],
    ["怡康苑", "第一片区", "101栋", "汪涛", "19912340001", "", ""],
    ["", "", "102栋", "骆一鸣", "19912340002", "倪萍", "19912340003"],
]
RESIDENTS = [
    ["姓名", "性别", "联系电话", "住址"],
    ["欧阳淑珍", "女", "19912340011", "怡康苑101栋1-101"],
    ["汤和", "男", "", "怡康苑102栋2-302"],
]


def care(started_on: str) -> list[list[str]]:
    return [
        ["姓名", "住址", "对象类别", "纳入日期"],
        ["欧阳淑珍", "怡康苑101栋1-101", "孤寡老人", started_on],
        ["汤和", "怡康苑102栋2-302", "困难家庭、孤寡老人", started_on],
    ]


def visits(*days: str) -> list[list[str]]:
    return [
        ["走访日期", "走访人", "走访对象", "住址", "走访方式"],
        *([day, "汪涛", "欧阳淑珍", "怡康苑101栋1-101", "上门"] for day in days),
    ]


def snapshot() -> dict[str, list[Any]]:
    """Every row of every table about places and people, as it is stored."""
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values_list())
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label not in APART and not model._meta.proxy
    }


def differences(before: dict[str, list[Any]]) -> dict[str, list[Any]]:
    now = snapshot()
    return {name: [row for row in [*rows, *now[name]] if (row in rows) != (row in now[name])] for name, rows in before.items() if rows != now[name]}  # fmt: skip


def sent(office: Client, now: datetime, kind: str, rows: list[Any]) -> ImportRun:
    """A roster sent in at a moment, whatever the real clock says, and checked."""
    send(office, xlsx(rows), kind)
    run = ImportRun.objects.latest("pk")
    ImportRun.objects.filter(pk=run.pk).update(created_at=now)
    work(now)
    run.refresh_from_db()
    return run


def imported(office: Client, now: datetime, kind: str, rows: list[list[Any]]) -> ImportRun:
    """A roster sent in, confirmed and done."""
    run = sent(office, now, kind, rows)
    assert run.state == State.READY, run.message
    assert run.accepted, run.rejections
    step(office, run, "confirm")
    work(now)
    run.refresh_from_db()
    assert run.state == State.DONE
    return run


def undone(run: ImportRun, now: datetime, **options: Any) -> ImportRun:
    return import_run_undo(run=run, by=run.user, now=now, **options)
