"""`manage.py import_roster` as a process of its own: exit status, JSON, killed half-way, memory."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from baibuting.common import embedded_postgres
from buildings.models import Place
from cadres.models import Appointment
from duties.models import Duty, DutyClock
from residents.models import CareRecord, Household, Resident
from tests.factories import community
from tests.processes import REPOSITORY, ended_with_the_test, environment, manage, manage_here
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
    done = manage_here("import_roster", "places", PLACES, *COMMUNITY, "--dry-run", "--json")
    assert json.loads(done.stdout)["accepted"] == 110
    assert Place.objects.count() == 0


def test_what_cannot_be_read_is_status_two_and_a_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "名单.xlsx"
    broken.write_bytes(b"PK\x03\x04 nothing")
    for arguments in (("places", str(broken)), ("places", str(tmp_path / "missing.xlsx")), ("care", CARE)):
        done = manage_here("import_roster", *arguments, *COMMUNITY)
        assert done.returncode == 2
        assert done.stderr.strip().endswith("。")
        assert "Traceback" not in done.stderr
    assert Place.objects.count() == 0


def test_an_unknown_layout_lists_what_was_and_was_not_recognised(tmp_path: Path) -> None:
    file = tmp_path / "名单.csv"
    file.write_text("苑区,楼栋,颜色,产权\n怡康苑,301栋,红,私\n", encoding="utf-8")
    done = manage_here("import_roster", "places", str(file), *COMMUNITY, "--json")
    assert done.returncode == 2
    answer = json.loads(done.stdout)
    assert answer["recognised"] == {"苑区": "苑区", "楼栋": "楼栋"}
    assert (answer["unrecognised"], answer["missing"]) == (["颜色", "产权"], ["片区"])
    assert Place.objects.count() == 0


def test_rows_of_a_mapped_file_can_be_mended(tmp_path: Path) -> None:
    file, errors = tmp_path / "清单.csv", tmp_path / "errors.xlsx"
    file.write_text("责任区,幢数编码,苑区\n第一片区,101栋,怡康苑\n第一片区,,怡康苑\n", encoding="utf-8")
    mapped = ("--map", "责任区=precinct", "--map", "幢数编码=楼栋")
    done = manage_here(
        "import_roster", "places", str(file), *COMMUNITY, *mapped, "--errors", str(errors), "--json"
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rejected"][0]["column"] == "幢数编码"
    again = manage_here("import_roster", "places", str(errors), *COMMUNITY, *mapped, "--json")
    assert json.loads(again.stdout)["rows"] == 1


@pytest.mark.parametrize("options", [(), ("--json", "--dry-run")])
def test_a_data_folder_without_a_database_is_told_in_one_sentence(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    done = manage(
        "import_roster", "places", PLACES, *COMMUNITY, *options,
        DATABASE_URL="", BAIBUTING_HOME=str(tmp_path / "home"), SECRET_KEY="", FIELD_KEYS="", LOOKUP_KEY="",
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "还没有建好数据库" in done.stderr
    assert done.stdout == ""
    assert not list((tmp_path / "home").rglob("PG_VERSION"))


def test_a_database_without_tables_is_told_the_same() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE never_set_up TEMPLATE template0")
    try:
        url = embedded_postgres.cluster_of(settings.HOME).url_of("never_set_up")
        done = manage("import_roster", "places", PLACES, *COMMUNITY, DATABASE_URL=url)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP DATABASE never_set_up WITH (FORCE)")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "还没有建好数据库" in done.stderr


def test_what_somebody_should_look_at_is_printed(tmp_path: Path) -> None:
    community(staffed=False)
    first, second = tmp_path / "旧.csv", tmp_path / "新.csv"
    head = "苑区,片区,楼栋,姓名,职务,联系电话,任职日期\n怡康苑,第一片区,101栋,"
    second.write_text(f"{head}韩平（代）,楼栋长,19905719670,2026-09-01\n", encoding="utf-8")
    first.write_text(f"{head}任敏茂,楼栋长,19905719671,2025-01-01\n", encoding="utf-8")
    taken = manage_here("import_roster", "cadres", str(second), *COMMUNITY)
    assert "其中个职务：新增 1" in taken.stdout
    assert "请核对：第 2 行“姓名”" in taken.stdout
    refused = manage_here("import_roster", "cadres", str(first), *COMMUNITY)
    assert "--correct holders" in refused.stdout
    done = manage_here("import_roster", "cadres", str(first), *COMMUNITY, "--correct", "holders", "--json")
    assert json.loads(done.stdout)["correctable"] == {"holders": {"rows": 1, "rounds": 0}}
    assert Appointment.objects.get(ended_on=None).cadre.name == "任敏茂"


# a process of its own for each line with the number of a statement: born of one that has loaded everything already
IMPORT_UNTIL_KILLED = """
import django, os, signal, sys; django.setup()
from django.db import connection
from django.utils import timezone
from residents.models import Resident
from rosters.imports import roster_import
def import_and_die(statement):
    left = statement
    def count(execute, sql, params, many, context):
        nonlocal left
        left -= 1
        if left == 0:
            print(Resident.objects.unscoped("a test").count(), end=" ", flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)
    with connection.execute_wrapper(count), open(sys.argv[1], "rb") as file:
        roster_import(kind="care", data=file.read(), community_name="百步亭社区", now=timezone.now(), user=None)
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        import_and_die(int(line))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def test_killed_half_way_it_leaves_nothing() -> None:
    """Killed at statements all over the import, most of them after it had written people."""
    assert manage("import_roster", "places", PLACES, *COMMUNITY).returncode == 0
    written = []
    importing = subprocess.Popen(
        [sys.executable, "-c", IMPORT_UNTIL_KILLED, CARE],
        env=environment(), cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with ended_with_the_test(importing):
        assert importing.stdin is not None
        assert importing.stdout is not None
        for statement in (3, 14, 17, 20, 24, 28):
            print(statement, file=importing.stdin, flush=True)
            people, ending = map(int, importing.stdout.readline().split())
            assert ending == -signal.SIGKILL, statement
            written.append(people)
            left = [model.objects.count() for model in (Household, Resident, CareRecord, DutyClock, Duty)]
            assert left == [0, 0, 0, 0, 0], statement
    assert sum(people == 414 for people in written) >= 3, written


LARGE = r"""
import re, django
django.setup()
from django.utils import timezone
from benchmarks.import_speed import COMMUNITY, roster
from benchmarks.seed import seed_places
from rosters.imports import roster_import
seed_places(buildings=100)
data = roster(20_000)
report = roster_import(kind="care", data=data, community_name=COMMUNITY, now=timezone.now(), user=None)
# not ru_maxrss: that begins with what the process that started this one had
print(report.accepted, int(re.search(r"VmHWM:\s+(\d+)", open("/proc/self/status").read())[1]) // 1024)
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
