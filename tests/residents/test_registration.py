"""Flats, moves, care records as rows, and the words of categories."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.core.exceptions import ValidationError

from residents.models import CareRecord, Household, Resident
from residents.services import (
    care_category_change,
    care_record_change,
    care_record_close,
    care_record_create,
    household_change,
    household_get_or_create,
    resident_change,
    resident_create,
    resident_move,
)
from tests.factories import Community, category, community, resident

pytestmark = pytest.mark.django_db


@pytest.fixture
def home() -> Community:
    return community(staffed=False)


def record(home: Community, now: datetime, code: str = "hardship") -> CareRecord:
    return care_record_create(
        resident=resident(home.building, now=now),
        category=category(code),
        started_on=date(2026, 1, 1),
        now=now,
    )


def test_it_works(home: Community, now: datetime) -> None:
    household = household_get_or_create(building=home.building, entrance=" 2 ", room="1601")
    made = resident_create(household=household, name="迪丽努尔•买买提", now=now)
    assert (made.name, made.name_initials, made.community) == ("迪丽努尔·买买提", "dlnemmt", home.place)
    assert household_get_or_create(building=home.building, entrance="2", room="1601") == household


def test_somebody_without_a_name_is_refused(home: Community, now: datetime) -> None:
    household = household_get_or_create(building=home.building, room="1")
    with pytest.raises(ValidationError, match="请填写姓名"):
        resident_create(household=household, name=" 　", now=now)
    assert not Resident.objects.exists()


def test_people_live_in_buildings_only(home: Community) -> None:
    with pytest.raises(ValidationError, match="只能登记在楼栋下"):
        household_get_or_create(building=home.quarters[0], room="101")
    assert not Household.objects.exists()


def test_a_change_renews_initials_and_digests(home: Community, now: datetime) -> None:
    made = resident(home.building, now=now, name="张三", phone="13912345678")
    before = made.phone_digest
    resident_change(resident=made, name="李四", phone="13987654321")
    made.refresh_from_db()
    assert (made.name_initials, made.phone) == ("ls", "13987654321")
    assert bytes(made.phone_digest) != before


def test_open_records_move_with_the_person_and_ended_ones_stay(home: Community, now: datetime) -> None:
    ended = record(home, now)
    care_record_close(care_record=ended, ended_on=date(2026, 2, 1), end_reason="other")
    person = ended.resident
    running = care_record_create(
        resident=person, category=category("elderly_alone"), started_on=date(2026, 1, 1), now=now
    )
    to = household_get_or_create(building=home.buildings[3], room="9")
    assert resident_move(resident=person, to_household=to) == [running]
    running.refresh_from_db()
    ended.refresh_from_db()
    assert (running.building, ended.building) == (home.buildings[3], home.building)


def test_nobody_moves_to_another_community(home: Community, now: datetime) -> None:
    person = resident(home.building, now=now)
    to = household_get_or_create(building=community("隔壁社区", staffed=False).building, room="9")
    with pytest.raises(ValidationError, match="只能迁到本社区"):
        resident_move(resident=person, to_household=to)
    person.refresh_from_db()
    assert person.household.building == home.building


def test_a_category_is_open_once(home: Community, now: datetime) -> None:
    first = record(home, now)
    with pytest.raises(ValidationError, match="已在该类别中"):
        care_record_create(
            resident=first.resident, category=first.category, started_on=date(2026, 2, 1), now=now
        )
    assert CareRecord.objects.count() == 1


@pytest.mark.parametrize(
    ("dates", "sentence"),
    [
        ({"ended_on": date(2025, 12, 31), "end_reason": "other"}, "不能早于纳入日期"),
        ({"ended_on": date(2026, 2, 1)}, "请选择终止原因"),
        ({"end_reason": "other"}, "请填写终止日期"),
    ],
)
def test_dates_that_do_not_fit_are_refused(
    home: Community, now: datetime, dates: dict[str, object], sentence: str
) -> None:
    made = record(home, now)
    with pytest.raises(ValidationError, match=sentence):
        care_record_change(care_record=made, started_on=date(2026, 1, 1), **dates)
    made.refresh_from_db()
    assert (made.started_on, made.ended_on, made.end_reason) == (date(2026, 1, 1), None, "")


def test_a_flat_is_there_once(home: Community) -> None:
    household_get_or_create(building=home.building, entrance="1", room="101")
    other = household_get_or_create(building=home.building, entrance="1", room="102")
    with pytest.raises(ValidationError, match="已有这个单元和室号"):
        household_change(household=other, entrance="1", room="101")
    other.refresh_from_db()
    assert other.room == "102"


def test_a_sensitive_category_keeps_a_name_for_everybody() -> None:
    released = category("released")
    words = {"category": released, "label": "安置帮教对象"}
    changed = care_category_change(public_label="关爱对象", synonyms=" 刑释  解教 ", **words)
    assert (changed.public_label, changed.synonyms) == ("关爱对象", "刑释 解教")
    with pytest.raises(ValidationError, match="不能与名称相同"):
        care_category_change(public_label="安置帮教对象", synonyms="", **words)
    released.refresh_from_db()
    assert released.public_label == "关爱对象"
