"""The rosters of secretaries made for the given places go in with exactly the counts that stand beside them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cadres.choices import RUNG_POSTS
from cadres.ladder import Ladder
from cadres.models import Appointment, Cadre, PartyOrganisation
from tests.rosters.tables import FOLDER, load, refused

EXPECTED: dict[str, dict[str, Any]] = json.loads((FOLDER / "expected_party.json").read_text(encoding="utf-8"))
TABLES = (PartyOrganisation, PartyOrganisation.places.through, Cadre, Appointment)

pytestmark = pytest.mark.django_db


def everything() -> list[list[Any]]:
    return [list(model.objects.order_by("pk").values()) for model in TABLES]  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", EXPECTED)
def test_it_works(name: str) -> None:
    expected = EXPECTED[name]
    load("places", "楼栋清单.xlsx")
    report = load("party", name)
    said = [(one["row"], one["column"], one["reason"]) for one in expected["rejected"]]
    assert (refused(report), report.warned) == (said, [])
    assert (report.rows, report.accepted) == (expected["rows"], expected["accepted"])
    assert PartyOrganisation.objects.count() == expected["organisations"] == report.units["个党组织"].created
    assert Appointment.objects.count() == expected["secretaries"] == report.units["个职务"].created
    assert report.vacant == expected["vacant"]
    before = everything()
    again = load("party", name)
    assert (again.created, again.updated, again.unchanged) == (0, 0, report.created)
    assert (refused(again), everything()) == (said, before)


def test_every_rung_above_every_building_is_held() -> None:
    from buildings.choices import Level
    from buildings.models import Place
    from tests.rosters.tables import NOW

    load("places", "楼栋清单.xlsx")
    load("party", "党组织与书记.xlsx")
    buildings = list(Place.objects.filter(level=Level.BUILDING))
    ladder = Ladder.load([building.pk for building in buildings])
    for building in buildings:
        for rung in (2, 3, 4):
            found = ladder.rung_holder(building.pk, rung, NOW.date())
            assert found is not None, building.full_name
            assert found.post == RUNG_POSTS[rung][0]
    kanghe = next(building for building in buildings if building.name == "503栋")
    top = ladder.rung_holder(kanghe.pk, 3, NOW.date())
    assert top is not None
    assert Appointment.objects.get(pk=top.appointment_id).organisation.name == "康和党总支"  # type: ignore[union-attr]


def test_every_message_is_a_sentence_without_what_the_cell_holds() -> None:
    load("places", "楼栋清单.xlsx")
    for one in load("party", "党组织书记（按片区）.xlsx").rejected:
        assert one.message.endswith("。")
        assert not any(word in one.message for word in ("199", "任命"))
