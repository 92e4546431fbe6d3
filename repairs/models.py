"""Rules of repairs, orders with their steps, what residents said, pictures and the reporter's rating."""

from __future__ import annotations

import secrets
from fractions import Fraction
from uuid import uuid4

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from accounts.rules import CODE_LETTERS
from baibuting.common.fields import SealedTextField
from baibuting.common.plain_text import plain_text
from baibuting.common.sealed_files import SealedFile
from buildings.models import Place
from buildings.scope import GuardedQuerySet
from cadres.choices import Post, rung_of
from cadres.models import Cadre
from duties.models import DutyClock
from duties.versioned import VersionedRule
from repairs.choices import (
    RUNNING_STAGES,
    Actor,
    Channel,
    FundedBy,
    Matter,
    Method,
    Party,
    Spot,
    Stage,
    StepKind,
    Urgency,
)
from repairs.clock import RepairTerms
from repairs.rules import PARTS, SUMMARY, TRIAGE_POSTS, WORDS

CODE_LENGTH = 10


def new_code() -> str:
    """Return a new tracking code; none of its letters looks like another on a screenshot."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


_PARTS = [(part, part.replace("/", " / ")) for part in PARTS]
_POSTS = [(post.value, post.label) for post in TRIAGE_POSTS]


class RepairRule(VersionedRule):
    """One version of how long each step of a repair may take, for one urgency; orders keep the version they began with.

    `ladder` counts days after the due day, for every duty but the triage's, whose `triage_ladder` counts hours.
    `small_part` of the residents must take part in a small matter, and more than `small_agreed` of these agree.
    """

    subject = ("urgency",)
    ladder_unit = "after_days"

    urgency = models.CharField("紧急程度", max_length=10, choices=Urgency.choices)
    triage_post = models.CharField(
        "受理岗位", max_length=30, choices=_POSTS, default=Post.GENERAL_BRANCH_SECRETARY
    )
    triage_hours = models.PositiveSmallIntegerField("受理时限（小时）", help_text="如：24")
    agree_days = models.PositiveSmallIntegerField("商议时限（天）", help_text="如：10")
    funds_days = models.PositiveSmallIntegerField("动用维修资金的商议时限（天）", help_text="如：45")
    mend_days = models.PositiveSmallIntegerField("维修时限（天）", help_text="如：7")
    mend_days_agreed = models.PositiveSmallIntegerField("商议后的维修时限（天）", help_text="如：15")
    check_days = models.PositiveSmallIntegerField("验收时限（天）", help_text="如：3")
    whole_days = models.PositiveSmallIntegerField("全程时限（天）", help_text="如：30")
    whole_days_funds = models.PositiveSmallIntegerField("动用维修资金的全程时限（天）", help_text="如：120")
    small_part = models.CharField("小修小补：参加户数至少占", max_length=5, choices=_PARTS, default="1/2")
    small_agreed = models.CharField("小修小补：同意户数须超过", max_length=5, choices=_PARTS, default="1/2")
    triage_ladder = models.JSONField("受理的升级步骤")

    class Meta:
        verbose_name = "维修规则"
        verbose_name_plural = "维修规则"
        ordering = ["community", "urgency", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["community", "urgency", "version"], name="repairs_repairrule_version_unique"
            ),
            models.CheckConstraint(
                condition=Q(
                    triage_hours__gt=0,
                    agree_days__gt=0,
                    funds_days__gt=0,
                    mend_days__gt=0,
                    mend_days_agreed__gt=0,
                    check_days__gt=0,
                    whole_days__gt=0,
                    whole_days_funds__gt=0,
                ),
                name="repairs_repairrule_limits_positive",
                violation_error_message="时限请填 1 或更大的数。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_urgency_display()}维修 第 {self.version} 版"

    @property
    def terms(self) -> RepairTerms:
        """Return the limits as the clock takes them."""
        return RepairTerms(
            self.triage_hours,
            self.agree_days,
            self.funds_days,
            self.mend_days,
            self.mend_days_agreed,
            self.check_days,
            self.whole_days,
            self.whole_days_funds,
            rung_of(self.triage_post),
        )

    @property
    def small_parts(self) -> tuple[Fraction, Fraction]:
        """Return the parts a small matter needs: of residents to take part, and of these to agree."""
        return Fraction(self.small_part), Fraction(self.small_agreed)


class RepairOrder(models.Model):
    """A report of something broken in what the residents of a building share, until it is mended or closed otherwise.

    `code` is the reporter's: who has it sees this order's course and nothing else. `also_count` is how many others said
    that they met with it, of whom nothing is kept. `stage` and `closed_at` are derived from the steps and have one
    writer, `repairs.services.order_settle`. `public_words` are the office's own, for everybody.
    """

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    community = models.ForeignKey(
        Place, verbose_name="社区", editable=False, on_delete=models.PROTECT, related_name="+"
    )
    building = models.ForeignKey(
        Place, verbose_name="楼栋", on_delete=models.PROTECT, related_name="repair_orders"
    )
    spot = models.CharField("部位", max_length=20, choices=Spot.choices)
    summary = SealedTextField("情况", max_length=SUMMARY)
    urgency = models.CharField("紧急程度", max_length=10, choices=Urgency.choices, default=Urgency.NORMAL)
    channel = models.CharField("来源", max_length=10, choices=Channel.choices)
    code = models.CharField("查询码", max_length=10, unique=True, default=new_code, editable=False)
    reporter_name = SealedTextField("报修人", max_length=30, blank=True)
    reporter_phone = SealedTextField("电话", max_length=20, blank=True)
    shares_phone_with_property = models.BooleanField("物业也可联系", default=False)
    reported_at = models.DateTimeField("报修时间")
    recorded_at = models.DateTimeField("录入时间", editable=False)
    recorded_by = models.ForeignKey(
        User, verbose_name="录入人", null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    also_count = models.PositiveIntegerField("同遇人次", default=0, editable=False)
    rule = models.ForeignKey(
        RepairRule, verbose_name="规则", editable=False, on_delete=models.PROTECT, related_name="orders"
    )
    clock = models.OneToOneField(
        DutyClock, verbose_name="计时", editable=False, on_delete=models.PROTECT, related_name="repair_order"
    )
    follows = models.ForeignKey(
        "self",
        verbose_name="返修自",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="followed_by",
    )
    merged_into = models.ForeignKey(
        "self",
        verbose_name="并入",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="merged",
    )
    public_words = models.CharField("对外说明", max_length=100, blank=True, default="")
    stage = models.CharField(
        "进展", max_length=20, choices=Stage.choices, default=Stage.REPORTED, editable=False
    )
    closed_at = models.DateTimeField("办结时间", null=True, editable=False)

    place_lookup = "building"
    objects = GuardedQuerySet.as_manager()

    class Meta:
        verbose_name = "报修"
        verbose_name_plural = "报修"
        ordering = ["-reported_at", "-id"]
        constraints = [
            *plain_text("public_words"),
            models.CheckConstraint(
                condition=Q(reported_at__lte=F("recorded_at")),
                name="repairs_repairorder_not_in_future",
                violation_error_message="报修时间不能晚于现在。",
            ),
            models.CheckConstraint(
                condition=Q(stage__in=RUNNING_STAGES, closed_at=None)
                | (~Q(stage__in=RUNNING_STAGES) & Q(closed_at__isnull=False)),
                name="repairs_repairorder_closed_at_its_end",
            ),
            models.CheckConstraint(
                condition=Q(stage=Stage.MERGED, merged_into__isnull=False)
                | (~Q(stage=Stage.MERGED) & Q(merged_into=None)),
                name="repairs_repairorder_merged_into_one",
            ),
            models.CheckConstraint(
                condition=(Q(follows=None) | ~Q(follows=F("id")))
                & (Q(merged_into=None) | ~Q(merged_into=F("id"))),
                name="repairs_repairorder_names_another",
            ),
            models.CheckConstraint(
                condition=Q(shares_phone_with_property=False) | ~Q(reporter_phone=b""),
                name="repairs_repairorder_shares_a_phone",
            ),
        ]
        indexes = [
            # what is running now: lists and the public pages of a building
            models.Index(
                fields=["community", "building"], condition=Q(closed_at=None), name="repairs_order_running"
            ),
            # lists, newest first
            models.Index(fields=["community", "-reported_at", "-id"], name="repairs_order_by_day"),
            # the public pages of a building, closed ones of late
            models.Index(fields=["building", "closed_at"], name="repairs_order_of_building"),
        ]

    def __str__(self) -> str:
        return f"{self.building} {self.get_spot_display()}"

    @property
    def is_running(self) -> bool:
        """Return whether somebody still has to do something."""
        return self.stage in RUNNING_STAGES

    @property
    def number(self) -> str:
        """Return the number printed on a 派工单."""
        return f"{self.pk:06d}"


class RepairStep(models.Model):
    """One step of an order. A mistaken one is voided with a reason, never deleted; it never was, for the clock.

    `actor` and `rung` say as whom it was taken. `matter` is, on an acceptance, what residents must agree to first.
    `until_on` is the day promised with the order to mend, or asked for by an extension. `notice_on` is the day on which
    the use of the fund for an urgent repair was made public (民法典 281).
    """

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    order = models.ForeignKey(
        RepairOrder, verbose_name="报修", on_delete=models.PROTECT, related_name="steps"
    )
    kind = models.CharField("步骤", max_length=20, choices=StepKind.choices)
    at = models.DateTimeField("时间")
    recorded_at = models.DateTimeField("录入时间")
    by_user = models.ForeignKey(
        User, verbose_name="录入人", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    by_cadre = models.ForeignKey(
        Cadre, verbose_name="经办人", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    actor = models.CharField("身份", max_length=10, choices=Actor.choices)
    rung = models.PositiveSmallIntegerField("级别", default=0)
    party = models.CharField("一方", max_length=10, choices=Party.choices)
    words = SealedTextField("说明", max_length=WORDS, blank=True)
    matter = models.CharField("商议事项", max_length=20, choices=Matter.choices, blank=True, default="")
    until_on = models.DateField("承诺或延期至", null=True, blank=True)
    cost_yuan = models.PositiveIntegerField("费用（元）", null=True, blank=True)
    funded_by = models.CharField("资金来源", max_length=10, choices=FundedBy.choices, blank=True, default="")
    notice_on = models.DateField("公示日期", null=True, blank=True)
    voided_at = models.DateTimeField("作废时间", null=True, editable=False)
    void_reason = SealedTextField("作废原因", max_length=100, blank=True, editable=False)

    place_lookup = "order__building"
    objects = GuardedQuerySet.as_manager()

    class Meta:
        verbose_name = "维修进展"
        verbose_name_plural = "维修进展"
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(at__lte=F("recorded_at")),
                name="repairs_repairstep_not_in_future",
                violation_error_message="时间不能晚于现在。",
            ),
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(kind__in=[StepKind.HANDED, StepKind.EXTENDED]),
                name="repairs_repairstep_promise_where_made",
            ),
            models.CheckConstraint(
                condition=~Q(kind=StepKind.EXTENDED) | Q(until_on__isnull=False),
                name="repairs_repairstep_extended_to_a_day",
            ),
            models.CheckConstraint(
                condition=Q(matter="") | Q(kind=StepKind.ACCEPTED),
                name="repairs_repairstep_matter_of_acceptance",
            ),
            models.CheckConstraint(
                condition=Q(voided_at=None, void_reason=b"")
                | (Q(voided_at__isnull=False) & ~Q(void_reason=b"")),
                name="repairs_repairstep_void_has_reason",
            ),
        ]
        indexes = [
            # the clock and the pages: the steps of an order that stand
            models.Index(fields=["order", "at"], condition=Q(voided_at=None), name="repairs_step_of_order"),
        ]

    def __str__(self) -> str:
        return f"{self.order} {self.get_kind_display()}"


class Consent(models.Model):
    """What an enquiry among the residents counted; totals alone, no resident and no vote.

    Joint owners are one; one owner of several flats is one person with the sum of their areas. `holds` is derived from
    the totals by `repairs.rules.consent_holds` and has one writer, `repairs.services.consent_record`.
    """

    order = models.ForeignKey(
        RepairOrder, verbose_name="报修", on_delete=models.PROTECT, related_name="consents"
    )
    method = models.CharField("方式", max_length=12, choices=Method.choices)
    matter = models.CharField("事项", max_length=20, choices=Matter.choices)
    asked_on = models.DateField("征求日期")
    counted_on = models.DateField("统计日期")
    total_people = models.PositiveIntegerField("应参加人（户）数")
    total_area = models.DecimalField("总面积（㎡）", max_digits=10, decimal_places=2, null=True, blank=True)
    took_part_people = models.PositiveIntegerField("参加人（户）数")
    took_part_area = models.DecimalField(
        "参加面积（㎡）", max_digits=10, decimal_places=2, null=True, blank=True
    )
    agreed_people = models.PositiveIntegerField("同意人（户）数")
    agreed_area = models.DecimalField(
        "同意面积（㎡）", max_digits=10, decimal_places=2, null=True, blank=True
    )
    holds = models.BooleanField("达到规定比例", editable=False)
    notice_on = models.DateField("公示日期", null=True, blank=True)
    recorded_at = models.DateTimeField("录入时间", editable=False)
    recorded_by = models.ForeignKey(
        User, verbose_name="录入人", null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )

    place_lookup = "order__building"
    objects = GuardedQuerySet.as_manager()

    class Meta:
        verbose_name = "居民商议"
        verbose_name_plural = "居民商议"
        ordering = ["counted_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    agreed_people__lte=F("took_part_people"),
                    took_part_people__lte=F("total_people"),
                    total_people__gt=0,
                ),
                name="repairs_consent_people_fit",
                violation_error_message="同意的不能多于参加的，参加的不能多于应参加的，请核对人数。",
            ),
            models.CheckConstraint(
                condition=Q(total_area=None, took_part_area=None, agreed_area=None)
                | (
                    Q(total_area__isnull=False, took_part_area__isnull=False, agreed_area__isnull=False)
                    & Q(
                        agreed_area__lte=F("took_part_area"),
                        took_part_area__lte=F("total_area"),
                        agreed_area__gte=0,
                        total_area__gt=0,
                    )
                ),
                name="repairs_consent_area_fits",
                violation_error_message="面积要么三项都填，要么都不填；同意的不能多于参加的，参加的不能多于总面积。",
            ),
            models.CheckConstraint(
                condition=Q(asked_on__lte=F("counted_on")),
                name="repairs_consent_counted_after_asking",
                violation_error_message="统计日期不能早于征求日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order} {self.get_method_display()}"


class RepairPicture(SealedFile):
    """A picture of an order, redrawn without metadata, sealed. The public sees it only once the office released it."""

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    order = models.ForeignKey(
        RepairOrder, verbose_name="报修", on_delete=models.PROTECT, related_name="pictures"
    )
    step = models.ForeignKey(
        RepairStep, verbose_name="步骤", null=True, on_delete=models.PROTECT, related_name="pictures"
    )
    sealed = models.BinaryField("图片", editable=False)
    received_at = models.DateTimeField("收到时间")
    is_released = models.BooleanField("对外公开", default=False)

    place_lookup = "order__building"
    objects = GuardedQuerySet.as_manager()

    class Meta:
        verbose_name = "维修照片"
        verbose_name_plural = "维修照片"
        ordering = ["received_at", "id"]

    def __str__(self) -> str:
        return f"{self.order} 照片"


class RepairRating(models.Model):
    """What the reporter says of the mended thing, once for an order."""

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    order = models.OneToOneField(
        RepairOrder, verbose_name="报修", on_delete=models.PROTECT, related_name="rating"
    )
    solved = models.BooleanField("修好了")
    stars = models.PositiveSmallIntegerField(
        "满意程度", validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    words = SealedTextField("评价", max_length=WORDS, blank=True)
    at = models.DateTimeField("评价时间")
    channel = models.CharField("来源", max_length=10, choices=Channel.choices)

    place_lookup = "order__building"
    objects = GuardedQuerySet.as_manager()

    class Meta:
        verbose_name = "维修评价"
        verbose_name_plural = "维修评价"
        ordering = ["-at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(stars__gte=1, stars__lte=5),
                name="repairs_repairrating_one_to_five",
                violation_error_message="请选择 1 到 5 颗星。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order} 评价"
