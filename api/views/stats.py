"""`stats/`: figures added up by level."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from api.choices import LEVEL_WORDS, LEVELS, Grant, LevelWord
from api.selectors import Caller
from api.views.base import ScopedView
from baibuting.common.days import local_day, period_end, period_start
from buildings.models import Place
from buildings.programs import check_day
from buildings.scope import Scope
from buildings.selectors import TREE_ORDER
from duties.as_of import AsOf
from duties.choices import Family, Rung
from stats.choices import CategoryWord
from stats.figures import FLOW, STOCK, Figures, Question, Telling
from stats.rules import more_figures

WORDS = {
    "care_records": "在册必访对象（人次，一人多类分别计）",
    "never_seen": "纳入以来从未见到本人的",
    "overdue": "逾期未办的责任",
    "due_today": "当天到期、尚未办的责任",
    "done_today": "当天到期、已经办结的责任",
    "coming": "其后七天内到期的责任",
    "no_owner": "责任岗位空缺、没有人负责的未办责任",
    "incidents_running": "未办结的必到事件",
    "posts": "两长四员应配岗位数",
    "vacancies": "其中空缺的",
    "due": "期间到期的责任",
    "in_time": "其中按时办结的",
    "late": "其中逾期后办结的",
    "missed": "其中未完成的",
    "cancelled": "其中取消的",
    "running": "其中尚未办结的",
    "visits": "期间的走访次数",
    "incidents_opened": "期间报告的事件",
    "incidents_closed": "期间办结的事件",
    **{code: figure.about for code, figure in more_figures().items()},
}
NAMES = (*STOCK, *FLOW, *more_figures())


class AskedStats(serializers.Serializer):
    """The parameters of stats/."""

    level = serializers.ChoiceField(
        choices=LevelWord.choices, default=LevelWord.COMMUNITY, help_text="按哪一级汇总"
    )
    as_of = serializers.DateField(
        required=False, help_text="截至哪一天（当天结束时）；不写为现在，如：2026-10-01"
    )
    to = serializers.DateField(required=False, help_text="期间止（含当日）；与 from 同时写")
    category = serializers.ChoiceField(choices=CategoryWord.choices, required=False, help_text="只计这一类别")
    rung = serializers.ChoiceField(choices=Rung.choices, required=False, help_text="只计已升到这一级的责任")
    family = serializers.ChoiceField(
        choices=Family.choices, default=Family.VISITING, help_text="责任的各项计哪一大类；不写为走访与到场"
    )

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        fields["from"] = serializers.DateField(
            required=False, help_text="期间起；与 to 同时写。不写则不给出期间的各项"
        )
        return fields


def _figure(name: str) -> serializers.IntegerField:
    return serializers.IntegerField(allow_null=True, help_text=WORDS[name])


class RungFigure(serializers.Serializer):
    rung = serializers.ChoiceField(choices=Rung.choices)
    overdue = serializers.IntegerField(allow_null=True)
    hidden = serializers.BooleanField(help_text="因过小而不给出")


StatsFigures: Any = type(
    "StatsFigures",
    (serializers.Serializer,),
    {
        "place": serializers.IntegerField(help_text="区域或楼栋的 id"),
        "name": serializers.CharField(),
        "level": serializers.ChoiceField(choices=LevelWord.choices),
        **{name: _figure(name) for name in NAMES},
        "overdue_by_rung": RungFigure(many=True, help_text="逾期未办的责任，按已升到的级别"),
        "hidden": serializers.ListField(
            child=serializers.CharField(), help_text="因小于 5、或可由别的数推算出小于 5 的数而不给出的各项"
        ),
        "__doc__": "The figures of one place; null where a figure is hidden or was not asked for.",
    },
)


class Stats(serializers.Serializer):
    as_of = serializers.DateField()
    level = serializers.ChoiceField(choices=LevelWord.choices)
    category = serializers.ChoiceField(choices=CategoryWord.choices, allow_null=True)
    rung = serializers.ChoiceField(choices=Rung.choices, allow_null=True)
    to = serializers.DateField(allow_null=True)
    rows = StatsFigures(many=True)

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        fields["from"] = serializers.DateField(allow_null=True)
        return fields


class StatsView(ScopedView):
    grant = Grant.STATS
    parameters = ("level", "as_of", "from", "to", "category", "rung", "family")

    @extend_schema(
        operation_id="stats",
        summary="统计数字",
        description=(
            "各区域的数字，与社区工作台上的一致。as_of 为过去某天时，按已知事实推算当天结束时的情况。"
            "本社区以外的使用方：小于 5 的数，以及能推算出它的数，不给出；期间只能是一个已过完的自然月；"
            "category 和 rung 一次只能写一个。"
        ),
        parameters=[AskedStats, OpenApiParameter("from", date, description="期间起；与 to 同时写")],
        responses=Stats,
    )
    def get(self, request: Request) -> Response:
        asked = AskedStats(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        now = timezone.now()
        question = _question(asked.validated_data, self.caller, now)
        level = LevelWord(asked.validated_data["level"])
        return Response(
            {
                "as_of": question.moment.day,
                "level": level,
                "category": question.category,
                "rung": question.rung,
                "from": question.period[0] if question.period else None,
                "to": question.period[1] if question.period else None,
                "rows": _rows(self.caller, question, level),
            }
        )


def _question(asked: dict[str, Any], caller: Caller, now: datetime) -> Question:
    """What is asked, where it may be. Raises ValidationError."""
    today = local_day(now)
    day = check_day("as_of", asked.get("as_of", today))
    if day > today:
        raise ValidationError({"as_of": "还没有到这一天，请填写今天或以前的日期。"})
    question = Question(
        moment=AsOf.now(now) if day == today else AsOf.end_of(day),
        period=_period(asked),
        category=asked.get("category"),
        rung=asked.get("rung"),
        family=Family(asked["family"]),
    )
    if caller.is_outside:
        _refuse_outside(question, today)
    return question


def _period(asked: dict[str, Any]) -> tuple[date, date] | None:
    first, last = asked.get("from"), asked.get("to")
    if first is None and last is None:
        return None
    if first is None or last is None:
        raise ValidationError({"from" if first is None else "to": "from 和 to 要同时写。"})
    check_day("from", first)
    check_day("to", last)
    if last < first:
        raise ValidationError({"to": "期间止不能早于期间起。"})
    return first, last


def _refuse_outside(question: Question, today: date) -> None:
    """Questions whose answers, laid side by side, would give hidden figures away."""
    if question.period is not None:
        first, last = question.period
        is_month = first == period_start(first, "month") and last == period_end(first, "month")
        if not is_month or last >= today:
            raise ValidationError({"from": "期间只能是一个已过完的自然月，如：2026-10-01 到 2026-10-31。"})
    if question.category is not None and question.rung is not None:
        raise ValidationError({"rung": "category 和 rung 一次只能写一个。"})


@dataclass(frozen=True, slots=True)
class _Book:
    """The figures, and what of them may be told (None: all)."""

    figures: Figures
    telling: Telling | None

    def row(self, place: Place) -> dict[str, Any]:
        values: dict[str, Any] = {}
        hidden = []
        for name in NAMES:
            told = self.figures.question.answers(name)
            if told and self.telling is not None and not self.telling.may_tell(name, place.pk):
                told = False
                hidden.append(name)
            values[name] = self.figures.value(name, place.pk) if told else None
        return {
            "place": place.pk,
            "name": place.name,
            "level": LEVEL_WORDS[place.level],
            **values,
            "overdue_by_rung": self._rungs(place),
            "hidden": hidden,
        }

    def _rungs(self, place: Place) -> list[dict[str, Any]]:
        found = []
        for rung, count in self.figures.by_rung(place.pk).items():
            told = self.telling is None or self.telling.may_tell_rung(place.pk, rung)
            found.append({"rung": rung, "overdue": count if told else None, "hidden": not told})
        return found


def _rows(caller: Caller, question: Question, level: LevelWord) -> list[dict[str, Any]]:
    scope = caller.scope
    if caller.is_outside:
        # what is hidden follows from the whole community, whatever part of it the client may see
        scope = Scope(paths=frozenset(f"/{pk}/" for pk in scope.communities()))
    figures = Figures(scope, question)
    book = _Book(figures, Telling(figures) if caller.is_outside else None)
    places = Place.objects.within(caller.scope).filter(level=LEVELS[level])
    return [book.row(place) for place in places.order_by(*TREE_ORDER)]
