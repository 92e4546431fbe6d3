"""紧急查看: three hours outside one's area, for a reason; the ladder is told, the auditor sees it, nothing is written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.choices import Role
from accounts.models import User
from audit.choices import Action
from audit.models import AuditEvent
from baibuting.common.days import local_day
from buildings.models import EmergencyAccess, Place, PlaceGrant
from buildings.scope import Scope
from cadres.choices import Post
from cadres.emergency import MOST_A_DAY, emergency_end, emergency_open, may_open
from cadres.models import EmergencyNotice
from cadres.selectors import emergency_notices_unseen, scope_for
from residents.models import Household, Resident
from tests.factories import Community, clerk, community, resident, user
from tests.pages import errors_of, list_url, listed, object_url, picked, signed_in

pytestmark = pytest.mark.django_db
REASON = "205栋起火，需联系住户"


@pytest.fixture
def ours() -> Community:
    return community()


@pytest.fixture
def lee(ours: Community) -> User:
    """Works for the first 苑区 only."""
    return clerk(ours.quarters[0])


@pytest.fixture
def burning(ours: Community) -> Place:
    """A building of the second 苑区."""
    return ours.buildings[4]


def scope_now(account: User, **ahead: int) -> Scope:
    now = timezone.now() + timedelta(**ahead)
    return scope_for(account, today=local_day(now), now=now)


def open_it(account: User, building: Place, reason: str = REASON, **ago: int) -> EmergencyAccess:
    now = timezone.now() - timedelta(**ago)
    return emergency_open(user=account, scope=scope_now(account), building=building, reason=reason, now=now)


def ask(client: Client, building: str, reason: str = REASON) -> Any:
    return client.post("/emergency/", {"building": building, "reason": reason})


def test_it_works(ours: Community, lee: User, burning: Place) -> None:
    person = resident(
        burning, now=timezone.now(), name="李秀兰", phone="13912345678", notes="独居", outside_address="麻城市老家"
    )  # fmt: skip
    client = signed_in(lee)
    assert client.get(object_url(person)).status_code == 404
    assert 'href="/emergency/"' in client.get("/").content.decode()
    assert ask(client, f"文卉苑 {burning.name}").status_code == 302
    page = client.get("/emergency/").content.decode()
    assert burning.full_name in page
    page = client.get(object_url(person)).content.decode()
    assert "139****5678" in page
    assert not any(secret in page for secret in ("13912345678", "独居", "老家"))
    assert listed(client, Resident) == [person]
    event = AuditEvent.objects.get(action=Action.EMERGENCY)
    assert (event.user, event.reason, event.community_id) == (lee, REASON, ours.place.pk)
    shown = client.post(object_url(person, "reveal"), {"reason": "联系起火楼栋住户"})
    assert "13912345678" in shown.content.decode()


def test_the_ladder_is_told_at_once_and_each_once(ours: Community, lee: User, burning: Place) -> None:
    access = open_it(lee, burning)
    told = {notice.told_rung: notice.cadre for notice in EmergencyNotice.objects.filter(access=access)}
    assert told == {
        1: ours.holder(burning, Post.PARTY_GROUP_LEADER),
        2: ours.holder(ours.precincts[2], Post.BRANCH_SECRETARY),
        3: ours.holder(ours.quarters[1], Post.GENERAL_BRANCH_SECRETARY),
        4: ours.holder(ours.place, Post.COMMITTEE_SECRETARY),
    }
    secretary = told[2]
    secretary.user = user("wang", name="王书记")
    secretary.save()
    client = signed_in(User.objects.get(username="wang"))
    nav = client.get("/").context["nav"]
    assert [item["count"] for item in nav if item["label"] == "知会"] == [1]
    page = client.get("/notices/").content.decode()
    assert all(word in page for word in (burning.full_name, "社区办李敏", REASON, "支部书记"))
    nav = client.get("/notices/").context["nav"]
    assert [item["count"] for item in nav if item["label"] == "知会"] == [0]


def test_whoever_is_no_cadre_has_no_notices(lee: User, burning: Place) -> None:
    open_it(lee, burning)
    assert EmergencyNotice.objects.exists()
    assert not emergency_notices_unseen(scope_now(lee)).exists()


def test_nobody_is_told_where_nobody_answers() -> None:
    bare = community("新社区", staffed=False)
    lee = clerk(bare.quarters[0], "lee")
    open_it(lee, bare.buildings[4])
    assert not EmergencyNotice.objects.exists()


def test_it_ends_by_itself(lee: User, burning: Place) -> None:
    open_it(lee, burning)
    assert scope_now(lee).covers(burning.path)
    assert scope_now(lee, hours=2, minutes=59).covers(burning.path)
    assert not scope_now(lee, hours=3, seconds=1).covers(burning.path)


def test_it_is_ended_sooner_by_its_owner_alone(ours: Community, lee: User, burning: Place) -> None:
    access = open_it(lee, burning)
    other = signed_in(clerk(ours.quarters[0], "other"))
    assert other.post(f"/emergency/{access.pk}/end/").status_code == 404
    client = signed_in(lee)
    assert client.get(f"/emergency/{access.pk}/end/").status_code == 405
    assert client.post(f"/emergency/{access.pk}/end/").status_code == 302
    assert not scope_now(lee).covers(burning.path)
    with pytest.raises(ValidationError, match="已经结束"):
        emergency_end(access=access, now=timezone.now(), by=lee)
    assert AuditEvent.objects.filter(action=Action.EMERGENCY).count() == 2


def test_it_lets_one_look_and_not_write(ours: Community, lee: User, burning: Place) -> None:
    person = resident(burning, now=timezone.now(), name="李秀兰")
    access = open_it(lee, burning)
    client = signed_in(lee)
    change = {"name": "改了", "gender": "", "born_on": "", "left_on": ""}
    assert client.post(object_url(person), change).status_code == 403
    assert client.post(object_url(person, "relocate"), {}).status_code == 404
    assert client.get(object_url(burning)).status_code == 200
    assert client.post(object_url(burning), {"name": "改了", "code": "", "remark": ""}).status_code == 403
    assert burning.full_name not in str(picked(client, Resident, "household", burning.name))
    sent = {"building": burning.pk, "entrance": "1", "room": "9999"}
    assert "building" in errors_of(client.post("/admin/residents/household/add/", sent))
    person.refresh_from_db()
    assert person.name == "李秀兰"
    assert not Household.objects.filter(room="9999").exists()
    assert client.post("/admin/residents/resident/export/", {"detail": "masked"}).status_code == 200
    exported = AuditEvent.objects.get(action=Action.EXPORT)
    assert exported.row_count == 0
    scope = scope_now(lee)
    assert scope.emergency == {burning.path}
    assert scope.writable().paths == {ours.quarters[0].path}
    assert scope.writable().writable() == scope.writable()
    assert access.until_at - access.started_at == timedelta(hours=3)


def test_the_phone_and_the_api_know_nothing_of_it(lee: User, burning: Place, rf: Any) -> None:
    from cadres.middleware import ScopeMiddleware

    open_it(lee, burning)
    for path, found in (("/m/", False), ("/api/residents/", False), ("/admin/", True)):
        request = rf.get(path)
        request.user = lee
        ScopeMiddleware(lambda _: None)(request)  # type: ignore[arg-type,return-value]
        assert request.viewer.scope.covers(burning.path) == found, path


def test_who_may(ours: Community, burning: Place) -> None:
    secretary = user("secretary")
    held = ours.holders[ours.precincts[0].pk, Post.BRANCH_SECRETARY]
    held.cadre.user = secretary
    held.cadre.save()
    head = user("head")
    leader = ours.holder(ours.building, Post.BUILDING_HEAD)
    leader.user = head
    leader.save()
    now = timezone.now()
    assert may_open(secretary, scope_now(secretary), now)
    assert not may_open(head, scope_now(head), now)
    assert not may_open(user("new", role=Role.OFFICE), Scope.NOTHING, now)
    assert not may_open(user("shut", role=Role.OFFICE, is_active=False), Scope.NOTHING, now)
    for role in (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR, Role.DISTRICT):
        account = user(role, role=role)
        PlaceGrant.objects.create(user=account, place=ours.quarters[0])
        client = signed_in(account)
        assert client.get("/emergency/").status_code == 404
        assert ask(client, burning.name).status_code == 404
        with pytest.raises(ValidationError, match="不能紧急查看"):
            open_it(account, burning)
    assert not EmergencyAccess.objects.exists()


@pytest.mark.parametrize(
    ("building", "reason", "said"),
    [
        ("105栋", "起火", "至少四个字"),
        ("105栋", "", "请填写出了什么事"),
        ("", REASON, "请填写楼栋"),
        ("999栋", REASON, "没有找到这栋楼"),
        ("栋", REASON, "处符合"),
        ("101栋", REASON, "现在就能查看"),
        (" ", REASON, "请填写楼栋"),
    ],
)
def test_what_is_refused(lee: User, burning: Place, building: str, reason: str, said: str) -> None:
    page = ask(signed_in(lee), building, reason).content.decode()
    assert said in page
    assert "第一片区 105栋" not in page.replace("如：怡康苑 第一片区 205栋", "")
    assert not EmergencyAccess.objects.exists()
    assert not AuditEvent.objects.filter(action=Action.EMERGENCY).exists()


def test_another_community_is_out_of_reach(lee: User) -> None:
    theirs = community("隔壁社区")
    theirs.building.name = "888栋"
    theirs.building.save()
    assert "没有找到这栋楼" in ask(signed_in(lee), "888栋").content.decode()


def test_five_a_day_are_enough(lee: User, ours: Community, burning: Place) -> None:
    for number in range(MOST_A_DAY):
        open_it(lee, burning, hours=4 + number)
    with pytest.raises(ValidationError, match="一天内最多"):
        open_it(lee, burning)
    assert EmergencyAccess.objects.count() == MOST_A_DAY


def test_it_stands_on_the_list_of_the_auditor_and_of_the_security_administrator(
    ours: Community, lee: User, burning: Place
) -> None:
    access = open_it(lee, burning)
    old = open_it(lee, ours.buildings[5], hours=5)
    for role in (Role.AUDITOR, Role.SECURITY_ADMIN):
        account = user(role, role=role)
        PlaceGrant.objects.create(user=account, place=ours.place)
        client = signed_in(account)
        assert listed(client, EmergencyAccess) == [access, old]
        page = client.get(list_url(EmergencyAccess)).content.decode()
        assert "自动结束" in page
        assert REASON in page
        assert client.post(object_url(access), {}).status_code == 403
    assert signed_in(lee).get(list_url(EmergencyAccess)).status_code == 403


def test_without_the_glass_nothing_is_open(lee: User, burning: Place) -> None:
    open_it(lee, burning)
    assert not scope_for(lee, today=local_day(timezone.now())).covers(burning.path)
