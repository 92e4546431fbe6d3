"""Cadres, the posts they hold, who stands in for them, and party organisations."""

from __future__ import annotations

from collections.abc import Collection
from typing import Self
from uuid import uuid4

from django.db import models
from django.db.models import Q

from accounts.models import User
from baibuting.common.fields import SealedTextField
from baibuting.common.persons import Person
from baibuting.common.plain_text import plain_text
from baibuting.common.spans import Span
from buildings.models import EmergencyAccess, Place
from buildings.scope import Scope, ScopedQuerySet, SpannedQuerySet
from cadres.choices import SHARED_POSTS, AppointmentEnd, OrganisationKind, Post
from cadres.rules import note_choices, note_kinds

IN_OFFICE = Span()
COVERED = Span("from_on", "until_on", is_open=False)
LONGEST_NOTE = 60  # characters


class CadreQuerySet(ScopedQuerySet["Cadre"]):
    def within(self, scope: Scope) -> Self:
        """Return cadres of a community in the scope, and those who hold, held or covered a post in it."""
        if scope.everywhere or not scope.paths:
            return super().within(scope)
        inside = Place.objects.within(scope).values("pk")
        posts = Appointment.objects.filter(Q(place__in=inside) | Q(organisation__places__in=inside))
        return self.filter(
            Q(community__in=inside)
            | Q(pk__in=posts.values("cadre"))
            | Q(pk__in=Cover.objects.filter(appointment__in=posts.values("pk")).values("stand_in"))
        )


class Cadre(Person):
    """A person who serves: holds posts, stands in for others, visits."""

    looked_up_as = "cadre"

    community = models.ForeignKey(Place, verbose_name="社区", on_delete=models.PROTECT, related_name="cadres")
    name = models.CharField("姓名", max_length=50, help_text="如：王建国")
    is_party_member = models.BooleanField("党员", default=False)
    user = models.OneToOneField(
        User, verbose_name="登录账号", null=True, blank=True, on_delete=models.SET_NULL, related_name="cadre"
    )

    place_lookup = "community"
    objects = CadreQuerySet.as_manager()

    class Meta:
        verbose_name = "骨干"
        verbose_name_plural = "骨干"
        ordering = ["community", "name_initials", "id"]
        constraints = [
            # the same name with the same phone is the same person; a missing phone never identifies
            models.UniqueConstraint(
                fields=["community", "name", "phone_digest"],
                condition=Q(phone_digest__isnull=False),
                name="cadres_cadre_name_phone_unique",
                violation_error_message="已有同名同电话的骨干，请直接选用。",
            ),
            *plain_text("name", "name_initials"),
        ]
        indexes = [models.Index(fields=["community", "name_initials"], name="cadres_cadre_initials")]

    def __str__(self) -> str:
        return self.name


class BuildingStaff(Place):
    """A building as the holder of its six posts (两长四员); the same row as the place."""

    class Meta:
        proxy = True
        verbose_name = "两长四员"
        verbose_name_plural = "两长四员"


class PartyOrganisation(models.Model):
    """党委, 总支, 支部 or 党小组 under its own name. Its places need not be one branch of the tree."""

    community = models.ForeignKey(
        Place, verbose_name="社区", on_delete=models.PROTECT, related_name="organisations"
    )
    kind = models.CharField("类型", max_length=20, choices=OrganisationKind.choices)
    name = models.CharField("名称", max_length=50, help_text="如：康和党总支")
    parent = models.ForeignKey(
        "self",
        verbose_name="上级党组织",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
    )
    places = models.ManyToManyField(
        Place,
        verbose_name="覆盖范围",
        blank=True,
        related_name="party_organisations",
        help_text="可以跨苑区选择，如：怡和苑北区 504栋",
    )

    place_lookup = "community"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "党组织"
        verbose_name_plural = "党组织"
        ordering = ["community", "kind", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["community", "kind", "name"],
                name="cadres_organisation_name_unique",
                violation_error_message="本社区已有同名的党组织。",
            ),
            *plain_text("name"),
        ]

    def __str__(self) -> str:
        return self.name


class Appointment(models.Model):
    """A cadre holds a post at a place from `started_on` through `ended_on`, both days included.

    A secretary of a PartyOrganisation has it in `organisation`; the secretary is then accountable for the
    organisation's places, and listed at `place`.
    """

    cadre = models.ForeignKey(
        Cadre, verbose_name="骨干", on_delete=models.PROTECT, related_name="appointments"
    )
    post = models.CharField("职务", max_length=30, choices=Post.choices)
    place = models.ForeignKey(
        Place, verbose_name="任职地点", on_delete=models.PROTECT, related_name="appointments"
    )
    organisation = models.ForeignKey(
        PartyOrganisation,
        verbose_name="党组织",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="appointments",
    )
    started_on = models.DateField("任职日期")
    ended_on = models.DateField("离任日期", null=True, blank=True)
    end_reason = models.CharField(
        "离任原因", max_length=20, choices=AppointmentEnd.choices, blank=True, default=""
    )

    place_lookup = "place"
    span = IN_OFFICE
    objects = SpannedQuerySet.as_manager()

    class Meta:
        verbose_name = "任职"
        verbose_name_plural = "任职"
        ordering = ["place__sort_key", "post", "-started_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["place", "post"],
                condition=Q(ended_on=None, organisation=None) & ~Q(post__in=SHARED_POSTS),
                name="cadres_appointment_one_holder",
                violation_error_message="该职务已有人在任，请先办理离任或交接。",
            ),
            models.UniqueConstraint(
                fields=["organisation", "post"],
                condition=Q(ended_on=None, organisation__isnull=False),
                name="cadres_appointment_one_secretary",
                violation_error_message="该党组织已有书记在任，请先办理离任或交接。",
            ),
            IN_OFFICE.ends_after_start(
                "cadres_appointment_ends_after_start", message="离任日期不能早于任职日期。"
            ),
        ]
        indexes = [
            # the ladder: who held this post here on that day
            models.Index(fields=["place", "post", "started_on"], name="cadres_appointment_ladder"),
        ]

    def __str__(self) -> str:
        return f"{self.place}{self.get_post_display()} {self.cadre}"


class Cover(models.Model):
    """A stand-in for an appointment from `from_on` through `until_on` (both included): leave, illness."""

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    appointment = models.ForeignKey(
        Appointment, verbose_name="被代管的任职", on_delete=models.CASCADE, related_name="covers"
    )
    stand_in = models.ForeignKey(
        Cadre, verbose_name="代管人", on_delete=models.PROTECT, related_name="covers"
    )
    from_on = models.DateField("开始日期")
    until_on = models.DateField("结束日期")
    reason = SealedTextField("原因", max_length=100, blank=True, help_text="如：探亲、住院")

    place_lookup = "appointment__place"
    span = COVERED
    objects = SpannedQuerySet.as_manager()

    class Meta:
        verbose_name = "代管"
        verbose_name_plural = "代管"
        ordering = ["-from_on", "-id"]
        constraints = [
            COVERED.ends_after_start("cadres_cover_until_after_from", message="结束日期不能早于开始日期。"),
        ]

    def __str__(self) -> str:
        return f"{self.stand_in}代{self.appointment}"


class EmergencyNotice(models.Model):
    """Notifies a holder on a building's ladder that a user from outside has emergency access. The row is the notice."""

    access = models.ForeignKey(
        EmergencyAccess, verbose_name="紧急查看", on_delete=models.PROTECT, related_name="notices"
    )
    cadre = models.ForeignKey(
        Cadre, verbose_name="知会对象", on_delete=models.PROTECT, related_name="emergency_notices"
    )
    told_rung = models.PositiveSmallIntegerField("知会级别")
    told_post = models.CharField("知会岗位", max_length=30, choices=Post.choices)
    seen_at = models.DateTimeField("查看时间", null=True)

    place_lookup = "access__place"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "紧急查看知会"
        verbose_name_plural = "紧急查看知会"
        ordering = ["-access", "told_rung"]
        constraints = [
            models.UniqueConstraint(fields=["access", "cadre"], name="cadres_emergencynotice_once"),
        ]

    def __str__(self) -> str:
        return f"{self.access} {self.cadre}"


class Note(models.Model):
    """A few words to one cadre about one row of an app; what needs a clock is a duty.

    `about` is the code of a `NoteKind` of some portal, which also says of which model `target_id` is the key. `text`
    names no resident: it is unencrypted, and shown on the cadre's lists of notices alone.
    """

    cadre = models.ForeignKey(Cadre, verbose_name="知会对象", on_delete=models.PROTECT, related_name="notes")
    community = models.ForeignKey(Place, verbose_name="社区", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("时间")
    about = models.CharField("事由", max_length=20, choices=note_choices)
    target_id = models.BigIntegerField("对象编号")
    text = models.CharField("内容", max_length=LONGEST_NOTE)
    seen_at = models.DateTimeField("查看时间", null=True)

    place_lookup = "community"
    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "便条"
        verbose_name_plural = "便条"
        ordering = ["-at", "-id"]
        constraints = [
            # one note per cadre and row; a new text replaces the old
            models.UniqueConstraint(fields=["cadre", "about", "target_id"], name="cadres_note_once"),
            *plain_text("text"),
        ]
        indexes = [
            # notices unseen, counted by every page
            models.Index(fields=["cadre"], condition=Q(seen_at=None), name="cadres_note_unseen"),
            # the newest on the lists of notices
            models.Index(fields=["cadre", "-at"], name="cadres_note_newest"),
        ]

    def __str__(self) -> str:
        return self.text

    @classmethod
    def pointing_at(cls, label: str, pks: Collection[int]) -> list[tuple[int, int]]:
        """Return which notes refer to which of some rows of a model; see `baibuting.common.pointing`."""
        about = [kind.code for kind in note_kinds().values() if kind.model == label]
        rows = cls._base_manager.filter(about__in=about, target_id__in=list(pks)).order_by()
        return list(rows.values_list("pk", "target_id")) if about else []
