"""An app more touches no file outside its folder but one line of `baibuting/floors.py`, and is seen everywhere.

The app lies in `tests/house/apps/sample/`; `tests/house/apps/walk.py` walks through the house with it, in a process of
its own. What its author may get wrong is planted in a copy, and each fault breaks its rule.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from baibuting.floors import importable_by
from tests.house.hidden import arrows_of_code
from tests.house.source import ROOT
from tests.house.test_house_rules import clocks_read, exceptions_swallowed, services_by_position, signals_used
from tests.house.test_import_arrows import arrows_up, homeless, layers_up
from tests.house.test_scoped_queries import found_everywhere
from tests.network.loopback_only import child_path
from tests.processes import REPOSITORY, environment

HERE = ROOT / "tests" / "house" / "apps"
BELOW = importable_by("duties")


@pytest.mark.django_db(transaction=True)
def test_it_works() -> None:
    """Seen in the bar, the pages, the tables in print, the admin, the rosters, reports, mails, the phone, the interface."""
    ran = subprocess.run(
        [sys.executable, str(HERE / "walk.py")],
        env=environment(
            DJANGO_SETTINGS_MODULE="tests.house.apps.settings", PYTHONPATH=f"{child_path()}:{HERE}"
        ),
        cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-3000:]
    seen: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    bar = [label for label, _ in seen["bar"]]
    assert bar.index("必访对象") + 1 == bar.index("长椅一览") == bar.index("长椅") - 1
    assert ["长椅一览", True] in seen["bar"]
    assert "东门长椅" in seen["page"]
    assert "长椅一览" in seen["page of a stranger"]
    assert "东门长椅" not in seen["page of a stranger"]
    assert seen["page of the auditor"] == "403"
    assert len(seen["routes in print"]) == 2
    assert {role for role, (writes, looks) in seen["roles"].items() if writes or looks} == {"office"}
    assert "/admin/sample/bench/" in seen["admin"]
    assert (
        seen["admin"].index("志愿者与下沉党员")
        < seen["admin"].index("长椅</h2>")
        < seen["admin"].index("社区与楼栋")
    )
    assert "/rosters/benches/" in seen["list"]
    assert "东门长椅" in seen["list"]
    assert "长椅清单" in seen["rosters"]
    assert seen["template"] == 200
    assert seen["import"] == [1, ["没有这栋楼。请核对楼栋清单。"], ""]
    assert seen["benches"] == [["101栋", "东门长椅"], ["102栋", "西门长椅"]]
    assert seen["trail"] == 1
    assert 'href="/benches/"' in seen["reports"]
    assert "附近有长椅 1 张" in seen["phone"]
    duties = seen["duties"]
    assert [page for page, names_it in duties["pages"].items() if not names_it] == []
    assert (duties["state"], duties["done"]) == (["overdue", 2], "late")
    assert duties["address"]
    assert duties["mails"] == [True, True]
    assert duties["programs"] == ["bench_look"]
    assert duties["escalations"] == ["长椅查看"] * 2
    assert_in_channels(seen["channels"])
    assert seen["rules broken"] == []
    assert seen["rules broken by a page without its row"] == [
        "sample:all benches/all/",
        "sample:all has no row in sample/portal.py",
    ]


def assert_in_channels(channels: dict[str, Any]) -> None:
    """Seen by programs, from a phone, among the desk's numbers, by the bell, in the trail, and taken back."""
    assert channels["list"] == ["东门长椅"]
    assert channels["without the grant"] == 403
    assert channels["feed"] == ["东门长椅", "西门长椅"]
    assert channels["figure"] == [2]
    assert channels["desk"] == [["长椅", 2, "/benches/"]]
    assert channels["phone knows"]
    assert channels["kept"] == [201, 422]
    assert channels["mine"] == [True, True]
    assert channels["came of it"] == ["sample.bench", True, "101栋"]
    assert channels["put right by"]
    assert channels["notes"] == [True, True]
    assert channels["rung"] == 1
    assert channels["trail"] == ["刷漆"]
    assert channels["undone"] == [1, ["1 张长椅"], 0, 1]
    assert True in channels["gone from the feed"]


def broken_in(folder: Path) -> list[str]:
    """What the rules that read source say of the app in a folder."""
    return [
        *signals_used("sample", root=folder),
        *clocks_read("sample", root=folder),
        *exceptions_swallowed("sample", root=folder),
        *services_by_position("sample", root=folder),
        *arrows_up("sample", {"sample", *BELOW}, root=folder),
        *homeless("sample", root=folder),
        *layers_up("sample", root=folder),
        *(f"{path}: {name}" for path, name in arrows_of_code("sample", root=folder)),
        *(f"{path} {chain}" for path, _, chain in found_everywhere("sample", root=folder, more=["Bench"])),
    ]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(HERE / "sample", tmp_path / "sample")
    return tmp_path


def test_the_sample_breaks_no_rule(copy: Path) -> None:
    assert broken_in(copy) == []


@pytest.mark.parametrize(
    ("module", "planted", "broken"),
    [
        ("models", "from django.db.models.signals import post_save", "sample/models.py: django.db.models.signals"),
        ("services", "from phone.models import Photo", "sample/services.py: phone.models"),
        ("services", "from baibuting.bar import nav", "sample/services.py: baibuting.bar"),
        ("services", "from django.utils import timezone\nNOW = timezone.now()", "sample/services.py:"),
        ("services", "try:\n    pass\nexcept Exception:\n    pass", "sample/services.py:"),
        ("services", "def bench_move(bench): ...", "sample/services.py:"),
        ("services", "from sample.views import benches", "sample/services.py: sample.views"),
        ("views", "from django.urls import reverse\nHOME = reverse('phone:today')", "sample/views.py: phone:today"),
        ("services", 'TASK = "phone.send_digests"', "sample/services.py: phone.send_digests"),
        ("services", 'CARD = "boards/own.html"', "sample/services.py: boards/own.html"),
        ("thoughts", "", "sample/thoughts.py"),
        ("views", "def everything():\n    return Bench.objects.all()", "sample/views.py Bench.objects.all()"),
    ],
)  # fmt: skip
def test_a_planted_fault_breaks_its_rule(copy: Path, module: str, planted: str, broken: str) -> None:
    with (copy / "sample" / f"{module}.py").open("a", encoding="utf-8") as file:
        file.write(f"\n{planted}\n")
    found = broken_in(copy)
    assert found
    assert all(one.startswith(broken) for one in found), found


def test_an_app_on_no_floor_may_import_nobody(copy: Path) -> None:
    assert {one.split(": ")[1].split(".")[0] for one in arrows_up("sample", {"sample"}, root=copy)} == {
        "accounts",
        "audit",
        "buildings",
        "cadres",
        "duties",
    }
