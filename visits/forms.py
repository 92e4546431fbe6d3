"""Forms of the admin for people, visits and incidents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminDateWidget, AdminSplitDateTime
from django.db.models import QuerySet

from adminkit.base import PickerSelect
from adminkit.pages import ServiceForm
from baibuting.common.days import SHANGHAI, midnight
from baibuting.common.forms import MaskedFieldsMixin
from baibuting.common.masking import mask_address, mask_id_number, mask_phone
from baibuting.common.tabular.problems import CellError
from baibuting.common.tabular.values import parse_id_number
from buildings.admin_base import PlaceChoiceField
from buildings.models import Place
from cadres.choices import Post
from cadres.models import Cadre
from residents.choices import EndReason, ErasureGround, LeftReason
from residents.forms import hidden_text
from residents.models import CareCategory, CareRecord, Resident
from visits.choices import IncidentKind, Method
from visits.models import Incident, Visit
from visits.services.visit import LONGEST_REASON, VisitChanges


class ErasureForm(forms.Form):
    """Why a person's information is to be erased."""

    ground = forms.ChoiceField(label="依据", choices=[("", "请选择"), *ErasureGround.choices])
    reason = forms.CharField(
        label="说明",
        max_length=200,
        help_text="写给安全管理员核对用，不写姓名和号码，如：收到书面申请，编号 2026-031",
    )


class ErasureConfirmForm(forms.Form):
    """The second keeper has looked at the paper."""

    is_checked = forms.BooleanField(
        label="已核对书面申请", required=False, help_text="居民编号、地点、依据与书面申请一致"
    )

    def clean_is_checked(self) -> bool:
        """Return True. Raises ValidationError where it is not ticked."""
        if not self.cleaned_data["is_checked"]:
            raise forms.ValidationError("请先核对书面申请，再勾选。")
        return True


class CategoryChoiceField(forms.ModelChoiceField):
    """A choice of categories under their public names."""

    def label_from_instance(self, obj: Any) -> str:
        return obj.public_label


class CategoriesChoiceField(forms.ModelMultipleChoiceField):
    """A choice of several categories under their public names."""

    def label_from_instance(self, obj: Any) -> str:
        return obj.public_label


class PersonChoiceField(forms.ModelChoiceField):
    """A choice of resident as office staff find them: name and flat."""

    def label_from_instance(self, obj: Any) -> str:
        return person_label(obj)


def person_label(resident: Resident) -> str:
    """Return name and flat; needs household__building__parent__parent loaded."""
    household = resident.household
    return f"{resident.name} {household.building.full_name} {household.short}"


class ResidentForm(MaskedFieldsMixin, ServiceForm):
    """A registered resident. Sealed values stay masked and unchanged until retyped."""

    masked = {
        "id_number": mask_id_number,
        "document_number": mask_id_number,
        "phone": mask_phone,
        "outside_address": mask_address,
        "notes": hidden_text,
    }

    class Meta:
        model = Resident
        fields = [
            "name", "gender", "born_on", "id_number", "document_kind", "document_number", "phone", "outside_address",
            "notes",
        ]  # fmt: skip
        widgets = {"notes": forms.Textarea(attrs={"rows": 2})}

    def clean_id_number(self) -> str:
        typed: str = self.cleaned_data["id_number"]
        if "id_number" not in self.changed_data:
            return typed
        try:
            return parse_id_number(typed)
        except CellError as error:
            raise forms.ValidationError(error.message) from error


class ResidentAddForm(ResidentForm):
    building = PlaceChoiceField(label="楼栋", queryset=Place.objects.none(), empty_label="请选择")
    entrance = forms.CharField(label="单元", max_length=10, required=False, help_text="只填数字，如：2")
    room = forms.CharField(label="室", max_length=20, required=False, help_text="如：1601")
    categories = CategoriesChoiceField(
        label="纳入必访",
        queryset=CareCategory.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="可以选几类，也可以不选，以后再纳入",
    )
    started_on = forms.DateField(
        label="纳入日期", widget=AdminDateWidget, required=False, help_text="从这一天起计算首访期限"
    )
    # shown once the question arises: see ResidentAdmin.create_with
    is_somebody_else = forms.BooleanField(
        label="确是另一个人，仍要登记", required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["building"]
        field.queryset = self.model_admin.buildings(self.request)  # type: ignore[attr-defined]

    def clean_started_on(self) -> date | None:
        """Return the day. Raises ValidationError where categories are ticked without one."""
        day: date | None = self.cleaned_data["started_on"]
        if day is None and self["categories"].data:
            raise forms.ValidationError("请填写纳入日期。")
        return day

    def ask_whether_somebody_else(self) -> None:
        """Show the box that confirms another person."""
        self.fields["is_somebody_else"].widget = forms.CheckboxInput()


class RelocateForm(forms.Form):
    building = PlaceChoiceField(label="迁到楼栋", queryset=Place.objects.none(), empty_label="请选择")
    entrance = forms.CharField(label="单元", max_length=10, required=False, help_text="只填数字，如：2")
    room = forms.CharField(label="室", max_length=20, required=False, help_text="如：1601")

    def __init__(self, *args: Any, buildings: QuerySet[Place], **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["building"]
        field.queryset = buildings


class LeaveForm(forms.Form):
    reason = forms.ChoiceField(
        label="离开原因",
        choices=[(reason.value, reason.label) for reason in (LeftReason.MOVED, LeftReason.DIED)],
        widget=forms.RadioSelect,
    )
    left_on = forms.DateField(
        label="离开日期", widget=AdminDateWidget, help_text="迁出或去世的那一天，不能晚于今天"
    )


class ReturnForm(forms.Form):
    was_mistake = forms.ChoiceField(
        label="办理",
        choices=[
            ("yes", "登记有误：其实没有离开，随之终止的必访记录恢复在册"),
            ("no", "搬回：曾经迁出，现在又住回本社区"),
        ],
        widget=forms.RadioSelect,
    )


class CareRecordForm(ServiceForm):
    category = CategoryChoiceField(label="类别", queryset=CareCategory.objects.all(), empty_label="请选择")

    class Meta:
        model = CareRecord
        fields = ["resident", "category", "started_on", "notes"]
        widgets = {"notes": forms.Textarea(attrs={"rows": 2})}
        help_texts = {"started_on": "从这一天起计算首访期限", "notes": "如：行动不便，上门前先打电话"}


class EndRecordForm(forms.Form):
    ended_on = forms.DateField(label="终止日期", widget=AdminDateWidget, help_text="作为必访对象的最后一天")
    end_reason = forms.ChoiceField(
        label="终止原因",
        choices=[("", "请选择"), *EndReason.choices],
        help_text="选“登记有误”时，这条记录的责任全部作废，已发出的知会一并撤回；"
        "选“去世”或“搬离”时，此人的全部必访记录一并终止",
    )


class CorrectRecordForm(forms.Form):
    started_on = forms.DateField(label="纳入日期", widget=AdminDateWidget)
    ended_on = forms.DateField(
        label="终止日期",
        widget=AdminDateWidget,
        required=False,
        help_text="仍在册的请留空；误终止的清空后恢复在册",
    )
    end_reason = forms.ChoiceField(
        label="终止原因", required=False, choices=[("", "未终止"), *EndReason.choices]
    )
    notes = forms.CharField(
        label="备注", required=False, widget=forms.Textarea(attrs={"rows": 2}), help_text="不改请保持原样"
    )


def clock_time_field() -> forms.TimeField:
    """Return the field of a visit's time of day, which need not be known."""
    return forms.TimeField(
        label="钟点",
        required=False,
        help_text="如：19:30；不记得可不填",
        widget=forms.TimeInput(attrs={"class": "short"}, format="%H:%M"),
        input_formats=["%H:%M", "%H:%M:%S", "%H：%M"],
    )


def moment_of(typed: Mapping[str, Any]) -> tuple[datetime, bool]:
    """Return when a visit took place, and whether the time of day is known."""
    day, time = typed["visited_on"], typed["visited_time"]
    if time is None:
        return midnight(day), False
    return datetime.combine(day, time, SHANGHAI), True


class VisitForm(ServiceForm):
    visited_on = forms.DateField(label="走访日期", widget=AdminDateWidget)
    visited_time = clock_time_field()
    # shown once the question arises: see VisitAdmin.create_with
    is_another = forms.BooleanField(
        label="确是另一次走访，仍要登记", required=False, widget=forms.HiddenInput
    )

    class Meta:
        model = Visit
        fields = ["resident", "method", "seen", "visitor", "visitor_name", "notes", "request"]
        widgets = {
            "method": forms.RadioSelect,
            "notes": forms.Textarea(attrs={"rows": 3}),
            "request": forms.Textarea(attrs={"rows": 2}),
        }
        labels = {"visitor_name": "名册外走访人"}
        help_texts = {
            "visitor": "输入姓名或拼音首字母查找",
            "visitor_name": "不在名册上的走访人写在这里，只写姓名，如：志愿者王芳",
            "notes": "如：精神尚好，血压偏高，已提醒复查",
            "request": "如：希望帮忙更换灯泡",
        }

    def ask_whether_another(self) -> None:
        """Show the box that confirms another visit."""
        self.fields["is_another"].widget = forms.CheckboxInput()


class CorrectVisitForm(forms.Form):
    """A visit as it should have been recorded. Sealed values stay unchanged until retyped."""

    visited_on = forms.DateField(label="走访日期", widget=AdminDateWidget)
    visited_time = clock_time_field()
    method = forms.ChoiceField(label="走访方式", choices=Method.choices, widget=forms.RadioSelect)
    seen = forms.BooleanField(label="见到本人", required=False)
    visitor = forms.ModelChoiceField(
        label="走访人", queryset=Cadre.objects.none(), required=False, help_text="输入姓名或拼音首字母查找"
    )
    visitor_name = forms.CharField(
        label="名册外走访人", required=False, max_length=50, help_text="不在名册上的走访人写在这里，只写姓名"
    )
    notes = forms.CharField(
        label="情况记录", required=False, widget=forms.Textarea(attrs={"rows": 3}), help_text="不改请保持原样"
    )
    request = forms.CharField(
        label="诉求", required=False, widget=forms.Textarea(attrs={"rows": 2}), help_text="不改请保持原样"
    )
    reason = forms.CharField(
        label="更正原因",
        max_length=LONGEST_REASON,
        help_text="如：日期记错了、写错了走访人",
        widget=forms.TextInput(attrs={"class": "wide-input"}),
    )

    def __init__(self, *args: Any, cadres: QuerySet[Cadre], **options: Any) -> None:
        super().__init__(*args, **options)
        visitor: Any = self.fields["visitor"]
        visitor.queryset = cadres
        visitor.widget = PickerSelect(Visit._meta.get_field("visitor"), admin.site, choices=visitor.choices)

    @staticmethod
    def initial_of(visit: Visit) -> dict[str, Any]:
        """Return the initial values: the visit as recorded."""
        local = visit.visited_at.astimezone(SHANGHAI)
        columns = {name: getattr(visit, name) for name in ("method", "seen", "visitor", "visitor_name")}
        sealed = {
            name: hidden_text("有" if visit.__dict__.get(name) else "") for name in ("notes", "request")
        }
        at = local.time().replace(second=0, microsecond=0) if visit.has_time else None
        return {"visited_on": local.date(), "visited_time": at, **columns, **sealed}

    def changes(self) -> VisitChanges:
        """Return the changes for `visit_correct`."""
        typed, names = self.cleaned_data, ("method", "seen", "visitor")
        changes: dict[str, Any] = {name: typed[name] for name in names}
        changes["visitor_name"] = typed["visitor_name"].strip()
        changes["visited_at"], changes["has_time"] = moment_of(typed)
        changes |= {name: typed[name] for name in ("notes", "request") if name in self.changed_data}
        return cast("VisitChanges", changes)


class VoidForm(forms.Form):
    reason = forms.CharField(
        label="作废原因",
        max_length=100,
        help_text="如：重复录入、记错了人",
        widget=forms.TextInput(attrs={"class": "wide-input"}),
    )


class IncidentForm(ServiceForm):
    kind = forms.ChoiceField(label="类别", choices=IncidentKind.choices, widget=forms.RadioSelect)
    occurred_at = forms.SplitDateTimeField(label="发生时间", widget=AdminSplitDateTime)

    class Meta:
        model = Incident
        fields = ["kind", "building", "occurred_at", "summary"]
        widgets = {"summary": forms.Textarea(attrs={"rows": 3})}


class CadreAndPostsField(forms.ModelChoiceField):
    """A choice of cadres with the posts they hold here (`held_here`, prefetched)."""

    def label_from_instance(self, obj: Any) -> str:
        posts = "、".join(Post(held.post).label for held in obj.held_here)
        return f"{obj.name}（{posts}）" if posts else obj.name


class ArrivalForm(forms.Form):
    post = forms.ChoiceField(label="到场岗位")
    cadre = CadreAndPostsField(
        label="到场人",
        queryset=Cadre.objects.none(),
        required=False,
        empty_label="不选则按岗位现任登记",
        help_text="由他人代为到场时请选择实际到场的人",
    )
    arrived_at = forms.SplitDateTimeField(label="到场时间", widget=AdminSplitDateTime)

    def __init__(
        self, *args: Any, posts: list[tuple[str, str]], cadres: QuerySet[Cadre], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        post: Any = self.fields["post"]
        post.choices = posts
        cadre: Any = self.fields["cadre"]
        cadre.queryset = cadres


class CloseIncidentForm(forms.Form):
    result = forms.CharField(
        label="处理结果",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="如：物业已更换水管，住户财物无损失",
    )
