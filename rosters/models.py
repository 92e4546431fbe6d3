"""Import runs with their files, and the column titles that an office uses."""

from __future__ import annotations

from uuid import uuid4

from django.db import models

from accounts.models import User
from baibuting.common.fields import SealedTextField
from baibuting.common.plain_text import all_without_numbers, plain_columns, plain_text
from baibuting.common.runs import BackgroundRun
from baibuting.common.sealed_files import OwnedFile
from baibuting.common.transitions import Filled
from buildings.models import Place
from buildings.scope import ScopedQuerySet
from rosters.choices import CHIPS, WAITING, WORKING, Purpose, State
from rosters.rules import STEPS, kind_choices


class ImportRun(BackgroundRun):
    """One upload and its outcome.

    The counts are the check's until it is imported. `mapping` holds what the clerk chose: column title → our field,
    "" for a column to leave out. `titles` are the office's titles in order, each with the field it was read as ("" for
    none); `suggested` and `taken_by_content` map titles to the field that their contents suggest.
    `rejections` and `warned` are `{sheet, row, column, reason, message}` and hold no personal data. `units`,
    `correctable`, `brings` and `sheets` are as in `ImportReport`; `corrections` are the ticked ones, and `spread_days` the
    window chosen for first rounds, which the counts include.
    What changed in which row is personal: it is sealed beside the run. `undone` says in Chinese what became of an
    import that was undone: `{erased, restored, ended, kept, reasons}`.
    """

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    kind = models.CharField("种类", max_length=20, choices=kind_choices)
    community = models.ForeignKey(
        Place, verbose_name="社区", null=True, on_delete=models.PROTECT, related_name="import_runs"
    )
    community_name = models.CharField("社区名称", max_length=50)
    user = models.ForeignKey(
        User, verbose_name="导入人", on_delete=models.PROTECT, related_name="import_runs"
    )
    file_name = SealedTextField("文件名", max_length=100, blank=True)
    state = models.CharField("状态", max_length=20, choices=State.choices, default=State.TO_CHECK)
    message = models.CharField("说明", max_length=1000, blank=True, default="")
    mapping = models.JSONField("列的对应", default=dict)
    titles = models.JSONField("认出的列", default=list)
    missing = models.JSONField("缺少的列", default=list)
    created_at = models.DateTimeField("上传时间")
    rows = models.PositiveIntegerField("数据行数", default=0)
    accepted = models.PositiveIntegerField("采用行数", default=0)
    created = models.PositiveIntegerField("新增", default=0)
    updated = models.PositiveIntegerField("更新", default=0)
    unchanged = models.PositiveIntegerField("未变", default=0)
    vacant = models.PositiveIntegerField("空缺", default=0)
    rejections = models.JSONField("未采用", default=list)
    warned = models.JSONField("请核对", default=list)
    units = models.JSONField("分类计数", default=dict)
    sheets = models.JSONField("工作表", default=list)
    hidden_sheets = models.JSONField("隐藏的工作表", default=list)
    looks_like = models.CharField("像是", max_length=20, choices=kind_choices, blank=True, default="")
    suggested = models.JSONField("建议的对应", default=dict)
    taken_by_content = models.JSONField("按内容采用", default=dict)
    brings = models.JSONField("随之到期", null=True)
    spread_days = models.PositiveSmallIntegerField("分摊天数", default=0)
    correctable = models.JSONField("可以更正", default=dict)
    corrections = models.JSONField("已选更正", default=list)
    change_count = models.PositiveIntegerField("变化处数", default=0)
    undone_at = models.DateTimeField("撤销时间", null=True)
    undone_by = models.ForeignKey(
        User, verbose_name="撤销人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    undone = models.JSONField("撤销结果", default=dict)

    place_lookup = "community"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "导入记录"
        verbose_name_plural = "导入记录"
        ordering = ["-created_at", "-id"]
        constraints = [
            # text from the office's own headings and sheets
            *plain_text(
                "community_name",
                "message",
                "mapping",
                "titles",
                "missing",
                "rejections",
                "warned",
                "sheets",
                "hidden_sheets",
                "suggested",
                "taken_by_content",
                "undone",
            ),
            STEPS.constraint(
                "rosters_importrun_state_complete",
                filled=[Filled("undone_at", [State.UNDONE]), Filled("undone_by", [State.UNDONE])],
            ),
        ]
        indexes = [
            # the worker: waiting runs, oldest first, and those in work
            models.Index(
                fields=["created_at"],
                condition=models.Q(state__in=[*WAITING, *WORKING]),
                name="rosters_importrun_queue",
            ),
            # the list of recent imports of a community
            models.Index(fields=["community", "-created_at"], name="rosters_importrun_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def chip(self) -> str:
        """Return the CSS class of its state's chip, as in `chip-week`."""
        return CHIPS.get(State(self.state), "week")

    def drop_numbers(self) -> None:
        """Remove numbers of people from the office's headings and sheet names: these columns are not encrypted."""
        for name in plain_columns(ImportRun):
            setattr(self, name, all_without_numbers(getattr(self, name)))


class ImportFile(OwnedFile):
    """A sealed file of a run: the upload, rows to correct, changes, the journal. Deleted when no longer needed."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="files")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)

    owner = "run"

    class Meta:
        verbose_name = "导入文件"
        verbose_name_plural = "导入文件"
        constraints = [models.UniqueConstraint(fields=["run", "purpose"], name="rosters_importfile_unique")]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.run_id}"


class ColumnMapping(models.Model):
    """The meaning of a column title in a community's rosters as a clerk chose it; "" for a column to leave out."""

    community = models.ForeignKey(
        Place, verbose_name="社区", on_delete=models.CASCADE, related_name="column_mappings"
    )
    kind = models.CharField("种类", max_length=20, choices=kind_choices)
    title_key = models.CharField("列名", max_length=100)
    field = models.CharField("对应栏目", max_length=50, blank=True)

    class Meta:
        verbose_name = "列的对应"
        verbose_name_plural = "列的对应"
        constraints = [
            *plain_text("title_key", "field"),
            models.UniqueConstraint(
                fields=["community", "kind", "title_key"], name="rosters_columnmapping_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title_key} → {self.field or '不导入'}"
