"""Rosters of people: residents, 必访对象, visits. Here and not in residents, because they reconcile clocks."""

from visits.importers.care import CARE_FIELDS, care_import
from visits.importers.resident import RESIDENT_FIELDS, residents_import
from visits.importers.visit import VISIT_FIELDS, visits_import

__all__ = [
    "CARE_FIELDS",
    "RESIDENT_FIELDS",
    "VISIT_FIELDS",
    "care_import",
    "residents_import",
    "visits_import",
]
