"""Forms of the import pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet

from baibuting.common.plain_text import WORDS, breaks
from baibuting.common.tabular.fields import FieldSet
from baibuting.common.tabular.limits import MAX_FILE_BYTES
from baibuting.common.tabular.report import Correction
from buildings.models import Place
from buildings.scope import Scope
from duties.choices import MOST_SPREAD_DAYS
from rosters.models import ImportRun
from rosters.rules import roster_kinds
from rosters.selectors import communities_reached

ACCEPTED = ".xlsx,.xls,.csv,.txt"


class UploadForm(forms.Form):
    """A file and the community it is for. Users who may set communities up can name a new one with its buildings."""

    community = forms.ModelChoiceField(
        label="社区", queryset=Place.objects.none(), empty_label="请选择", required=False
    )
    new_community = forms.CharField(
        label="或新建社区",
        max_length=50,
        required=False,
        help_text="社区还没有登记时填写，如：百步亭社区",
    )
    file = forms.FileField(
        label="文件",
        help_text="Excel 或 WPS 表格（.xlsx、.xls）或 .csv，不超过 30 MB",
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
        error_messages={
            "required": "请选择要导入的文件；文件不能超过 30 MB。",
            "empty": "文件是空的。请确认选对了文件。",
        },
    )

    def __init__(self, *args: Any, kind: str, scope: Scope, **options: Any) -> None:
        super().__init__(*args, **options)
        communities = communities_reached(scope)
        choice = cast("forms.ModelChoiceField", self.fields["community"])
        choice.queryset = communities
        if not (roster_kinds()[kind].founds_communities and scope.everywhere):
            del self.fields["new_community"]
        first_two = list(communities[:2])
        self.only_community = first_two[0] if len(first_two) == 1 else None
        if self.only_community and "new_community" not in self.fields:
            choice.widget = choice.hidden_widget()
        choice.initial = self.only_community

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MAX_FILE_BYTES:
            raise forms.ValidationError("文件超过 30 MB。请只留下要导入的那张表，或分成几个文件分别导入。")
        return file

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned["new_community"] = "".join(cleaned.get("new_community", "").split())
        if breaks(cleaned["new_community"]):
            self.add_error("new_community", WORDS.message)
        cleaned.setdefault("community", None)
        if not self.data.get("community") and "new_community" not in self.fields:
            cleaned["community"] = self.only_community
        if not self.errors and not cleaned["new_community"] and not cleaned.get("community"):
            self.add_error("community", "请选择社区。")
        return cleaned

    @property
    def community_name(self) -> str:
        """Return the name of the roster's community."""
        return self.cleaned_data["new_community"] or self.cleaned_data["community"].name

    @property
    def community_row(self) -> Place | None:
        """Return the community if it is registered, else None."""
        if not self.cleaned_data["new_community"]:
            return cast("Place", self.cleaned_data["community"])
        queryset = cast("QuerySet[Place]", cast("forms.ModelChoiceField", self.fields["community"]).queryset)
        return queryset.filter(name=self.cleaned_data["new_community"]).first()


class MappingForm(forms.Form):
    """One select for each column of the file: the field it means, or that it is left out.

    `suggested` maps titles to the field that their contents suggest; these are preselected and adopted when the
    form is sent.
    """

    def __init__(
        self,
        *args: Any,
        titles: Sequence[Sequence[str]],
        fields: FieldSet,
        suggested: Mapping[str, str] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.titles = titles
        given = suggested or {}
        choices = [("", "不导入"), *((item.key, item.label) for item in fields.fields)]
        # unknown titles first: the page is opened for them
        for index, (title, field) in sorted(enumerate(titles), key=lambda pair: bool(pair[1][1])):
            proposal = "" if field else given.get(title, "")
            choice = forms.ChoiceField(
                label=title, choices=choices, initial=field or proposal, required=False
            )
            choice.help_text = "按内容推荐" if proposal in fields.by_key else ""
            self.fields[f"column_{index}"] = choice

    def mapping(self) -> dict[str, str]:
        """Return title → field, for the columns whose meaning was changed."""
        return {
            title: self.cleaned_data[f"column_{index}"]
            for index, (title, field) in enumerate(self.titles)
            if self.cleaned_data[f"column_{index}"] != field
        }


# What ticking a correction allows the import: its label, and the units of its rows and rounds.
CORRECTIONS: dict[str, tuple[str, str]] = {
    Correction.STARTS: ("更正起点", "条"),
    Correction.HOLDERS: ("更正任职", "个职务"),
    Correction.VISITS: ("更正走访", "条"),
}


def offers_spreading(run: ImportRun) -> bool:
    """Return whether a window may be chosen: the run spreads one, or something of it is due at once."""
    brings = run.brings or {}
    return bool(run.spread_days or brings.get("overdue") or brings.get("due_today"))


class CorrectionsForm(forms.Form):
    """Tick boxes for what the file would correct in records of the past, and the window for first rounds.

    None is ticked by default, and nothing spread.
    """

    corrections = forms.MultipleChoiceField(label="更正", required=False, widget=forms.CheckboxSelectMultiple)
    spread_days = forms.IntegerField(
        label="首次走访分摊到几天",
        required=False,
        min_value=0,
        max_value=MOST_SPREAD_DAYS,
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value"), f"分摊天数请填 0 到 {MOST_SPREAD_DAYS} 之间的数。"
        ),
    )

    def __init__(self, *args: Any, run: ImportRun, **options: Any) -> None:
        super().__init__(*args, **options)
        choice = cast("forms.MultipleChoiceField", self.fields["corrections"])
        choice.choices = [
            (name, self._words(name, run.correctable.get(name, {})))
            for name in CORRECTIONS
            if name in run.correctable or name in run.corrections
        ]
        choice.initial = run.corrections
        self.fields["spread_days"].initial = run.spread_days
        if not offers_spreading(run):
            del self.fields["spread_days"]

    @staticmethod
    def _words(name: str, found: Mapping[str, int]) -> str:
        words, unit = CORRECTIONS[name]
        if not found.get("rows"):
            return f"{words}（已按勾选计入）"
        rounds = f"，将重新计算 {found['rounds']} 次应访" if found.get("rounds") else ""
        return f"{words}（{found['rows']} {unit}{rounds}）"
