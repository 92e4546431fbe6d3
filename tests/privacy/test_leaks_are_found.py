"""The crawl is shown to work: each way in which admins of this kind leak by themselves is planted, and found.

A fourth, conditions in an address, is planted in test_oracle.py; an import that overwrites in test_canary_imports.py.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from baibuting.admin_site import Picker
from buildings.admin_base import ScopedAdmin
from buildings.exporting import ExportsScoped, ScopedResource
from buildings.scope import Scope, ScopedQuerySet
from cadres.admin.appointment import AppointmentAdmin
from tests.privacy.addresses import Address, addresses
from tests.privacy.crawl import Crawl
from tests.privacy.words import FAR, NEAR
from tests.privacy.world import World
from tests.privacy.writing import Writer


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Refusals by the thousand need no log."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def address(name: str) -> Address:
    return next(found for found in addresses() if found.name == name)


def everybody(model: Any) -> Any:
    """Return the rows of a model as somebody would ask for them who gives a bad reason; None of one without a scope."""
    rows = model._default_manager.all()
    return rows.unscoped("a fault that is planted") if isinstance(rows, ScopedQuerySet) else None


def test_it_works(world: World) -> None:
    """Where nothing is planted, nothing is found."""
    crawl = Crawl(world, "office")
    for name in ("admin:residents_resident_export", "admin:cadres_appointment_changelist"):
        crawl.one(address(name))
    crawl.pickers()
    assert (crawl.leaks, crawl.wrong) == ([], [])
    writer = Writer(world, "office").in_own_forms("admin:visits_visit_add")
    assert writer.broken == []
    assert writer.accepted == {"admin:visits_visit_add"}


def test_an_export_without_a_right_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the library has it: whoever may enter the admin gets the file, with all rows."""
    monkeypatch.setattr(ExportsScoped, "has_export_permission", lambda self, request: True)
    monkeypatch.setattr(ExportsScoped, "get_export_queryset", lambda self, request: everybody(self.model))
    monkeypatch.setattr(ScopedResource, "filter_export", lambda self, queryset, **options: queryset)
    crawl = Crawl(world, "auditor")
    crawl.one(address("admin:residents_resident_export"))
    found = "\n".join(crawl.leaks)
    assert FAR.mark in found
    assert f"{FAR.phone[:3]}****" in found  # masked, and yet somebody's
    assert FAR.id_number in found  # in full, on reason


def test_a_report_that_asks_for_no_scope_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.views.scope_inside", lambda scope, place: Scope.EVERYWHERE)
    crawl = Crawl(world, "office of a precinct")
    crawl.one(address("reports:index"))
    found = "\n".join(crawl.leaks)
    assert NEAR.mark in found


def test_a_filter_that_lists_everybody_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AppointmentAdmin, "list_filter", ["cadre"])
    monkeypatch.setattr(ScopedAdmin, "_scoped_filter", lambda self, spec: spec)
    crawl = Crawl(world, "office")
    crawl.one(address("admin:cadres_appointment_changelist"))
    assert FAR.mark in "\n".join(crawl.leaks)


def test_a_picker_that_offers_everybody_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def of_everybody(self: Any) -> Any:
        return self.model_admin.model._default_manager.order_by("pk")

    monkeypatch.setattr(Picker, "get_queryset", of_everybody)
    crawl = Crawl(world, "office")
    crawl.pickers()
    assert rf"\u{ord(FAR.mark):04x}" in "\n".join(crawl.leaks)


def test_a_form_that_takes_any_row_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("buildings.admin_base.scoped_choices", lambda model, request: everybody(model))
    writer = Writer(world, "office").in_own_forms("admin:visits_visit_add")
    assert any("changed" in found and "visits_visit" in found for found in writer.broken)


def test_a_page_that_opens_any_row_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("buildings.scope.ScopedQuerySet._inside", lambda self, scope: self.all())
    crawl = Crawl(world, "building head")
    for name in ("duties:duty", "desk:duties", "desk:never_seen"):
        crawl.one(address(name))
    pages = {leak.split(" ")[3] for leak in crawl.leaks}
    assert pages >= {"/duties/:", "/never-seen/:"}
    assert len(pages) > 5  # the duties' own pages as well
