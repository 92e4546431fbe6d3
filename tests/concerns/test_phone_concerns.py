"""Concerns from phones: with a visit, by the form, offline; what became of them is read where they were reported."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import User
from audit.models import AuditEvent
from cadres.choices import Post
from concerns.models import Concern
from concerns.services import concern_close, concern_take
from phone.models import Submission
from residents.models import CareRecord
from tests.factories import Community, clerk, resident
from tests.phone.conftest import head, home, record
from tests.phone.entries import made, send, visit_of
from tests.visits.people import NOW, signed_in_as, text_of

__all__ = ["head", "home", "record"]
pytestmark = pytest.mark.django_db


def concerns() -> list[Concern]:
    return list(Concern.objects.unscoped("of this test").order_by("pk"))


@pytest.fixture
def office(home: Community) -> User:
    return clerk(home.place)


def test_it_works(home: Community, record: CareRecord, head: Client, office: User) -> None:
    """Said at a visit, answered by the office, read by whoever said it and at the person's page."""
    status, _ = send(head, visit_of(record.resident, help="request", help_text="帮忙取降压药"))
    [concern] = concerns()
    assert (status, concern.words, concern.resident) == (201, "帮忙取降压药", record.resident)
    assert concern.visit is not None
    assert "待受理" in text_of(head, "/m/concerns/")
    concern_take(
        concern=concern, subject="care", urgency="normal", appointment=None, words="", by=office, now=NOW
    )
    concern_close(
        concern=concern, state="done", answer="每周三送药上门", by=office, now=NOW + timedelta(minutes=1)
    )
    for url in (
        "/m/concerns/",
        f"/m/concerns/{concern.pk}/",
        f"/m/people/{record.resident_id}/",
        f"/m/visit/{record.resident_id}/",
    ):
        page = text_of(head, url)
        assert "每周三送药上门" in page, url
        assert "已办" in page, url


def test_a_visit_without_a_wish_opens_none(record: CareRecord, head: Client) -> None:
    send(head, visit_of(record.resident))
    send(head, visit_of(record.resident, help="discontent", help_text="吵架"))
    assert concerns() == []


def test_sent_twice_it_is_one(record: CareRecord, head: Client) -> None:
    entry = visit_of(record.resident, help="request")
    assert [send(head, entry)[0] for _ in range(2)] == [201, 200]
    assert [one.words for one in concerns()] == ["需要帮助"]


def test_by_the_form(home: Community, head: Client) -> None:
    person = resident(home.building, now=NOW, name="闻人月")
    fields = {
        "building": str(home.building.pk), "resident": str(person.pk), "subject": "safety", "urgency": "urgent",
        "words": "楼道灯坏了",
    }  # fmt: skip
    assert send(head, made("concern", NOW, **fields))[0] == 201
    [concern] = concerns()
    assert (concern.subject, concern.urgency, concern.resident) == ("safety", "urgent", person)
    assert concern.reporter == home.holder(home.building, Post.BUILDING_HEAD)
    plain = head.post("/m/concerns/", {**fields, "uid": "", "kind": "concern", "resident": ""})
    assert plain.status_code == 302
    assert len(concerns()) == 2


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"words": ""}, "请写明"),
        ({"words": "长" * 501}, "最多写 500 个字"),
        ({"subject": "nonsense"}, "哪一类"),
        ({"urgency": ""}, "一般还是紧急"),
        ({"building": ""}, "哪一栋楼"),
    ],
)
def test_what_is_wrong_is_said_and_kept(
    home: Community, head: Client, changed: dict[str, str], words: str
) -> None:
    fields = {
        "building": str(home.building.pk),
        "subject": "care",
        "urgency": "normal",
        "words": "取药",
    } | changed
    status, answer = send(head, made("concern", NOW, **fields))
    assert (status, concerns()) == (422, [])
    assert words in answer["message"]
    page = head.post("/m/concerns/", {**fields, "kind": "concern"})
    assert (page.status_code, Submission.objects.count(), concerns()) == (422, 1, [])
    assert words in page.content.decode()


def test_of_a_strange_building_nothing(home: Community, head: Client) -> None:
    strange = home.buildings[-1]
    person = resident(strange, now=NOW)
    fields = {"building": str(strange.pk), "subject": "care", "urgency": "normal", "words": "取药"}
    assert send(head, made("concern", NOW, **fields))[0] == 422
    own = fields | {"building": str(home.building.pk), "resident": str(person.pk)}
    assert send(head, made("concern", NOW, **own))[0] == 422
    assert concerns() == []


def test_whoever_has_it_reads_and_closes_it(home: Community, head: Client, office: User) -> None:
    steward = home.holders[home.building.pk, Post.PROPERTY_STEWARD]
    client = signed_in_as(home, home.building, Post.PROPERTY_STEWARD)
    fields = {
        "building": str(home.building.pk),
        "subject": "housing",
        "urgency": "normal",
        "words": "水管漏了",
    }
    send(head, made("concern", NOW, **fields))
    [concern] = concerns()
    url = f"/m/concerns/{concern.pk}/"
    assert client.post(f"{url}words/").status_code == 404
    assert client.post(f"{url}close/", {"state": "done", "answer": "好了"}).status_code == 404
    concern_take(
        concern=concern,
        subject="housing",
        urgency="normal",
        appointment=steward,
        words="",
        by=office,
        now=NOW,
    )
    assert "水管漏了" not in text_of(client, url)
    assert "水管漏了" in client.post(f"{url}words/").content.decode()
    assert AuditEvent.objects.filter(action="reveal", object_type="concerns.concern").count() == 1
    assert "交我办的" in text_of(client, "/m/concerns/")
    assert client.post(f"{url}close/", {"state": "done", "answer": ""}).status_code == 422
    assert not concerns()[0].is_closed
    assert client.post(f"{url}close/", {"state": "done", "answer": "换了水管"}).status_code == 302
    assert concerns()[0].answer == "换了水管"
    assert "换了水管" in text_of(head, "/m/concerns/")
    assert client.post(f"{url}close/", {"state": "done", "answer": "再来"}).status_code == 422


def test_the_words_of_others_stay_closed(home: Community, head: Client) -> None:
    fields = {
        "building": str(home.building.pk),
        "subject": "housing",
        "urgency": "normal",
        "words": "水管漏了",
    }
    send(head, made("concern", NOW, **fields))
    [concern] = concerns()
    other = signed_in_as(home, home.building, Post.CULTURE_WORKER)
    page = text_of(other, f"/m/concerns/{concern.pk}/")
    assert "水管漏了" not in page
    assert "看内容" not in page
    strange = signed_in_as(home, home.buildings[-1], Post.BUILDING_HEAD)
    assert strange.get(f"/m/concerns/{concern.pk}/").status_code == 404


def test_the_pages_of_the_phone_lead_there(home: Community, record: CareRecord, head: Client) -> None:
    assert f"/m/concerns/?resident={record.resident_id}" in text_of(head, f"/m/people/{record.resident_id}/")
    assert 'value="concern"' in text_of(head, "/m/incidents/")
    assert "还有 0 件没有办结" in text_of(head, "/m/mine/")
    assert f'name="resident" value="{record.resident_id}"' in text_of(
        head, f"/m/concerns/?resident={record.resident_id}"
    )
    assert 'name="resident"' not in text_of(head, "/m/concerns/?resident=x")
