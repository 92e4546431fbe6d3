"""记走访 without JavaScript: everything chosen beforehand, a mistake said at once with nothing typed lost."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from cadres.choices import Post
from phone.models import Photo, QuickPhrase, Submission
from residents.models import CareRecord
from tests.duties.steps import sweep_at
from tests.factories import Community, care_record, category, moment, resident
from tests.pages import signed_in
from tests.phone.entries import picture, upload
from tests.visits.people import NOW, START, account_of, signed_in_as, text_of
from visits.models import Visit

pytestmark = pytest.mark.django_db

BEFORE = moment("2026-03-01T09:00")


def page_of(record: CareRecord) -> str:
    return f"/m/visit/{record.resident_id}/"


def as_it_stands(client: Client, page: str) -> dict[str, Any]:
    """What the form sends if nobody touches it."""
    form = re.search(r'<form id="entry".*?</form>', text_of(client, page), re.DOTALL)
    assert form is not None
    fields: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", form[0]):
        name, value = (re.search(rf'{part}="([^"]*)"', tag) for part in ("name", "value"))
        kind = re.search(r'type="(\w+)"', tag)
        chosen = kind is not None and (kind[1] not in ("radio", "checkbox") or " checked" in tag)
        if name and chosen and kind and kind[1] != "file":
            fields.setdefault(name[1], []).append(value[1] if value else "")
    return fields


def test_it_works(home: Community, record: CareRecord, head: Client) -> None:
    fields = as_it_stands(head, page_of(record))
    assert head.post(page_of(record), fields)["Location"] == "/m/"
    visit = Visit.objects.get()
    assert (visit.method, visit.seen, visit.notes, visit.visited_at) == ("home", True, "身体尚好", NOW)
    assert str(visit.uid) == fields["uid"][0]
    assert "已保存" in text_of(head, "/m/")
    head.post(page_of(record), fields)
    assert Visit.objects.count() == 1, "the same form twice is one visit"


def test_a_patient_is_visited_in_hospital(home: Community, head: Client) -> None:
    record = care_record(home.building, now=BEFORE, started_on=START, code="hospital")
    assert as_it_stands(head, page_of(record))["method"] == ["hospital"]


def test_it_says_what_one_visit_settles(home: Community, record: CareRecord, head: Client) -> None:
    care_record(home.building, now=BEFORE, started_on=START, resident=record.resident, code="hospital")
    sweep_at(NOW)
    text = text_of(head, page_of(record))
    assert "一次走访，2 项都算" in text
    assert "算完成走访的方式：上门、医院探视" in text


def test_one_of_the_same_flat_can_be_ticked(home: Community, record: CareRecord, head: Client) -> None:
    wife = resident(home.building, now=BEFORE, room=record.resident.household.room)
    care_record(home.building, now=BEFORE, started_on=START, resident=wife)
    resident(home.building, now=BEFORE, room=record.resident.household.room, name="不在册的")
    fields = as_it_stands(head, page_of(record))
    assert fields["resident"] == [str(record.resident_id)]
    assert "不在册的" not in text_of(head, page_of(record))
    fields["resident"].append(str(wife.pk))
    head.post(page_of(record), fields)
    assert Visit.objects.count() == 2


def test_phrases_of_a_sensitive_category_are_for_who_answers(home: Community) -> None:
    QuickPhrase.objects.create(category=category("released"), text="帮教谈话")
    record = care_record(home.building, now=BEFORE, started_on=START, code="released")
    answers = signed_in_as(home, home.building, Post.PARTY_GROUP_LEADER)
    assert "帮教谈话" in text_of(answers, page_of(record))
    other = text_of(signed_in_as(home, home.building, Post.HEALTH_WORKER), page_of(record))
    assert "帮教谈话" not in other
    assert "刑释" not in other


def test_photos_come_along(record: CareRecord, head: Client) -> None:
    fields = as_it_stands(head, page_of(record))
    head.post(page_of(record), {**fields, "photo": [upload(picture()), upload(b"no picture")]})
    assert Photo.objects.get().submission.made() == Visit.objects.get()
    assert "打不开" in text_of(head, "/m/"), "and the other one is not passed over in silence"


def test_a_mistake_is_said_and_nothing_typed_is_lost(record: CareRecord, head: Client) -> None:
    fields = as_it_stands(head, page_of(record))
    typed = {
        **fields,
        "when": "other_day",
        "visited_on": "2026-03-12",
        "notes": "腿脚不便",
        "method": "video",
    }
    response = head.post(page_of(record), typed)
    text = response.content.decode()
    assert response.status_code == 422
    assert "走访日期不能晚于今天" in text
    assert "腿脚不便" in text
    assert re.search(r'value="video" checked', text)
    assert fields["uid"][0] in text
    assert not Visit.objects.exists()
    assert not Submission.objects.exists()


def test_a_form_of_another_flat_changes_nothing(home: Community, record: CareRecord, head: Client) -> None:
    other = care_record(home.buildings[1], now=BEFORE, started_on=START)
    fields = as_it_stands(head, page_of(record))
    response = head.post(page_of(record), {**fields, "resident": str(other.resident_id)})
    assert response.status_code == 422
    assert not Visit.objects.exists()


def test_a_uid_that_is_none_does_no_harm(record: CareRecord, head: Client) -> None:
    fields = as_it_stands(head, page_of(record))
    assert head.post(page_of(record), {**fields, "uid": "x"}).status_code == 302
    assert Visit.objects.count() == 1


def test_outside_the_scope_is_not_found(home: Community, record: CareRecord) -> None:
    stranger = signed_in(account_of(home.holder(home.buildings[2], Post.BUILDING_HEAD), "stranger"))
    assert stranger.get(page_of(record)).status_code == 404
    answer = stranger.post(page_of(record), {"uid": str(uuid4()), "resident": str(record.resident_id)})
    assert answer.status_code == 404
    assert not Visit.objects.exists()
    assert Client().post(page_of(record), {})["Location"].startswith("/m/sign-in/")
