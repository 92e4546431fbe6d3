"""Portals speak for their own app: its addresses, its models, its jobs; and of what lies below, only in kinds of files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin

from accounts.choices import Role
from baibuting.common.portal import Access, AdminRoute, Job, NoteKind, Portal, Route, portals
from baibuting.floors import importable_by
from baibuting.routes import FRAME as FRAME_ROUTES
from tests.house.source import FRAME
from tests.privacy.addresses import Address, addresses


def app_of(view: Any) -> str:
    """The label of the app whose module a view stands in; the frame's name for its own and Django's."""
    config = apps.get_containing_app_config(view.__module__)
    return config.label if config is not None and config.label in portals() else FRAME


def speaks_for(model: str) -> set[str]:
    """The apps that may say who looks at a model's rows, and how: its own, and the one whose admin shows them."""
    label = model.split(".")[0]
    shown = [type(one) for made, one in admin.site._registry.items() if made._meta.label_lower == model]
    return {label, *(app_of(one) for one in shown)}


def astray(found: Iterable[Address], declared: Mapping[str, Portal]) -> Iterator[str]:
    """Addresses whose row does not stand in the portal of the app that answers there."""
    for address in found:
        if address.admin is not None:
            model = address.admin.opts.label_lower
            if not any(app in declared and model in declared[app].admins for app in speaks_for(model)):
                yield f"{model} has no row in {address.admin.opts.app_label}/portal.py"
            continue
        app = app_of(address.view)
        rows = FRAME_ROUTES if app == FRAME else declared[app].routes
        if address.name not in rows:
            yield f"{address.name} has no row in {app}/portal.py"


def foreign(label: str, portal: Portal, below: Collection[str]) -> Iterator[str]:
    """What a portal says of rows and tasks that are not its app's; files and reports may hold rows of lower floors."""
    yield from (job.task for job in portal.jobs if job.task.split(".")[0] != label)
    models = [*portal.admins, *(kind.model for kind in portal.note_kinds)]
    models += [name for access in portal.access.values() for name in access.write | access.view]
    yield from (model for model in models if label not in speaks_for(model))
    kinds = [*portal.roster_kinds, *portal.report_kinds]
    yield from (kind.model for kind in kinds if kind.model.split(".")[0] not in below)


def test_it_works() -> None:
    found = {address.name: address for address in addresses()}
    assert app_of(found["desk:home"].view) == "desk"
    assert app_of(found["healthz"].view) == app_of(found["admin:index"].view) == FRAME
    elsewhere = {**portals(), "desk": Portal(), "cadres": Portal(routes=portals()["desk"].routes)}
    assert "desk:home has no row in desk/portal.py" in list(astray(found.values(), elsewhere))
    assert "cadres.cadre has no row in cadres/portal.py" in list(astray(found.values(), elsewhere))


@pytest.mark.parametrize(
    "portal",
    [
        Portal(admins={"visits.visit": AdminRoute("nothing")}),
        Portal(access={Role.OFFICE: Access(write=frozenset({"visits.visit"}))}),
        Portal(access={Role.AUDITOR: Access(view=frozenset({"visits.visit"}))}),
        Portal(jobs=(Job("visits.visit"),)),
        Portal(note_kinds=(NoteKind("called", "走访", "visits.visit"),)),
        Portal(
            report_kinds=tuple(kind for kind in portals()["reports"].report_kinds if kind.code == "ledger")
        ),
    ],
)
def test_what_is_not_its_own_is_found(portal: Portal) -> None:
    assert list(foreign("cadres", portal, importable_by("cadres"))) == ["visits.visit"]


def test_every_row_stands_in_the_portal_of_its_own_app() -> None:
    assert list(astray(addresses(), portals())) == []


def test_a_portal_names_only_what_is_its_own() -> None:
    broken = [
        f"{label}: {name}"
        for label, portal in portals().items()
        for name in foreign(label, portal, importable_by(label))
    ]
    assert broken == []


def test_every_route_of_a_portal_says_what_is_shown() -> None:
    rows: list[Route | AdminRoute] = [
        row for portal in portals().values() for row in (*portal.routes.values(), *portal.admins.values())
    ]
    assert len(rows) > 100
    assert [row for row in rows if not row.sees] == []
