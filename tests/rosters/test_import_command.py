"""`manage.py import_roster` as a process of its own: exit status, JSON, killed half-way, memory."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from buildings.models import Place
from residents.models import CareRecord, Household, Resident
from tests.processes import REPOSITORY, environment, manage, start_manage
from tests.rosters.tables import FOLDER

pytestmark = pytest.mark.django_db(transaction=True)
PLACES, CARE = str(FOLDER / "楼栋清单.xlsx"), str(FOLDER / "五必访对象台账.xlsx")
COMMUNITY = ("--community", "百步亭社区")


def test_it_works(tmp_path: Path) -> None:
    assert manage("import_roster", "places", PLACES, *COMMUNITY).returncode == 0
    errors = tmp_path / "errors.xlsx"
    done = manage("import_roster", "care", CARE, *COMMUNITY, "--json", "--errors", str(errors))
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["rows"], answer["accepted"], answer["created"]) == (420, 414, 519)
    assert set(answer["rejected"][0]) >= {"row", "column", "reason", "message"}
    assert errors.stat().st_size > 0
    assert CareRecord.objects.count() == 519


def test_a_dry_run_writes_nothing() -> None:
    done = manage("import_roster", "places", PLACES, *COMMUNITY, "--dry-run", "--json")
    assert json.loads(done.stdout)["accepted"] == 110
    assert Place.objects.count() == 0


def test_what_cannot_be_read_is_status_two_and_a_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "名单.xlsx"
    broken.write_bytes(b"PK\x03\x04 nothing")
    for arguments in (("places", str(broken)), ("places", str(tmp_path / "missing.xlsx")), ("care", CARE)):
        done = manage("import_roster", *arguments, *COMMUNITY)
        assert done.returncode == 2
        assert done.stderr.strip().endswith("。")
        assert "Traceback" not in done.stderr
    assert Place.objects.count() == 0


def test_an_unknown_layout_lists_what_was_and_was_not_recognised(tmp_path: Path) -> None:
    file = tmp_path / "名单.csv"
    file.write_text("楼栋,颜色,产权\n301栋,红,私\n", encoding="utf-8")
    done = manage("import_roster", "places", str(file), *COMMUNITY, "--json")
    assert done.returncode == 2
    answer = json.loads(done.stdout)
    assert answer["missing"] == ["片区"] or "片区" in answer["error"]


def test_rows_of_a_mapped_file_can_be_mended(tmp_path: Path) -> None:
    file, errors = tmp_path / "清单.csv", tmp_path / "errors.xlsx"
    file.write_text("责任区,幢数编码,苑区\n第一片区,101栋,怡康苑\n第一片区,,怡康苑\n", encoding="utf-8")
    mapped = ("--map", "责任区=precinct", "--map", "幢数编码=楼栋")
    done = manage(
        "import_roster", "places", str(file), *COMMUNITY, *mapped, "--errors", str(errors), "--json"
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rejected"][0]["column"] == "幢数编码"
    again = manage("import_roster", "places", str(errors), *COMMUNITY, *mapped, "--json")
    assert json.loads(again.stdout)["rows"] == 1


def test_killed_half_way_it_leaves_nothing() -> None:
    assert manage("import_roster", "places", PLACES, *COMMUNITY).returncode == 0
    killed_at_work = 0
    for wait in (0.6, 0.9, 1.2, 1.5, 1.8):
        process = start_manage("import_roster", "care", CARE, *COMMUNITY)
        time.sleep(wait)
        if process.poll() is None:
            killed_at_work += 1
            process.kill()
            process.communicate()
            assert (Resident.objects.count(), Household.objects.count(), CareRecord.objects.count()) == (
                0,
                0,
                0,
            )
        else:
            process.communicate()
            break
    assert killed_at_work >= 1, "no import was still at work when it was killed"


LARGE = """
import resource, sys, django
django.setup()
from django.utils import timezone
from benchmarks.import_speed import COMMUNITY, roster
from benchmarks.seed import seed_places
from rosters.imports import roster_import
seed_places(buildings=100)
data = roster(20_000)
report = roster_import(kind="care", data=data, community_name=COMMUNITY, now=timezone.now(), user=None)
print(report.accepted, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_twenty_thousand_rows_within_300_megabytes() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LARGE],
        env=environment(),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    accepted, megabytes = map(int, done.stdout.split())
    assert accepted == 20_000
    assert megabytes < 300
