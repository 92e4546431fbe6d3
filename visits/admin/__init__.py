"""The admin of people under care, their visits, rules, incidents and duties."""

from visits.admin import care, duty, incident, resident, rule, special_day, visit

__all__ = ["care", "duty", "incident", "resident", "rule", "special_day", "visit"]
