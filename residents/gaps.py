"""What is missing on rows of people: one definition for the numbers of 数据质量 and for the filters of their lists."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Q

# Of residents who live here: code → label and condition.
PERSON_GAPS: Mapping[str, tuple[str, Q]] = {
    "phone": ("没有电话", Q(left_on=None, phone=b"")),
    "number": ("没有证件号码", Q(left_on=None, id_number=b"", document_number=b"")),
    "born": ("没有出生日期", Q(left_on=None, born_on=None, id_number=b"")),
    "closed": ("还登记在停用的楼栋", Q(left_on=None, household__building__closed_on__isnull=False)),
}
# A flat that somebody lives in; rows are annotated with how many do, as `living`.
NO_ROOM = Q(room="", living__gt=0)
