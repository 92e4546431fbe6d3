"""三个必到: reporting, arrivals and who is missing, closing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.safestring import SafeString

from adminkit.lists import WordFilter, chip, hidden
from adminkit.reveal import RevealPage
from baibuting.common.days import local_day
from buildings.admin_base import BuildingFilter, ObjectPage, PrecinctFilter, QuarterFilter
from buildings.models import Place
from buildings.selectors import path_ids
from buildings.viewer import viewer_of
from cadres.choices import Post
from cadres.ladder import Ladder
from cadres.models import Appointment, Cadre
from cadres.selectors import in_force
from duties.selectors import is_counting
from residents.admin_base import PreparedAdmin
from visits.admin.resident import buildings_of
from visits.choices import IncidentKind
from visits.forms import ArrivalForm, CloseIncidentForm, IncidentForm
from visits.models import Incident
from visits.selectors import attendance, incident_rows
from visits.services import arrival_stamp, incident_close, incident_report


class ArrivePage(ObjectPage):
    name, label, submit_label, is_main = "arrive", "签到", "登记到场", True
    explanation = "有人到场时登记；该岗位的到场责任随即办结。"

    def applies(self, request: HttpRequest, obj: Incident) -> bool:
        return obj.closed_at is None

    def form(self, request: HttpRequest, obj: Incident, data: Any = None) -> forms.Form:
        arrived = set(obj.arrivals.unscoped("of an incident in the scope").values_list("post", flat=True))
        required = [post for post in obj.rule.required_posts if post not in arrived]
        others = [post for post in Post if post not in arrived and post not in required]
        posts = [(post, f"{Post(post).label}（应到）") for post in required]
        posts += [(post.value, str(post.label)) for post in others]
        asked = request.GET.get("post", "")
        initial = {
            "arrived_at": timezone.localtime(viewer_of(request).now),
            "post": asked if asked in dict(posts) else posts[0][0] if posts else "",
        }
        return ArrivalForm(data, initial=initial, posts=posts, cadres=_cadres_around(obj))

    def submit(self, request: HttpRequest, obj: Incident, form: Any) -> str:
        typed = form.cleaned_data
        cadre = typed["cadre"] or _holder(obj, typed["post"], typed["arrived_at"])
        arrival_stamp(
            incident=obj,
            post=typed["post"],
            arrived_at=typed["arrived_at"],
            now=viewer_of(request).now,
            cadre=cadre,
            recorded_by=viewer_of(request).user,
        )
        return f"{Post(typed['post']).label}已登记到场。"


def _cadres_around(incident: Incident) -> QuerySet[Cadre]:
    """Return cadres who hold a post in the building or above it today, with those posts in `held_here`."""
    inside = path_ids(incident.building.path)
    here = Q(place__in=inside) | Q(organisation__places__in=inside)
    held = (
        Appointment.objects.unscoped("the ladder of a building in the scope")
        .filter(in_force(local_day(timezone.now())), here)
        .distinct()
    )
    cadres = Cadre.objects.unscoped("the ladder of a building in the scope").filter(
        pk__in=held.values("cadre")
    )
    return cadres.prefetch_related(Prefetch("appointments", held, to_attr="held_here"))


def _holder(incident: Incident, post: str, at: Any) -> Cadre | None:
    holder = Ladder.load([incident.building_id]).holder(incident.building_id, post, local_day(at))
    return (
        Cadre.objects.unscoped("the ladder of a building in the scope").get(pk=holder.cadre_id)
        if holder
        else None
    )


class ClosePage(ObjectPage):
    name, label, submit_label = "close", "办结", "确认办结"
    form_class = CloseIncidentForm
    explanation = "事情处理完后办结。到这时仍未到场的岗位：超过时限的记为未完成，没到时限的取消。"

    def applies(self, request: HttpRequest, obj: Incident) -> bool:
        return obj.closed_at is None

    def submit(self, request: HttpRequest, obj: Incident, form: Any) -> str:
        incident_close(incident=obj, result=form.cleaned_data["result"], now=viewer_of(request).now)
        return "事件已办结。"


class IncidentReveal(RevealPage):
    label = "查看情况"
    fields = ("summary", "result")


class RunningFilter(WordFilter):
    title, parameter_name = "状态", "state"
    words = (("running", "进行中"), ("closed", "已办结"))

    def condition(self, word: str) -> Q:
        return Q(closed_at=None) if word == "running" else Q(closed_at__isnull=False)


class KindFilter(WordFilter):
    title, parameter_name = "类别", "kind"
    words = IncidentKind.choices

    def condition(self, word: str) -> Q:
        return Q(kind=word)


@admin.register(Incident)
class IncidentAdmin(PreparedAdmin):
    form = IncidentForm
    fixed = True
    list_display = ["shown_kind", "address", "shown_occurred", "state", "arrived", "shown_closed"]
    list_filter = [RunningFilter, KindFilter, QuarterFilter, PrecinctFilter, BuildingFilter]
    sortable_by = ("address", "shown_occurred")
    object_pages = [ArrivePage, ClosePage, IncidentReveal]
    empty_hint = "发生突发事件、不满情绪或大的家庭纠纷时，在这里报告，系统随即通知应到场的岗位。"
    change_form_template = "admin/visits/incident/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        return rows.select_related("building__parent__parent", "rule", "reported_by")

    def prepare(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        for row, shown in zip(rows, incident_rows(rows, viewer_of(request).now), strict=True):
            row.shown = shown

    # --- fields -----------------------------------------------------------------------------------------------------
    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return [(None, {"fields": ["kind", "building", "occurred_at", "summary"]})]
        shown = ["shown_kind", "address", "shown_occurred", "shown_reported", "shown_rule", "shown_summary"]
        closed = ["shown_closed", "shown_result"] if obj.closed_at else []
        return [(None, {"fields": [*shown, *closed]})]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        return super().formfield_for_foreignkey(db_field, request, **{"empty_label": "请选择", **options})

    def choices_of(self, model: Any, request: HttpRequest) -> QuerySet[Any] | None:
        return buildings_of(request) if model is Place else super().choices_of(model, request)

    def get_changeform_initial_data(self, request: HttpRequest) -> Any:
        now = timezone.localtime(viewer_of(request).now)
        return {"occurred_at": now, **super().get_changeform_initial_data(request)}

    # --- writes -----------------------------------------------------------------------------------------------------
    def create_with(self, request: HttpRequest, form: Any) -> Incident:
        return incident_report(
            now=viewer_of(request).now, reported_by=viewer_of(request).user, **form.cleaned_data
        )

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        """Redirect to the incident, which shows who must come."""
        labels = "、".join(Post(post).label for post in obj.rule.required_posts)
        if is_counting(obj.community_id, obj.reported_at):
            self.message_user(
                request, f"事件已登记。{labels}应在 {obj.rule.arrive_within_hours} 小时内到场。"
            )
        else:
            told = f"事件已登记，但本社区还没有启用，系统不知会任何人：请自己打电话请{labels}到场。"
            self.message_user(request, told, messages.WARNING)
        return HttpResponseRedirect(self.object_url(obj))

    @property
    def add_label(self) -> str:
        return "报告事件"

    # --- words ------------------------------------------------------------------------------------------------------
    def shown_name(self, obj: Incident) -> str:
        return f"{obj.building.full_name} {obj.get_kind_display()}"

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **options: Any) -> Any:
        incident = context.get("original")
        if incident is not None:
            now = viewer_of(request).now
            context["rows"] = attendance(incident, local_day(now), now)
            context["arrive_url"] = "" if incident.closed_at else self.page_url(incident, "arrive")
        return super().render_change_form(request, context, *args, **options)

    @admin.display(description="事件")
    def shown_kind(self, incident: Incident) -> str:
        return incident.get_kind_display()

    @admin.display(description="地点", ordering="building__sort_path")
    def address(self, incident: Incident) -> str:
        return incident.building.full_name

    @admin.display(description="发生时间", ordering="occurred_at")
    def shown_occurred(self, incident: Incident) -> str:
        return f"{timezone.localtime(incident.occurred_at):%Y-%m-%d %H:%M}"

    @admin.display(description="报告")
    def shown_reported(self, incident: Incident) -> str:
        who = f"，{incident.reported_by}" if incident.reported_by else ""
        return f"{timezone.localtime(incident.reported_at):%Y-%m-%d %H:%M}{who}"

    @admin.display(description="规则")
    def shown_rule(self, incident: Incident) -> str:
        rule = incident.rule
        proposal = "（建议值）" if rule.is_proposal else ""
        return f"第 {rule.version} 版{proposal}：接报后 {rule.arrive_within_hours} 小时内到场"

    @admin.display(description="状态")
    def state(self, incident: Any) -> SafeString:
        if incident.closed_at:
            return chip("plain", "已办结")
        shown = incident.shown
        if not shown.posts:
            return chip("plain", shown.status)
        if shown.missing and shown.is_late:
            return chip("overdue", shown.status)
        return chip("today", shown.status) if shown.missing else chip("done", "✓ 全部到场")

    @admin.display(description="到场")
    def arrived(self, incident: Any) -> str:
        posts = incident.shown.posts
        return f"{len(posts) - incident.shown.missing} / {len(posts)}" if posts else "—"

    @admin.display(description="办结时间")
    def shown_closed(self, incident: Incident) -> str:
        return f"{timezone.localtime(incident.closed_at):%Y-%m-%d %H:%M}" if incident.closed_at else "—"

    @admin.display(description="情况")
    def shown_summary(self, incident: Incident) -> str:
        return hidden(incident, "summary")

    @admin.display(description="处理结果")
    def shown_result(self, incident: Incident) -> str:
        return hidden(incident, "result")
