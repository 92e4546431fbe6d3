"""What erasing a person means for imports: their files, and the journals by which they can be undone."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from baibuting.common.keeping import ERASED, ErasedPerson, RowErasure
from rosters.choices import HELD, WAITING, WORKING, Purpose, State
from rosters.models import ImportFile, ImportRun

GONE = "有人的个人信息已按规定删除，上传的文件随之删除；需要时请重新上传。"


def _files(person: ErasedPerson) -> QuerySet[Any]:
    return ImportFile.objects.filter(run__community=person.community_id).exclude(purpose=Purpose.JOURNAL)


def _files_expire(rows: QuerySet[Any], person: ErasedPerson) -> None:
    """Take the person out of journals, and end the runs whose upload goes.

    Raises ValidationError while an import of the community waits or is in work: it might register them anew.
    """
    runs = ImportRun.objects.unscoped("whose files are erased").filter(community=person.community_id)
    if runs.filter(state__in=[*WAITING, *WORKING]).exists():
        raise ValidationError("本社区正在导入名册，请等导入完成后再确认删除。")
    runs.filter(state__in=HELD).update(state=State.EXPIRED, finished_at=person.at, message=GONE)
    for file in ImportFile.objects.filter(run__in=runs, purpose=Purpose.JOURNAL).select_related("run"):
        _journal_forget(file, person)


def _journal_forget(file: ImportFile, person: ErasedPerson) -> None:
    """Take their rows out of a journal, and their name and numbers out of the rest; undone, the import leaves them."""
    journal = json.loads(file.content())
    own = {label: set(pks) for label, pks in person.found.items()}
    rows = [row for row in journal["rows"] if row[1] not in own.get(row[0], ())]
    told = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    for word in person.words:
        told = told.replace(word, ERASED)
    if told != json.dumps(journal["rows"], ensure_ascii=False, separators=(",", ":")):
        kept = json.dumps(journal | {"rows": json.loads(told)}, ensure_ascii=False, separators=(",", ":"))
        ImportFile.keep(file.run, Purpose.JOURNAL, kept.encode())


ERASURES = (
    RowErasure("rosters.importfile", "导入时上传的文件", rows=_files, change=_files_expire, deletes=True),
)
