"""The checklist of setting a community up: who sees it, what ticks a step, and what it costs."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.choices import Role
from accounts.models import User
from buildings.models import PlaceGrant
from buildings.scope import Scope
from buildings.viewer import Viewer
from cadres.choices import Post
from cadres.selectors import scope_for
from desk.checklist import StepShown, checklist, setup_steps
from tests.factories import Community, care_record, clerk, community, user
from tests.pages import signed_in, superuser

pytestmark = pytest.mark.django_db


def viewer(account: User) -> Viewer:
    now = timezone.now()
    return Viewer(account, scope_for(account, today=timezone.localdate(now), now=now), now)


def ticked(account: User) -> list[str]:
    return [step.label for step in checklist(viewer(account)) if step.is_done]


def step(account: User, label: str) -> StepShown:
    return next(one for one in checklist(viewer(account)) if one.label == label)


def test_it_works() -> None:
    """From nothing: the steps in their order, each with its file or page, ticked by what there is."""
    root = superuser()
    labels = [one.label for one in setup_steps()]
    assert labels == [
        "社区与楼栋",
        "两长四员",
        "书记与党组织",
        "五必访台账",
        "走访规则",
        "账号",
        "启用日期",
        "第一次走访",
    ]
    assert ticked(root) == []
    first = step(root, "社区与楼栋")
    assert (first.is_next, first.upload) == (True, reverse("rosters:upload", args=["places"]))
    page = signed_in(root).get("/").content.decode()
    assert "初次使用" in page
    assert first.template in page
    home = community(staffed=False)
    assert ticked(root) == ["社区与楼栋", "启用日期"]
    assert step(root, "两长四员").is_next
    care_record(home.building, now=timezone.now(), started_on=date(2026, 3, 2))
    assert ticked(root) == ["社区与楼栋", "五必访台账", "启用日期"]


def test_posts_secretaries_and_accounts() -> None:
    home = community()
    office = clerk(home.place)
    assert ticked(office) == ["社区与楼栋", "两长四员", "书记与党组织", "启用日期"]
    one = home.holder(home.building, Post.BUILDING_HEAD)
    one.user = user("head", name=one.name)
    one.save(update_fields=["user"])
    assert "账号" in ticked(office)
    User.objects.filter(pk=one.user.pk).update(is_active=False)
    assert "账号" not in ticked(office)


def test_another_community_ticks_nothing() -> None:
    community()
    assert ticked(clerk(community("南湖社区", staffed=False).place)) == ["社区与楼栋", "启用日期"]


def _holder(home: Community) -> User:
    one = home.holder(home.place, Post.COMMITTEE_SECRETARY)
    one.user = user("shuji", name=one.name)
    one.save(update_fields=["user"])
    return one.user


def _granted(home: Community, role: Role) -> User:
    account = user(role, role=role, is_staff=True)
    PlaceGrant.objects.create(user=account, place=home.place)
    return account


def test_only_who_sets_a_whole_community_up_sees_it() -> None:
    home = community()
    assert checklist(viewer(clerk(home.place)))
    for account in (
        clerk(home.precincts[0], "part"),
        _holder(home),
        _granted(home, Role.SYSTEM_ADMIN),
        user("new", role=Role.OFFICE),
    ):
        assert checklist(viewer(account)) == []


def test_when_all_is_done_it_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    def done(scope: Scope) -> QuerySet[Any]:
        return PlaceGrant.objects.within(scope)

    home = community()
    office = clerk(home.place)
    for one in setup_steps():
        monkeypatch.setattr(one.__class__, "done", property(lambda _: done))
    assert checklist(viewer(office)) == []
    assert "初次使用" not in signed_in(office).get("/").content.decode()


def test_a_past_day_shows_none() -> None:
    office = signed_in(clerk(community().place))
    assert "初次使用" not in office.get("/?as_of=2026-01-01").content.decode()


def test_one_query_for_all(django_assert_num_queries: Any) -> None:
    asked = viewer(clerk(community().place))
    with django_assert_num_queries(1):
        assert checklist(asked)
