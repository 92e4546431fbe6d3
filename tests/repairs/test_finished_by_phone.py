"""Work finished, written on a phone without signal: it counts for the moment at which it was written."""

from __future__ import annotations

import hashlib
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from cadres.choices import Post
from duties.choices import EventKind, Outcome
from duties.models import DutyEvent
from phone.choices import State
from phone.models import Submission
from repairs.choices import Matter, Stage, StepKind
from repairs.models import RepairOrder, RepairPicture, RepairStep
from tests.duties.steps import sweep_at
from tests.factories import Community, community, moment
from tests.pages import queries_of, signed_in
from tests.phone.entries import made, picture, send, upload
from tests.repairs.orders import fresh, outcomes, report, step
from tests.visits.people import account_of

pytestmark = pytest.mark.django_db

NOW = moment("2026-11-25T09:00")


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def home() -> Community:
    return community()


@pytest.fixture
def order(home: Community) -> RepairOrder:
    made_one = report(home, "2026-11-16T09:00")
    step(made_one, StepKind.ACCEPTED, "2026-11-16T15:00")
    return made_one


@pytest.fixture
def steward(home: Community) -> Client:
    return signed_in(account_of(home.holder(home.building, Post.PROPERTY_STEWARD), "steward"))


def finish(order: RepairOrder, at: str = "2026-11-22T16:00", **fields: str) -> dict[str, object]:
    return made("repair", moment(at), order=str(order.pk), step="finished", words="已换石材", **fields)


def test_it_works(order: RepairOrder, steward: Client) -> None:
    """Written on the 22nd, sent on the 25th: in time, and what was told meanwhile is stood down."""
    sweep_at("2026-11-24T00:01")
    assert outcomes(order)["mend"] == Outcome.OVERDUE
    entry = finish(order)
    assert send(steward, entry)[0] == 201
    done = RepairStep.objects.unscoped("a test").get(order=order, kind=StepKind.FINISHED)
    assert (done.at, done.recorded_at, done.words) == (moment("2026-11-22T16:00"), NOW, "已换石材")
    assert outcomes(order)["mend"] == Outcome.IN_TIME
    assert DutyEvent.objects.filter(kind=EventKind.STOOD_DOWN, duty__clock=order.clock_id).exists()
    assert send(steward, entry)[0] == 200
    assert RepairStep.objects.unscoped("a test").filter(kind=StepKind.FINISHED).count() == 1


def test_its_photo_is_kept_with_the_order(order: RepairOrder, steward: Client) -> None:
    entry = finish(order)
    send(steward, entry)
    data = picture()
    form = {"uid": str(uuid4()), "entry": entry["uid"], "sha256": hashlib.sha256(data).hexdigest()}
    for _ in range(2):  # sent twice it is kept once
        assert steward.post("/m/photo/", {**form, "file": upload(data)}).status_code == 201
    kept = RepairPicture.objects.unscoped("a test").get()
    assert (kept.order, kept.step and kept.step.kind) == (order, StepKind.FINISHED)


def test_a_second_finish_waits_for_the_office(order: RepairOrder, steward: Client) -> None:
    send(steward, finish(order))
    assert send(steward, finish(order))[0] == 422
    waiting = Submission.objects.get(state=State.QUARANTINED)
    assert "已报完工" in waiting.message
    assert fresh(order).stage == Stage.CHECKING


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"order": ""}, "没有写明是哪件维修"),
        ({"step": "passed"}, "开工还是完工"),
        ({"order": "0"}, "不在您负责的范围"),
    ],
)
def test_what_is_wrong_waits(order: RepairOrder, steward: Client, change: dict[str, str], words: str) -> None:
    entry = finish(order)
    entry["fields"] = {**entry["fields"], **change}  # type: ignore[dict-item]
    assert send(steward, entry)[0] == 422
    assert words in Submission.objects.get().message
    assert fresh(order).stage == Stage.MENDING


def test_another_buildings_steward(home: Community, order: RepairOrder) -> None:
    other = home.holder(home.buildings[-1], Post.PROPERTY_STEWARD)
    assert send(signed_in(account_of(other, "other")), finish(order))[0] == 422
    assert fresh(order).stage == Stage.MENDING


def test_today_lists_ones_own(home: Community, order: RepairOrder, steward: Client) -> None:
    page = steward.get("/m/").content.decode()
    assert "架空层" in page
    assert "data-queue" in page
    assert "台阶" not in page
    head = signed_in(account_of(home.holder(home.building, Post.BUILDING_HEAD), "head"))
    assert "架空层" not in head.get("/m/").content.decode()
    secretary = home.holder(home.quarters[0], Post.GENERAL_BRANCH_SECRETARY)
    above = signed_in(account_of(secretary, "secretary"))
    assert "架空层" not in above.get("/m/").content.decode()
    asked = report(home, "2026-11-24T09:00", spot="lift")
    assert f"/affairs/repairs/{asked.pk}/accepted/" in above.get("/m/").content.decode()
    step(asked, StepKind.ACCEPTED, "2026-11-24T10:00", matter=Matter.SMALL)
    assert f"/affairs/repairs/{asked.pk}/consent/" in above.get("/m/").content.decode()


def test_without_script_the_form_is_sent_plainly(order: RepairOrder, steward: Client) -> None:
    form = {"words": "已换石材", "next": "/m/", "photo": upload(picture())}
    answer = steward.post(f"/affairs/repairs/{order.pk}/finished/", form)
    assert answer["Location"] == "/m/"
    assert fresh(order).stage == Stage.CHECKING
    assert RepairPicture.objects.unscoped("a test").count() == 1


def test_more_of_them_cost_no_more_queries(home: Community, order: RepairOrder, steward: Client) -> None:
    steward.get("/m/")
    few = queries_of(steward, "/m/")
    for spot in ("lift", "roof"):
        more = report(home, "2026-11-24T09:00", spot=spot)
        step(more, StepKind.ACCEPTED, "2026-11-24T10:00")
    assert queries_of(steward, "/m/") == few
