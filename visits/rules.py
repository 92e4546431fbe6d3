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


# Where the numbers come from, said on the page on which a community confirms them.
SOURCE = "公开资料只写明五类对象“必访”、三类事件“必到”，没有写频次和时限。"
SOURCES: dict[str, str] = {
    "hardship": "每月一次是本系统的建议：困难家庭的情况按月变化，与按月发放的救助同步。",
    "hospital": "七天一次是本系统的建议：住院多为一两周，纳入后三天内先去探望。",
    "laid_off": "每季度一次是本系统的建议：就业情况变化较慢，电话联系也算。",
    "elderly_alone": "七天一次是本系统的建议：独自居住的老人须经常见到本人。",
    "released": "三十天一次是本系统的建议，由楼栋党小组长走访。",
    IncidentKind.EMERGENCY: "一小时到场是本系统的建议：突发事件须马上有人到场。",
    IncidentKind.DISCONTENT: "一天内到场是本系统的建议：不满情绪须当天有人上门听。",
    IncidentKind.FAMILY_DISPUTE: "四小时到场是本系统的建议：纠纷须在当天平息。",
}


def visit_proposal(category_code: str) -> dict[str, Any]:
    """Return the shipped rule of a category as `visit_rule_publish` takes it. Raises KeyError without one."""
    plain: dict[str, Any] = {"every_days": None, "period": "", "times": None, "shift_to_working_day": False}
    plain |= {"accountable_post": Post.BUILDING_HEAD, "ladder": PROPOSED_LADDER}
    return as_terms({**plain, **PROPOSED_VISIT_RULES[category_code]})


def as_terms(said: dict[str, Any]) -> dict[str, Any]:
    """Return terms in one spelling, so that two of them can be compared: lists sorted, choices as plain text."""
    terms: dict[str, Any] = {
        name: str(value) if isinstance(value, str) else value for name, value in said.items()
    }
    terms["ladder"] = sorted((rung, after) for rung, after in terms["ladder"])
    for name in ("methods", "required_posts"):
        if name in terms:
            terms[name] = sorted(map(str, terms[name]))
    return terms


def proposed_terms(category_code: str) -> Terms | None:
    """Return the shipped rule of a category as version 0; None for a category without one."""
    proposal = PROPOSED_VISIT_RULES.get(category_code)
    if proposal is None:
        return None
    plain = {**proposal, "methods": frozenset(proposal["methods"])}
    plain.setdefault("accountable_post", Post.BUILDING_HEAD)
    return Terms(ladder=PROPOSED_LADDER, version=0, effective_on=PROPOSED_FROM, **plain)
