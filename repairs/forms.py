"""Forms of repairs: the public report, the office's own, and one for each thing done to an order."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.widgets import ClearableFileInput

from adminkit.pages import add_refusal, say_what_is_wrong
from baibuting.common.days import SHANGHAI
from baibuting.common.forms import clean_phone
from buildings.choices import Level
from buildings.models import Place
from buildings.scope import Scope
from cadres.models import Cadre
from duties.choices import Rung
from repairs.choices import (
    OFFICE_CHANNELS,
    FundedBy,
    Matter,
    Method,
    Spot,
    Stage,
    StepKind,
    Urgency,
)
from repairs.models import Consent, RepairOrder, RepairRule, RepairStep
from repairs.permissions import WORDS_NEEDED
from repairs.rules import LIMITS, PARTS, PICTURES_OF_A_REPORT, SUMMARY, TRIAGE_POSTS, WORDS
from repairs.selectors import asks_for_a_fund
from repairs.services import consent_record, repair_merge, repair_publish_words, repair_step_add

TEXT = {"rows": 3}
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
MOMENT = "%Y-%m-%dT%H:%M"


def _moment_field(label: str) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)
    return forms.DateTimeField(
        label=label, required=False, input_formats=[MOMENT], widget=widget, help_text="刚刚的可不填"
    )


class PhotosInput(ClearableFileInput):
    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Several photos, optional; more than `most` are refused."""

    widget = PhotosInput

    def __init__(self, *args: Any, most: int = PICTURES_OF_A_REPORT, **options: Any) -> None:
        super().__init__(*args, required=False, **options)
        self.most = most

    def clean(self, data: Any, initial: Any = None) -> list[bytes]:  # type: ignore[override]
        """Return the bytes of each photo."""
        sent = [one for one in data or [] if one]
        if len(sent) > self.most:
            raise ValidationError(f"一次最多附 {self.most} 张照片，请少选几张。")
        return [super(PhotosField, self).clean(one, initial).read() for one in sent]


class PublicReportForm(forms.Form):
    """What a resident says of something broken; a phone number only where they want to be called."""

    spot = forms.ChoiceField(
        label="哪里坏了", choices=Spot.choices, error_messages={"required": "请选择是哪个部位坏了。"}
    )
    summary = forms.CharField(
        label="情况",
        max_length=SUMMARY,
        widget=forms.Textarea(attrs=TEXT),
        error_messages={
            "required": "请写明坏成什么样，如：第三级台阶开裂。",
            "max_length": f"情况最多写 {SUMMARY} 个字，请缩短。",
        },
    )
    is_urgent = forms.BooleanField(label="紧急，有危险", required=False)
    photos = PhotosField(label="照片")
    phone = forms.CharField(label="电话", max_length=20, required=False)
    may_call = forms.BooleanField(label="社区可以打这个电话联系我", required=False)
    property_may_call = forms.BooleanField(label="物业也可以打", required=False)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        typed = found.get("phone", "")
        if typed and not found.get("may_call"):
            raise ValidationError(
                {"may_call": "填了电话，请勾选“社区可以打这个电话联系我”；不想被联系的，请清空电话。"}
            )
        if typed:
            try:
                found["phone"] = clean_phone(typed)
            except ValidationError as refusal:
                self.add_error("phone", refusal)
        return found


class OfficeReportForm(forms.Form):
    """A report that reached the office by telephone, at the desk, on a visit or from 12345."""

    building = forms.ModelChoiceField(
        label="楼栋", queryset=Place.objects.none(), error_messages={"required": "请选择要报修的楼栋。"}
    )
    spot = forms.ChoiceField(label="部位", choices=[("", "请选择"), *Spot.choices])
    summary = forms.CharField(
        label="情况",
        max_length=SUMMARY,
        widget=forms.Textarea(attrs=TEXT),
        help_text="如：一楼架空层第三级台阶开裂",
    )
    urgency = forms.ChoiceField(label="紧急程度", choices=Urgency.choices)
    channel = forms.ChoiceField(label="来源", choices=OFFICE_CHANNELS)
    reported_at = _moment_field("报修时间")
    reporter_name = forms.CharField(label="报修人", max_length=30, required=False)
    reporter_phone = forms.CharField(label="电话", max_length=20, required=False)
    shares_phone_with_property = forms.BooleanField(label="本人同意物业也可联系", required=False)

    def __init__(self, *args: Any, scope: Scope, **options: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **options})
        places = Place.objects.within(scope).active().filter(level=Level.BUILDING)
        field = self.fields["building"]
        field.queryset = places.select_related("parent__parent").order_by("sort_path")  # type: ignore[attr-defined]
        field.label_from_instance = lambda place: place.full_name  # type: ignore[attr-defined]
        say_what_is_wrong(self)

    def clean_reporter_phone(self) -> str:
        """Return the phone as it is stored."""
        typed = self.cleaned_data["reporter_phone"]
        return clean_phone(typed) if typed else ""


class ActForm(forms.Form):
    """One thing done to an order. A refusal by its service is shown on it, and what was typed is kept."""

    title = ""
    explanation = ""

    def __init__(self, *args: Any, order: RepairOrder, **options: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **options})
        self.order = order
        self.set_up()
        say_what_is_wrong(self)

    def set_up(self) -> None:
        """Set the choices and first values of fields."""

    def act(self, who: dict[str, Any]) -> bool:
        """Call the service if the form is valid; `who` are by, cadre, is_office and now. Return whether it was done."""
        if not self.is_valid():
            return False
        try:
            self.call(who, self.cleaned_data)
        except ValidationError as refusal:
            add_refusal(self, refusal)
            return False
        return True

    def call(self, who: dict[str, Any], typed: dict[str, Any]) -> None:
        """Call the service of the form."""
        raise NotImplementedError


class StepForm(ActForm):
    """One step; which fields it has follows from its kind."""

    at = _moment_field("时间")
    words = forms.CharField(label="说明", required=False, max_length=WORDS, widget=forms.Textarea(attrs=TEXT))
    matter = forms.ChoiceField(
        label="是否要居民商议",
        required=False,
        choices=[("", "不用商议，直接派工"), *((one.value, f"要商议：{one.label}") for one in Matter)],
    )
    until_on = forms.DateField(label="日期", required=False, widget=DAY)
    cost_yuan = forms.IntegerField(label="费用（元）", required=False, min_value=0, max_value=100_000_000)
    funded_by = forms.ChoiceField(label="资金来源", required=False, choices=[("", "不填"), *FundedBy.choices])
    notice_on = forms.DateField(
        label="公示日期", required=False, widget=DAY, help_text="紧急维修事后动用维修资金的，写明公示的日期"
    )

    _fields: dict[str, tuple[str, ...]] = {
        StepKind.ACCEPTED: ("matter",),
        StepKind.HANDED: ("until_on",),
        StepKind.EXTENDED: ("until_on",),
        StepKind.FINISHED: ("cost_yuan", "funded_by", "notice_on"),
        StepKind.PASSED: ("cost_yuan", "funded_by", "notice_on"),
    }

    def __init__(self, *args: Any, kind: StepKind, **options: Any) -> None:
        self.kind = kind
        super().__init__(*args, **options)

    @property
    def title(self) -> str:  # type: ignore[override]
        """Return the title of the page and of its button."""
        return str(self.kind.label)

    def set_up(self) -> None:
        for name in ("matter", "until_on", "cost_yuan", "funded_by", "notice_on"):
            if name not in self._fields.get(self.kind, ()):
                del self.fields[name]
        if self.kind in WORDS_NEEDED:
            self.fields["words"].help_text = WORDS_NEEDED[self.kind]
        if self.kind == StepKind.HANDED:
            self.fields["until_on"].label = "物业承诺修好的日期"
            self.fields["until_on"].help_text = "可不填；不填按规则的时限"
        elif self.kind == StepKind.EXTENDED:
            self.fields["until_on"].label = "延期到"
            self.fields["until_on"].required = True
        elif self.kind == StepKind.ACCEPTED and self.order.urgency == Urgency.URGENT:
            del self.fields["matter"]

    def call(self, who: dict[str, Any], typed: dict[str, Any]) -> None:
        found = dict(typed)
        at: datetime = found.pop("at") or who["now"]
        repair_step_add(order=self.order, kind=self.kind, at=at, **who, **found)


class ConsentForm(ActForm):
    """What an enquiry counted."""

    title = "登记商议结果"
    explanation = (
        "共有的几个人算一人；一人有几套房的算一人，面积相加。只填总数，不填是谁怎么说的。"
        "达到规定比例即为达成一致；没有达到的可以继续商议，或者就此办结。"
    )

    method = forms.ChoiceField(label="方式", choices=Method.choices)
    asked_on = forms.DateField(label="征求日期", widget=DAY)
    counted_on = forms.DateField(label="统计日期", widget=DAY)
    total_people = forms.IntegerField(label="应参加人（户）数", min_value=1, max_value=100_000)
    took_part_people = forms.IntegerField(label="参加人（户）数", min_value=0, max_value=100_000)
    agreed_people = forms.IntegerField(label="同意人（户）数", min_value=0, max_value=100_000)
    total_area = forms.DecimalField(label="总面积（㎡）", max_digits=10, decimal_places=2, min_value=0)
    took_part_area = forms.DecimalField(label="参加面积（㎡）", max_digits=10, decimal_places=2, min_value=0)
    agreed_area = forms.DecimalField(label="同意面积（㎡）", max_digits=10, decimal_places=2, min_value=0)
    notice_on = forms.DateField(label="公示日期", required=False, widget=DAY)
    closes = forms.BooleanField(
        label="没有达到比例的，就此办结", required=False, help_text="不勾选则继续商议，可以再登记一次"
    )

    def set_up(self) -> None:
        accepted = RepairStep.objects.unscoped("of the order in hand").filter(
            order=self.order, kind=StepKind.ACCEPTED, voided_at=None
        )
        step = accepted.first()
        if step is None or not asks_for_a_fund(step.matter):
            for name in ("total_area", "took_part_area", "agreed_area"):
                del self.fields[name]

    def call(self, who: dict[str, Any], typed: dict[str, Any]) -> None:
        counted = dict(typed)
        closes = counted.pop("closes")
        self.consent: Consent = consent_record(order=self.order, counted=counted, closes=closes, **who)


class MergeForm(ActForm):
    """Into which other order of the building this one goes."""

    title = "并案"
    explanation = "同一处坏了报了两次的，并入先报的一件；并案后这一件不再计时。"

    into = forms.ModelChoiceField(
        label="并入", queryset=RepairOrder.objects.none(), error_messages={"required": "请选择并入哪一件。"}
    )

    def set_up(self) -> None:
        others = RepairOrder.objects.unscoped("of the building of the order in hand").filter(
            building=self.order.building, closed_at=None
        )
        field = self.fields["into"]
        field.queryset = others.exclude(pk=self.order.pk).order_by("reported_at", "pk")  # type: ignore[attr-defined]
        field.label_from_instance = _order_label  # type: ignore[attr-defined]

    def call(self, who: dict[str, Any], typed: dict[str, Any]) -> None:
        repair_merge(order=self.order, into=typed["into"], **who)


def _order_label(order: RepairOrder) -> str:
    reported = order.reported_at.astimezone(SHANGHAI)
    return f"{order.number} {order.get_spot_display()} {reported:%Y-%m-%d} {Stage(order.stage).label}"


class WordsForm(ActForm):
    """What the public pages say of it."""

    title = "对外说明"
    explanation = "写在居民扫码看到的页面上，不写姓名和电话。"

    words = forms.CharField(
        label="说明", required=False, max_length=100, help_text="如：已订购石材，预计下周三到货"
    )

    def set_up(self) -> None:
        self.fields["words"].initial = self.order.public_words

    def call(self, who: dict[str, Any], typed: dict[str, Any]) -> None:
        if not who["is_office"]:
            raise ValidationError("对外说明由社区办填写。")
        repair_publish_words(order=self.order, words=typed["words"], now=who["now"])


FORMS: dict[str, type[ActForm]] = {"consent": ConsentForm, "merge": MergeForm, "public_words": WordsForm}
ACTS = (*(kind.value for kind in StepKind if kind not in ("agreed", "not_agreed", "merged")), *FORMS)


class RuleForm(forms.Form):
    """The limits and ladders of one urgency, as a new version."""

    effective_on = forms.DateField(label="生效日期", widget=DAY, help_text="今天或以后；在办的报修仍按原规则")
    triage_post = forms.ChoiceField(
        label="受理岗位", choices=[(post.value, post.label) for post in TRIAGE_POSTS]
    )
    small_part = forms.ChoiceField(
        label="小修小补：参加户数至少占", choices=[(part, part.replace("/", " / ")) for part in PARTS]
    )
    small_agreed = forms.ChoiceField(
        label="小修小补：同意户数须超过", choices=[(part, part.replace("/", " / ")) for part in PARTS]
    )

    def __init__(self, data: Any, *, rule: RepairRule, today: date) -> None:
        super().__init__(data, label_suffix="")
        self.fields["effective_on"].initial = today
        for name in LIMITS:
            label = str(RepairRule._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
            self.fields[name] = forms.IntegerField(
                label=label, min_value=1, max_value=1000, initial=getattr(rule, name)
            )
        for name in ("triage_post", "small_part", "small_agreed"):
            self.fields[name].initial = getattr(rule, name)
        hours = {step["rung"]: step["after_hours"] for step in rule.triage_ladder}
        for stem, said, unit in (
            ("triage", hours, "受理到期后几小时"),
            ("rest", dict(rule.steps), "其他环节到期后几天"),
        ):
            for rung in Rung:
                self.fields[f"{stem}_{rung.value}"] = forms.IntegerField(
                    label=f"{unit}知会{rung.label}",
                    required=False,
                    min_value=-100,
                    max_value=1000,
                    initial=said.get(rung.value),
                    help_text="负数是到期前提醒；不填不知会" if rung == Rung.VISITOR else "",
                )
        say_what_is_wrong(self)

    @property
    def terms(self) -> dict[str, Any]:
        """Return the columns of the new version."""
        return {
            name: self.cleaned_data[name] for name in (*LIMITS, "triage_post", "small_part", "small_agreed")
        }

    def steps(self, stem: str) -> list[tuple[int, int]]:
        """Return a ladder as (rung, hours or days) pairs."""
        said = ((rung.value, self.cleaned_data[f"{stem}_{rung.value}"]) for rung in Rung)
        return [(rung, after) for rung, after in said if after is not None]


def form_for(what: str, order: RepairOrder, data: Any) -> ActForm | None:
    """Return the form of an act, bound where there is data; None for an unknown one."""
    if what not in ACTS:
        return None
    if what in FORMS:
        return FORMS[what](data, order=order)
    return StepForm(data, order=order, kind=StepKind(what))


def cadre_of(scope: Scope) -> Cadre | None:
    """Return the cadre behind a scope; None for an account without a post."""
    if scope.cadre_id is None:
        return None
    return Cadre.objects.unscoped("the viewer himself").get(pk=scope.cadre_id)
