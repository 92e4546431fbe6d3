"""Care rows a second and memory of the roster import, beside a plain import-export ModelResource on the same file.

Run: make bench, or .venv/bin/python benchmarks/import_speed.py [rows]   (default 20000)

Each import runs in a process of its own on a fresh database and reports its peak memory. The plain resource fills the
same tables (but for the clocks, and only the first category of a row). The last line is the least a resource can do: one
table of three columns, no checks.
"""

from __future__ import annotations

import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baibuting.settings")

TITLES = ["序号", "姓名", "性别", "身份证号", "联系电话", "住址", "对象类别", "纳入日期", "备注"]
CATEGORIES = ["困难家庭", "住院病人", "下岗失业人员", "孤寡老人", "刑释解教人员", "困难家庭、孤寡老人"]
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
COMMUNITY = "测算社区"
WAYS = {
    "ours": "import_roster care",
    "plain": "plain ModelResource, same tables",
    "residents_only": "plain ModelResource, residents only",
}


def main() -> None:
    import django

    django.setup()
    from django.db import connection

    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
        file.write(roster(count))
        file.flush()
        results = {}
        for way in WAYS:
            original = connection.settings_dict["NAME"]
            name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
            try:
                results[way] = measured(way, file.name, name)
            finally:
                connection.creation.destroy_test_db(name, verbosity=0)
                connection.settings_dict["NAME"] = original
    print(f"{'':>34} {'rows':>8} {'seconds':>8} {'rows/s':>8} {'peak MB':>8} {'ratio':>7}")
    for way, label in WAYS.items():
        one = results[way]
        ratio = results["ours"]["rate"] / one["rate"]
        print(
            f"{label:>34} {one['rows']:>8,} {one['seconds']:>8.1f} {one['rate']:>8,.0f} {one['peak_mb']:>8.0f} {ratio:>6.1f}x"
        )


def roster(count: int) -> bytes:
    """Return a care ledger of that many rows, as an office would send it."""
    import xlsxwriter

    random, out = Random(5), io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": True})
    sheet = book.add_worksheet("台账")
    sheet.write_row(0, 0, TITLES)
    for number in range(1, count + 1):
        body = f"429999{1930 + number % 70}{1 + number % 12:02}{1 + number % 28:02}{number % 1000:03}"
        check = "10X98765432"[
            sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11
        ]
        flat = f"测算苑第一片区{1 + number % 100}栋{1 + number % 4}单元{1 + number // 400}{number % 7:02}室"
        sheet.write_row(
            number,
            0,
            [
                number, "".join(random.choices("张王李赵陈刘杨黄周吴伟芳娜敏静丽强磊军洋", k=3)), "女男"[int(body[-1]) % 2],  # as the number says: a contradiction would be warned of
                body + check, f"199{number:08d}", flat, random.choice(CATEGORIES),
                f"2026-{1 + number % 11:02}-{1 + number % 28:02}", "",
            ],
        )  # fmt: skip
    book.close()
    return out.getvalue()


def measured(way: str, path: str, database: str) -> dict[str, float]:
    """Run one import in a process of its own; return its measurements."""
    answer = subprocess.run(
        [sys.executable, __file__, "--child", way, path, database],
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode:
        raise SystemExit(answer.stderr[-3000:])
    result: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    return result


def child(way: str, path: str, database: str) -> None:
    import django
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    django.setup()
    from benchmarks.seed import seed_places

    seed_places(buildings=100)
    started = time.perf_counter()
    rows = {"plain": plain, "ours": ours, "residents_only": residents_only}[way](Path(path))
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": rows, "seconds": seconds, "rate": rows / seconds, "peak_mb": peak}))


def ours(path: Path) -> int:
    from django.utils import timezone

    from rosters.imports import roster_import

    report = roster_import(
        kind="care", data=path.read_bytes(), community_name=COMMUNITY, now=timezone.now(), user=None
    )
    if report.rejected:
        raise SystemExit(
            f"{len(report.rejected)} rows were rejected, the first for: {report.rejected[0].message}"
        )
    return report.accepted


def plain(path: Path) -> int:
    """Import the same rows into the same tables as import-export's documentation shows: hooks and get_or_create."""
    from django.utils import timezone
    from import_export import fields, resources
    from tablib import Dataset

    from buildings.models import Place
    from residents.models import CareCategory, CareRecord, Household, Resident

    now = timezone.now()
    buildings = {place.name: place for place in Place.objects.filter(level=4)}
    categories = {category.label: category for category in CareCategory.objects.all()}

    class PlainResource(resources.ModelResource):
        started_on = fields.Field("started_on", "纳入日期")

        class Meta:
            model = CareRecord
            fields = ("started_on",)
            import_id_fields = ("started_on",)

        def get_instance(self, instance_loader: object, row: object) -> None:
            return None  # every row is new: no look-up to pay for

        def before_save_instance(self, instance: CareRecord, row: dict[str, str], **options: object) -> None:
            building_name, _, flat = row["住址"].removeprefix("测算苑第一片区").partition("栋")
            entrance, _, room = flat.partition("单元")
            building = buildings[f"{building_name}栋"]
            household, _ = Household.objects.get_or_create(building=building, entrance=entrance, room=room)
            resident, _ = Resident.objects.unscoped("made here").get_or_create(
                household=household,
                name=row["姓名"],
                defaults={
                    "community_id": building.community_id, "id_number": row["身份证号"], "phone": row["联系电话"],
                    "created_at": now,
                },
            )  # fmt: skip
            instance.resident, instance.building = resident, building
            instance.community_id, instance.created_at = building.community_id, now
            instance.category = categories[row["对象类别"].split("、")[0]]

    dataset = Dataset().load(path.read_bytes(), format="xlsx")
    result = PlainResource().import_data(dataset, raise_errors=True)
    return int(result.totals["new"])


def residents_only(path: Path) -> int:
    """Import with the least a resource can do: one table, three columns, no look-up."""
    from django.utils import timezone
    from import_export import fields, resources
    from tablib import Dataset

    from buildings.models import Place
    from residents.models import Household, Resident

    now = timezone.now()
    building = Place.objects.filter(level=4)[0]
    household = Household.objects.create(building=building, entrance="1", room="101")

    class LeastResource(resources.ModelResource):
        name = fields.Field("name", "姓名")
        id_number = fields.Field("id_number", "身份证号")
        phone = fields.Field("phone", "联系电话")

        class Meta:
            model = Resident
            fields = ("name", "id_number", "phone")
            import_id_fields = ("name",)

        def get_instance(self, instance_loader: object, row: object) -> None:
            return None

        def before_save_instance(self, instance: Resident, row: object, **options: object) -> None:
            instance.household, instance.community_id = household, building.community_id
            instance.created_at = now

    dataset = Dataset().load(path.read_bytes(), format="xlsx")
    result = LeastResource().import_data(dataset, raise_errors=True)
    return int(result.totals["new"])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(*sys.argv[2:5])
    else:
        main()
