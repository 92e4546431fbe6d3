"""The first page, the lists behind its numbers, and notices: scoped, honest, in a constant number of queries."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from buildings.scope import Scope
from cadres.choices import Post
from cadres.services import appointment_end
from duties.models import Duty, NoticeSeen
from duties.selectors import unseen_count
from tests.duties.bulk import people_under_care
from tests.duties.steps import duty_of, sweep_at, visit
from tests.factories import Community, care_record, clerk, community, moment
from tests.pages import queries_of, signed_in
from tests.visits.people import NOW, START, signed_in_as, stop_the_clock, text_of
from visits.services import incident_report

pytestmark = pytest.mark.django_db

PAGES = ("/", "/duties/", "/notices/", "/never-seen/", "/vacancies/", "/incidents/", "/load/")
BEFORE = moment("2026-03-01T09:00")


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Community:
    stop_the_clock(monkeypatch)
    return community()


def figures(client: Client) -> dict[str, tuple[int, str]]:
    return {
        figure["label"]: (figure["value"], figure["url"]) for figure in client.get("/").context["figures"]
    }


def test_it_works(home: Community) -> None:
    overdue = care_record(home.building, now=BEFORE, started_on=START)
    seen = care_record(home.buildings[1], now=BEFORE, started_on=START)
    visit(seen.resident, "2026-03-04T10:00")
    incident_report(
        building=home.building,
        kind="emergency",
        occurred_at=NOW,
        summary="水管爆裂",
        now=NOW,
        reported_by=None,
    )
    appointment_end(
        appointment=home.holders[home.buildings[2].pk, Post.CULTURE_WORKER],
        ended_on=date(2026, 3, 1),
        end_reason="resigned",
    )
    sweep_at(NOW)
    client = signed_in(clerk(home.place))
    shown = figures(client)
    assert {label: value for label, (value, _) in shown.items()} == {
        "今天到期": 4,  # the second visit, and three arrivals within the hour
        "逾期": 1,
        "必到事件": 1,
        "从未见到": 1,
        "无人负责": 0,
        "空缺岗位": 1,
        "诉求": 0,
        "变更上报": 0,
        "手机未同步": 0,
    }
    for label, (value, url) in shown.items():
        response = client.get(url)
        assert response.status_code == 200, label
        counted = (
            response.context["cl"].result_count
            if "cl" in response.context
            else response.context["page"].paginator.count
        )
        assert counted == value, label
    assert duty_of(overdue).outcome == "overdue"


def test_a_secretary_gets_the_same_lists_without_the_admin(home: Community) -> None:
    care_record(home.building, now=BEFORE, started_on=START)
    sweep_at(NOW)
    client = signed_in_as(home, home.quarters[0], Post.GENERAL_BRANCH_SECRETARY)
    for label, (value, url) in figures(client).items():
        assert not url.startswith("/admin/"), label
        assert client.get(url).context["page"].paginator.count == value, label


@pytest.mark.parametrize("url", PAGES)
def test_nobody_unknown_gets_in(url: str) -> None:
    response = Client().get(url)
    assert response.status_code == 302
    assert response["Location"].startswith("/login/")


def test_an_account_without_a_place_sees_nothing(home: Community) -> None:
    care_record(home.building, now=BEFORE, started_on=START)
    sweep_at(NOW)
    client = signed_in(clerk(community("隔壁社区", staffed=False).place, "stranger"))
    assert {value for label, (value, _) in figures(client).items() if label != "空缺岗位"} == {0}
    assert "五必访台账" in text_of(client, "/"), "the next steps of its own community"


def test_an_empty_community_says_where_to_begin() -> None:
    lonely = community(staffed=False)
    assert "五必访台账" in text_of(signed_in(clerk(lonely.place)), "/")
    of_a_part = text_of(signed_in(clerk(lonely.precincts[0], "part")), "/")
    assert "还没有必访对象" in of_a_part
    assert "导入五必访台账" in of_a_part


def test_filters_narrow_the_list_and_unknown_words_empty_it(home: Community) -> None:
    for building in home.buildings[:5]:
        care_record(building, now=BEFORE, started_on=START)
    sweep_at(NOW)
    client = signed_in_as(home, home.place, Post.COMMITTEE_SECRETARY)

    def count(**conditions: object) -> int:
        return client.get("/duties/", conditions).context["page"].paginator.count

    assert (count(), count(state="overdue"), count(state="today")) == (5, 5, 0)
    assert (count(area=home.quarters[0].pk), count(area=home.precincts[2].pk)) == (4, 1)
    assert (count(rung=3), count(rung=4)) == (5, 0)
    assert [count(**{word: "x"}) for word in ("state", "rung", "category", "area")] == [0] * 4
    outside = community("隔壁社区", staffed=False)
    assert count(area=outside.quarters[0].pk) == 0


def test_what_is_mine_is_what_my_posts_answer_for(home: Community) -> None:
    care_record(home.building, now=BEFORE, started_on=START)
    care_record(home.building, now=BEFORE, started_on=START, code="released")
    client = signed_in_as(home, home.building, Post.BUILDING_HEAD)
    mine = client.get("/duties/", {"mine": 1}).context["rows"]
    assert [row.first.duty.category.code for row in mine] == ["elderly_alone"]
    assert [row.first.duty.pk for row in client.get("/").context["own"]] == [mine[0].first.duty.pk]


def test_a_notice_reaches_its_holder_and_opening_the_duty_marks_it_seen(home: Community) -> None:
    record = care_record(home.building, now=BEFORE, started_on=START)
    sweep_at("2026-03-06T09:00")
    client = signed_in_as(home, home.precincts[0], Post.BRANCH_SECRETARY)
    assert "请过问楼栋长，督促走访" in text_of(client, "/notices/")
    assert 'aria-label="1 条未看"' in text_of(client, "/notices/")
    client.get(f"/duties/{duty_of(record).pk}/")
    assert NoticeSeen.objects.get().seen_at == NOW
    assert "条未看" not in text_of(client, "/notices/")
    client.get(f"/duties/{duty_of(record).pk}/")
    assert NoticeSeen.objects.count() == 1


def test_somebody_elses_look_does_not_count(home: Community) -> None:
    record = care_record(home.building, now=BEFORE, started_on=START)
    sweep_at("2026-03-06T09:00")
    signed_in(clerk(home.place)).get(f"/duties/{duty_of(record).pk}/")
    assert not NoticeSeen.objects.exists()


def test_settled_notices_go_away(home: Community) -> None:
    record = care_record(home.building, now=BEFORE, started_on=START)
    sweep_at("2026-03-06T09:00")
    secretary = home.holder(home.precincts[0], Post.BRANCH_SECRETARY)
    scope = Scope(paths=frozenset({home.precincts[0].path}), cadre_id=secretary.pk)
    assert unseen_count(scope) == 1
    assert unseen_count(Scope(paths=frozenset({home.precincts[1].path}), cadre_id=secretary.pk)) == 0
    visit(record.resident, "2026-03-06T10:00")
    assert unseen_count(scope) == 0


def fill(home: Community, *, until: int, first: int = 0) -> None:
    """Overdue people and running incidents, numbers `first` to `until`."""
    people_under_care(home, until - first, started_on=START, now=BEFORE, first=first)
    for number in range(first, min(until, 20)):
        incident_report(
            building=home.buildings[number % 8],
            kind="discontent",
            occurred_at=BEFORE,
            summary="",
            now=BEFORE,
            reported_by=None,
        )
    sweep_at(NOW)


@pytest.mark.parametrize("who", ["clerk", "secretary"])
def test_queries_do_not_grow_with_the_rows(home: Community, who: str) -> None:
    client = (
        signed_in(clerk(home.place))
        if who == "clerk"
        else signed_in_as(home, home.place, Post.COMMITTEE_SECRETARY)
    )
    fill(home, until=1)
    story = f"/duties/{Duty.objects.filter(care_record__isnull=False).first().pk}/"
    few = {url: queries_of(client, url) for url in (*PAGES, story)}
    fill(home, first=1, until=100)
    assert {url: queries_of(client, url) for url in (*PAGES, story)} == few
    assert max(few.values()) <= 38, few  # the first page: each figure on it is a query
