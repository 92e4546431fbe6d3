"""What a list of duties can be narrowed to: states and rungs, for the desk's list and the admin's."""

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
    """Return the duties a state of STATES means at a moment; none for an unknown word."""
    standing = {"today": "due_today", "unowned": "no_owner"}.get(state, state)
    if standing in ("running", "overdue", "due_today", "coming", "ahead", "no_owner", "done_today"):
        return duty_filter(standing, moment)
    if state == "rated":
        return RATED
    if state not in ("in_time", "late", "missed", "cancelled"):
        return Q(pk__in=())
    return Q(outcome=state) if moment.is_now else Q(outcome=state, closed_at__lte=moment.at)


def rung_condition(rung: str, reached: str = "rung") -> Q:
    """Return duties whose highest rung reached is this one; none for a word that is no rung. Before the first it is the
    first.

    `reached` names the column or annotation that holds it.
    """
    if rung not in {str(value) for value in Rung.values}:
        return Q(pk__in=())
    return Q(**{reached: rung}) | Q(**{f"{reached}__isnull": True}) if rung == "0" else Q(**{reached: rung})


def family_choices() -> Choices:
    """Return the families a list can be narrowed to; none while there is only one."""
    present = families()
    return [(family.value, str(family.label)) for family in present] if len(present) > 1 else []


def family_asked(word: str) -> Q:
    """Return the condition a family's word in an address means; no duty for a word that is no family."""
    return family_condition(Family(word)) if word in Family.values else Q(pk__in=())


def family_of_figures() -> str:
    """Return the family's word for the list behind a figure, which counts visits alone; "" while there is only one."""
    return Family.VISITING.value if family_choices() else ""
