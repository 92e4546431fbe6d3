"""Volunteers, their teams, and 下沉党员 paired with buildings."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpRequest

from baibuting.common.masking import mask_phone
from buildings.admin_base import BuildingFilter, ObjectPage, PrecinctFilter, QuarterFilter, ScopedAdmin
from buildings.selectors import place_matching
from buildings.viewer import viewer_of
from volunteers.forms import DissolveForm, JoinForm, LeaveForm, PairingEndForm, VolunteerForm
from volunteers.models import Pairing, Team, TeamMembership, Volunteer
from volunteers.services import (
    membership_end,
    membership_start,
    pairing_end,
    pairing_start,
    team_change,
    team_create,
    team_dissolve,
    volunteer_change,
    volunteer_create,
)


class OpenFilter(admin.SimpleListFilter):
    """Rows in force: without a last day, or with one that has not passed."""

    title = "状态"
    parameter_name = "state"
    end_field: str
    words: tuple[str, str]

    def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[tuple[str, str], ...]:
        return (("open", self.words[0]), ("over", self.words[1]))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        today = viewer_of(request).today
        is_open = Q(**{self.end_field: None}) | Q(**{f"{self.end_field}__gte": today})
        if self.value() == "open":
            return queryset.filter(is_open)
        return queryset.exclude(is_open) if self.value() == "over" else queryset


class TeamStateFilter(OpenFilter):
    end_field, words = "dissolved_on", ("活动中", "已解散")


class MembershipStateFilter(OpenFilter):
    end_field, words = "left_on", ("在队", "已退出")


class PairingStateFilter(OpenFilter):
    end_field, words = "ended_on", ("结对中", "已结束")


class JoinPage(ObjectPage):
    name, label, submit_label, is_main = "join", "加入队员", "加入", True

    def applies(self, request: HttpRequest, obj: Team) -> bool:
        return obj.dissolved_on is None

    def form(self, request: HttpRequest, obj: Team, data: Any = None) -> forms.Form:
        volunteers = Volunteer.objects.within(viewer_of(request).scope.writable()).filter(
            community=obj.place.community_id
        )
        return JoinForm(data, initial={"joined_on": viewer_of(request).today}, volunteers=volunteers)

    def submit(self, request: HttpRequest, obj: Team, form: Any) -> str:
        membership = membership_start(team=obj, **form.cleaned_data)
        return f"{membership.volunteer.name}已加入{obj.name}。"


class DissolvePage(ObjectPage):
    name, label, submit_label, is_danger = "dissolve", "解散", "解散队伍", True
    form_class = DissolveForm
    explanation = "仍在队的队员一并在这一天退出，记录保留。"

    def applies(self, request: HttpRequest, obj: Team) -> bool:
        return obj.dissolved_on is None

    def initial(self, request: HttpRequest, obj: Team) -> dict[str, Any]:
        return {"dissolved_on": viewer_of(request).today}

    def submit(self, request: HttpRequest, obj: Team, form: Any) -> str:
        team_dissolve(team=obj, dissolved_on=form.cleaned_data["dissolved_on"])
        return f"{obj.name}已解散。"


@admin.register(Team)
class TeamAdmin(ScopedAdmin):
    index_position = 20
    list_display = ["name", "kind", "shown_place", "leader", "member_count", "founded_on", "state"]
    list_filter = ["kind", TeamStateFilter, QuarterFilter]
    list_select_related = ["place__parent__parent", "leader"]
    search_fields = ["name"]
    search_help_text = "队名，如：银发巡逻队"
    sortable_by = ()
    autocomplete_fields = ["place", "leader"]
    object_pages = [JoinPage, DissolvePage]
    empty_hint = "新增队伍后，再把志愿者加入队中。"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        in_team = Count("memberships", filter=Q(memberships__left_on=None))
        return super().get_queryset(request).annotate(members=in_team)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["shown_place"] if obj else []

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return ["shown_place" if obj else "place", "name", "kind", "leader", "founded_on"]

    def create_with(self, request: HttpRequest, form: Any) -> Team:
        return team_create(**form.cleaned_data)

    def change_with(self, request: HttpRequest, obj: Team, form: Any) -> Team:
        return team_change(team=obj, **form.cleaned_data)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **options: Any) -> Any:
        if context.get("original") is not None:
            memberships = TeamMembership.objects.unscoped("of a team in the scope").filter(
                team=context["original"]
            )
            context["memberships"] = memberships.select_related("volunteer").order_by("left_on", "joined_on")
        return super().render_change_form(request, context, *args, **options)

    @admin.display(description="所属范围")
    def shown_place(self, team: Team) -> str:
        return team.place.full_name

    @admin.display(description="队员")
    def member_count(self, team: Team) -> str:
        return f"{team.members} 人"  # type: ignore[attr-defined]

    @admin.display(description="状态")
    def state(self, team: Team) -> str:
        return f"{team.dissolved_on:%Y-%m-%d} 解散" if team.dissolved_on else "活动中"


class LeavePage(ObjectPage):
    name, label, submit_label = "leave", "退出队伍", "办理退出"
    form_class = LeaveForm

    def applies(self, request: HttpRequest, obj: TeamMembership) -> bool:
        return obj.left_on is None

    def initial(self, request: HttpRequest, obj: TeamMembership) -> dict[str, Any]:
        return {"left_on": viewer_of(request).today}

    def submit(self, request: HttpRequest, obj: TeamMembership, form: Any) -> str:
        membership_end(membership=obj, left_on=form.cleaned_data["left_on"])
        return f"{obj.volunteer.name}已退出{obj.team.name}。"


@admin.register(TeamMembership)
class TeamMembershipAdmin(ScopedAdmin):
    """Volunteers join on the page of their team; this list finds them and lets them leave."""

    index_position = 30
    can_add = False
    fixed = True
    fields = ["team", "volunteer", "joined_on", "left_on"]
    list_display = ["volunteer", "team", "shown_phone", "joined_on", "left_on"]
    list_filter = [MembershipStateFilter, QuarterFilter]
    list_select_related = ["volunteer__cadre", "team"]
    name_search = ["volunteer__"]
    search_fields = ["volunteer__name", "team__name"]
    search_help_text = "姓名、拼音首字母或队名"
    sortable_by = ["joined_on", "left_on"]
    object_pages = [LeavePage]
    empty_hint = "在队伍的页面里“加入队员”。"

    @admin.display(description="联系电话")
    def shown_phone(self, membership: TeamMembership) -> str:
        return mask_phone(membership.volunteer.shown_phone) or self.get_empty_value_display()


@admin.register(Volunteer)
class VolunteerAdmin(ScopedAdmin):
    index_position = 10
    form = VolunteerForm
    list_display = ["name", "shown_phone", "party", "employer", "shown_teams", "shown_buildings"]
    list_filter = ["is_party_member"]
    list_select_related = ["cadre"]
    name_search = [""]
    search_fields = ["name", "employer"]
    search_help_text = "姓名、拼音首字母或单位"
    sortable_by = ()
    empty_hint = "下沉党员也在这里登记，勾选“党员”并填写所在单位。"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Volunteer]:
        """Return volunteers with the teams and buildings that the list names, those in the scope."""
        scope = viewer_of(request).scope
        memberships = TeamMembership.objects.within(scope).filter(left_on=None).select_related("team")
        pairings = Pairing.objects.within(scope).filter(ended_on=None)
        paired = pairings.select_related("building__parent__parent")
        rows: Any = super().get_queryset(request)
        return rows.prefetch_related(
            Prefetch("memberships", memberships, to_attr="memberships_now"),
            Prefetch("pairings", paired, to_attr="pairings_now"),
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return whether the user sees a whole community: users who work for a part of one register no volunteers."""
        return super().has_add_permission(request) and self.communities(request).exists()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return []
        return ["community", "name", "shown_phone"] if obj.cadre_id else ["community"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Return the fields; name and phone of a volunteer who is a cadre are the cadre's, and changed there."""
        phone = "shown_phone" if obj and obj.cadre_id else "phone"
        return ["community", "name", phone, "is_party_member", "employer"]

    def create_with(self, request: HttpRequest, form: Any) -> Volunteer:
        return volunteer_create(**form.cleaned_data)

    def change_with(self, request: HttpRequest, obj: Volunteer, form: Any) -> Volunteer:
        return volunteer_change(volunteer=obj, **form.cleaned_data)

    def picker_label(self, obj: Volunteer) -> str:
        known = [obj.name, mask_phone(obj.shown_phone), obj.employer]
        return "　".join(text for text in known if text)

    @admin.display(description="联系电话")
    def shown_phone(self, volunteer: Volunteer) -> str:
        return mask_phone(volunteer.shown_phone) or self.get_empty_value_display()

    @admin.display(description="政治面貌")
    def party(self, volunteer: Volunteer) -> str:
        return "党员" if volunteer.is_party_member else self.get_empty_value_display()

    @admin.display(description="所在队伍")
    def shown_teams(self, volunteer: Volunteer) -> str:
        found: list[TeamMembership] = volunteer.memberships_now  # type: ignore[attr-defined]
        return "、".join(one.team.name for one in found) or self.get_empty_value_display()

    @admin.display(description="结对楼栋")
    def shown_buildings(self, volunteer: Volunteer) -> str:
        found: list[Pairing] = volunteer.pairings_now  # type: ignore[attr-defined]
        return "、".join(one.building.full_name for one in found) or self.get_empty_value_display()


class PairingEndPage(ObjectPage):
    name, label, submit_label = "end", "结束结对", "结束结对"
    form_class = PairingEndForm

    def applies(self, request: HttpRequest, obj: Pairing) -> bool:
        return obj.ended_on is None

    def initial(self, request: HttpRequest, obj: Pairing) -> dict[str, Any]:
        return {"ended_on": viewer_of(request).today}

    def submit(self, request: HttpRequest, obj: Pairing, form: Any) -> str:
        pairing_end(pairing=obj, ended_on=form.cleaned_data["ended_on"])
        return f"{obj.volunteer.name}与{obj.building.name}的结对已结束。"


@admin.register(Pairing)
class PairingAdmin(ScopedAdmin):
    index_position = 40
    fixed = True
    list_display = ["shown_building", "volunteer", "shown_employer", "shown_partner", "started_on", "state"]
    list_filter = [PairingStateFilter, QuarterFilter, PrecinctFilter, BuildingFilter]
    list_select_related = ["building__parent__parent", "volunteer", "partner__cadre"]
    name_search = ["volunteer__", "partner__cadre__"]
    search_fields = ["volunteer__name", "partner__cadre__name"]
    search_help_text = "姓名、拼音首字母或楼栋"
    sortable_by = ["started_on"]
    autocomplete_fields = ["building", "volunteer", "partner"]
    object_pages = [PairingEndPage]
    empty_hint = "先登记下沉党员，再与楼栋结对。"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        if obj is None:
            return ["building", "volunteer", "partner", "started_on"]
        return ["shown_building", "volunteer", "shown_employer", "shown_partner", "started_on", "state"]

    def search_condition(self, text: str) -> Q:
        return super().search_condition(text) | place_matching(text, prefix="building__")

    def create_with(self, request: HttpRequest, form: Any) -> Pairing:
        return pairing_start(**form.cleaned_data)

    def shown_name(self, obj: Pairing) -> str:
        return f"{obj.building.full_name} {obj.volunteer.name}"

    @admin.display(description="楼栋")
    def shown_building(self, pairing: Pairing) -> str:
        return pairing.building.full_name

    @admin.display(description="所在单位")
    def shown_employer(self, pairing: Pairing) -> str:
        return pairing.volunteer.employer or self.get_empty_value_display()

    @admin.display(description="拍档")
    def shown_partner(self, pairing: Pairing) -> str:
        partner = pairing.partner
        return f"{partner.get_post_display()} {partner.cadre.name}" if partner else "全楼栋"

    @admin.display(description="状态")
    def state(self, pairing: Pairing) -> str:
        return f"{pairing.ended_on:%Y-%m-%d} 结束" if pairing.ended_on else "结对中"
