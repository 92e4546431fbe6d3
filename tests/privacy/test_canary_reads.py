"""The canary crawl: no address shows anybody a byte of what lies outside his scope, in whichever way he asks."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from django.contrib import admin

from accounts.choices import Role
from baibuting.routes import admin_roles
from buildings.admin_base import ScopedAdmin
from tests.privacy.crawl import Crawl
from tests.privacy.world import Family, World

# what each viewer sees of his own place at the least: answers with its words
SEES = {
    "building head": 15,
    "precinct": 15,
    "quarter": 15,
    "community": 15,
    "office": 150,
    "office of a precinct": 150,
    "office no more": 0,
    "program": 10,
    "program of a precinct": 10,
    "cadre without a post": 0,
    "nobody": 0,
}
VIEWERS = [*SEES, *(role.value for role in Role if role not in {Role.OFFICE, Role.CADRE})]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Refusals by the thousand need no log."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_it_works(world: World) -> None:
    """Every role has somebody who looks on."""
    roles = {account.role for account in world.viewers.values() if account}
    assert roles == set(Role)


@pytest.mark.parametrize("viewer", VIEWERS)
def test_nobody_hears_of_what_lies_outside_his_scope(world: World, viewer: str) -> None:
    crawl = Crawl(world, viewer).everything()
    assert crawl.leaks == []
    assert crawl.wrong == []
    assert crawl.own_words >= SEES.get(viewer, 0), crawl.own_words
    if viewer in world.tokens:
        assert {"api:care_record_detail", "api:appointment_list", "api:changes"} <= crawl.shown
    if viewer == "office":
        assert lists_of_people(world.own) - crawl.shown == set()


def lists_of_people(own: Family) -> set[str]:
    """Addresses of lists that must show whoever may see them his own rows: else the crawl would look at nothing."""
    scoped = {
        f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        for model, found in admin.site._registry.items()
        if isinstance(found, ScopedAdmin)
        and Role.OFFICE in admin_roles(found.opts.label_lower)
        and own.of(model._meta.label)  # a rule or a platform belongs to the community, not to the building
    }
    return (
        scoped
        | {"duties:duty"}
        | {f"desk:{name}" for name in ("duties", "never_seen", "vacancies", "incidents", "home")}
    )
