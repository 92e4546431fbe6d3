"""What erasing a person means for reports: files made for whoever asked, in which they may stand."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from baibuting.common.keeping import ErasedPerson, RowErasure
from reports.choices import State
from reports.models import ReportFile, ReportRun

GONE = "有人的个人信息已按规定删除，文件随之删除；需要时请再生成一次。"


def _files(person: ErasedPerson) -> QuerySet[Any]:
    return ReportFile.objects.filter(run__place__community=person.community_id)


def _files_expire(rows: QuerySet[Any], person: ErasedPerson) -> None:
    """Say on the runs that their files are gone, and that they can be made again."""
    runs = ReportRun.objects.unscoped("whose files are erased").filter(files__in=rows.values("pk"))
    runs.filter(state=State.DONE).update(state=State.EXPIRED, message=GONE)


ERASURES = (
    RowErasure("reports.reportfile", "生成的报表文件", rows=_files, change=_files_expire, deletes=True),
)
