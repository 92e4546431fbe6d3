"""The pages of doubles: who sees them, what they show, and that two clicks merge once."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from accounts.choices import Role
from residents.models import Resident, ResidentMerge
from residents.services import resident_change
from tests.factories import Community, clerk, community, moment, resident, user
from tests.pages import signed_in

pytestmark = pytest.mark.django_db
BEFORE = moment("2026-10-01T09:00")


@pytest.fixture
def home() -> Community:
    return community()


def doubles(home: Community) -> tuple[Resident, Resident]:
    first = resident(home.building, now=BEFORE, name="闻人月", room="301", phone="19900000001")
    second = resident(
        home.buildings[-1], now=BEFORE, name="闻人月", phone="19900000001", id_number="429999195001014018"
    )
    return first, second


def test_it_works(home: Community) -> None:
    """Listed with the reason, side by side with numbers masked, merged by a button, taken back by another."""
    kept, gone = doubles(home)
    browser = signed_in(clerk(home.place))
    page = browser.get(reverse("visits:doubles")).content.decode()
    assert "闻人月" in page
    assert "同名、同一电话" in page
    pair = reverse("visits:doubles_pair", args=[kept.pk, gone.pk])
    page = browser.get(pair).content.decode()
    assert "确认是同一人，合并" in page
    assert "429999195001014018" not in page
    assert "19900000001" not in page
    page = browser.post(pair, follow=True).content.decode()
    assert "一天之内可以撤销" in page
    assert Resident.objects.get().pk == kept.pk
    assert "没有再做改动" in browser.post(pair, follow=True).content.decode()
    merge = ResidentMerge.objects.get()
    page = browser.post(reverse("visits:doubles_undo", args=[merge.pk]), follow=True).content.decode()
    assert "已撤销合并" in page
    assert Resident.objects.count() == 2
    assert (
        "已经撤销过"
        in browser.post(reverse("visits:doubles_undo", args=[merge.pk]), follow=True).content.decode()
    )


def test_who_contradicts_has_no_button(home: Community) -> None:
    kept, gone = doubles(home)
    Resident.objects.filter(pk=kept.pk).update(gender="male")
    Resident.objects.filter(pk=gone.pk).update(gender="female")
    pair = reverse("visits:doubles_pair", args=[kept.pk, gone.pk])
    browser = signed_in(clerk(home.place))
    page = browser.get(pair).content.decode()
    assert "性别不同" in page
    assert "确认是同一人" not in page
    assert browser.post(pair).status_code == 422
    assert Resident.objects.count() == 2


def test_outside_the_scope_there_is_nothing(home: Community) -> None:
    kept, gone = doubles(home)
    browser = signed_in(clerk(home.quarters[0], "quarter"))
    assert "闻人月" not in browser.get(reverse("visits:doubles")).content.decode()
    assert browser.post(reverse("visits:doubles_pair", args=[kept.pk, gone.pk])).status_code == 404
    for role in (Role.CADRE, Role.AUDITOR):
        other = signed_in(user(f"some-{role}", role=role))
        assert other.get(reverse("visits:doubles")).status_code == 404
    assert Resident.objects.count() == 2


def test_what_differs_is_marked_even_where_the_masks_agree(home: Community) -> None:
    """Both filled in and not the same: 不同. What one of them leaves open does not differ."""
    kept, gone = doubles(home)
    resident_change(resident=kept, phone="19900011111", born_on=date(1950, 1, 1))
    resident_change(resident=gone, phone="19900021111", born_on=date(1950, 1, 1))
    browser = signed_in(clerk(home.place))
    answer = browser.get(reverse("visits:doubles_pair", args=[kept.pk, gone.pk]))
    facts = {fact.label: fact for fact in answer.context["facts"]}
    assert facts["联系电话"].kept == facts["联系电话"].gone == "199****1111"
    assert [label for label, fact in facts.items() if fact.differs] == ["住址", "联系电话"]
    assert answer.content.decode().count("不同") == 2
