"""The rules the product ships: proposals, to be confirmed or changed by each community.

Public sources give no frequencies for 五必访; these numbers are ours. They are marked as proposals wherever shown.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from cadres.choices import Post
from duties.choices import Cadence, Period
from duties.rounds import Terms
from visits.choices import IncidentKind, Method

PROPOSED_FROM = date(2000, 1, 1)

# A reminder two days before the due date; then, from the midnight after it, one level after another.
PROPOSED_LADDER: tuple[tuple[int, int], ...] = ((0, -2), (1, 0), (2, 1), (3, 3), (4, 7))
FACE_TO_FACE = (Method.HOME, Method.HOSPITAL)
ANY_CONTACT = (Method.HOME, Method.HOSPITAL, Method.PHONE, Method.VIDEO, Method.OFFICE)

PROPOSED_VISIT_RULES: dict[str, dict[str, Any]] = {
    "hardship": {
        "cadence": Cadence.CALENDAR, "period": Period.MONTH, "times": 1, "first_within_days": 7,
        "methods": FACE_TO_FACE, "shift_to_working_day": True,
    },
    "hospital": {"cadence": Cadence.ROLLING, "every_days": 7, "first_within_days": 3, "methods": FACE_TO_FACE},
    "laid_off": {
        "cadence": Cadence.CALENDAR, "period": Period.QUARTER, "times": 1, "first_within_days": 14,
        "methods": ANY_CONTACT, "shift_to_working_day": True,
    },
    "elderly_alone": {"cadence": Cadence.ROLLING, "every_days": 7, "first_within_days": 3, "methods": FACE_TO_FACE},
    "released": {
        "cadence": Cadence.ROLLING, "every_days": 30, "first_within_days": 7, "methods": FACE_TO_FACE,
        "accountable_post": Post.PARTY_GROUP_LEADER,
    },
}  # fmt: skip

PROPOSED_INCIDENT_RULES: dict[str, dict[str, Any]] = {
    IncidentKind.EMERGENCY: {
        "required_posts": [Post.BUILDING_HEAD, Post.SECURITY_WORKER, Post.PROPERTY_STEWARD],
        "arrive_within_hours": 1, "ladder": ((1, 0), (2, 1), (3, 2), (4, 4)),
    },
    IncidentKind.DISCONTENT: {
        "required_posts": [Post.PARTY_GROUP_LEADER, Post.BUILDING_HEAD],
        "arrive_within_hours": 24, "ladder": ((0, -4), (1, 0), (2, 24), (3, 48), (4, 72)),
    },
    IncidentKind.FAMILY_DISPUTE: {
        "required_posts": [Post.BUILDING_HEAD, Post.SECURITY_WORKER],
        "arrive_within_hours": 4, "ladder": ((0, -1), (1, 0), (2, 4), (3, 12), (4, 24)),
    },
}  # fmt: skip


def proposed_terms(category_code: str) -> Terms | None:
    """Return the shipped rule of a category as version 0; None for a category without one."""
    proposal = PROPOSED_VISIT_RULES.get(category_code)
    if proposal is None:
        return None
    plain = {**proposal, "methods": frozenset(proposal["methods"])}
    plain.setdefault("accountable_post", Post.BUILDING_HEAD)
    return Terms(ladder=PROPOSED_LADDER, version=0, effective_on=PROPOSED_FROM, **plain)
