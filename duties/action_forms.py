"""What can be done about a duty, one form per action: its labels, and the service it calls. Desk and phone share them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import User
from adminkit.pages import add_refusal, say_what_is_wrong
from cadres.choices import Post
from cadres.models import Appointment, Cadre
from cadres.selectors import neighbours
from duties.actions import (
    LONGEST_WORDS,
    duty_note,
    duty_stand_in_assign,
    duty_take_over,
    duty_waive,
    duty_waiver_revoke,
)
from duties.choices import DutyActionKind
from duties.models import Duty
from duties.permissions import accountable_appointment

STAND_IN_DAYS = 7  # offered beforehand


class NeighbourField(forms.ModelChoiceField):
    """A choice of cadres who serve close by, labelled with where and as what."""

    def label_from_instance(self, obj: Any) -> str:
        held: Appointment = obj
        return f"{held.cadre.name}（{held.place.name} {Post(held.post).label}）"


def day_field(label: str) -> forms.DateField:
    """Return a date field with the browser's own calendar."""
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class DutyActionForm(forms.Form):
    """One action on a duty. A refusal by its service is shown on it, and what was typed is kept."""

    kind: ClassVar[DutyActionKind]
    explanation: ClassVar[str]
    done: ClassVar[str]
    words_label: ClassVar[str] = "说明"
    words_help: ClassVar[str] = "可不填，如：我周五上门看望"
    words_required: ClassVar[bool] = False

    words = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 3, "maxlength": LONGEST_WORDS})
    )

    def __init__(self, *args: Any, duty: Duty, today: date, **options: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **options})
        self.duty, self.today = duty, today
        words = self.fields["words"]
        words.label, words.help_text, words.required = self.words_label, self.words_help, self.words_required
        self.set_up()
        say_what_is_wrong(self)

    def set_up(self) -> None:
        """Set the choices and first values of further fields."""

    @property
    def title(self) -> str:
        """Return the title of the page and of its button."""
        return str(self.kind.label)

    def act(self, *, by: User, cadre: Cadre | None, now: datetime) -> bool:
        """Call the service if the form is valid. Return whether the action was recorded."""
        if not self.is_valid():
            return False
        try:
            self.call({"duty": self.duty, "by": by, "cadre": cadre, "now": now}, self.cleaned_data)
        except ValidationError as refusal:
            add_refusal(self, refusal)
            return False
        return True

    def call(self, who: dict[str, Any], typed: dict[str, Any]) -> None:
        """Call the service of this action."""
        raise NotImplementedError


class TakeOverForm(DutyActionForm):
    kind = DutyActionKind.TAKE_OVER
    explanation = "表示您亲自过问，下面各级都会看到。计时不停，没有办完仍会逐级上报。"
    done = "已接办，可在“已处理”里查看进展。"

    def call(self, who: dict[str, Any], typed: dict[str, Any]) -> None:
        duty_take_over(words=typed["words"], **who)


class NoteForm(DutyActionForm):
    kind = DutyActionKind.NOTE
    explanation = "意见记入这件事的经过。内容只有责任人和上面各级可以看，每次查看都有记录。"
    done = "意见已记下。"
    words_label = "意见"
    words_help = "如：已与楼栋长商定周五上门"
    words_required = True

    def call(self, who: dict[str, Any], typed: dict[str, Any]) -> None:
        duty_note(words=typed["words"], **who)


class StandInForm(DutyActionForm):
    kind = DutyActionKind.STAND_IN
    explanation = "代管期间，这个岗位的走访和知会都交给代管人；期满自动恢复。"
    done = "已指派代管人。"
    words_help = "可不填，如：楼栋长住院，请邻栋代管"

    stand_in = NeighbourField(
        label="请谁代管",
        queryset=Appointment.objects.none(),
        empty_label="请选择",
        help_text="同一片区在任的骨干",
    )
    from_on = day_field("从哪天起")
    until_on = day_field("到哪天止（含当天）")
    field_order = ["stand_in", "from_on", "until_on", "words"]

    def set_up(self) -> None:
        appointment = accountable_appointment(self.duty, self.today)
        if appointment is not None:
            field: Any = self.fields["stand_in"]
            around = neighbours(appointment, self.today)
            field.queryset = around.select_related("cadre", "place").order_by("place__sort_key", "post", "pk")
        self.fields["from_on"].initial = self.today
        self.fields["until_on"].initial = self.today + timedelta(days=STAND_IN_DAYS - 1)

    def call(self, who: dict[str, Any], typed: dict[str, Any]) -> None:
        duty_stand_in_assign(
            stand_in=typed["stand_in"].cadre,
            from_on=typed["from_on"],
            until_on=typed["until_on"],
            words=typed["words"],
            **who,
        )


class WaiveForm(DutyActionForm):
    kind = DutyActionKind.WAIVE
    explanation = "本轮从现在起不再往上报；已经报过的不变。办完以前仍算未办、逾期照计；下一轮照常逐级上报。可以随时收回。"
    done = "已放行，本轮不再逐级上报。"
    words_label = "放行原因"
    words_help = "如：老人随子女外出，下月初回来再访"
    words_required = True

    def call(self, who: dict[str, Any], typed: dict[str, Any]) -> None:
        duty_waive(reason=typed["words"], **who)


class RevokeWaiverForm(DutyActionForm):
    kind = DutyActionKind.REVOKE_WAIVER
    explanation = "从现在起恢复逐级上报；放行期间该报的各级，现在就会报到。"
    done = "已收回放行，恢复逐级上报。"
    words_help = "可不填，如：老人已回家"

    def call(self, who: dict[str, Any], typed: dict[str, Any]) -> None:
        duty_waiver_revoke(words=typed["words"], **who)


FORMS: dict[str, type[DutyActionForm]] = {
    form.kind.value: form for form in (TakeOverForm, NoteForm, StandInForm, WaiveForm, RevokeWaiverForm)
}
