"""One search: by name, pinyin, initials, flat in any writing, number, building and 楼栋长; grouped, scoped, masked."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.choices import Role
from audit.models import AuditEvent
from cadres.choices import Post
from search.services import LOOK_UP, LOOK_UPS_AN_HOUR
from tests.factories import Community, care_record, clerk, community, resident, user
from tests.pages import signed_in
from tests.visits.people import NOW, START, signed_in_as, stop_the_clock

pytestmark = pytest.mark.django_db
PHONE, ID_NUMBER = "13800138000", "429999195601050012"


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Community:
    stop_the_clock(monkeypatch)
    return community()


def found(client: Client, text: str, **more: str) -> dict[str, list[str]]:
    """What a search finds: labels by group."""
    response = client.post("/search/", {"q": text, **more})
    assert response.status_code == 200, response.status_code
    return {one["group"].label: [hit.label for _, hit in one["rows"]] for one in response.context["groups"]}


def linked(client: Client, text: str) -> list[str]:
    """The addresses that a search leads to."""
    response = client.post("/search/", {"q": text})
    return [url for one in response.context["groups"] for url, _ in one["rows"]]


def test_it_works(home: Community) -> None:
    person = resident(home.building, now=NOW, room="102", name="张秀英", phone=PHONE)
    office = signed_in(clerk(home.place))
    assert found(office, "张秀英") == {"居民": ["张秀英"]}
    assert linked(office, "张秀英") == [f"/people/{person.pk}/"]
    response = office.get(f"/people/{person.pk}/")
    assert response.status_code == 200
    assert "张秀英" in response.content.decode()


@pytest.mark.parametrize(
    "typed", ["张秀", "秀英", "zxy", "ZXY", "zhangxiuying", "Zhang Xiuying", "zhangxiu", " 张 秀英 "]
)
def test_a_name_is_found_by_part_of_it_by_initials_and_by_pinyin(home: Community, typed: str) -> None:
    resident(home.building, now=NOW, name="张秀英")
    resident(home.building, now=NOW, name="李国强")
    assert found(signed_in(clerk(home.place)), typed)["居民"] == ["张秀英"]


@pytest.mark.parametrize("typed", ["单雄信", "shanxiongxin", "sxx"])
def test_a_character_with_several_readings_is_found_by_each(home: Community, typed: str) -> None:
    resident(home.building, now=NOW, name="单雄信")
    assert found(signed_in(clerk(home.place)), typed)["居民"] == ["单雄信"]


@pytest.mark.parametrize(
    "typed",
    ["101栋1-102", "101 1-102", "101栋1单元102室", "101-1-102", "１０１栋 102", "101 102", "怡康苑101栋102"],
)
def test_a_flat_is_found_in_any_writing(home: Community, typed: str) -> None:
    person = resident(home.building, now=NOW, room="102", name="张秀英")
    resident(home.buildings[1], now=NOW, room="102", name="李国强")
    office = signed_in(clerk(home.place))
    assert found(office, typed)["户"] == ["101栋 1-102"]
    assert found(office, typed)["居民"] == ["张秀英"]
    assert linked(office, typed)[0] == f"/households/{person.household_id}/"
    assert office.get(f"/households/{person.household_id}/").status_code == 200


def test_a_flat_without_its_building_is_found_in_every_building(home: Community) -> None:
    for building in home.buildings[:2]:
        resident(building, now=NOW, room="102")
    office = signed_in(clerk(home.place))
    assert found(office, "1单元102")["户"] == ["101栋 1-102", "102栋 1-102"]
    assert found(office, "2单元102") == {}


def test_a_building_is_found_with_its_head(home: Community) -> None:
    head = home.holder(home.building, Post.BUILDING_HEAD)
    office = signed_in(clerk(home.place))
    shown = found(office, "101")
    assert shown["楼栋与区域"] == ["101栋"]
    assert shown["骨干"] == [head.name]
    assert found(office, head.name)["骨干"] == [head.name]
    assert found(office, "文卉苑")["楼栋与区域"][0] == "文卉苑"


@pytest.mark.parametrize(
    ("typed", "column"), [(PHONE, "phone"), ("138 0013 8000", "phone"), (ID_NUMBER, "id_number")]
)
def test_a_number_is_found_exactly_and_each_look_up_is_recorded_once(
    home: Community, typed: str, column: str
) -> None:
    resident(home.building, now=NOW, name="张秀英", phone=PHONE, id_number=ID_NUMBER)
    office = signed_in(clerk(home.place))
    assert found(office, typed) == {"居民": ["张秀英"]}
    (event,) = AuditEvent.objects.filter(action=LOOK_UP)
    assert (event.fields, event.row_count, event.community_id) == ([column], 1, home.place.pk)
    assert typed not in str(event.__dict__)


def test_no_number_is_looked_up_while_somebody_types(home: Community) -> None:
    resident(home.building, now=NOW, name="张秀英", phone=PHONE)
    office = signed_in(clerk(home.place))
    response = office.post("/search/", {"q": PHONE, "typing": "1"})
    assert "按回车键查找这个号码" in response.content.decode()
    assert "张秀英" not in response.content.decode()
    assert not AuditEvent.objects.filter(action=LOOK_UP).exists()


def test_look_ups_of_numbers_are_limited(home: Community) -> None:
    resident(home.building, now=NOW, name="张秀英", phone=PHONE)
    office = signed_in(clerk(home.place))
    for _ in range(LOOK_UPS_AN_HOUR):
        office.post("/search/", {"q": "13900000000"})
    response = office.post("/search/", {"q": PHONE})
    assert "请稍后再试" in response.content.decode()
    assert "张秀英" not in response.content.decode()
    assert AuditEvent.objects.filter(action=LOOK_UP).count() == LOOK_UPS_AN_HOUR
    assert found(office, "张秀英") == {"居民": ["张秀英"]}


def test_a_name_that_may_not_be_read_is_not_found_by_it(home: Community) -> None:
    """A search must not confirm a guess: whoever reads 张** finds nobody by 张秀英, nor by the number."""
    record = care_record(
        home.building,
        now=NOW,
        started_on=START,
        code="released",
        resident=resident(home.building, now=NOW, room="102", name="张秀英", phone=PHONE),
    )
    health = signed_in_as(home, home.building, Post.HEALTH_WORKER)
    for typed in ("张秀英", "zxy", "zhangxiuying", PHONE):
        assert found(health, typed) == {}
    assert found(health, "101栋102")["居民"] == ["张**"]
    text = health.post("/search/", {"q": "101栋102"}).content.decode()
    assert "刑释解教" not in text
    assert "重点对象" in text
    branch = signed_in_as(home, home.precincts[0], Post.BRANCH_SECRETARY)
    assert found(branch, "zxy") == found(branch, PHONE) == {"居民": ["张秀英"]}
    assert health.get(f"/people/{record.resident_id}/").status_code == 200


def test_nothing_outside_the_scope_is_found(home: Community) -> None:
    other = home.buildings[-1]
    care_record(
        other,
        now=NOW,
        started_on=START,
        resident=resident(other, now=NOW, room="102", name="张秀英", phone=PHONE),
    )
    head = signed_in_as(home, home.building, Post.BUILDING_HEAD)
    stranger = home.holder(other, Post.BUILDING_HEAD).name
    for typed in ("张秀英", "zxy", PHONE, f"{other.name}102", other.name, "102", stranger):
        assert "居民" not in found(head, typed), typed
        assert other.name not in str(found(head, typed)), typed
        assert stranger not in str(found(head, typed)), typed


def test_somebody_who_is_not_under_care_is_found_by_the_office_alone(home: Community) -> None:
    resident(home.building, now=NOW, room="102", name="张秀英")
    assert found(signed_in_as(home, home.precincts[0], Post.BRANCH_SECRETARY), "张秀英") == {}
    assert found(signed_in_as(home, home.building, Post.BUILDING_HEAD), "101栋102").keys() <= {
        "楼栋与区域",
        "骨干",
    }


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR, Role.DISTRICT])
def test_who_works_with_no_people_has_no_search(home: Community, role: Role) -> None:
    client = signed_in(user("somebody", role=role))
    assert client.get("/search/").status_code in (302, 403, 404)
    assert client.post("/search/", {"q": "张"}).status_code in (302, 403, 404)
    assert 'role="search"' not in client.get("/guides/", follow=True).content.decode()


def test_what_is_typed_stands_in_no_address(home: Community) -> None:
    office = signed_in(clerk(home.place))
    assert office.get("/search/", {"q": "张秀英"}).context["text"] == ""
    assert "没有找到" in office.post("/search/", {"q": "张秀英"}).content.decode()
    assert 'role="search"' in office.get("/").content.decode()


def test_two_tabs_are_two_searches(home: Community) -> None:
    for name in ("张秀英", "李国强"):
        resident(home.building, now=NOW, name=name)
    office = signed_in(clerk(home.place))
    assert found(office, "张秀英") != found(office, "李国强")
    assert found(office, "张秀英") == {"居民": ["张秀英"]}
    assert "张秀英" not in str(dict(office.session.items()))
    assert "search" not in str(dict(office.session.items()))


def test_a_phone_searches_too(home: Community) -> None:
    record = care_record(
        home.building,
        now=NOW,
        started_on=START,
        resident=resident(home.building, now=NOW, room="102", name="张秀英"),
    )
    head = signed_in_as(home, home.building, Post.BUILDING_HEAD)
    assert 'href="/m/search/"' in head.get("/m/").content.decode()
    text = head.post("/m/search/", {"q": "101 102"}).content.decode()
    assert f'href="/m/people/{record.resident_id}/"' in text
    assert "没有找到" in head.post("/m/search/", {"q": "不在这里"}).content.decode()
