"""The portal of residents: their lists, which the office alone maintains."""

from __future__ import annotations

from django.http import HttpRequest

from accounts.choices import Role
from accounts.routing import account_of, list_link, viewers_of
from baibuting.common.portal import Access, AdminRoute, Link, Portal
from buildings.viewer import viewer_of
from residents.keeping import ERASURES, RETENTIONS
from residents.rules import may_confirm_erasure
from residents.selectors import erasures_waiting
from residents.undo import UNDOES


def _waiting(request: HttpRequest) -> int:
    """Return how many proposals the account may confirm; none for whoever may not."""
    account = account_of(request)
    return erasures_waiting(account, today=viewer_of(request).today) if may_confirm_erasure(account) else 0


ADMINS = {
    "residents.carecategory": AdminRoute(
        "no people", reason="the five categories and their words, one set for all"
    ),
    "residents.household": AdminRoute("flats; how many live there"),
    "residents.resident": AdminRoute(
        "names in full, numbers and text masked; in full on reason",
        pages=("erase", "export", "relocate", "leave", "return", "reveal", "seen-by"),
    ),
    "residents.carerecord": AdminRoute(
        "names in full; notes on reason; 刑释解教 to the holder and the ladder alone",
        pages=("export", "correct", "reveal", "end"),
    ),
    "residents.erasure": AdminRoute(
        "to the office the name of whom it is about; to the 安全管理员 a number, a place and counts",
        pages=("confirm", "refuse", "withdraw"),
    ),
}

PORTAL = Portal(
    links=(
        list_link("必访对象", "residents.carerecord", 70),
        Link(
            "删除申请",
            "admin:residents_erasure_changelist",
            125,
            viewers_of("residents.erasure"),
            count=_waiting,
            count_label="待确认",
            only_while_waiting=True,
        ),
    ),
    access={
        Role.OFFICE: Access(write=frozenset({"residents"})),
        Role.SECURITY_ADMIN: Access(write=frozenset({"residents.erasure"})),
    },
    admin_position=10,
    help={
        "/admin/residents/": "office#people",
        "/admin/residents/carerecord/": "office#care",
        "/admin/residents/erasure/": "office#erasure",
    },
    row_undoes=UNDOES,
    admins=ADMINS,
    trail_actions={"erase": "删除个人信息"},
    erasures=ERASURES,
    retentions=RETENTIONS,
)
