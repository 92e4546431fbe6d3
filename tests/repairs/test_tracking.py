"""`/r/<code>/`: whoever has the code of an order sees that order, and nothing of another."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image

from baibuting.common.public import form_token
from cadres.choices import Post
from repairs.choices import Matter, Stage, StepKind
from repairs.models import RepairOrder, RepairRating, RepairStep
from repairs.services import picture_add, picture_release, repair_publish_words
from tests.factories import Community, community, moment
from tests.repairs.orders import fresh, report, step

pytestmark = pytest.mark.django_db


@pytest.fixture
def home() -> Community:
    return community()


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets what time it is."""

    def set_to(text: str) -> datetime:
        now = moment(text)
        monkeypatch.setattr(timezone, "now", lambda: now)
        return now

    set_to("2026-11-28T09:00")
    return set_to


def text(order: RepairOrder) -> str:
    answer = Client().get(f"/r/{order.code}/")
    assert answer.status_code == 200
    assert not answer.cookies
    return answer.content.decode()


def say(order: RepairOrder, **form: Any) -> Any:
    now = timezone.now() - timedelta(seconds=10)
    token = form_token(purpose="repair", payload=order.code, now=now)
    return Client(enforce_csrf_checks=True).post(f"/r/{order.code}/", {"token": token, **form})


def finished(home: Community) -> RepairOrder:
    order = report(home)
    step(order, StepKind.ACCEPTED, "2026-11-23T15:00")
    step(order, StepKind.FINISHED, "2026-11-27T16:00")
    return fresh(order)


def test_it_works(home: Community, at: Any) -> None:
    order = report(home, reporter_phone="13971234567", reporter_name="李四")
    step(order, StepKind.ACCEPTED, "2026-11-23T15:00", matter=Matter.SMALL, words="请李四到场")
    repair_publish_words(order=order, words="周五开议事会", now=moment("2026-11-24T09:00"))
    page = text(order)
    assert "居民商议" in page
    assert "12月3日前" in page
    assert "周五开议事会" in page
    assert Post.GENERAL_BRANCH_SECRETARY.label in page
    for hidden in (
        "李四",
        "13971234567",
        "台阶",
        home.holder(home.quarters[0], Post.GENERAL_BRANCH_SECRETARY).name,
    ):
        assert hidden not in page


def test_nothing_of_another(home: Community, at: Any) -> None:
    order, other = report(home), report(home, spot="lift")
    page = text(order)
    assert other.code not in page
    assert "电梯" not in page
    kept = BytesIO()
    Image.new("RGB", (8, 8)).save(kept, "PNG")
    now = moment("2026-11-24T09:00")
    own = picture_add(order=order, data=kept.getvalue(), now=now)
    foreign = picture_add(order=other, data=kept.getvalue(), now=now)
    assert Client().get(f"/r/{order.code}/pictures/{own.uid}/").status_code == 404
    for picture in (own, foreign):
        picture_release(picture=picture, is_released=True, now=now)
    assert Client().get(f"/r/{order.code}/pictures/{own.uid}/")["Content-Type"] == "image/jpeg"
    assert Client().get(f"/r/{order.code}/pictures/{foreign.uid}/").status_code == 404
    assert str(own.uid) in text(order)
    assert str(foreign.uid) not in text(order)


def test_not_mended(home: Community, at: Any) -> None:
    order = finished(home)
    assert "没有修好" in text(order)
    answer = say(order, act="not_mended", words="第三级仍松动")
    assert (answer.status_code, bool(answer.cookies)) == (302, False)
    assert fresh(order).stage == Stage.MENDING
    refused = RepairStep.objects.unscoped("a test").get(order=order, kind=StepKind.REFUSED)
    assert (refused.actor, refused.words, refused.by_user) == ("reporter", "第三级仍松动", None)
    assert say(order, act="not_mended").status_code == 400
    assert fresh(order).stage == Stage.MENDING


def test_rated_once(home: Community, at: Any) -> None:
    order = finished(home)
    assert say(order, act="rate").status_code == 400
    assert say(order, act="rate", stars="9").status_code == 400
    assert not RepairRating.objects.unscoped("a test").exists()
    assert say(order, act="rate", stars="5", words="很快").status_code == 302
    assert say(order, act="rate", stars="1").status_code == 400
    rating = RepairRating.objects.unscoped("a test").get()
    assert (rating.solved, rating.stars, rating.words) == (True, 5, "很快")
    assert fresh(order).stage == Stage.CHECKING
    assert "您已评价" in text(order)


def test_broken_again(home: Community, at: Any) -> None:
    order = finished(home)
    step(order, StepKind.PASSED, "2026-11-28T08:00")
    answer = say(order, act="again", words="又裂了")
    follower = RepairOrder.objects.unscoped("a test").get(follows=order)
    assert answer["Location"] == f"/r/{follower.code}/?new=1"
    assert (follower.summary, follower.spot) == ("又裂了", order.spot)
    assert fresh(order).stage == Stage.PASSED
    at("2026-12-29T09:00")
    assert "再报一次" not in text(order)
    assert say(order, act="again", words="又裂了").status_code == 400
    assert RepairOrder.objects.unscoped("a test").count() == 2


def test_withdrawn(home: Community, at: Any) -> None:
    order = report(home)
    assert say(order, act="withdraw").status_code == 302
    assert fresh(order).stage == Stage.WITHDRAWN
    assert say(order, act="withdraw").status_code == 400


def test_nobody_passes_it_by_code(home: Community, at: Any) -> None:
    order = finished(home)
    for asked in ("passed", "accepted", "", "nonsense"):
        assert say(order, act=asked).status_code == 400
    assert fresh(order).stage == Stage.CHECKING


def test_a_token_of_another_order(home: Community, at: Any) -> None:
    order, other = finished(home), report(home)
    now = timezone.now() - timedelta(seconds=10)
    stolen = form_token(purpose="repair", payload=other.code, now=now)
    answer = Client().post(f"/r/{order.code}/", {"token": stolen, "act": "not_mended"})
    assert answer.status_code == 400
    assert fresh(order).stage == Stage.CHECKING
