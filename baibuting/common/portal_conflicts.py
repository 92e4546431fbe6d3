"""What two portals declare under one name: found when the project starts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from baibuting.common.portal import Portal


def conflicts(found: Mapping[str, Portal]) -> list[str]:
    """Return a sentence for everything that two apps, or one app twice, declare under one name."""
    sentences = []
    for what, names_of in _NAMES.items():
        declared: dict[str, list[str]] = defaultdict(list)
        for label, portal in found.items():
            for name in names_of(portal):
                declared[name].append(label)
        sentences += [
            f"{what} “{name}” is declared more than once: by the portals of {' and '.join(labels)}."
            for name, labels in declared.items()
            if len(labels) > 1
        ]
    return sentences


_NAMES: Mapping[str, Callable[[Portal], Iterable[str]]] = {
    "The route": lambda portal: portal.routes,
    "The admin": lambda portal: portal.admins,
    "The link to": lambda portal: (link.address for link in portal.links),
    "The URLconf": lambda portal: (urls.urlconf for urls in portal.urls),
    "The page that belongs to a list,": lambda portal: portal.belongs_to,
    "The help for": lambda portal: portal.help,
    "The job": lambda portal: (job.task for job in portal.jobs),
    "The roster kind": lambda portal: (kind.code for kind in portal.roster_kinds),
    "The report kind": lambda portal: (kind.code for kind in portal.report_kinds),
    "The undoing of": lambda portal: (one.model for one in portal.row_undoes),
    "The card": lambda portal: (f"{card.page} {card.template}" for card in portal.cards),
    "The source of notices": lambda portal: (source.code for source in portal.notice_sources),
    "The kind of notes": lambda portal: (kind.code for kind in portal.note_kinds),
    "The kind of entries": lambda portal: (kind.code for kind in portal.entry_kinds),
    "The kind of rows": lambda portal: (kind.code for kind in portal.row_kinds),
    "The list of rows": lambda portal: (kind.path for kind in portal.row_kinds),
    "The figure": lambda portal: (figure.code for figure in portal.figures),
    "The step of setting up": lambda portal: (step.code for step in portal.setup_steps),
    "The measure": lambda portal: (name for measure in portal.measures for name in measure.names),
    "The erasure of": lambda portal: (one.model for one in portal.erasures),
    "The retention": lambda portal: (one.code for one in portal.retentions),
    "The action of the trail": lambda portal: portal.trail_actions,
}
