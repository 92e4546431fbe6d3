"""One keeper proposes, another confirms: by the pages, and what each of them reads; refused, nothing is erased."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.choices import Role
from accounts.models import User
from audit.models import AuditEvent
from buildings.models import PlaceGrant
from residents.models import Erasure, Resident
from residents.selectors import erasures_waiting
from residents.services import resident_change
from tests.factories import Community, category, clerk, community, resident, user
from tests.pages import list_url, object_url, signed_in
from tests.residents.test_erasing import BEFORE, NOW
from visits.choices import VisitOrigin
from visits.services import (
    care_record_start,
    erasure_confirm,
    erasure_propose,
    erasure_refuse,
    erasure_withdraw,
    resident_return,
    visit_record,
)

pytestmark = pytest.mark.django_db
PAPER = "书面申请 2026-031"


@pytest.fixture
def home() -> Community:
    return community(staffed=False)


@pytest.fixture
def person(home: Community) -> Resident:
    return resident(home.building, now=BEFORE, name="张小明", notes="病情")


@pytest.fixture
def office(home: Community) -> User:
    return clerk(home.place)


def keeper_of(home: Community, name: str = "keeper", role: Role = Role.SECURITY_ADMIN) -> User:
    account = user(name, role=role, is_staff=True, name="安全员")
    PlaceGrant.objects.create(user=account, place=home.place)
    return account


def proposed(person: Resident, by: User) -> Erasure:
    return erasure_propose(resident=person, ground="request", reason=PAPER, by=by, now=NOW)


def confirmed(erasure: Erasure, by: User) -> Erasure:
    return erasure_confirm(erasure=erasure, by=by, now=NOW, erased_list=Path(settings.ERASED_LIST))


def untouched(person: Resident) -> bool:
    person.refresh_from_db()
    return (person.name, person.notes, person.erased_at) == ("张小明", "病情", None)


def test_it_works(home: Community, person: Resident, office: User) -> None:
    """From the resident's page to the keeper's list, and then the person's page is gone."""
    desk = signed_in(office)
    page = desk.get(object_url(person, "erase")).content.decode()
    assert "居民登记" in page
    assert "姓名和文字删除，日期和数字保留" in page
    sent = desk.post(object_url(person, "erase"), {"ground": "request", "reason": PAPER})
    erasure = Erasure.objects.unscoped("a test").get()
    assert sent.headers["Location"] == object_url(erasure)
    assert "张小明" in desk.get(object_url(erasure)).content.decode()
    keeper = signed_in(keeper_of(home))
    waiting = [item for item in keeper.get("/").context["nav"] if item["label"] == "删除申请"]
    assert [item["count"] for item in waiting] == [1]  # in the bar, while one waits
    listed = keeper.get(list_url(Erasure)).content.decode()
    assert "待确认" in listed
    own_page = keeper.get(object_url(erasure)).content.decode()
    confirm = keeper.get(object_url(erasure, "confirm")).content.decode()
    for read in (listed, own_page, confirm):
        assert "张小明" not in read
    assert PAPER in own_page
    for shown in (str(person.pk), home.building.name, PAPER):
        assert shown in confirm
    keeper.post(object_url(erasure, "confirm"), {"is_checked": "on"})
    erasure.refresh_from_db()
    assert (erasure.state, erasure.reason) == ("erased", "")
    assert "张小明" not in desk.get(list_url(Resident)).content.decode()
    assert desk.get(object_url(person)).status_code == 404
    assert "已删除" in desk.get(list_url(Erasure)).content.decode()


def test_the_office_confirms_nothing(home: Community, person: Resident, office: User) -> None:
    erasure = proposed(person, office)
    assert signed_in(office).post(object_url(erasure, "confirm"), {"is_checked": "on"}).status_code == 404
    for by in (
        office,
        keeper_of(home, "system", Role.SYSTEM_ADMIN),
        keeper_of(home, "auditor", Role.AUDITOR),
    ):
        with pytest.raises(ValidationError, match="安全管理员"):
            confirmed(erasure, by)
    assert untouched(person)


def test_it_takes_two(home: Community, person: Resident) -> None:
    """Whatever roles an account is given meanwhile: the database says no as well."""
    both = clerk(home.place, "both")
    erasure = proposed(person, both)
    both.role = Role.SECURITY_ADMIN
    both.save(update_fields=["role"])
    with pytest.raises(ValidationError, match="两个人"):
        confirmed(erasure, both)
    with pytest.raises(IntegrityError), transaction.atomic():
        Erasure.objects.unscoped("a test").update(state="erased", reason=b"", decided_by=both, decided_at=NOW)
    assert untouched(person)


def test_a_keeper_elsewhere_does_not_find_it(home: Community, person: Resident, office: User) -> None:
    erasure = proposed(person, office)
    elsewhere = signed_in(keeper_of(community("邻社区", staffed=False)))
    assert elsewhere.get(object_url(erasure, "confirm")).status_code == 404
    assert elsewhere.post(object_url(erasure, "confirm"), {"is_checked": "on"}).status_code == 404
    assert untouched(person)


def test_without_a_look_at_the_paper_nothing_happens(home: Community, person: Resident, office: User) -> None:
    erasure = proposed(person, office)
    page = signed_in(keeper_of(home)).post(object_url(erasure, "confirm"), {})
    assert "请先核对书面申请" in page.content.decode()
    assert untouched(person)


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"ground": "", "reason": PAPER}, "请选择删除的依据"),
        ({"ground": "whim", "reason": PAPER}, "请选择删除的依据"),
        ({"ground": "request", "reason": " 好 "}, "至少四个字"),
    ],
)
def test_a_proposal_says_why(person: Resident, office: User, told: dict[str, str], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        erasure_propose(resident=person, by=office, now=NOW, **told)
    assert not Erasure.objects.unscoped("a test").exists()


def test_one_proposal_a_person(person: Resident, office: User) -> None:
    proposed(person, office)
    with pytest.raises(ValidationError, match="待确认"):
        proposed(person, office)
    assert Erasure.objects.unscoped("a test").count() == 1


def test_refused_and_withdrawn_nothing_is_erased(home: Community, person: Resident, office: User) -> None:
    keeper = keeper_of(home)
    refused = erasure_refuse(erasure=proposed(person, office), by=keeper, now=NOW)
    withdrawn = erasure_withdraw(erasure=proposed(person, office), by=office, now=NOW)
    for erasure in (refused, withdrawn):
        with pytest.raises(ValidationError, match="不能再办理"):
            confirmed(erasure, keeper)
    assert (refused.state, withdrawn.state) == ("refused", "withdrawn")
    assert untouched(person)


def test_nothing_is_written_about_the_erased(home: Community, person: Resident, office: User) -> None:
    confirmed(proposed(person, office), keeper_of(home))
    stale = person  # as a request has read it before
    person = Resident.objects.unscoped("a test").get(pk=person.pk)
    visited: dict[str, Any] = {
        "visited_at": NOW,
        "now": NOW,
        "origin": VisitOrigin.OFFICE,
        "visitor_name": "王",
    }
    with pytest.raises(ValidationError, match="已按规定删除"):
        visit_record(resident=stale, notes="看到了", **visited)
    with pytest.raises(ValidationError, match="已按规定删除"):
        resident_change(resident=person, name="张小明")
    with pytest.raises(ValidationError, match="已按规定删除"):
        resident_return(resident=person, was_mistake=True, now=NOW, user=office)
    with pytest.raises(ValidationError, match="已按规定删除"):
        proposed(person, office)
    with pytest.raises(ValidationError, match="不能纳入必访"):
        care_record_start(resident=person, category=category("hardship"), started_on=NOW.date(), now=NOW)


def test_nobody_is_called_erased(home: Community) -> None:
    with pytest.raises(ValidationError, match="不是姓名"):
        resident(home.building, now=BEFORE, name="已删除")


def test_the_command_says_what_and_asks_for_two(
    home: Community, person: Resident, office: User, capsys: pytest.CaptureFixture[str]
) -> None:
    keeper_of(home)
    call_command("erase_person", str(person.uid))
    assert "居民登记 1 条" in capsys.readouterr().out
    told = {"ground": "request", "reason": PAPER}
    with pytest.raises(CommandError, match="同时写明"):
        call_command("erase_person", str(person.uid), proposed_by="clerk", **told)
    with pytest.raises(CommandError, match="安全管理员"):
        call_command("erase_person", str(person.uid), proposed_by="clerk", confirmed_by="clerk", **told)
    user("far", role=Role.SECURITY_ADMIN)
    with pytest.raises(CommandError, match="工作范围"):
        call_command("erase_person", str(person.uid), proposed_by="clerk", confirmed_by="far", **told)
    assert untouched(person)
    assert not Erasure.objects.unscoped("a test").exists()
    call_command("erase_person", str(person.uid), proposed_by="clerk", confirmed_by="keeper", **told)
    person.refresh_from_db()
    assert person.name == "已删除"
    assert AuditEvent.objects.filter(action="erase", at__gt=timezone.now().replace(year=2020)).count() == 1


def test_after_a_restore_without_a_list_it_says_so() -> None:
    with pytest.raises(CommandError, match="没有名单"):
        call_command("erase_again")


def test_a_keeper_is_told_of_what_waits_in_their_places(
    home: Community, person: Resident, office: User
) -> None:
    proposed(person, office)
    near, far = keeper_of(home), user("far", role=Role.SECURITY_ADMIN)
    PlaceGrant.objects.create(user=far, place=home.precincts[-1])
    past = user("past", role=Role.SECURITY_ADMIN)
    PlaceGrant.objects.create(user=past, place=home.place, until_on=BEFORE.date())
    assert [erasures_waiting(one, today=NOW.date()) for one in (near, far, past)] == [1, 0, 0]
