"""The phone's forms that are not entries: signing in, leave, handing over."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from accounts.forms import SignInForm
from accounts.models import User
from adminkit.pages import say_what_is_wrong
from cadres.models import Appointment
from cadres.selectors import scope_for
from duties.action_forms import NeighbourField, day_field


class PhoneSignInForm(SignInForm):
    """Sign-in by phone number or account, for users who hold a post."""

    trusted = forms.BooleanField(label="这是我自己的手机，半年内不用再登录", required=False, initial=True)

    def __init__(self, *args: Any, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = today

    def confirm_login_allowed(self, user: Any) -> None:
        super().confirm_login_allowed(user)
        account: User = user
        scope = scope_for(account, today=self.today)
        if scope.cadre_id is None or not scope.paths:
            raise ValidationError(
                "您的账号现在没有担任职务，手机页面用不了。请联系社区办；社区办人员请用电脑登录。"
            )


class _PhoneForm(forms.Form):
    """A form whose error messages say what to do."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **options})
        say_what_is_wrong(self)


class LeaveForm(_PhoneForm):
    stand_in = NeighbourField(
        label="请谁代管",
        queryset=Appointment.objects.none(),
        empty_label="请选择",
        help_text="同一片区在任的骨干",
    )
    from_on = day_field("从哪天起")
    until_on = day_field("到哪天止（含当天）")
    reason = forms.CharField(label="原因", max_length=100, required=False, help_text="可不填，如：探亲")

    def __init__(self, *args: Any, choices: QuerySet[Appointment], **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["stand_in"]
        field.queryset = choices


class HandOverForm(_PhoneForm):
    to = NeighbourField(
        label="交给谁",
        queryset=Appointment.objects.none(),
        empty_label="请选择",
        help_text="同一片区在任的骨干",
    )
    on = day_field("从哪天起由他担任")
    sure = forms.BooleanField(
        label="我已和接任人说好", error_messages={"required": "请先和接任人说好，再勾选。"}
    )

    def __init__(self, *args: Any, choices: QuerySet[Appointment], **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["to"]
        field.queryset = choices
        self.fields["sure"].error_messages["required"] = "请先和接任人说好，再勾选。"
