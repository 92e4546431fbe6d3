"""The portal of an app: all that other apps must know of it, declared in `<app>/portal.py` as `PORTAL`.

The bar, the tables of addresses and of roles, the URLconf, Celery's schedule, the kinds of rosters and of reports, and
the order of the admin's index are made from the portals of the installed apps; no central list names an app. The parts
below are plain data and callables: what they depend on lies on lower floors or comes as an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, wraps
from importlib import import_module
from typing import Any, Literal, TypeVar

from django.apps import apps
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.module_loading import module_has_submodule

from baibuting.common.entries import Entry
from baibuting.common.keeping import Retention, RowErasure
from baibuting.common.tabular.fields import FieldSet
from baibuting.common.tabular.report import ImportReport

MODULE, NAME = "portal", "PORTAL"
LAST = 1_000


@dataclass(frozen=True, slots=True)
class Link:
    """A link in the bar. `address` is its name for `reverse`; links are ordered by `position`.

    `is_shown` decides for the signed-in user. `count` returns how much waits behind the link, in one query at most,
    since every page calls it; `count_label` says to screen readers what is counted. A link that is
    `only_while_waiting` is left out where nothing waits.
    """

    label: str
    address: str
    position: int
    is_shown: Callable[[HttpRequest], bool]
    count: Callable[[HttpRequest], int] | None = None
    count_label: str = "未看"
    only_while_waiting: bool = False


@dataclass(frozen=True, slots=True)
class Urls:
    """The addresses of a URLconf, below a prefix."""

    prefix: str
    urlconf: str


@dataclass(frozen=True, slots=True)
class Route:
    """What an address shows, and to whom.

    `sees` is what of a person's row it shows, `who` which roles reach it (None: without sign-in). `takes` maps its
    variable parts to "app.model.field", to values, or to a callable that returns the values once all portals are
    loaded. `beyond` names what it shows of rows outside the scope, with `reason` why; `reason` also says why an
    address needs no scope.
    """

    sees: str
    who: frozenset[str] | None
    takes: Mapping[str, str | tuple[str, ...] | Callable[[], tuple[str, ...]]] = field(default_factory=dict)
    beyond: frozenset[str] = frozenset()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AdminRoute:
    """What the addresses of a model's admin show; `Portal.access` says who reaches them.

    `pages` are those beyond list, add, change, delete and history; the rest is as in a `Route`.
    """

    sees: str
    pages: tuple[str, ...] = ()
    beyond: frozenset[str] = frozenset()
    reason: str = ""


# what may be shown of rows outside the scope
ACCOUNTS = frozenset({"accounts"})


@dataclass(frozen=True, slots=True)
class Access:
    """What a role may write or view: names of apps ("cadres") or of single models ("buildings.place").

    A role that may write may also view.
    """

    write: frozenset[str] = frozenset()
    view: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Job:
    """A task that Celery's beat enqueues, by its registered name; `queue` is "" for the common one."""

    task: str
    queue: str = ""


@dataclass(frozen=True, slots=True)
class RosterKind:
    """A kind of file that offices import.

    `code` (20 letters at most) names it in addresses, rows and the trail; `label` and `about` on pages. `model` is the
    model whose rows it writes: who may write those may import it, by a button above that model's list and those of
    `lists`. `load` is called with `data, community, now, user, mapping, progress, scope, corrections`; where the kind
    `founds_communities`, with `community_name` in place of `community`, and where it `spreads`, with the `spread_days`
    over which it spreads what its new rows make due. Pages list kinds in the order of the floors,
    in which a new community imports them.
    """

    code: str
    label: str
    about: str
    fields: FieldSet
    load: Callable[..., ImportReport]
    model: str
    lists: tuple[str, ...] = ()
    founds_communities: bool = False
    spreads: bool = False


@dataclass(frozen=True, slots=True)
class RowUndo:
    """How an import's rows of one model are undone (docs/adr/0080).

    For a model without one, new rows are erased and changed ones get their former columns. Models that refer to others
    have a lower `position`. Pages count in `unit` and `noun`.

    - `erase(pks, now)` erases rows on which nothing was built; `end(pks, now)` withdraws those that a cadre was
      notified of (`told(pks)` returns them) where that is possible, else they stay.
    - `restore(pk, before, since, now)` gives a changed row its values from before the import at `since`; `restored`
      says when: before anything is erased ("first"), before or after rows of this model are.
    - `along(pks)` returns by model the rows created and erased with the given ones, `derived` their models' labels.
    - `at_work(pks, leaving)` returns (pk, Chinese words) of those that have been worked with since; `leaving(label)`
      are the rows of another model that are erased or ended as well.
    - `parts(pks)` returns the rows in the order in which they may be erased. `put_back(pk)` returns by model the rows
      erased when a changed row returns to its former place.
    """

    model: str
    position: int
    unit: str
    noun: str
    erase: Callable[[Collection[int], datetime], None]
    restore: Callable[[int, dict[str, Any], datetime, datetime], None] | None = None
    end: Callable[[Collection[int], datetime], None] | None = None
    told: Callable[[Collection[int]], set[int]] | None = None
    along: Callable[[Collection[int]], Mapping[type[Model], set[int]]] | None = None
    at_work: Callable[[Collection[int], Callable[[str], set[int]]], Iterable[tuple[int, str]]] | None = None
    parts: Callable[[set[int]], Iterable[set[int]]] | None = None
    put_back: Callable[[int], Mapping[type[Model], set[int]]] | None = None
    derived: frozenset[str] = frozenset()
    restored: Literal["first", "before", "after"] = "after"


@dataclass(frozen=True, slots=True)
class ReportKind:
    """A kind of report.

    `report` makes it: a subclass of `buildings.reporting.Report`. `model` is what the audit trail records as shown.
    `sensitive` are columns that a full report shows and a masked one does not: without any it names no person. Those
    that are `office_alone` are free text about people and never leave the office. A report `of_a_day` shows the state
    as of a day; any other what happened in a month. Pages list kinds in the order of `position`.
    """

    code: str
    label: str
    about: str
    report: Callable[[Any], Any]
    model: str
    position: int
    sensitive: tuple[str, ...] = ()
    office_alone: tuple[str, ...] = ()
    is_of_a_day: bool = False


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link on a page of an app that does not know this one; the page shows it by `{% page_links %}`.

    `page` is "building" (pages about one building, whose pk the address takes), "reports", "duties" (where a duty's
    page leads back to), "board" (the public page of a building, whose code the address takes), or "phone" (the top of every
    page of the phone).
    """

    page: str
    label: str
    address: str


@dataclass(frozen=True, slots=True)
class Card:
    """A card on a page of an app that does not know this one; the page shows it by `{% page_cards %}`.

    `page` is "phone:mine", "phone:today", "phone:person" (of one resident), "phone:building" (of one place),
    "phone:incidents" (below the form that reports one), "phone:incident" (of one incident), "phone:visit" (of one
    resident), "desk:home", "desk:person" (of one resident), "desk:place" (of one place of any level), "desk:incident" (of
    one incident), "desk:concern" (of one concern: what it may become, and what it has), "repairs:order" (of one repair),
    "lists" (above the rows of any list of the desk or the admin), "foot" or "phone:foot" (one line at the foot of every page
    at a desk or on the phone). `context` takes the request and the row whose page it is, and returns what the template
    shows; None leaves the card out. A form on it sends `next`, the page's address, and is answered with a
    redirect there.
    """

    page: str
    template: str
    context: Callable[..., dict[str, Any] | None]


@dataclass(frozen=True, slots=True)
class NoticeGroup:
    """A part of the lists of notices, above the duties.

    `shown` returns the rows for a cadre, by id and how many at most; `template` renders them as `rows` and `now` at a
    desk, `phone_template` on the phone. `see` marks them as seen, by `cadre_id` and `now`, once a list has shown them.
    """

    shown: Callable[[int, int], Sequence[Any]]
    template: str
    phone_template: str
    see: Callable[..., int]


@dataclass(frozen=True, slots=True)
class NoticeSource:
    """A source of notices to cadres.

    `unseen` returns the rows the viewer of a scope has not opened; those of all sources are counted in one query.
    A source without a `group` has its own place on the lists of notices, as duties have.
    """

    code: str
    unseen: Callable[[Any], QuerySet[Any]]
    group: NoticeGroup | None = None


@dataclass(frozen=True, slots=True)
class NoteKind:
    """A kind of subject of notes to one cadre (`cadres.notes.note_leave`).

    `code` has 20 letters at most, `label` precedes the text. `model` is that of the row a note is about; `address` and
    `phone_address` are names of pages that take its key.
    """

    code: str
    label: str
    model: str
    address: str = ""
    phone_address: str = ""


@dataclass(frozen=True, slots=True)
class EntryKind:
    """A kind of entry that phones keep and send.

    `code` (10 letters at most) is what phones send as `kind`, `label` its name. `read` makes plain values of an entry;
    `apply`, a service called with `read` and `taking` (`common.entries.Taking`), applies them. Both raise
    ValidationError at the field that is wrong, and the entry then waits for the office, which sees it in `words`
    (what was filled in, nothing outside the scope) and corrects it by `form`, called with `entry, scope, data,
    initial`: a `common.entry_forms.CorrectedForm`, by default of day and hour alone. `where` gives the places shown
    on the sender's own list for the created rows, by their keys; by default the place. `photo` is a service called with
    the `row` it has led to, `data` and `now` for each photo that comes with it, where the row's app keeps one, too.
    """

    code: str
    label: str
    read: Callable[[Entry, datetime], Any]
    apply: Callable[..., None]
    words: Callable[[Entry, Any], list[tuple[str, str]]]
    form: Callable[..., Any] | None = None
    where: Callable[[Collection[int]], Mapping[int, str]] | None = None
    photo: Callable[..., None] | None = None


@dataclass(frozen=True, slots=True)
class RowKind:
    """A kind of row that programs read, in a list of its own and in the change feed.

    `code` (20 letters at most) names it in the feed, `path` its list below /api/v1/, `label` what it is called.
    `grant` is the right a program needs for it, which the office ticks as `grant_label` (else the label). `rows` are
    all rows with what they show of others, `row` serializes one (`buildings.programs.Row`), `filters` are the filters
    of its list (else place alone); the list is sorted by the columns in `order`, which `about` puts in words. Under
    `names_grant` it shows names in full, and the trail records it. Triggers of its table fill the feed
    (`baibuting.common.feed`). Kinds are listed in the order of `position`.
    """

    code: str
    path: str
    label: str
    grant: str
    rows: Callable[[], Any]
    row: type[Any]
    order: tuple[str, ...]
    about: str
    position: int
    grant_label: str = ""
    filters: type[Any] | None = None
    names_grant: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number on the desk's first page and in `stats/` of the interface.

    `code` names it for programs, `label` and `unit` (人, 条) on the page, `about` in the schema. `count` returns for a
    scope and a moment (`duties.as_of.Moment`) how many rows lie at each place, by its id: one query. `address` is
    the list behind it, shown to whom `is_shown` says. Figures are listed in the order of `position`. None of
    them is disclosed outside the community: the suppression of small numbers (docs/adr/0041) does not cover them.
    """

    code: str
    label: str
    unit: str
    about: str
    count: Callable[[Any, Any], Mapping[int, int]]
    address: str
    is_shown: Callable[[HttpRequest], bool]
    position: int


@dataclass(frozen=True, slots=True)
class Measure:
    """Numbers for Prometheus: totals of the installation, without places and without persons.

    `names` maps each metric, which begins with `baibuting_` outside, to what it says. `read` returns their values for a
    moment, in as few queries as it can; what it leaves out is not known yet.
    """

    names: Mapping[str, str]
    read: Callable[[datetime], Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class SetupStep:
    """A step of setting a community up; the desk shows them in the order of `position` until all are done.

    `done` returns rows in a scope, of which any means that the step is done; all steps are asked in one query.
    `address` is the page where it is done, by a button `act`; `roster` the kind of file that does it, if there is one.
    """

    code: str
    label: str
    about: str
    position: int
    done: Callable[[Any], QuerySet[Any]]
    address: str
    act: str
    roster: str = ""


@dataclass(frozen=True, slots=True)
class Portal:
    """What one app declares.

    `routes` are rows by the name of the address with its namespace, `admins` rows by "app.model" in lower case;
    `access` is the app's part of what each role may open. `below_home` are prefixes of addresses reached from the first
    page; `belongs_to` maps the prefix of a page to the list it belongs to, `help` to the paragraph of the guides about
    it ("office#duties"). `erasures` and `retentions` say what is forgotten of the app's rows (`common.keeping`).
    `admin_position` is the place of the app on the admin's index. `alarms` are asked on every page of the desk for a
    sentence to the signed-in user, "" while all is well: one query each at most. `trail_actions` are the app's
    own actions in the audit trail: codes (20 letters at most) with labels; `trail_fields` label what its rows there name
    and no column is called.
    """

    urls: tuple[Urls, ...] = ()
    links: tuple[Link, ...] = ()
    below_home: tuple[str, ...] = ()
    belongs_to: Mapping[str, str] = field(default_factory=dict)
    help: Mapping[str, str] = field(default_factory=dict)
    routes: Mapping[str, Route] = field(default_factory=dict)
    admins: Mapping[str, AdminRoute] = field(default_factory=dict)
    admin_position: int = LAST
    access: Mapping[str, Access] = field(default_factory=dict)
    jobs: tuple[Job, ...] = ()
    roster_kinds: tuple[RosterKind, ...] = ()
    report_kinds: tuple[ReportKind, ...] = ()
    row_undoes: tuple[RowUndo, ...] = ()
    page_links: tuple[PageLink, ...] = ()
    cards: tuple[Card, ...] = ()
    notice_sources: tuple[NoticeSource, ...] = ()
    note_kinds: tuple[NoteKind, ...] = ()
    entry_kinds: tuple[EntryKind, ...] = ()
    row_kinds: tuple[RowKind, ...] = ()
    figures: tuple[Figure, ...] = ()
    setup_steps: tuple[SetupStep, ...] = ()
    alarms: tuple[Callable[[HttpRequest], str], ...] = ()
    measures: tuple[Measure, ...] = ()
    erasures: tuple[RowErasure, ...] = ()
    retentions: tuple[Retention, ...] = ()
    trail_actions: Mapping[str, str] = field(default_factory=dict)
    trail_fields: Mapping[str, str] = field(default_factory=dict)


def portals() -> Mapping[str, Portal]:
    """Return the portals of the installed apps by label, lowest floor first. Raises AppRegistryNotReady too early."""
    return _portals(_installed())


Table = TypeVar("Table")


def collected(build: Callable[[Mapping[str, Portal]], Table]) -> Callable[[], Table]:
    """Decorate a function of all portals: it is then called without them, and computed once for a set of apps."""

    @cache
    def made_of(installed: tuple[str, ...]) -> Table:
        return build(_portals(installed))

    @wraps(build)
    def table() -> Table:
        return made_of(_installed())

    return table


def _installed() -> tuple[str, ...]:
    apps.check_models_ready()
    return tuple(apps.app_configs)


@cache
def _portals(installed: tuple[str, ...]) -> Mapping[str, Portal]:
    found = {}
    for label in installed:
        config = apps.get_app_config(label)
        if config.module is not None and module_has_submodule(config.module, MODULE):
            portal = getattr(import_module(f"{config.name}.{MODULE}"), NAME, None)
            if isinstance(portal, Portal):
                found[label] = portal
    return found
