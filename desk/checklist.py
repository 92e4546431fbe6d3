"""The checklist of setting a community up: each app's steps, ticked by what is in the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import CharField, Value
from django.urls import reverse

from accounts.rules import may_write
from baibuting.common.portal import Portal, SetupStep, collected
from buildings.scope import Scope
from buildings.viewer import Viewer
from rosters.rules import may_import, roster_kinds


@dataclass(frozen=True, slots=True)
class StepShown:
    """A step on the page. `upload` and `template` are "" where no file does it; `is_next` marks the first undone."""

    number: int
    label: str
    about: str
    is_done: bool
    is_next: bool
    url: str
    act: str
    upload: str
    template: str


@collected
def setup_steps(portals: Mapping[str, Portal]) -> list[SetupStep]:
    """Return the steps of all portals in their order."""
    steps = [step for portal in portals.values() for step in portal.setup_steps]
    return sorted(steps, key=lambda step: step.position)


def sets_up(viewer: Viewer) -> bool:
    """Return whether the viewer sets a whole community up: its office, or whoever installs the portal."""
    scope = viewer.scope.writable()
    is_whole = scope.everywhere or scope.whole_communities() is not None
    return is_whole and may_write(viewer.user, "buildings.place")


def checklist(viewer: Viewer) -> list[StepShown]:
    """Return the steps while any is undone; an empty list once all are, and for viewers who set nothing up. One query."""
    if not sets_up(viewer):
        return []
    steps = setup_steps()
    done = _done(steps, viewer.scope.writable())
    undone = [step.code for step in steps if step.code not in done]
    return [
        StepShown(
            number,
            step.label,
            step.about,
            is_done=step.code in done,
            is_next=step.code == undone[0],
            url=reverse(step.address),
            act=step.act,
            **_files(step, viewer),
        )
        for number, step in enumerate(steps if undone else [], 1)
    ]


def _done(steps: list[SetupStep], scope: Scope) -> set[str]:
    """Return the codes of the steps that have any row. One query."""
    first, *others = (
        step.done(scope)
        .order_by()
        .annotate(step=Value(step.code, output_field=CharField()))
        .values_list("step", flat=True)[:1]
        for step in steps
    )
    return set(first.union(*others, all=True))


def _files(step: SetupStep, viewer: Viewer) -> dict[str, str]:
    if step.roster not in roster_kinds() or not may_import(viewer.user, step.roster):
        return {"upload": "", "template": ""}
    return {
        "upload": reverse("rosters:upload", args=[step.roster]),
        "template": reverse("rosters:template", args=[step.roster]),
    }
