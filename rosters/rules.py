"""Who may import what, how long files are kept, and how imports are undone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from accounts.rules import Person, may_write
from baibuting.common.portal import Portal, RosterKind, RowUndo, collected
from baibuting.common.transitions import Step, Transitions
from buildings.scope import Scope
from rosters.choices import HELD, WAITING, WORKING, Actor, State

UPLOAD_KEPT_FOR = timedelta(hours=24)  # unless it is imported or given up before
ERRORS_KEPT_FOR = timedelta(days=7)  # rows to correct, and what changed
JOURNAL_KEPT_FOR = timedelta(days=30)  # an import can be undone for this long
_NOT_CHECKED = "这个文件还没有检查通过，请先检查。"
STEPS = Transitions(
    State,
    start=State.TO_CHECK,
    steps=[
        Step(Actor.WORKER, [State.TO_CHECK], State.CHECKING),
        Step(Actor.WORKER, [State.CHECKING], State.READY),
        Step(Actor.USER, [State.READY], State.TO_IMPORT),
        Step(Actor.WORKER, [State.TO_IMPORT], State.IMPORTING),
        Step(Actor.WORKER, [State.IMPORTING], State.DONE),
        Step(Actor.WORKER, WORKING, State.UNREADABLE),
        Step(Actor.WORKER, WORKING, State.INTERRUPTED),
        Step(Actor.USER, HELD, State.TO_CHECK),
        Step(Actor.USER, HELD, State.DROPPED),
        Step(Actor.USER, [State.DONE], State.UNDONE),
        Step(Actor.TIME, [*WAITING, *HELD], State.EXPIRED),
    ],
    refusal="这次导入已经不能再改动，请重新上传文件。",
    refusals={State.UNREADABLE: _NOT_CHECKED, State.INTERRUPTED: _NOT_CHECKED},
)


@collected
def roster_kinds(portals: Mapping[str, Portal]) -> dict[str, RosterKind]:
    """Return the kinds of rosters of all portals by code, in the order in which a new community imports them."""
    return {kind.code: kind for portal in portals.values() for kind in portal.roster_kinds}


def kind_choices() -> list[tuple[str, str]]:
    """Return code and label of every kind, as a field's choices."""
    return [(kind.code, kind.label) for kind in roster_kinds().values()]


@collected
def row_undoes(portals: Mapping[str, Portal]) -> dict[str, RowUndo]:
    """Return how rows are undone, by model label."""
    return {undo.model: undo for portal in portals.values() for undo in portal.row_undoes}


def derived_labels() -> frozenset[str]:
    """Return labels of models whose rows come and go with others, whether or not an importer recorded them."""
    return frozenset().union(*(undo.derived for undo in row_undoes().values()))


def may_import(person: Person, kind: str) -> bool:
    """Return whether a user may import a kind of roster, as those who may write its rows; the scope says where."""
    return may_write(person, roster_kinds()[kind].model)


def kinds_for(person: Person) -> list[RosterKind]:
    """Return the kinds that a user may import."""
    return [kind for kind in roster_kinds().values() if may_import(person, kind.code)]


def may_undo(person: Person, scope: Scope, *, kind: str, is_own: bool, path: str | None) -> bool:
    """Return whether a user may undo an import: its uploader, or the office of the whole community.

    `scope` is the user's today, `path` that of the import's community.
    """
    if path is None or not may_import(person, kind):
        return False
    writable = scope.writable()
    return writable.reaches(path) if is_own else writable.covers(path)
