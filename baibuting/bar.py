"""What the bar at the top of every page says: where one can go, and what day it is."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts.models import User
from accounts.rules import may_open_admin, may_view, sees_people
from accounts.selectors import alarms_since
from baibuting.admin_site import SITE_NAME
from baibuting.common.days import local_day
from buildings.scope import Scope, scope_of
from cadres.selectors import emergencies_unseen
from duties.selectors import unseen_count
from phone.selectors import waiting_count
from reports.selectors import may_report, runs_unseen
from rosters.rules import kinds_for

# label and model, in the order of a day's work; an account gets what its role may see, seven at most
LISTS: tuple[tuple[str, str], ...] = (
    ("必访对象", "residents.carerecord"),
    ("责任", "duties.duty"),
    ("走访", "visits.visit"),
    ("必到事件", "visits.incident"),
    ("两长四员", "cadres.buildingstaff"),
    ("楼栋", "buildings.place"),
    ("账号", "accounts.user"),
    ("工作范围", "buildings.placegrant"),
    ("紧急查看", "buildings.emergencyaccess"),
    ("审计记录", "accounts.auditevent"),
)
NOTICES, TRAIL = "知会", "审计记录"
PHONE = "/m/"
FROM_PHONES, REPORTS = "手机提交", "报表"
# what a count behind a link is called to those who hear the page
COUNT_WORDS = {TRAIL: "告警", FROM_PHONES: "待核对", REPORTS: "已生成"}
# pages that one comes to from the first one
DRILL_DOWN = ("/places/", "/people/", "/load/", "/never-seen/", "/vacancies/", "/incidents/", "/duties/")
# pages of our own that belong to a list
BELONG_TO = {"/doubles/": "/admin/residents/resident/"}
WEEKDAYS = "一二三四五六日"


def bar(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `nav`, `today_label`, `site_header`. The phone's pages have a bar of their own."""
    if request.path.startswith(PHONE):
        return {"site_header": SITE_NAME}
    return {
        "nav": nav(request),
        "today_label": day_label(local_day(timezone.now())),
        "site_header": SITE_NAME,
    }


def day_label(day: date) -> str:
    """11月23日 星期一."""
    return f"{day.month}月{day.day}日 星期{WEEKDAYS[day.weekday()]}"


def nav(request: HttpRequest) -> list[dict[str, Any]]:
    """Where the signed-in account can go: {url, label, current, count, count_words}; `count` is what waits to be read there."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    scope = scope_of(request)
    links = _own(user, scope)
    links += [
        (label, _address(f"admin:{model.replace('.', '_')}_changelist"), _alarms(label))
        for label, model in LISTS
        if may_view(user, model)
    ]
    if kinds_for(user):
        links.append(("导入导出", _address("rosters:index"), 0))
    if may_report(user, local_day(timezone.now())):
        links.append((REPORTS, _address("reports:index"), runs_unseen(user, scope)))
    if may_open_admin(user):
        links.append(("全部资料", _address("admin:index"), 0))
    here = _where(request.path, [url for _, url, _ in links if url])
    return [
        {
            "url": url,
            "label": label,
            "current": url == here,
            "count": count,
            "count_words": COUNT_WORDS.get(label, "未看"),
        }
        for label, url, count in links
        if url
    ]


def _own(user: User, scope: Scope) -> list[tuple[str, str, int]]:
    """What concerns the account itself: (label, address, how many wait there)."""
    people = sees_people(user)
    links = [("总览", _address("home"), 0)] if people else []
    if scope.cadre_id is not None:
        links.append((NOTICES, _address("notices"), unseen_count(scope) + emergencies_unseen(scope)))
        links.append(("手机页", _address("phone:today"), 0))
    waiting = waiting_count(scope) if may_view(user, "phone.submission") else 0
    if waiting:  # only where there is something to decide
        links.append((FROM_PHONES, _address("admin:phone_submission_changelist"), waiting))
    if people and not may_view(user, "duties.duty"):
        links.append(("责任", _address("duties"), 0))
    return links


def _alarms(label: str) -> int:
    """What waits behind a list: alarms of the last day for the auditor."""
    return alarms_since(timezone.now() - timedelta(days=1)) if label == TRAIL else 0


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:  # that page is not installed
        return ""


def _where(path: str, urls: list[str]) -> str:
    """The link whose page this is, or lies below; else the first of the same app; the front page of all last."""
    path = next((there for page, there in BELONG_TO.items() if path.startswith(page)), path)
    fitting = [url for url in urls if path == url or (url != "/" and path.startswith(url))]
    found = max(fitting, key=len, default="")
    if not found and path.startswith(DRILL_DOWN):
        return "/"
    app = "/".join(path.split("/")[:3]) + "/"
    if found.count("/") < 4 and path.count("/") > 3:
        found = next((url for url in urls if url.count("/") > 3 and url.startswith(app)), found)
    return found
