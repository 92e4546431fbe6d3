"""Forms about cadres and their posts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminDateWidget
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from accounts.choices import Role
from accounts.models import User
from accounts.selectors import account_called
from adminkit.base import PickerSelect
from adminkit.pages import ServiceForm
from baibuting.common.forms import MaskedFieldsMixin, clean_phone
from baibuting.common.masking import mask_phone
from baibuting.common.names import normalise_name
from cadres.building_posts import PostEntry
from cadres.choices import BUILDING_POSTS, AppointmentEnd, Post
from cadres.models import Appointment, Cadre


def cadre_picker() -> PickerSelect:
    """Return a widget that finds a cadre by name or pinyin initials."""
    return PickerSelect(Appointment._meta.get_field("cadre"), admin.site)


class CadreForm(MaskedFieldsMixin, ServiceForm):
    """A cadre; the account is typed, never chosen from a list of accounts."""

    masked = {"phone": mask_phone}
    account = forms.CharField(
        label="登录账号",
        required=False,
        max_length=150,
        help_text="已开账号的骨干填账号或登录手机号，登录后按任职看到相应范围；没有账号可不填",
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    same_person = forms.BooleanField(
        label="确认是同一人（账号的姓名或手机号与骨干不一致、但已核实时才勾选，会记入审计记录）",
        required=False,
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.user_id and "account" in self.fields:
            self.initial["account"] = self.instance.user.username

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        account = self.cleaned_data.get("account")
        if isinstance(account, User) and account.pk != self.instance.user_id:
            self._compare(account)
        return cleaned

    def _compare(self, account: User) -> None:
        """Refuse an account whose name or phone is another than the cadre's, unless it is said to be the same person."""
        differs = []
        name, phone = self.cleaned_data.get("name", ""), self.cleaned_data.get("phone", "")
        if account.name and name and normalise_name(account.name) != normalise_name(name):
            differs.append(f"账号的姓名是“{account.name}”，骨干的姓名是“{name}”")
        if account.phone and phone and account.phone != phone:
            differs.append(f"账号的手机号是 {mask_phone(account.phone)}，骨干的是 {mask_phone(phone)}")
        if differs and not self.cleaned_data.get("same_person"):
            self.add_error(
                "account", f"{'；'.join(differs)}。请核对账号；确实是同一人的，请勾选“确认是同一人”。"
            )

    def clean_account(self) -> User | None:
        typed = self.cleaned_data["account"].strip()
        if not typed:
            return None
        found = User.objects.filter(
            account_called(typed),
            role__in=[Role.CADRE, Role.OFFICE],
            is_active=True,
            is_superuser=False,
        ).first()
        if found is None:
            raise forms.ValidationError("没有找到这个账号，请核对，或请系统管理员先开设账号。")
        if (
            Cadre.objects.unscoped("one account belongs to one cadre, wherever he is")
            .filter(user=found)
            .exclude(pk=self.instance.pk)
            .exists()
        ):
            raise forms.ValidationError("这个账号已关联另一位骨干，请核对。")
        if found.pk == self.request.user.pk and found.pk != self.instance.user_id:
            raise forms.ValidationError("不能关联自己的账号，请由另一位同事办理。")
        return found


class CadreWithoutAccountForm(CadreForm):
    """For users who work for a part of the community: an account gives its owner what the cadre may see."""

    account = same_person = None  # type: ignore[assignment]


class EndForm(forms.Form):
    ended_on = forms.DateField(label="离任日期", widget=AdminDateWidget, help_text="任职的最后一天")
    end_reason = forms.ChoiceField(
        label="离任原因",
        choices=[
            ("", "请选择"),
            *[choice for choice in AppointmentEnd.choices if choice[0] != AppointmentEnd.REPLACED],
        ],
    )


class _WithCadre(forms.Form):
    """A form with a choice of cadre; the page narrows the choice to the scope."""

    cadre_field: str

    def __init__(self, *args: Any, cadres: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields[self.cadre_field]
        field.queryset = cadres


class HandOverForm(_WithCadre):
    cadre_field = "to_cadre"
    to_cadre = forms.ModelChoiceField(
        label="接任人",
        queryset=Cadre.objects.none(),
        widget=cadre_picker(),
        help_text="输入姓名或拼音首字母查找；还没有登记的，请先在“骨干”里新增",
    )
    on = forms.DateField(
        label="交接日期", widget=AdminDateWidget, help_text="接任人从这一天起任职，原任职到前一天为止"
    )


class CoverForm(_WithCadre):
    cadre_field = "stand_in"
    stand_in = forms.ModelChoiceField(
        label="代管人",
        queryset=Cadre.objects.none(),
        widget=cadre_picker(),
        help_text="输入姓名或拼音首字母查找",
    )
    from_on = forms.DateField(label="开始日期", widget=AdminDateWidget)
    until_on = forms.DateField(label="结束日期", widget=AdminDateWidget, help_text="代管的最后一天")
    reason = forms.CharField(label="原因", max_length=100, required=False, help_text="如：探亲、住院")


class CoverEndForm(forms.Form):
    until_on = forms.DateField(label="结束日期", widget=AdminDateWidget, help_text="代管的最后一天")


@dataclass(frozen=True, slots=True)
class PostRow:
    """One post's line on the page of six. `now` holds the stored values: seen, was_name, was_phone."""

    post: Post
    holder: Appointment | None
    name: forms.BoundField
    phone: forms.BoundField
    now: Mapping[str, Any]
    cover: str

    @property
    def errors(self) -> list[str]:
        """Return all errors of the line."""
        return [*self.name.errors, *self.phone.errors]

    @property
    def hidden(self) -> SafeString:
        """Return hidden inputs with the values first shown: a line has changed where what is sent differs from them."""
        return format_html_join(
            "",
            '<input type="hidden" name="{}-{}" value="{}">',
            ((self.post.value, part, value) for part, value in self.now.items()),
        )


class BuildingPostsForm(forms.Form):
    """Six lines of name and phone. A phone is shown masked and kept unless it is changed."""

    on = forms.DateField(
        label="从哪一天起",
        widget=AdminDateWidget,
        help_text="新任和接任从这一天起算；离任的任职到前一天为止",
    )

    def __init__(self, *args: Any, holders: Mapping[str, Appointment], **options: Any) -> None:
        super().__init__(*args, **options)
        self.holders = holders
        for post in BUILDING_POSTS:
            now = self._now(post)
            for part, spoken, longest in (("name", "姓名", 50), ("phone", "电话", 40)):
                attrs = {
                    "aria-label": f"{post.label}{spoken}",
                    "placeholder": "空缺" if part == "name" else "",
                }
                self.fields[f"{post}-{part}"] = forms.CharField(
                    required=False,
                    max_length=longest,
                    initial=now[f"was_{part}"],
                    widget=forms.TextInput(attrs=attrs),
                )

    def _now(self, post: Post) -> dict[str, Any]:
        holder = self.holders.get(post)
        if holder is None:
            return {"seen": "", "was_name": "", "was_phone": ""}
        return {
            "seen": holder.pk,
            "was_name": holder.cadre.name,
            "was_phone": mask_phone(holder.cadre.phone),
        }

    def _shown(self, post: Post, part: str) -> str:
        return str(self.data.get(f"{post}-{part}", ""))

    def _retyped(self, post: Post, part: str) -> bool:
        return self._shown(post, part).strip() != self._shown(post, f"was_{part}")

    def clean(self) -> dict[str, Any]:
        for post in BUILDING_POSTS:
            field = f"{post}-phone"
            if self._retyped(post, "phone") and self.cleaned_data.get(field):
                try:
                    self.cleaned_data[field] = clean_phone(self.cleaned_data[field])
                except forms.ValidationError as refusal:
                    self.add_error(field, refusal)
        return self.cleaned_data

    def entries(self) -> list[PostEntry]:
        """Return the entries for the service; unchanged lines are left out."""
        return [
            PostEntry(
                post=post,
                name=self.cleaned_data[f"{post}-name"],
                phone=self.cleaned_data[f"{post}-phone"] if self._retyped(post, "phone") else None,
                seen=int(seen) if (seen := self._shown(post, "seen")).isdecimal() else None,
            )
            for post in BUILDING_POSTS
            if self._retyped(post, "name") or self._retyped(post, "phone")
        ]

    def rows(self) -> Iterator[PostRow]:
        """Yield the lines in the order of the paper form."""
        for post in BUILDING_POSTS:
            holder = self.holders.get(post)
            cover = _cover_text(holder, self.initial.get("on"))
            yield PostRow(post, holder, self[f"{post}-name"], self[f"{post}-phone"], self._now(post), cover)


def _cover_text(holder: Appointment | None, on: date | None) -> str:
    """Return the stand-in of that day, and until when; "" for none."""
    if holder is None or on is None:
        return ""
    for cover in holder.covers.all():
        if cover.from_on <= on <= cover.until_on:
            return f"{cover.stand_in.name}代管至 {cover.until_on:%Y-%m-%d}"
    return ""


class EmergencyForm(forms.Form):
    """The building, and what has happened."""

    building = forms.CharField(label="楼栋", max_length=100, help_text="写苑区和楼栋号，如：怡康苑 205栋")
    reason = forms.CharField(
        label="出了什么事", max_length=200, help_text="如：205栋起火，需联系行动不便的住户"
    )
