"""The privacy perimeter: households, residents, and the care records of 必访对象."""

from __future__ import annotations

from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from baibuting.common.fields import SealedTextField
from baibuting.common.keeping import ERASED
from baibuting.common.persons import Person
from baibuting.common.plain_text import plain_text
from baibuting.common.spans import Span
from baibuting.common.tabular.problems import CellError
from buildings.addresses import normal_flat
from buildings.models import Place
from buildings.scope import GuardedQuerySet, ScopedQuerySet, SpannedQuerySet
from residents.choices import DocumentKind, EndReason, ErasureGround, ErasureState, Gender, LeftReason
from residents.rules import document_digest, id_number_digest

DAYS = Span()  # from the day a record starts through the day it ends


class CareCategory(models.Model):
    """One of the 五必访. Offices may edit the labels; the program refers to `code`."""

    code = models.SlugField("代号", max_length=20, unique=True, editable=False)
    label = models.CharField("名称", max_length=20, help_text="如：孤寡老人")
    public_label = models.CharField(
        "对外名称", max_length=20, help_text="给不负责此人的人看的名称，如：重点对象"
    )
    is_sensitive = models.BooleanField("敏感类别", default=False, help_text="仅责任人及其上级可见真实名称")
    synonyms = models.TextField(
        "同义词", blank=True, help_text="导入时也认得的写法，用空格隔开，如：低保户 特困户"
    )
    position = models.PositiveSmallIntegerField("顺序", default=0)

    class Meta:
        verbose_name = "必访类别"
        verbose_name_plural = "必访类别"
        ordering = ["position"]
        constraints = [*plain_text("label", "public_label", "synonyms")]

    def __str__(self) -> str:
        return self.label


class Household(models.Model):
    """A flat in which people live. Not part of the place tree, which stays small.

    `entrance` and `room` are in the normal form of `buildings.addresses`, so that one flat is one row however it was
    written: 0101 is 101, 1-101 is entrance 1 and room 101.
    """

    building = models.ForeignKey(
        Place, verbose_name="楼栋", on_delete=models.PROTECT, related_name="households"
    )
    entrance = models.CharField("单元", max_length=10, blank=True, help_text="只填数字，如：2")
    room = models.CharField("室", max_length=20, blank=True, help_text="如：1601")

    place_lookup = "building"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "户"
        verbose_name_plural = "户"
        ordering = ["building", "entrance", "room"]
        constraints = [
            *plain_text("entrance", "room"),
            models.UniqueConstraint(
                fields=["building", "entrance", "room"],
                name="residents_household_unique",
                violation_error_message="该楼栋已有这个单元和室号。",
            ),
            # neither column is sealed: no phone or ID number may be stored here, whatever wrote it
            models.CheckConstraint(
                condition=~Q(entrance__regex=r"[0-9０-９]{6}") & ~Q(room__regex=r"[0-9０-９]{6}"),
                name="residents_household_no_numbers_of_people",
                violation_error_message="单元和室号里不能有电话或证件号码，请写到保密的栏目里。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.building} {self.short}"

    def clean(self) -> None:
        """Normalise entrance and room. Raises ValidationError for what the grammar does not know."""
        try:
            self.entrance, self.room = normal_flat(self.entrance, self.room)
        except CellError as error:
            column = "entrance" if error.reason == "entrance" else "room"
            raise ValidationError({column: error.message}) from error

    @property
    def short(self) -> str:
        """Return 单元-室 as people write it: "2-1601"."""
        return "-".join(part for part in (self.entrance, self.room) if part) or "室号未填"


class Resident(Person):
    """A person who lives, or lived, in the community. ID number, phone and notes are sealed columns.

    `document_number` is of a document other than the mainland ID card, of the kind `document_kind`. Of somebody who
    was erased (`erased_at`) nothing is left but the row that their records and visits are counted by.
    """

    looked_up_as = "resident"

    community = models.ForeignKey(
        Place, verbose_name="社区", editable=False, on_delete=models.PROTECT, related_name="+"
    )
    household = models.ForeignKey(
        Household, verbose_name="户", on_delete=models.PROTECT, related_name="residents"
    )
    name = models.CharField("姓名", max_length=50, help_text="如：迪丽努尔·买买提")
    gender = models.CharField("性别", max_length=10, choices=Gender.choices, blank=True, default="")
    born_on = models.DateField("出生日期", null=True, blank=True)
    id_number = SealedTextField("身份证号", blank=True)
    id_number_digest = models.BinaryField(max_length=32, null=True, editable=False)
    document_kind = models.CharField(
        "证件类型",
        max_length=20,
        choices=DocumentKind.choices,
        blank=True,
        default="",
        help_text="身份证以外的证件",
    )
    document_number = SealedTextField("其他证件号码", blank=True)
    document_digest = models.BinaryField(max_length=32, null=True, editable=False)
    outside_address = SealedTextField("社区外住址", blank=True)
    notes = SealedTextField("备注", blank=True)
    left_on = models.DateField("离开日期", null=True, blank=True, editable=False)
    left_reason = models.CharField(
        "离开原因",
        max_length=10,
        choices=LeftReason.choices,
        blank=True,
        editable=False,
        default="",
        db_default="",  # rosters write residents by COPY, without this column
    )
    created_at = models.DateTimeField("登记时间")
    erased_at = models.DateTimeField("删除时间", null=True, editable=False)

    place_lookup = "household__building"
    digests = Person.digests | {
        "id_number_digest": lambda resident: id_number_digest(resident.id_number),
        "document_digest": lambda resident: document_digest(resident.document_kind, resident.document_number),
    }
    objects = GuardedQuerySet.as_manager()

    class Meta:
        verbose_name = "居民"
        verbose_name_plural = "居民"
        ordering = ["household__building__sort_key", "household__entrance", "household__room", "id"]
        constraints = [
            *plain_text("name", "name_initials"),
            # the same ID number is the same person, inside one community
            models.UniqueConstraint(
                fields=["community", "id_number_digest"],
                condition=Q(id_number_digest__isnull=False),
                name="residents_resident_id_number_unique",
            ),
            models.CheckConstraint(
                condition=Q(left_on=None, left_reason="") | (Q(left_on__isnull=False) & ~Q(left_reason="")),
                name="residents_resident_left_has_reason",
                violation_error_message="离开日期和离开原因要一起填写。",
            ),
            # and so is the same passport
            models.UniqueConstraint(
                fields=["community", "document_digest"],
                condition=Q(document_digest__isnull=False),
                name="residents_resident_document_unique",
            ),
            models.CheckConstraint(
                condition=Q(document_number=b"") | ~Q(document_kind=""),
                name="residents_resident_document_has_kind",
                violation_error_message="填写其他证件号码时请选择证件类型。",
            ),
            # nothing is ever written about an erased person again
            models.CheckConstraint(
                condition=Q(erased_at=None)
                | Q(
                    left_on__isnull=False,
                    name=ERASED,
                    name_initials="",
                    phone=b"",
                    phone_digest=None,
                    gender="",
                    born_on=None,
                    id_number=b"",
                    id_number_digest=None,
                    document_kind="",
                    document_number=b"",
                    document_digest=None,
                    outside_address=b"",
                    notes=b"",
                ),
                name="residents_resident_erased_is_empty",
                violation_error_message="此人的个人信息已按规定删除，不能再填写。",
            ),
        ]
        indexes = [
            # import: people of one name in this flat; admin search by name
            models.Index(fields=["community", "name"], name="residents_resident_name"),
            # admin search by pinyin initials
            models.Index(fields=["community", "name_initials"], name="residents_resident_initials"),
            # exact look-up of a phone
            models.Index(
                fields=["community", "phone_digest"],
                condition=Q(phone_digest__isnull=False),
                name="residents_resident_phone",
            ),
        ]

    def __str__(self) -> str:
        from baibuting.common.masking import mask_name

        return mask_name(self.name)


class CareRecordQuerySet(GuardedQuerySet["CareRecord"], SpannedQuerySet["CareRecord"]):  # type: ignore[override]
    """Care records: rows of people, in force from a first day through a last one."""


class CareRecord(models.Model):
    """A resident's time as a 必访对象 of one category, from `started_on` through `ended_on`, both days included."""

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    community = models.ForeignKey(
        Place, verbose_name="社区", editable=False, on_delete=models.PROTECT, related_name="+"
    )
    building = models.ForeignKey(
        Place, verbose_name="楼栋", editable=False, on_delete=models.PROTECT, related_name="care_records"
    )
    resident = models.ForeignKey(
        Resident, verbose_name="居民", on_delete=models.PROTECT, related_name="care_records"
    )
    category = models.ForeignKey(
        CareCategory, verbose_name="类别", on_delete=models.PROTECT, related_name="+"
    )
    started_on = models.DateField("纳入日期")
    ended_on = models.DateField("终止日期", null=True, blank=True)
    end_reason = models.CharField(
        "终止原因", max_length=20, choices=EndReason.choices, blank=True, default=""
    )
    notes = SealedTextField("备注", blank=True)
    created_at = models.DateTimeField("登记时间")

    place_lookup = "building"
    span = DAYS
    objects = CareRecordQuerySet.as_manager()

    class Meta:
        verbose_name = "必访对象"
        verbose_name_plural = "必访对象"
        ordering = ["building__sort_key", "id"]
        constraints = [
            DAYS.one_unended(
                ["resident", "category"],
                name="residents_carerecord_one_open",
                message="此人已在该类别中，无需重复登记。",
            ),
            DAYS.ends_after_start(
                "residents_carerecord_ends_after_start", message="终止日期不能早于纳入日期。"
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None, end_reason="") | (Q(ended_on__isnull=False) & ~Q(end_reason="")),
                name="residents_carerecord_end_has_reason",
                violation_error_message="填写终止日期时请选择终止原因。",
            ),
        ]
        indexes = [
            # open records per building and category: lists and counts
            models.Index(
                fields=["community", "building", "category"],
                condition=Q(ended_on=None),
                name="residents_carerecord_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resident}（{self.category.public_label}）"


class ResidentMerge(models.Model):
    """A merge of two registrations of one person: `gone_id` is deleted, its related rows belong to `kept`.

    `journal` holds the rows' values before and after, so that the merge can be undone for a day; see
    visits.services.merging.
    """

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    community = models.ForeignKey(
        Place, verbose_name="社区", editable=False, on_delete=models.PROTECT, related_name="+"
    )
    kept = models.ForeignKey(
        Resident, verbose_name="保留的居民", editable=False, on_delete=models.PROTECT, related_name="merges"
    )
    gone_id = models.BigIntegerField("并入的居民", editable=False)
    journal = SealedTextField("合并前的内容", blank=True, editable=False)
    merged_at = models.DateTimeField("合并时间", editable=False)
    merged_by = models.ForeignKey(
        User, verbose_name="办理人", null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    undone_at = models.DateTimeField("撤销时间", null=True, editable=False)

    place_lookup = "kept__household__building"
    objects = GuardedQuerySet.as_manager()

    class Meta:
        verbose_name = "居民合并"
        verbose_name_plural = "居民合并"
        ordering = ["-merged_at", "-id"]
        constraints = [
            # a registration can be merged away only once
            models.UniqueConstraint(
                fields=["gone_id"], condition=Q(undone_at=None), name="residents_residentmerge_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kept} {self.merged_at:%Y-%m-%d}"


class Erasure(models.Model):
    """An erasure of a person's information (删除个人信息): one keeper proposes it, another confirms it (ADR 126).

    `reason` is what the proposer wrote for the other; with the person it is erased.
    """

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    community = models.ForeignKey(
        Place, verbose_name="社区", editable=False, on_delete=models.PROTECT, related_name="+"
    )
    resident = models.ForeignKey(
        Resident, verbose_name="居民", editable=False, on_delete=models.PROTECT, related_name="erasures"
    )
    ground = models.CharField("依据", max_length=10, choices=ErasureGround.choices)
    reason = SealedTextField("说明", max_length=200, blank=True)
    state = models.CharField(
        "状态", max_length=10, choices=ErasureState.choices, default=ErasureState.PROPOSED
    )
    proposed_at = models.DateTimeField("申请时间", editable=False)
    proposed_by = models.ForeignKey(
        User, verbose_name="申请人", editable=False, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField("决定时间", null=True, editable=False)
    decided_by = models.ForeignKey(
        User, verbose_name="决定人", null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )

    place_lookup = "resident__household__building"
    objects = GuardedQuerySet.as_manager()

    class Meta:
        verbose_name = "删除个人信息"
        verbose_name_plural = "删除个人信息"
        ordering = ["-proposed_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["resident"],
                condition=Q(state=ErasureState.PROPOSED),
                name="residents_erasure_one_open",
                violation_error_message="此人已有一份待确认的删除申请。",
            ),
            models.CheckConstraint(
                condition=Q(state=ErasureState.PROPOSED, decided_at=None, decided_by=None)
                | (~Q(state=ErasureState.PROPOSED) & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="residents_erasure_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state=ErasureState.ERASED) | ~Q(decided_by=F("proposed_by")),
                name="residents_erasure_takes_two",
            ),
            models.CheckConstraint(
                condition=Q(state=ErasureState.ERASED, reason=b"")
                | (~Q(state=ErasureState.ERASED) & ~Q(reason=b"")),
                name="residents_erasure_reason_goes_too",
            ),
        ]

    def __str__(self) -> str:
        return f"删除申请 {self.pk}"
