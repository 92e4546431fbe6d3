"""A roster that points at rows outside the scope changes none of them, and its pages tell nothing of them."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from buildings.models import Place
from buildings.scope import Scope
from rosters.models import ImportRun
from rosters.rules import roster_kinds
from tests.common.books import xlsx
from tests.privacy.crawl import Crawl, contents
from tests.privacy.world import NOW, Family, World
from tests.rosters.uploads import client_of, send, step, work

Rows = Sequence[Sequence[Any]]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """What is refused needs no log here."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def rows_of(family: Family) -> dict[tuple[str, int], dict[str, Any]]:
    """Every row of a family as it stands in the database."""
    return {
        (model._meta.label, values["id"]): values
        for model, rows in family.rows.items()
        for values in model._default_manager.filter(pk__in=[row.pk for row in rows]).values()
    }


def names_of(building: Place) -> list[str]:
    quarter = building.parent.parent
    return [quarter.name, building.parent.name, building.name]


def roster(kind: str, family: Family, home: Place, *, person: bool) -> Rows:
    """A roster that points at a family's rows: at its building, or (`person`) at a number while all else is one's own."""
    where = names_of(home if person else family.place)
    resident = family.of("residents.resident")[0]
    who = [resident.name, resident.id_number, *where, "1", "101"]
    head = ["姓名", "身份证号", "苑区", "片区", "楼栋", "单元", "室"]
    day = f"{NOW:%Y-%m-%d}"
    return {
        "places": [["苑区", "片区", "楼栋", "户数"], [*where, 77]],
        "cadres": [["苑区", "片区", "楼栋", "楼栋长", "卫生员"], [*where, "王小明", "王小红"]],
        "party": [["苑区", "片区", "党支部名称", "支部书记"], [*where[:2], "隔壁党支部", "王小明"]],
        "residents": [head, who],
        "care": [[*head, "对象类别", "纳入日期"], [*who, "困难家庭", day]],
        "visits": [["走访日期", "走访人", "走访对象", *head[1:]], ["2026-03-05", "王小红", *who]],
    }[kind]


def imported(office: Client, rows: Rows, kind: str) -> tuple[ImportRun, list[Any]]:
    """The whole way of a file, and every page that it shows on it."""
    pages = [send(office, xlsx(rows), kind=kind)]
    work(NOW)
    run = ImportRun.objects.latest("pk")
    for name in ("confirm", ""):
        pages.append(office.get(reverse("rosters:run", args=[run.uid])))
        pages.append(office.get(reverse("rosters:errors", args=[run.uid])))
        if name:
            pages.append(step(office, run, name))
            work(NOW)
    run.refresh_from_db()
    return run, pages


@pytest.mark.parametrize("kind", list(roster_kinds()))
@pytest.mark.parametrize("person", [False, True], ids=["building", "person"])
def test_a_precinct_s_office_takes_nobody_from_next_door(world: World, kind: str, person: bool) -> None:
    if person and kind in ("places", "cadres", "party"):
        return  # these name nobody by a number
    before = rows_of(world.near)
    office = client_of(world.viewers["office of a precinct"])
    _, pages = imported(office, roster(kind, world.near, world.own.place, person=person), kind)
    assert rows_of(world.near) == before
    if person:
        assert found_in(world, "office of a precinct", pages, typed=typed_of(world.near)) == []


@pytest.mark.parametrize("kind", ["residents", "care", "visits"])
def test_a_number_from_another_community_finds_nobody(world: World, kind: str) -> None:
    before = rows_of(world.far)
    office = client_of(world.viewers["office"])
    _, pages = imported(office, roster(kind, world.far, world.own.place, person=True), kind)
    assert rows_of(world.far) == before
    assert found_in(world, "office", pages, typed=typed_of(world.far)) == []


@pytest.mark.parametrize("kind", list(roster_kinds()))
def test_no_file_is_taken_for_another_community(world: World, kind: str) -> None:
    office = client_of(world.viewers["office"])
    runs = ImportRun.objects.count()
    rows = roster(kind, world.far, world.own.place, person=False)
    response = send(office, xlsx(rows), kind=kind, community=world.far.community.place.pk)
    assert response.status_code == 400
    assert ImportRun.objects.count() == runs
    assert found_in(world, "office", [response]) == []


def test_it_works(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An import that overwrites a person by his number is found out: the scope of the import taken away."""
    monkeypatch.setattr("rosters.runner.scope_for", lambda user, today: Scope.EVERYWHERE)
    before = rows_of(world.near)
    office = client_of(world.viewers["office of a precinct"])
    run, _ = imported(office, roster("residents", world.near, world.own.place, person=True), "residents")
    assert run.accepted == 1, (run.state, run.message, run.rejections)
    assert rows_of(world.near) != before


def typed_of(family: Family) -> list[str]:
    """The only strange words in a roster that names a person: whoever types them may read them again."""
    resident = family.of("residents.resident")[0]
    return [resident.name, resident.id_number]


def found_in(world: World, viewer: str, pages: list[Any], typed: Sequence[str] = ()) -> list[str]:
    """Strange words in some answers, but for those that were typed."""
    patterns = Crawl(world, viewer).patterns[True]
    return [
        found.group().decode()
        for response in pages
        for part in contents(response)
        for pattern in patterns
        for found in pattern.finditer(part)
        if not any(part[found.start() :].startswith(word.encode()) for word in typed)
    ]
