"""Every number of the desk names its unit: one person in three categories is one person, and three duties."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from baibuting.common.days import local_day
from residents.models import Resident
from tests.desk.numbers import counted
from tests.factories import clerk, community
from tests.pages import signed_in
from tests.rosters.tables import csv_of, load

pytestmark = pytest.mark.django_db


def test_95_one_person_in_three_categories() -> None:
    home = community()
    client = signed_in(clerk(home.place))
    started_on = local_day(timezone.now()) - timedelta(days=10)  # later than every category's first visit
    row = ("田野一", "怡康苑101栋1单元101室", "困难家庭、孤寡老人、住院病人", f"{started_on}")
    load("care", csv_of(("姓名", "住址", "对象类别", "纳入日期"), row), now=timezone.now())
    assert Resident.objects.count() == 1
    response = client.get("/")
    figures = {figure["name"]: figure for figure in response.context["figures"]}
    for name, value, unit in (("overdue", 1, "人"), ("never_seen", 3, "条")):
        assert (figures[name]["value"], figures[name]["unit"]) == (value, unit)
        assert counted(client.get(figures[name]["url"])) == 3
        assert f'<span class="figure-unit">{unit}</span>' in response.content.decode()
    assert "共 1 人，3 项" in client.get(figures["overdue"]["url"]).content.decode()
    assert ("共 3 项", "") in figures["overdue"]["notes"]
    assert all(figure["unit"] for figure in figures.values())
