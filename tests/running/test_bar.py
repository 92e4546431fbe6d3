"""The bar: links of all portals, for whom and in which order; three queries at most."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import timezone

from accounts.choices import Role
from accounts.models import User
from baibuting.bar import links, nav
from baibuting.common.days import local_day
from buildings.models import PlaceGrant
from buildings.viewer import Viewer
from cadres.choices import Post
from cadres.selectors import scope_for
from tests.factories import Community, clerk, community, user

pytestmark = pytest.mark.django_db

OFFICE = [
    "总览", "必访对象", "责任", "走访", "诉求", "变更上报", "必到事件", "维修", "两长四员", "楼栋", "导入导出", "报表", "全部资料",
]  # fmt: skip


def asked(account: User, path: str = "/") -> HttpRequest:
    """A request of somebody, its scope already known."""
    request = RequestFactory().get(path)
    now = timezone.now()
    request.user = account
    request.viewer = Viewer(account, scope_for(account, today=local_day(now), now=now), now)  # type: ignore[attr-defined]
    return request


def labels(account: User) -> list[str]:
    return [item["label"] for item in nav(asked(account))]


def holder(home: Community, post: Post) -> User:
    """The account of whoever holds a post above the first building."""
    cadre = home.holder(home.building if post == Post.BUILDING_HEAD else home.precincts[0], post)
    cadre.user = user("holder", name=cadre.name)
    cadre.save(update_fields=["user"])
    return cadre.user


def test_it_works() -> None:
    home = community()
    assert labels(clerk(home.place)) == OFFICE
    assert labels(holder(home, Post.BUILDING_HEAD)) == ["总览", "知会", "手机页", "责任", "诉求", "维修"]


@pytest.mark.parametrize(
    ("role", "shown"),
    [
        (Role.SYSTEM_ADMIN, ["楼栋", "账号", "全部资料"]),
        (Role.SECURITY_ADMIN, ["楼栋", "账号", "工作范围", "紧急查看", "全部资料"]),
        (Role.AUDITOR, ["紧急查看", "审计记录", "全部资料"]),
        (Role.DISTRICT, []),
    ],
)
def test_a_role_sees_what_it_may_open(role: Role, shown: list[str]) -> None:
    assert labels(user("somebody", role=role)) == shown


def test_a_secretary_sees_reports() -> None:
    assert labels(holder(community(), Post.BRANCH_SECRETARY)) == [
        "总览", "知会", "手机页", "责任", "诉求", "维修", "报表",
    ]  # fmt: skip


def test_nobody_signed_in_sees_nothing() -> None:
    assert nav(RequestFactory().get("/")) == []


@pytest.mark.parametrize("who", ["clerk", "clerk with a post", "secretary", "head", "auditor"])
def test_three_queries_at_most(who: str, django_assert_max_num_queries: Any) -> None:
    home = community()
    if who == "secretary":
        account = holder(home, Post.BRANCH_SECRETARY)
    elif who == "auditor":
        account = user("auditor", role=Role.AUDITOR)
    elif who == "clerk":
        account = clerk(home.place)
    else:
        account = holder(home, Post.BUILDING_HEAD)
        if who == "clerk with a post":
            User.objects.filter(pk=account.pk).update(role=Role.OFFICE)
            account = User.objects.get(pk=account.pk)
            PlaceGrant.objects.create(user=account, place=home.place)
    request = asked(account)
    with django_assert_max_num_queries(3):
        nav(request)


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("/", "总览"),
        ("/places/1/", "总览"),
        ("/doubles/", "必访对象"),
        ("/rosters/places/", "导入导出"),
        ("/admin/cadres/buildingstaff/", "两长四员"),
        ("/admin/visits/visit/add/", "走访"),
        ("/password/", None),
    ],
)
def test_the_page_one_is_on_is_marked(path: str, label: str | None) -> None:
    marked = [item["label"] for item in nav(asked(clerk(community().place), path)) if item["current"]]
    assert marked == ([label] if label else [])


def test_links_have_places_of_their_own() -> None:
    """Two links on one place would stand in the order of the floors, which nobody has meant."""
    positions = [link.position for link in links()]
    assert len(positions) == len(set(positions))
