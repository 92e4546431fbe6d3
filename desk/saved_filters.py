"""Filters that an account keeps: which lists have them, and what of an address is kept."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode

from django.db.models import QuerySet
from django.urls import Resolver404, resolve

from accounts.models import User
from desk.models import SavedFilter

MOST_FILTERS = 20  # of one account for one list
# what belongs to a moment or to a search is not kept
PASSING = frozenset({"page", "p", "e", "found", "as_of"})
_KEY, _VALUE = re.compile(r"[a-z_]{1,40}"), re.compile(r"[A-Za-z0-9_.-]{1,40}")
_LONG_NUMBER = re.compile(r"[0-9]{7}")
DESK_LISTS = frozenset({"desk:duties", "desk:never_seen", "desk:vacancies", "desk:incidents", "desk:load"})


def list_named(path: str) -> str:
    """Return the name of the list at a path, the desk's or the admin's; "" for any other page."""
    try:
        name = resolve(path).view_name
    except Resolver404:
        return ""
    return name if name in DESK_LISTS or (name.startswith("admin:") and name.endswith("_changelist")) else ""


def kept_query(query: str) -> str:
    """Return what is kept of an address: ids and choices, sorted; "" where nothing is left."""
    kept = {
        key: value
        for key, value in parse_qsl(query)
        if key not in PASSING
        and _KEY.fullmatch(key)
        and _VALUE.fullmatch(value)
        and not _LONG_NUMBER.search(value)
    }
    return urlencode(sorted(kept.items()))


def own_filters(user: User, listed: str) -> QuerySet[SavedFilter]:
    """Return the filters that an account keeps for a list, oldest first."""
    return SavedFilter.objects.filter(user=user, listed=listed)
