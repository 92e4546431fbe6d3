"""The admin of people under care, their visits, rules and incidents."""

from visits.admin import care, erasure, incident, resident, rule, special_day, visit

__all__ = ["care", "erasure", "incident", "resident", "rule", "special_day", "visit"]
