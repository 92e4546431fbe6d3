"""What a public report with a photo of six megapixels costs, and the list of 5,000 orders.

Run: .venv/bin/python benchmarks/repairs_cost.py [orders]

Measured is the wall time of the whole request in this process, the photo redrawn and sealed in it (p50 and p95 of
REPORTS), the size of the page, and the database's time of all queries of the desk's list (best of TIMES). Ratios matter.
"""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from io import BytesIO
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.api_cost import clocked, on_a_test_database

REPORTS, TIMES = 60, 5


def main() -> None:
    orders = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    on_a_test_database(lambda: measure(orders))


def measure(orders: int) -> None:
    from django.test import Client
    from django.utils import timezone
    from PIL import Image

    from baibuting.common.public import form_token
    from buildings.models import Cap
    from buildings.services import place_code_of
    from repairs.choices import Channel, Spot
    from repairs.models import RepairOrder
    from repairs.services import repair_report
    from tests.factories import clerk, community

    home, now = community(), timezone.now()
    kept = BytesIO()
    Image.effect_noise((3000, 2000), 60).convert("RGB").save(kept, "JPEG", quality=88)
    code = place_code_of(place=home.building, now=now)
    taken = []
    for _ in range(REPORTS):
        Cap.objects.all().delete()  # what is measured is not the cap
        photo = BytesIO(kept.getvalue())
        photo.name = "x.jpg"
        token = form_token(purpose="repair", payload=code, now=timezone.now() - timedelta(seconds=9))
        form = {"token": token, "spot": "stairs", "summary": "台阶开裂", "photos": photo}
        began = time.perf_counter()
        answer = Client().post(f"/b/{code}/repair/", form)
        taken.append(time.perf_counter() - began)
        if answer.status_code != 302:
            raise SystemExit(f"refused: {answer.status_code}")
    taken.sort()
    print(f"report with a photo of {len(kept.getvalue()) / 1e6:.1f} MB, 6 MP: "
          f"p50 {taken[REPORTS // 2] * 1000:.0f} ms, p95 {taken[REPORTS * 95 // 100] * 1000:.0f} ms")  # fmt: skip
    page = Client().get(f"/b/{code}/repair/")
    print(f"its page: {len(page.content) / 1024:.1f} KiB with {REPORTS} open orders")
    spots = [spot.value for spot in Spot]
    made = RepairOrder.objects.unscoped("a benchmark").count()
    for number in range(made, orders):
        repair_report(
            building=home.buildings[number % len(home.buildings)],
            spot=spots[number % len(spots)],
            summary="台阶开裂",
            channel=Channel.PHONE,
            now=now,
        )
    office = Client()
    office.force_login(clerk(home.place))
    office.get("/affairs/repairs/")
    best = None
    for _ in range(TIMES):
        with clocked() as clock:
            office.get("/affairs/repairs/")
        best = min(best or clock.ms, clock.ms)
    print(f"list of {orders} orders: {best:.0f} ms of database time")


if __name__ == "__main__":
    main()
