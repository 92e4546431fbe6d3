"""An incident as a district platform receives it: an event record, its places named by official codes.

Field names are the platforms'; which code means what is the office's dictionary (`EventType`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from api.choices import Topic
from api.models import EventType, OutboxEvent, Platform
from baibuting.common.days import SHANGHAI
from baibuting.common.masking import mask_name
from buildings.choices import Level
from buildings.models import Place
from buildings.selectors import ancestors
from visits.models import Incident

# the hierarchy of statistical codes: each begins with the one before it
DIGITS = {"city": 6, "street": 9, "community": 12, "grid": 15}
LABELS = {
    "city": "区代码（6 位）",
    "street": "街道代码（9 位）",
    "community": "社区代码（12 位）",
    "grid": "网格代码（15 位）",
}
OPEN, CLOSED = ("1", "处理中"), ("2", "已办结")
TITLE_WORDS = ("社区", "苑区", "片区", "楼栋", "类别")


@dataclass(frozen=True, slots=True)
class Report:
    """A record to send, and what it still lacks: sentences for the office. It is sent once nothing is lacking."""

    text: str
    lacking: list[str]


def event_report(event: OutboxEvent, platform: Platform) -> Report:
    """Return the record of an incident's event. Five queries."""
    incident = event.incident
    if incident is None:
        raise ValueError("only incidents are reported")
    above = ancestors(incident.building)
    mapped = platform.types.filter(kind=incident.kind).first()
    codes = _codes(incident.building, above)
    lacking = [f"缺少{LABELS[name]}" for name, (code, _) in codes.items() if not code]
    lacking += _broken_ladder(codes)
    if mapped is None:
        lacking.append(f"“{incident.get_kind_display()}”还没有事件对照")
    is_closed = event.topic == Topic.INCIDENT_CLOSED
    status = CLOSED if is_closed else OPEN
    persons = _persons(incident, platform)
    record: dict[str, Any] = {
        "eventId": str(incident.uid),
        "eventName": title(mapped.title, incident, above) if mapped else "",
        "eventPlace": " ".join(place.name for place in (*above, incident.building)),
        "happenTime": _moment(incident.occurred_at),
        "reportTime": _moment(incident.reported_at),
        "finishTime": _moment(incident.closed_at) if is_closed and incident.closed_at else None,
        **_types(mapped),
        "involvedPersons": persons,
        "involvedCount": len(persons),
        **{f"{name}Code": code for name, (code, _) in codes.items()},
        **{f"{name}Name": label for name, (_, label) in codes.items()},
        "statusCode": status[0],
        "statusName": status[1],
    }
    if platform.gives_summary:
        record["eventDescription"] = incident.summary
        record["handleResult"] = incident.result if is_closed else ""
    return Report(json.dumps(record, ensure_ascii=False, separators=(",", ":")), lacking)


def title(pattern: str, incident: Incident, above: Iterable[Place]) -> str:
    """Return the event's name by the office's pattern."""
    names = {place.level: place.name for place in (*above, incident.building)}
    words = {
        "社区": names.get(Level.COMMUNITY, ""),
        "苑区": names.get(Level.QUARTER, ""),
        "片区": names.get(Level.PRECINCT, ""),
        "楼栋": names.get(Level.BUILDING, ""),
        "类别": incident.get_kind_display(),
    }
    for word, name in words.items():
        pattern = pattern.replace(f"{{{word}}}", name)
    return pattern


def _types(mapped: EventType | None) -> dict[str, str]:
    return {
        "firstTypeCode": mapped.first_code if mapped else "",
        "firstTypeName": mapped.first_name if mapped else "",
        "secondTypeCode": mapped.second_code if mapped else "",
        "secondTypeName": mapped.second_name if mapped else "",
        "eventScopeCode": mapped.scope_code if mapped else "",
        "eventScopeName": mapped.scope_name if mapped else "",
    }


def _codes(building: Place, above: list[Place]) -> dict[str, tuple[str, str]]:
    """Return (code, name) by level; "" for a code not filled in. The grid is the nearest place that has one."""
    community = above[0]
    street = community.unit
    city = street.parent if street else None
    grid = next((place for place in (building, *reversed(above)) if _fits(place.code, "grid")), None)
    return {
        "city": (_fitting(city.code, "city"), city.name) if city else ("", ""),
        "street": (_fitting(street.code, "street"), street.name) if street else ("", ""),
        "community": (_fitting(community.code, "community"), community.name),
        "grid": (grid.code, grid.name) if grid else ("", ""),
    }


def _fits(code: str, name: str) -> bool:
    return len(code) == DIGITS[name] and code.isascii() and code.isdecimal()


def _fitting(code: str, name: str) -> str:
    return code if _fits(code, name) else ""


def _broken_ladder(codes: dict[str, tuple[str, str]]) -> list[str]:
    names = list(codes)
    return [
        f"{LABELS[lower]}应以{LABELS[upper]}开头，请核对"
        for upper, lower in pairwise(names)
        if codes[upper][0] and codes[lower][0] and not codes[lower][0].startswith(codes[upper][0])
    ]


def _persons(incident: Incident, platform: Platform) -> list[dict[str, str]]:
    """Return who arrived, by post; by name only where the office allows it."""
    found = []
    for arrival in incident.arrivals.unscoped("of an incident in hand").select_related("cadre"):
        name = arrival.cadre.name if arrival.cadre else ""
        found.append(
            {
                "post": arrival.get_post_display(),
                "name": name if platform.gives_names else mask_name(name),
                "arriveTime": _moment(arrival.arrived_at),
            }
        )
    return found


def _moment(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
