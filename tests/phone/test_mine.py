"""我的: signing in for long, leave with a stand-in, handing over, larger type, what was sent, signing out."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client

from audit.models import AuditEvent
from cadres.choices import Post
from cadres.models import Appointment, Cover
from cadres.services import cover_start
from duties.models import Duty
from tests.duties.steps import sweep_at
from tests.factories import Community, care_record, clerk, moment
from tests.pages import signed_in
from tests.phone.entries import send, visit_of
from tests.visits.people import NOW, START, account_of, signed_in_as, text_of

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
BEFORE = moment("2026-03-01T09:00")
PASSWORD = "long enough 1"


@pytest.fixture
def held(home: Community) -> Appointment:
    return home.holders[home.building.pk, Post.BUILDING_HEAD]


@pytest.fixture
def head(home: Community, held: Appointment) -> Client:
    return signed_in(account_of(held.cadre, "head"))


def sign_in(username: str = "head", password: str = PASSWORD, **more: str) -> tuple[Client, int, str]:
    client = Client()
    response = client.post("/m/sign-in/", {"username": username, "password": password, **more})
    return client, response.status_code, response.get("Location", "") or response.content.decode()


def test_it_works(home: Community, held: Appointment, head: Client) -> None:
    neighbour = home.holders[home.buildings[1].pk, Post.BUILDING_HEAD]
    page = f"/m/mine/leave/{held.pk}/"
    assert neighbour.cadre.name in text_of(head, page)
    sent = {
        "stand_in": neighbour.pk,
        "from_on": TODAY,
        "until_on": TODAY + timedelta(days=3),
        "reason": "探亲",
    }
    assert head.post(page, sent)["Location"] == "/m/mine/"
    cover = Cover.objects.get()
    assert (cover.appointment, cover.stand_in, cover.until_on) == (held, neighbour.cadre, date(2026, 3, 14))
    assert AuditEvent.objects.filter(fields=["covers"]).count() == 1
    assert "销假" in text_of(head, "/m/mine/")
    head.post(f"/m/mine/back/{cover.pk}/")
    cover.refresh_from_db()
    assert cover.until_on == TODAY, "begun today it ends today"


def test_back_early(held: Appointment, home: Community, head: Client) -> None:
    stand_in = home.holder(home.buildings[1], Post.BUILDING_HEAD)
    running = cover_start(
        appointment=held,
        stand_in=stand_in,
        from_on=TODAY - timedelta(days=5),
        until_on=TODAY + timedelta(days=5),
    )
    ahead = cover_start(
        appointment=held,
        stand_in=stand_in,
        from_on=TODAY + timedelta(days=9),
        until_on=TODAY + timedelta(days=9),
    )
    head.post(f"/m/mine/back/{running.pk}/")
    running.refresh_from_db()
    assert running.until_on == TODAY - timedelta(days=1)
    head.post(f"/m/mine/back/{ahead.pk}/")
    assert list(Cover.objects.all()) == [running]


def test_handing_over_what_is_open(home: Community, held: Appointment, head: Client) -> None:
    care_record(home.building, now=BEFORE, started_on=START)
    sweep_at(NOW)
    page = f"/m/mine/hand-over/{held.pk}/"
    assert "共 1 件" in text_of(head, page)
    successor = home.holders[home.buildings[1].pk, Post.BUILDING_HEAD]
    sent = {"to": successor.pk, "on": TODAY + timedelta(days=1), "sure": "on"}
    assert head.post(page, sent)["Location"] == "/m/mine/"
    held.refresh_from_db()
    assert held.ended_on == TODAY
    assert (
        Appointment.objects.get(place=home.building, post=Post.BUILDING_HEAD, ended_on=None).cadre
        == successor.cadre
    )
    assert Duty.objects.get().accountable_post == Post.BUILDING_HEAD, "the duty stays with the post"


def test_larger_type(head: Client) -> None:
    assert 'class="dusk large"' not in text_of(head, "/m/")
    head.post("/m/mine/large/")
    assert 'class="dusk large"' in text_of(head, "/m/")
    head.post("/m/mine/large/")
    assert 'class="dusk large"' not in text_of(head, "/m/")


def test_what_was_sent(home: Community, head: Client) -> None:
    record = care_record(home.building, now=BEFORE, started_on=START)
    send(head, visit_of(record.resident))
    send(head, visit_of(record.resident, method="telepathy"))
    text = text_of(head, "/m/mine/")
    assert "✓ 已录入" in text
    assert "要由社区办核对：请选择怎么走访的。" in text


def test_a_trusted_phone_stays_signed_in(head: Client) -> None:
    client, status, where = sign_in(trusted="on", next="/m/building/")
    assert (status, where) == (302, "/m/building/")
    assert client.session.get_expiry_age() == 180 * 24 * 3600
    borrowed, _, where = sign_in()
    assert (borrowed.session.get_expiry_age(), where) == (2 * 3600, "/m/")


def test_signing_out_asks_first(head: Client) -> None:
    assert "data-sign-out-unsent" in text_of(head, "/m/sign-out/")
    assert head.get("/m/").status_code == 200, "looking is not leaving"
    assert head.post("/m/sign-out/")["Location"] == "/m/sign-in/"
    assert head.get("/m/").status_code == 302


def test_help_needs_nobody(home: Community) -> None:
    assert "记一次走访，点三下" in text_of(Client(), "/m/help/")


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_signing_in_is_for_those_who_hold_a_post(home: Community, head: Client) -> None:
    clerk(home.place)
    client, status, text = sign_in("clerk")
    assert (status, "没有担任职务" in text) == (200, True)
    assert client.get("/m/").status_code == 302
    _, status, text = sign_in("clerk", "wrong")
    assert "没有担任职务" not in text, "only who knows the password is told"
    assert "账号或密码不对" in text


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/m/", "//evil.example/m/", "/admin/", "/m//evil.example"]
)
def test_after_signing_in_one_stays_here(head: Client, elsewhere: str) -> None:
    _, status, where = sign_in(next=elsewhere)
    assert status == 302
    assert where.startswith("/m/")


def test_leave_only_of_ones_own(home: Community, held: Appointment) -> None:
    stranger = signed_in_as(home, home.building, Post.HEALTH_WORKER)
    cover = cover_start(
        appointment=held,
        stand_in=home.holder(home.building, Post.CULTURE_WORKER),
        from_on=TODAY,
        until_on=TODAY,
    )
    for page in (f"leave/{held.pk}", f"hand-over/{held.pk}"):
        assert stranger.get(f"/m/mine/{page}/").status_code == 404
        assert stranger.post(f"/m/mine/{page}/", {"to": held.pk, "sure": "on"}).status_code == 404
    assert stranger.post(f"/m/mine/back/{cover.pk}/").status_code == 404
    assert Cover.objects.get() == cover
    assert Appointment.objects.filter(ended_on__isnull=False).count() == 0


def test_only_those_close_by_can_stand_in_or_follow(home: Community, held: Appointment, head: Client) -> None:
    far = home.holders[home.buildings[4].pk, Post.BUILDING_HEAD]
    sent = {"stand_in": far.pk, "from_on": TODAY, "until_on": TODAY}
    assert head.post(f"/m/mine/leave/{held.pk}/", sent).status_code == 422
    sent = {"to": far.pk, "on": TODAY + timedelta(days=1), "sure": "on"}
    assert head.post(f"/m/mine/hand-over/{held.pk}/", sent).status_code == 422
    assert not Cover.objects.exists()
    assert Appointment.objects.filter(ended_on__isnull=False).count() == 0


def test_mistakes_are_said(home: Community, held: Appointment, head: Client) -> None:
    neighbour = home.holders[home.buildings[1].pk, Post.BUILDING_HEAD]
    page = f"/m/mine/leave/{held.pk}/"
    wrong = {"stand_in": neighbour.pk, "from_on": TODAY, "until_on": TODAY - timedelta(days=1)}
    assert "结束日期不能早于开始日期" in head.post(page, wrong).content.decode()
    page = f"/m/mine/hand-over/{held.pk}/"
    early = {"to": neighbour.pk, "on": TODAY, "sure": "on"}
    assert "请选明天或以后的日期" in head.post(page, early).content.decode()
    unsure = {"to": neighbour.pk, "on": TODAY + timedelta(days=1)}
    assert "请先和接任人说好" in head.post(page, unsure).content.decode()
    assert not Cover.objects.exists()
    assert Appointment.objects.filter(ended_on__isnull=False).count() == 0
