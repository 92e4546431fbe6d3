"""All rules of a community on one page: what holds today, adopted as it is or changed, without moving a due date."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import AuditEvent
from buildings.models import Place
from buildings.scope import Scope
from duties.models import Duty
from tests.duties.steps import sweep_at, visit
from tests.factories import Community, care_record, clerk, community, moment
from tests.pages import add_url, list_url, signed_in
from tests.visits.people import NOW, stop_the_clock
from visits.models import IncidentRule, VisitRule
from visits.rules import PROPOSED_INCIDENT_RULES, PROPOSED_VISIT_RULES, SOURCES
from visits.selectors import rules_adopted, rules_in_force
from visits.services import rules_adopt, rules_ship

pytestmark = pytest.mark.django_db


def adopted(community: Place) -> bool:
    return community in rules_adopted(Scope(paths=frozenset({community.path})))


URL = "admin:visits_visitrule_rulebook"
BEFORE = moment("2026-03-01T09:00")
CODES = [*PROPOSED_VISIT_RULES, *map(str, PROPOSED_INCIDENT_RULES)]


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Community:
    stop_the_clock(monkeypatch)
    return community()


@pytest.fixture
def office(home: Community) -> Client:
    return signed_in(clerk(home.place))


def typed(page: Any, **changed: Any) -> dict[str, Any]:
    """What a browser sends of the page as it is shown, some fields retyped: hardship__times=2."""
    form = page.context["form"]
    sent: dict[str, Any] = {"effective_on": f"{form.day.initial['effective_on']:%Y-%m-%d}"}
    for section in form.sections:
        for field in section.form.visible_fields():
            value = field.value()
            if value == 0 or value:
                sent[field.html_name] = "on" if value is True else "" if value is False else value
    return {**sent, **{name.replace("__", "-"): value for name, value in changed.items()}}


def versions() -> int:
    """Return how many versions were put in force; the proposals that held before are kept beside them."""
    return VisitRule.objects.exclude(version=0).count() + IncidentRule.objects.count()


def dues() -> list[Any]:
    columns = ("pk", "due_on", "due_at", "outcome", "done_at", "rung", "accountable_post")
    return list(Duty.objects.order_by("pk").values(*columns))


def people(home: Community) -> None:
    """Somebody of each category, seen or not, some overdue, one round shifted over a weekend."""
    for number, code in enumerate(PROPOSED_VISIT_RULES):
        for started_on in (date(2026, 1, 15), date(2026, 3, 6)):
            record = care_record(home.buildings[number], now=BEFORE, code=code, started_on=started_on)
            if number % 2:
                visit(record.resident, "2026-03-07T10:00")
    sweep_at(NOW)


def test_it_works(home: Community, office: Client) -> None:
    page = office.get(reverse(URL))
    shown = page.content.decode()
    assert "<b>8</b> 条是随系统提供的建议值" in shown
    assert all(sentence in shown for sentence in SOURCES.values())
    assert "没有写频次" in shown
    assert (versions(), adopted(home.place)) == (0, False)
    response = office.post(reverse(URL), {**typed(page), "adopt": "1"}, follow=True)
    assert "已确认：8 条规则成为本社区自己的规则。" in response.content.decode()
    assert (versions(), adopted(home.place)) == (8, True)
    for rule in [*VisitRule.objects.exclude(version=0), *IncidentRule.objects.all()]:
        assert (rule.version, rule.is_proposal, str(rule.created_by.username)) == (1, False, "clerk")
        assert rule.effective_on == date(2026, 3, 11)
    assert "建议值，尚未经社区确认" not in response.content.decode()


@pytest.mark.parametrize("is_shipped", [False, True], ids=["of the code", "stored"])
def test_adopting_without_a_change_moves_no_due_date(home: Community, is_shipped: bool) -> None:
    if is_shipped:
        rules_ship(community=home.place, now=BEFORE)
    people(home)
    before = dues()
    assert {row["outcome"] for row in before} >= {"open", "overdue"}
    held = {rule.code: rule.terms for rule in rules_in_force(home.place, NOW.date())}
    office = clerk(home.place)
    made = rules_adopt(community=home.place, terms=held, effective_on=date(2026, 3, 11), now=NOW, user=office)
    assert (len(made), adopted(home.place)) == (8, True)
    sweep_at(NOW)
    assert dues() == before
    assert {rule.code: rule.terms for rule in rules_in_force(home.place, NOW.date())} == held
    again = rules_adopt(
        community=home.place, terms=held, effective_on=date(2026, 3, 11), now=NOW, user=office
    )
    assert (again, versions()) == ([], 16 if is_shipped else 8)


def test_a_changed_number_is_previewed_first(home: Community, office: Client) -> None:
    people(home)
    page = office.get(reverse(URL))
    sent = typed(page, elderly_alone__every_days=5)
    first = office.post(reverse(URL), {**sent, "adopt": "1"})
    assert "数字有改动，请先看未来 30 天的变化" in first.content.decode()
    assert first.context["preview"].moved == 2  # from the 14th to the 12th
    assert versions() == 0
    other = {**sent, "hospital-every_days": 5, "adopt": "1", "previewed": first.context["previewed"]}
    assert (office.post(reverse(URL), other).status_code, versions()) == (200, 0)
    response = office.post(reverse(URL), {**sent, "adopt": "1", "previewed": first.context["previewed"]})
    assert response.status_code == 302
    assert VisitRule.objects.get(category__code="elderly_alone", version=1).every_days == 5
    assert (versions(), adopted(home.place)) == (8, True)


def test_a_preview_writes_nothing(home: Community, office: Client) -> None:
    people(home)
    page = office.get(reverse(URL))
    response = office.post(reverse(URL), {**typed(page), "preview": "1"})
    assert (response.context["preview"].moved, versions()) == (0, 0)
    assert response.context["preview"].records == 10
    assert not AuditEvent.objects.filter(object_type="visits.visitrule").exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"elderly_alone-every_days": ""}, "every_days"),
        ({"emergency-arrive_within_hours": "0"}, "arrive_within_hours"),
        ({"emergency-required_posts": []}, "required_posts"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    home: Community, office: Client, wrong: dict[str, Any], field: str
) -> None:
    response = office.post(reverse(URL), {**typed(office.get(reverse(URL))), **wrong, "adopt": "1"})
    errors = [section.form.errors for section in response.context["form"].sections if section.form.errors]
    assert [list(one) for one in errors] == [[field]]
    assert "没有确认，请改正标红的地方" in response.content.decode()
    assert versions() == 0


@pytest.mark.parametrize("wrong", [{"effective_on": "2026-03-10"}, {"hardship-rung_2": "9"}])
def test_what_the_service_refuses_is_said(home: Community, office: Client, wrong: dict[str, str]) -> None:
    response = office.post(reverse(URL), {**typed(office.get(reverse(URL))), **wrong, "preview": "1"})
    assert response.context["form"].day.non_field_errors()
    assert versions() == 0


def test_it_stands_in_the_trail_once(home: Community, office: Client) -> None:
    office.post(reverse(URL), {**typed(office.get(reverse(URL))), "adopt": "1"})
    office.post(reverse(URL), {**typed(office.get(reverse(URL))), "adopt": "1"})  # nothing is left to confirm
    [event] = AuditEvent.objects.filter(action="create")
    assert (event.object_type, event.community_id, event.row_count) == ("visits.visitrule", home.place.pk, 8)
    assert event.user is not None


def test_whoever_has_only_a_part_adopts_nothing(home: Community) -> None:
    part = signed_in(clerk(home.quarters[0], "part"))
    assert part.get(reverse(URL)).status_code == 403
    assert part.post(reverse(URL), {"adopt": "1"}).status_code == 403
    assert versions() == 0


def test_another_community_s_rules_are_not_reached(home: Community, office: Client) -> None:
    theirs = community("隔壁社区", staffed=False)
    page = office.get(reverse(URL), {"community": theirs.place.pk})
    assert page.context["community"] == home.place
    office.post(f"{reverse(URL)}?community={theirs.place.pk}", {**typed(page), "adopt": "1"})
    assert not adopted(theirs.place)
    assert adopted(home.place)


def test_a_new_version_opens_with_what_is_in_force(home: Community, office: Client) -> None:
    initial = office.get(add_url(VisitRule)).context["form"].initial
    assert (initial["category"], initial["every_days"] or initial["times"]) != (None, None)
    assert initial["rung_4"] == 7
    initial = office.get(add_url(IncidentRule)).context["form"].initial
    assert (initial["kind"], initial["arrive_within_hours"]) == ("emergency", 1)


def test_the_lists_show_what_holds_without_a_row(home: Community, office: Client) -> None:
    shown = office.get(list_url(VisitRule)).content.decode()
    assert "正在执行的建议值" in shown
    assert (shown.count("现行 建议值"), "每月 1 次" in shown, "上次走访后 30 天内" in shown) == (
        5,
        True,
        True,
    )
    assert "接报后 24 小时内" in office.get(list_url(IncidentRule)).content.decode()
    office.post(reverse(URL), {**typed(office.get(reverse(URL))), "adopt": "1"})
    shown = office.get(list_url(VisitRule)).content.decode()
    assert ("正在执行的建议值" in shown, shown.count("✓ 现行")) == (False, 5)


def test_whether_all_are_adopted_takes_one_query(home: Community) -> None:
    rules_ship(community=home.place, now=BEFORE)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert not adopted(home.place)
    assert len(queries) == 1


def test_nobody_adopts_half(home: Community) -> None:
    held = {rule.code: rule.terms for rule in rules_in_force(home.place, NOW.date())}
    held["family_dispute"] = {**held["family_dispute"], "required_posts": []}
    with pytest.raises(ValidationError):
        rules_adopt(
            community=home.place, terms=held, effective_on=date(2026, 3, 11), now=NOW, user=clerk(home.place)
        )
    assert versions() == 0
