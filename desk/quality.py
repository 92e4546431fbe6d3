"""数据质量: what is missing or doubtful in the data of a scope, each number with the list of exactly these rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Q
from django.urls import reverse

from accounts.routing import list_address
from accounts.rules import may_view, may_write
from buildings.scope import Scope
from buildings.viewer import Viewer
from cadres.account_holders import Tab, counted, holders, may_open_accounts
from cadres.selectors import vacancies
from duties.as_of import AsOf
from residents.doubles import community_ids_of, likely_doubles
from residents.gaps import NO_ROOM, PERSON_GAPS
from residents.models import CareRecord, Household, Resident
from visits.selectors import never_seen_at


@dataclass(frozen=True, slots=True)
class Gap:
    """One number: how many rows of the list at `url` lack something, and what comes of it."""

    code: str
    label: str
    about: str
    count: int
    unit: str
    url: str


@dataclass(frozen=True, slots=True)
class GapGroup:
    """The numbers about one kind of thing."""

    label: str
    gaps: list[Gap]


ABOUT_PEOPLE = {
    "phone": "走访前联系不上，电话回访做不了",
    "number": "认不出重复登记，查找时对不上人",
    "born": "年龄算不出来，高龄老人筛不出来",
    "closed": "楼栋停用了，人还登记在那里，请办理迁居或离开",
}


def gap_groups(viewer: Viewer, scope: Scope) -> list[GapGroup]:
    """Return what the viewer may look into within a scope, whole groups left out where there is no list for him."""
    groups = [
        GapGroup("人和住址", list(_of_people(viewer, scope))),
        GapGroup("走访", list(_of_visits(viewer, scope))),
        GapGroup("岗位和账号", list(_of_posts(viewer, scope))),
    ]
    return [group for group in groups if group.gaps]


def _of_people(viewer: Viewer, scope: Scope) -> Iterator[Gap]:
    if may_view(viewer.user, "residents.resident"):
        residents = Resident.objects.within(scope).filter(erased_at=None).order_by()
        counts = residents.aggregate(
            **{code: Count("pk", filter=condition) for code, (_, condition) in PERSON_GAPS.items()}
        )
        listed = reverse(list_address("residents.resident"))
        for code, (label, _) in PERSON_GAPS.items():
            yield Gap(code, label, ABOUT_PEOPLE[code], counts[code], "人", f"{listed}?gap={code}")
    if may_view(viewer.user, "residents.household"):
        flats = Household.objects.within(scope).order_by()
        living = flats.annotate(living=Count("residents", filter=Q(residents__left_on=None)))
        url = f"{reverse(list_address('residents.household'))}?gap=room"
        yield Gap(
            "room", "住着人却没有室号的户", "到了楼下找不到门", living.filter(NO_ROOM).count(), "户", url
        )
    if may_write(viewer.user, "residents.resident"):
        own = scope.writable()
        pairs = likely_doubles(community_ids_of(own), own)
        yield Gap(
            "doubles",
            "可能重复登记",
            "一个人两份登记，会走访两遍、数成两个",
            len(pairs),
            "对",
            reverse("visits:doubles"),
        )


def _of_visits(viewer: Viewer, scope: Scope) -> Iterator[Gap]:
    unseen = CareRecord.objects.within(scope).filter(never_seen_at(AsOf.now(viewer.now)))
    yield Gap(
        "never_seen",
        "从未见到",
        "纳入必访以来没有见过本人，登记对不对还不知道",
        unseen.count(),
        "条",
        reverse("desk:never_seen"),
    )


def _of_posts(viewer: Viewer, scope: Scope) -> Iterator[Gap]:
    vacant = len(vacancies(scope, viewer.today))
    yield Gap(
        "vacancies", "空缺岗位", "到期没有人办，直接报到上一级", vacant, "个", reverse("desk:vacancies")
    )
    if not may_open_accounts(viewer.user):
        return
    tabs = dict(counted(holders(viewer)))
    accounts = reverse("cadres:holder_accounts")
    for tab, label, about in (
        (Tab.NONE, "在任没有账号", "手机上看不到自己的责任"),
        (Tab.NEVER, "有账号从未登录", "开通了还没有用过"),
        (Tab.PHONE, "在任没有手机号", "开通不了账号，出事联系不上"),
    ):
        yield Gap(f"account_{tab.value}", label, about, tabs[tab], "人", f"{accounts}?tab={tab.value}")
