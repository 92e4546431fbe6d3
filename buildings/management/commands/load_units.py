"""`manage.py load_units`: load the official street-level units of 江岸区, the district above a community."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from buildings.services import units_load

FILE = Path(__file__).resolve().parents[2] / "data" / "jiangan_420102_streets_2023.csv"
DISTRICT = ("420102", "江岸区")


class Command(BaseCommand):
    help = "Load 江岸区 and its 17 street-level units by their statistical codes; running it again changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        with FILE.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(line for line in file if not line.startswith("#"))
            streets = [(row["code"], row["name"]) for row in rows]
        added, renamed = units_load(district=DISTRICT, streets=streets)
        self.stdout.write(f"江岸区及 {len(streets)} 个街道级单位：新增 {added}，更名 {renamed}")
