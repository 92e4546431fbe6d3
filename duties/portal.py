"""What duties register with the portal: pages and lists, notices, the sweep and its mail."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.choices import Role
from accounts.routing import EVERY_ROLE, list_link
from baibuting.common.portal import (
    Access,
    AdminRoute,
    Job,
    Link,
    NoticeSource,
    Portal,
    Route,
    Urls,
)
from baibuting.common.setup_steps import SetupStep
from buildings.models import Place
from buildings.scope import Scope
from buildings.viewer import holds_a_post, viewer_of
from duties.bell import notices_unseen
from duties.choices import DutyActionKind
from duties.selectors import events_unseen
from duties.undo import UNDOES


def _unseen(request: HttpRequest) -> int:
    return notices_unseen(viewer_of(request).scope)


def _gone_live(scope: Scope) -> QuerySet[Any]:
    """Return the communities of a scope that have a day from which clocks run; none before there is such a table."""
    model = apps.all_models["duties"].get("golive")
    inside = Place.objects.within(scope)
    return inside.filter(pk__in=model._base_manager.values("community")) if model else inside.none()


ROUTES = {
    "duties:duty": Route(
        "masked, or in full to the holder, the ladder above and the office",
        EVERY_ROLE,
        takes={"pk": "duties.duty.pk"},
    ),
    "duties:duty_handle": Route(
        "masked, or in full to the holder, the ladder above and the office; names of who serves in the same 片区",
        EVERY_ROLE,
        takes={"pk": "duties.duty.pk", "kind": tuple(DutyActionKind.values)},
    ),
    "duties:duty_words": Route(
        "what was written about a duty: to the holder and the ladder above, audited",
        EVERY_ROLE,
        takes={"pk": "duties.duty.pk"},
    ),
    "duties:notices": Route("masked, or in full to the holder, the ladder above and the office", EVERY_ROLE),
}
ADMINS = {
    "duties.sweeprun": AdminRoute("counts", reason="what the sweep did, in numbers"),
    "duties.noticedelivery": AdminRoute("whom a mail is owed"),
    "duties.duty": AdminRoute(
        "names in full; 刑释解教 to the holder and the ladder alone", pages=("export",)
    ),
}

PORTAL = Portal(
    urls=(Urls("", "duties.urls"),),
    links=(
        Link("知会", "duties:notices", 20, holds_a_post, count=_unseen),
        list_link("责任", "duties.duty", 80),
    ),
    access={Role.OFFICE: Access(write=frozenset({"duties"}))},
    admin_position=30,
    jobs=(Job("duties.sweep_duties"), Job("duties.deliver_notices", queue="mail")),
    notice_sources=(NoticeSource("duties", events_unseen),),
    routes=ROUTES,
    setup_steps=(
        SetupStep(
            "go_live",
            "启用日期",
            "从哪天起计时、知会和统计；这天以前的走访只作“上次见到”。先预览每天到期多少，再确认。",
            70,
            _gone_live,
            "duties:go_live",
            "定启用日期",
        ),
    ),
    row_undoes=UNDOES,
    admins=ADMINS,
)
