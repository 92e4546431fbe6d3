"""What reports add to the portal: their pages, the five kinds, the job that makes large ones."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone

from accounts.routing import PEOPLE
from baibuting.common.days import local_day
from baibuting.common.portal import Job, Link, Portal, ReportKind, Route, Urls
from buildings.viewer import viewer_of
from reports.keeping import ERASURES
from reports.measures import MEASURES
from reports.selectors import may_report, runs_unseen
from reports.tables import Escalations, Ledger, Punctuality, Roster, Staffing


def _may_report(request: HttpRequest) -> bool:
    return may_report(viewer_of(request).user, local_day(timezone.now()))


def _ended(request: HttpRequest) -> int:
    return runs_unseen(viewer_of(request).user, viewer_of(request).scope)


KINDS = (
    ReportKind(
        "ledger",
        "走访台账",
        "一个月的每次走访：看了谁、怎样走访、谁去的、情况如何",
        Ledger,
        "visits.visit",
        10,
        sensitive=("走访对象", "住址", "情况记录", "诉求"),
        office_alone=("情况记录", "诉求"),
    ),
    ReportKind(
        "punctuality", "按时率", "一个月到期的责任：按时、逾期、未完成各多少", Punctuality, "duties.duty", 20
    ),
    ReportKind(
        "escalations",
        "督办情况",
        "一个月逐级知会了谁、何时知会、多久办理",
        Escalations,
        "duties.dutyevent",
        30,
        sensitive=("对象", "住址"),
    ),
    ReportKind(
        "staffing",
        "配备率",
        "某一天六个职务的在任与空缺",
        Staffing,
        "cadres.buildingstaff",
        40,
        is_of_a_day=True,
    ),
    ReportKind(
        "roster",
        "两长四员花名册",
        "一栋一行，六个职务并排，与办公室的花名册一样",
        Roster,
        "cadres.buildingstaff",
        50,
        sensitive=("联系电话",),
        is_of_a_day=True,
    ),
)

ROUTES = {
    "reports:index": Route(
        "nothing as a page; as a report masked, or in full on reason to the office and the ladder above",
        PEOPLE,
    ),
    "reports:run": Route("nothing of people", PEOPLE, takes={"uid": "reports.reportrun.uid"}),
    "reports:book": Route(
        "what one has asked for oneself: masked, or in full on reason",
        PEOPLE,
        takes={"uid": "reports.reportrun.uid"},
    ),
    "reports:print": Route(
        "what one has asked for oneself: masked, or in full on reason",
        PEOPLE,
        takes={"uid": "reports.reportrun.uid"},
    ),
    "reports:step": Route(
        "nothing", PEOPLE, takes={"uid": "reports.reportrun.uid", "step": ("retry", "drop")}
    ),
}

PORTAL = Portal(
    urls=(Urls("reports/", "reports.urls"),),
    links=(Link("报表", "reports:index", 180, _may_report, count=_ended, count_label="已生成"),),
    measures=MEASURES,
    jobs=(Job("reports.make_reports"),),
    report_kinds=KINDS,
    help={"/reports/": "reports"},
    routes=ROUTES,
    erasures=ERASURES,
)
