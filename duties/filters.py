"""Filters of lists of duties by state, rung and family, for the desk's list and the admin's."""

from __future__ import annotations

from django.db.models import Q

from baibuting.common.list_filters import Choices
from duties.as_of import AHEAD_DAYS, COMING_DAYS, RATED, AsOf, duty_filter, family_condition
from duties.choices import Family, Rung
from duties.kinds import families

STATES: Choices = (
    ("running", "未办结"),
    ("overdue", "逾期"),
    ("today", "今天到期"),
    ("coming", f"未来 {COMING_DAYS} 天到期"),
    ("ahead", f"{AHEAD_DAYS} 天内到期"),
    ("unowned", "无人负责"),
    ("done_today", "今天到期，已办"),
    ("in_time", "按时"),
    ("late", "逾期后完成"),
    ("missed", "未完成"),
    ("cancelled", "已取消"),
    ("rated", "除已取消外全部"),
)


def state_condition(state: str, moment: AsOf) -> Q:
    """Return the condition on duties in a state of STATES at a moment; none match an unknown state."""
    standing = {"today": "due_today", "unowned": "no_owner"}.get(state, state)
    if standing in ("running", "overdue", "due_today", "coming", "ahead", "no_owner", "done_today"):
        return duty_filter(standing, moment)
    if state == "rated":
        return RATED
    if state not in ("in_time", "late", "missed", "cancelled"):
        return Q(pk__in=())
    return Q(outcome=state) if moment.is_now else Q(outcome=state, closed_at__lte=moment.at)


def rung_condition(rung: str, reached: str = "rung") -> Q:
    """Return the condition on duties whose highest rung reached is this one; none match an unknown rung.

    `reached` names the column or annotation that holds it. A duty that has reached no rung counts under the first.
    """
    if rung not in {str(value) for value in Rung.values}:
        return Q(pk__in=())
    return Q(**{reached: rung}) | Q(**{f"{reached}__isnull": True}) if rung == "0" else Q(**{reached: rung})


def family_choices() -> Choices:
    """Return the families a list can be filtered by; none while there is only one."""
    present = families()
    return [(family.value, str(family.label)) for family in present] if len(present) > 1 else []


def family_asked(word: str) -> Q:
    """Return the condition on duties of a family named in an address; none match an unknown family."""
    return family_condition(Family(word)) if word in Family.values else Q(pk__in=())


def family_of_figures() -> str:
    """Return the family for the list behind a figure, which counts visits alone; "" while there is only one."""
    return Family.VISITING.value if family_choices() else ""
