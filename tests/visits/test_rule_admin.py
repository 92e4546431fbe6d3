"""Rules in the admin: a version in two steps, published only as it was shown; days off; the list of duties."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client

from duties.models import Duty, NoticeDelivery, SweepRun
from residents.models import CareRecord
from tests.duties.bulk import people_under_care
from tests.duties.steps import duty_of, sweep_at, visit
from tests.factories import Community, care_record, category, clerk, community, moment
from tests.pages import add_url, errors_of, found_by, list_url, listed, object_url, queries_of, signed_in
from tests.visits.people import NOW, START, stop_the_clock, text_of
from visits.models import Incident, IncidentRule, RuleDue, SpecialDay, Visit, VisitRule
from visits.services import incident_report, rules_ship

pytestmark = pytest.mark.django_db

BEFORE = moment("2026-03-01T09:00")


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Community:
    stop_the_clock(monkeypatch)
    made = community()
    rules_ship(community=made.place, now=BEFORE)
    return made


@pytest.fixture
def office(home: Community) -> Client:
    return signed_in(clerk(home.place))


@pytest.fixture
def record(home: Community) -> CareRecord:
    made = care_record(home.building, now=BEFORE, started_on=START)
    visit(made.resident, "2026-03-09T10:00")
    sweep_at(NOW)
    return made


def typed(home: Community, **more: Any) -> dict[str, Any]:
    ladder = {"rung_0": 2, "rung_1": 0, "rung_2": 1, "rung_3": 3, "rung_4": 7}
    return {
        "community": home.place.pk,
        "effective_on": "2026-03-11",
        "category": category("elderly_alone").pk,
        "cadence": "rolling",
        "every_days": 12,
        "first_within_days": 3,
        "methods": ["home", "hospital"],
        "accountable_post": "building_head",
        **ladder,
        **more,
    }


def versions() -> int:
    return VisitRule.objects.filter(category=category("elderly_alone")).count()


def test_it_works(home: Community, office: Client, record: CareRecord) -> None:
    assert duty_of(record).due_on == date(2026, 3, 16)
    first = office.post(add_url(VisitRule), typed(home))
    preview = first.context["preview"]
    assert (preview.records, preview.moved, preview.total_before, preview.total_after) == (1, 1, 1, 1)
    assert {day.day.day for day in preview.days if day.after} == {21}
    assert 'value="12"' in first.content.decode()
    assert versions() == 1
    again = typed(home, publish="1", previewed=first.context["previewed"])
    response = office.post(add_url(VisitRule), again)
    assert response.status_code == 302
    rule = VisitRule.objects.get(category=category("elderly_alone"), version=2)
    assert (rule.every_days, rule.is_proposal, rule.created_by.username) == (12, False, "clerk")
    assert rule.ladder[0] == {"rung": 0, "after_days": -2}
    sweep_at(NOW)
    assert duty_of(record).due_on == date(2026, 3, 21)


def test_a_window_is_previewed_with_its_days(home: Community, office: Client, record: CareRecord) -> None:
    """Every day instead of every seven: the day after the visit has passed; a window of one day gives the day itself."""
    asked = typed(home, every_days=1, spread_days=1)
    first = office.post(add_url(VisitRule), asked)
    assert {day.day.day for day in first.context["preview"].days if day.after} == {11}
    assert not RuleDue.objects.exists(), "a preview writes nothing"
    office.post(add_url(VisitRule), {**asked, "publish": "1", "previewed": first.context["previewed"]})
    assert RuleDue.objects.get(care_record=record).due_on == date(2026, 3, 11)
    refused = office.post(add_url(VisitRule), typed(home, spread_days=93))
    assert "分摊天数最多 92 天。" in refused.content.decode()
    assert versions() == 2


def test_what_was_changed_after_the_preview_is_shown_again(home: Community, office: Client) -> None:
    seen = office.post(add_url(VisitRule), typed(home)).context["previewed"]
    response = office.post(add_url(VisitRule), typed(home, every_days=13, publish="1", previewed=seen))
    assert "预览之后内容有改动" in response.content.decode()
    assert versions() == 1
    assert office.post(add_url(VisitRule), typed(home, publish="1")).status_code == 200
    assert versions() == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"effective_on": "2026-03-10"}, "effective_on"),
        ({"every_days": ""}, "every_days"),
        ({"cadence": "calendar", "every_days": "", "times": 1}, "period"),
        ({"rung_2": 5}, "__all__"),
        ({"rung_1": -1}, "rung_1"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(
    home: Community, office: Client, wrong: dict[str, object], field: str
) -> None:
    response = office.post(add_url(VisitRule), typed(home, **wrong))
    assert list(errors_of(response)) == [field]
    assert "preview" not in response.context
    assert 'name="first_within_days" value="3"' in response.content.decode()
    assert versions() == 1


def test_a_new_version_starts_from_the_one_it_is_made_from(home: Community, office: Client) -> None:
    rule = VisitRule.objects.get(category=category("hardship"))
    initial = office.get(add_url(VisitRule), {"from": rule.pk}).context["form"].initial
    assert (initial["cadence"], initial["period"], initial["times"], initial["rung_0"]) == (
        "calendar", "month", 1, 2
    )  # fmt: skip


def test_versions_are_only_looked_at(office: Client, home: Community) -> None:
    rule = VisitRule.objects.get(category=category("hardship"))
    shown = text_of(office, object_url(rule))
    assert ("现行 建议值" in shown, "应办日前 2 天提醒责任人" in shown) == (True, True)
    assert office.post(object_url(rule), {"times": 9}).status_code == 403
    rule.refresh_from_db()
    assert rule.times == 1


def test_whoever_has_only_a_part_makes_no_rules(home: Community) -> None:
    part = signed_in(clerk(home.quarters[0], "part"))
    assert part.get(add_url(VisitRule)).status_code == 403
    assert part.post(add_url(VisitRule), typed(home)).status_code == 403
    assert versions() == 1


def test_the_neighbours_rules_are_their_own(office: Client) -> None:
    theirs = community("隔壁社区", staffed=False)
    rules_ship(community=theirs.place, now=BEFORE)
    assert list(errors_of(office.post(add_url(VisitRule), typed(theirs)))) == ["community"]
    assert {rule.community.name for rule in listed(office, VisitRule)} == {"百步亭社区"}


def test_an_incident_rule_in_one_step(home: Community, office: Client) -> None:
    form = {
        "community": home.place.pk,
        "effective_on": "2026-03-11",
        "kind": "emergency",
        "required_posts": ["building_head"],
        "arrive_within_hours": 2,
        "rung_1": 0,
    }
    assert errors_of(office.post(add_url(IncidentRule), form)) == {}
    rule = IncidentRule.objects.get(kind="emergency", version=2)
    assert (rule.required_posts, rule.ladder) == (["building_head"], [{"rung": 1, "after_hours": 0}])
    assert list(errors_of(office.post(add_url(IncidentRule), {**form, "required_posts": []}))) == [
        "required_posts"
    ]
    assert IncidentRule.objects.filter(kind="emergency").count() == 2


def test_days_off_are_entered_and_removed(office: Client, home: Community) -> None:
    assert errors_of(office.post(add_url(SpecialDay), {"day": "2026-03-20", "name": "停电"})) == {}
    special = SpecialDay.objects.get()
    assert special.is_working is False
    assert list(errors_of(office.post(add_url(SpecialDay), {"day": "2026-03-01"}))) == ["day"]
    assert office.post(object_url(special, "remove")).status_code == 302
    assert not SpecialDay.objects.exists()


# --- duties -----------------------------------------------------------------------------------------------------------
def test_duties_are_found_filtered_and_never_written(home: Community, office: Client) -> None:
    late = care_record(home.building, now=BEFORE, started_on=START)
    care_record(home.buildings[7], now=BEFORE, started_on=date(2026, 3, 10), code="hospital")
    sweep_at(NOW)
    duty = duty_of(late)
    assert listed(office, Duty, state="overdue") == [duty]
    assert listed(office, Duty, rung=3, category=category("elderly_alone").pk) == [duty]
    assert listed(office, Duty, rung=4) == []
    assert listed(office, Duty, building=home.building.pk) == [duty]
    assert listed(office, Duty, precinct=home.precincts[0].pk) == [duty]
    assert found_by(office, Duty, late.resident.name) == [duty]
    assert office.get(object_url(duty))["Location"] == f"/duties/{duty.pk}/"
    assert office.post(object_url(duty), {"outcome": "in_time"}).status_code == 404
    duty.refresh_from_db()
    assert duty.outcome == "overdue"


def fill(home: Community, *, until: int, first: int = 0) -> None:
    records = people_under_care(home, until - first, started_on=START, now=BEFORE, first=first)
    for record in records[:15]:
        visit(record.resident, "2026-03-03T10:00", visitor=home.holder(home.building, "building_head"))
    for number in range(first, min(until, 20)):
        incident_report(
            building=home.buildings[number % 8], kind="discontent", occurred_at=BEFORE, summary="", now=BEFORE,
            reported_by=None,
        )  # fmt: skip
        SpecialDay.objects.create(day=date(2026, 5, 1 + number), is_working=False)
    sweep_at(NOW)


def test_queries_do_not_grow_with_the_rows(home: Community, office: Client) -> None:
    models = (
        CareRecord, CareRecord._meta.get_field("resident").related_model, Duty, Visit, Incident, VisitRule,
        IncidentRule, SpecialDay, SweepRun, NoticeDelivery,
    )  # fmt: skip
    urls = [list_url(model) for model in models] + ["/admin/residents/household/"]
    fill(home, until=1)
    few = {url: queries_of(office, url) for url in urls}
    fill(home, first=1, until=100)
    assert {url: queries_of(office, url) for url in urls} == few
    assert max(few.values()) <= 25, few
