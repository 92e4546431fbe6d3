"""What a page of the desk says, and how long the lists behind it are."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client


def shown(client: Client, url: str) -> dict[str, tuple[int, str]]:
    """Every number of a page of the desk that has a list: its name → (number, address of the list)."""
    response = client.get(url)
    assert response.status_code == 200, url
    return told(response.context)


def told(context: Any) -> dict[str, tuple[int, str]]:
    """The same of a page that has been asked for."""
    found = {
        figure["name"]: (figure.get("duties", figure["value"]), figure["url"])
        for figure in context["figures"]
    }
    for figure in context["figures"]:
        for text, address in figure["notes"]:
            if address:
                found[f"{figure['name']}, {text.split()[0]}"] = (number_in(text), address)
    for rung in context["rungs"]:
        found[f"overdue, {rung['label']}"] = (rung["count"], rung["url"])
    found["coming"] = (context["coming"]["count"], context["coming"]["url"])
    for row in context["loads"]:
        found[f"ahead of {row['place'].name}"] = (row["count"], row["list_url"])
    for row in context["compared"]["bars"] if context["compared"] else []:
        found[f"overdue in {row['bar'].place}"] = (row["bar"].overdue, row["overdue_url"])
    for row in context["trend"]["weeks"]:
        found[f"due in {row['week'].starts_on}"] = (row["week"].rate.due, row["due_url"])
        found[f"in time in {row['week'].starts_on}"] = (row["week"].rate.in_time, row["in_time_url"])
    return found


def number_in(text: str) -> int:
    (number,) = re.findall(r"\d+", text)
    return int(number)


def length(client: Client, url: str) -> int:
    """How many a list says there are: the admin's or the portal's own."""
    response = client.get(url)
    assert response.status_code == 200, url
    return counted(response)


def counted(response: Any) -> int:
    if "cl" in response.context:
        listed = response.context["cl"]
        return getattr(listed, "duties", listed.result_count)
    if response.request["PATH_INFO"].startswith(("/vacancies/", "/duties/")):
        return response.context["total"]
    return response.context["page"].paginator.count
