"""The bar at the top of every page: its links, today's date, and what is wrong with the portal itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts.rules import may_open_admin, sees_people
from baibuting.admin_site import SITE_NAME
from baibuting.common.days import local_day
from baibuting.common.portal import LAST, Link, Portal, collected
from buildings.viewer import viewer_of

PHONE = "/m/"
WEEKDAYS = "一二三四五六日"


def bar(request: HttpRequest) -> dict[str, Any]:
    """Return the bar's context: `nav`, `alarms`, `search_url`, `help_url`, `today_label`, `site_header`.

    The phone has its own bar.
    """
    if request.path.startswith(PHONE):
        return {"site_header": SITE_NAME}
    return {
        "nav": nav(request),
        "alarms": SimpleLazyObject(lambda: alarms(request)),
        "search_url": _search_url(request),
        "help_url": help_url(request.path),
        "today_label": day_label(local_day(timezone.now())),
        "site_header": SITE_NAME,
    }


def day_label(day: date) -> str:
    """Return a day with its weekday: 11月23日 星期一."""
    return f"{day.month}月{day.day}日 星期{WEEKDAYS[day.weekday()]}"


def _opens_admin(request: HttpRequest) -> bool:
    return may_open_admin(viewer_of(request).user)


def _search_url(request: HttpRequest) -> str:
    """Return where the bar's box searches; "" for roles that work with no people, which have none."""
    user = getattr(request, "user", None)
    return reverse("search:search") if user is not None and sees_people(user) else ""


@collected
def links(portals: Mapping[str, Portal]) -> list[Link]:
    """Return the links of all portals and the admin's index, in the order of the bar."""
    own = Link("全部资料", "admin:index", LAST, _opens_admin)
    return sorted([*(link for portal in portals.values() for link in portal.links), own], key=_position)


def _position(link: Link) -> int:
    return link.position


def nav(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the signed-in account's links: {url, label, current, count, count_words}; `count` is what is unread there.

    Three queries at most: those of the counts, and whether a cadre may make reports.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    shown = [(link, reverse(link.address), count) for link, count in _shown(request)]
    here = _where(request.path, [url for _, url, _ in shown])
    return [
        {
            "url": url,
            "label": link.label,
            "current": url == here,
            "count": count,
            "count_words": link.count_label,
        }
        for link, url, count in shown
    ]


@collected
def _alarms(portals: Mapping[str, Portal]) -> list[Callable[[HttpRequest], str]]:
    return [alarm for portal in portals.values() for alarm in portal.alarms]


def alarms(request: HttpRequest) -> list[str]:
    """Return the sentences on what is wrong with the portal, for the signed-in account; none while all is well.

    One query, and for those who keep the trail one more: a page whose reminders stand still must not look well.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    return [sentence for alarm in _alarms() if (sentence := alarm(request))]


def _shown(request: HttpRequest) -> Iterator[tuple[Link, int]]:
    """Yield the links shown to the user, each with the number of items waiting behind it."""
    for link in links():
        if not link.is_shown(request):
            continue
        count = link.count(request) if link.count else 0
        if count or not link.only_while_waiting:
            yield link, count


@collected
def _lists(portals: Mapping[str, Portal]) -> dict[str, str]:
    """Return the prefixes of pages that belong to a list, each with that list's address."""
    return {page: there for portal in portals.values() for page, there in portal.belongs_to.items()}


@collected
def _below_home(portals: Mapping[str, Portal]) -> tuple[str, ...]:
    """Return the prefixes of pages reached from the first page."""
    return tuple(page for portal in portals.values() for page in portal.below_home)


@collected
def _help(portals: Mapping[str, Portal]) -> dict[str, str]:
    """Return the paragraphs of the guides by the prefix of the pages they are about."""
    return {page: there for portal in portals.values() for page, there in portal.help.items()}


def help_url(path: str) -> str:
    """Return the address of the paragraph about a page, or of the guides where none is."""
    known = [page for page in _help() if path == page or (page != "/" and path.startswith(page))]
    if not known:
        return reverse("guides:index")
    guide, _, paragraph = _help()[max(known, key=len)].partition("#")
    return reverse("guides:guide", args=[guide]) + (f"#{paragraph}" if paragraph else "")


def _where(path: str, urls: list[str]) -> str:
    """Return the link to mark: the one whose page this is or lies below, else one of the same app or the first page."""
    path = next((there for page, there in _lists().items() if path.startswith(page)), path)
    fitting = [url for url in urls if path == url or (url != "/" and path.startswith(url))]
    best = max(fitting, key=len, default="")
    if not best and path.startswith(_below_home()):
        return "/"
    app = "/".join(path.split("/")[:3]) + "/"
    if best.count("/") < 4 and path.count("/") > 3:
        best = next((url for url in urls if url.count("/") > 3 and url.startswith(app)), best)
    return best
