"""The pages at a desk: who sees which order, who may do what, who reads the reporter's number."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from accounts.models import User
from audit.models import AuditEvent
from cadres.choices import Post
from repairs.choices import Channel, Matter, Stage, StepKind, Urgency
from repairs.models import Consent, RepairOrder, RepairPicture, RepairRule, RepairStep
from tests.factories import Community, clerk, community, moment
from tests.pages import queries_of, signed_in
from tests.repairs.orders import fresh, report, step
from tests.visits.people import account_of

pytestmark = pytest.mark.django_db

NOW = moment("2026-11-24T09:00")
PHONE = "13971234567"


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def home() -> Community:
    return community()


@pytest.fixture
def order(home: Community) -> RepairOrder:
    return report(home, reporter_phone=PHONE, reporter_name="李四")


def account(home: Community, place: Any, post: str) -> User:
    return account_of(home.holder(place, post), f"{post}-{place.pk}")


@pytest.fixture
def office(home: Community) -> Client:
    return signed_in(clerk(home.place))


@pytest.fixture
def secretary(home: Community) -> Client:
    return signed_in(account(home, home.quarters[0], Post.GENERAL_BRANCH_SECRETARY))


@pytest.fixture
def steward(home: Community) -> Client:
    return signed_in(account(home, home.building, Post.PROPERTY_STEWARD))


@pytest.fixture
def head(home: Community) -> Client:
    return signed_in(account(home, home.building, Post.BUILDING_HEAD))


@pytest.fixture
def stranger(home: Community) -> Client:
    return signed_in(account(home, home.buildings[-1], Post.PROPERTY_STEWARD))


def text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def url(order: RepairOrder, rest: str = "") -> str:
    return f"/affairs/repairs/{order.pk}/{rest}"


def photo() -> SimpleUploadedFile:
    kept = BytesIO()
    Image.new("RGB", (9, 9)).save(kept, "JPEG")
    return SimpleUploadedFile("1.jpg", kept.getvalue(), content_type="image/jpeg")


def test_it_works(home: Community, order: RepairOrder, office: Client) -> None:
    page = text(office, "/affairs/repairs/")
    assert order.building.full_name in page
    assert "待受理" in page
    assert "响应率" in page
    assert "受理" in text(office, url(order))
    answer = office.post(url(order, "accepted/"), {"matter": "", "words": "今天派人"})
    assert answer["Location"] == url(order)
    assert fresh(order).stage == Stage.MENDING
    assert "维修中" in text(office, "/affairs/repairs/?stage=mending")
    assert order.building.full_name not in text(office, "/affairs/repairs/?stage=checking")
    assert order.building.full_name not in text(office, "/affairs/repairs/?stage=closed")
    assert order.building.full_name in text(office, "/affairs/repairs/")
    for nonsense in ("?stage=nonsense", "?spot=nonsense", "?overdue=1", "?follows=1"):
        assert order.building.full_name not in text(office, f"/affairs/repairs/{nonsense}")


def test_lists_stay_in_the_area(home: Community, order: RepairOrder, stranger: Client, head: Client) -> None:
    assert order.building.full_name not in text(stranger, "/affairs/repairs/")
    assert order.building.full_name in text(head, "/affairs/repairs/")
    for path in ("", "accepted/", "look/", "call/", "slip/"):
        assert stranger.post(url(order, path)).status_code in (404, 405)
    assert fresh(order).stage == Stage.REPORTED


def test_the_head_looks_on(order: RepairOrder, head: Client) -> None:
    page = text(head, url(order))
    assert "我能做的" not in page
    assert "台阶" not in page
    for path in ("accepted/", "look/", "call/", "slip/", "pictures/"):
        assert head.post(url(order, path)).status_code == 404
    assert not AuditEvent.objects.filter(object_type="repairs.repairorder").exists()


def test_what_was_written_is_read_on_the_record(order: RepairOrder, steward: Client) -> None:
    assert "台阶" not in text(steward, url(order))
    assert "台阶" in steward.post(url(order, "look/")).content.decode()
    event = AuditEvent.objects.get(object_type="repairs.repairorder", action="reveal")
    assert (event.object_id, event.fields) == (str(order.pk), ["summary"])


def test_the_steward_reads_no_number_without_the_tick(
    home: Community, order: RepairOrder, steward: Client, secretary: Client, office: Client
) -> None:
    for client in (steward, secretary, office):
        assert PHONE not in text(client, url(order))
    assert steward.post(url(order, "call/"), {"reason": "约时间上门"}).status_code == 404
    assert not AuditEvent.objects.filter(object_type="repairs.repairorder").exists()
    for client in (secretary, office):
        assert PHONE not in client.post(url(order, "call/"), {"reason": "约"}, follow=True).content.decode()
        assert PHONE in client.post(url(order, "call/"), {"reason": "约时间上门"}).content.decode()
    assert AuditEvent.objects.filter(object_type="repairs.repairorder", action="reveal").count() == 2
    ticked = report(home, reporter_phone=PHONE, shares_phone_with_property=True)
    assert PHONE in steward.post(url(ticked, "call/"), {"reason": "约时间上门"}).content.decode()


def test_steps_are_each_ones_own(order: RepairOrder, steward: Client, secretary: Client) -> None:
    assert "由受理人、其上级或社区办登记" in steward.post(url(order, "accepted/")).content.decode()
    assert fresh(order).stage == Stage.REPORTED
    assert secretary.post(url(order, "accepted/")).status_code == 302
    assert "开工和完工由物业房管员" in secretary.post(url(order, "finished/")).content.decode()
    assert steward.post(url(order, "finished/"), {"cost_yuan": "120", "photo": photo()}).status_code == 302
    assert "由受理人" in steward.post(url(order, "passed/")).content.decode()
    assert fresh(order).stage == Stage.CHECKING
    assert secretary.post(url(order, "passed/")).status_code == 302
    assert fresh(order).stage == Stage.PASSED
    assert RepairPicture.objects.unscoped("a test").filter(order=order).count() == 1


def test_refused_what_was_typed_stays(order: RepairOrder, office: Client) -> None:
    page = office.post(
        url(order, "declined/"), {"at": "2026-11-25T09:00", "words": "属供电公司"}
    ).content.decode()
    assert "不能晚于现在" in page
    assert "属供电公司" in page
    assert fresh(order).stage == Stage.REPORTED
    assert office.get(url(order, "nonsense/")).status_code == 404
    assert "还没有报完工" in text(office, url(order, "passed/"))


def test_consent_is_counted(order: RepairOrder, office: Client) -> None:
    step(order, StepKind.ACCEPTED, "2026-11-23T15:00", matter=Matter.USE_FUND)
    typed = {
        "method": "owners_vote",
        "asked_on": "2026-11-23",
        "counted_on": "2026-11-24",
        "total_people": "99",
        "took_part_people": "66",
        "agreed_people": "34",
    }
    page = office.post(url(order, "consent/"), typed).content.decode()
    assert "总面积" in page
    assert not Consent.objects.unscoped("a test").exists()
    areas = {"total_area": "9900", "took_part_area": "6600", "agreed_area": "3300"}
    office.post(url(order, "consent/"), {**typed, **areas})
    assert fresh(order).stage == Stage.AGREEING
    assert "未达比例" in text(office, url(order))
    office.post(url(order, "consent/"), {**typed, **areas, "agreed_area": "3300.01"})
    assert fresh(order).stage == Stage.AGREED
    assert "✓ 达到比例" in text(office, url(order))


def test_merged_and_explained(home: Community, order: RepairOrder, office: Client) -> None:
    other = report(home, "2026-11-23T10:00")
    assert office.post(url(other, "merge/"), {"into": order.pk}).status_code == 302
    assert fresh(other).merged_into == order
    assert "长数字" in office.post(url(order, "public_words/"), {"words": "找 13812345678"}).content.decode()
    office.post(url(order, "public_words/"), {"words": "已订石材"})
    assert fresh(order).public_words == "已订石材"


def test_a_step_is_voided(order: RepairOrder, office: Client, secretary: Client) -> None:
    taken = step(order, StepKind.ACCEPTED, "2026-11-23T15:00")
    address = f"/affairs/repairs/steps/{taken.pk}/void/"
    assert secretary.post(address, {"reason": "点错"}).status_code == 404
    assert "请写明作废的原因" in office.post(address, {"reason": ""}).content.decode()
    assert office.post(address, {"reason": "点错了楼栋"}).status_code == 302
    assert fresh(order).stage == Stage.REPORTED
    assert RepairStep.objects.unscoped("a test").get(pk=taken.pk).void_reason == "点错了楼栋"


def test_the_office_writes_down_a_call(home: Community, office: Client, secretary: Client) -> None:
    typed = {
        "building": home.building.pk,
        "spot": "lift",
        "summary": "电梯异响",
        "urgency": Urgency.URGENT,
        "channel": Channel.PHONE,
        "reported_at": "2026-11-24T08:00",
        "reporter_phone": "139 7123 4567",
    }
    assert secretary.post("/affairs/repairs/new/", typed).status_code == 403
    assert "如：一楼" in office.post("/affairs/repairs/new/", {**typed, "summary": ""}).content.decode()
    assert not RepairOrder.objects.unscoped("a test").exists()
    office.post("/affairs/repairs/new/", typed)
    made = RepairOrder.objects.unscoped("a test").get()
    assert (made.reported_at, made.recorded_at) == (moment("2026-11-24T08:00"), NOW)
    assert (made.reporter_phone, made.channel) == (PHONE, Channel.PHONE)


def test_the_slip_is_printed_on_the_record(order: RepairOrder, office: Client) -> None:
    step(order, StepKind.ACCEPTED, "2026-11-23T15:00")
    page = office.post(url(order, "slip/")).content.decode()
    assert order.number in page
    assert "台阶" in page
    assert AuditEvent.objects.filter(object_id=str(order.pk), action="reveal").count() == 1


def test_pictures_are_the_offices_to_release(
    order: RepairOrder, office: Client, steward: Client, head: Client
) -> None:
    assert "请先选择一张照片" in office.post(url(order, "pictures/"), follow=True).content.decode()
    steward.post(url(order, "pictures/"), {"photo": photo()})
    picture = RepairPicture.objects.unscoped("a test").get()
    address = f"/affairs/repairs/pictures/{picture.uid}/"
    assert head.get(address).status_code == 404
    assert steward.get(address)["Content-Type"] == "image/jpeg"
    assert steward.post(f"{address}release/", {"act": "show"}).status_code == 404
    office.post(f"{address}release/", {"act": "show"})
    picture.refresh_from_db()
    assert picture.is_released
    office.post(f"{address}release/", {"act": "hide"})
    picture.refresh_from_db()
    assert not picture.is_released


def test_the_rule_is_the_offices(home: Community, office: Client, secretary: Client) -> None:
    assert secretary.get("/affairs/repairs/rules/").status_code == 403
    page = office.get("/affairs/repairs/rules/?urgency=urgent")
    assert "建议值" in page.content.decode()
    form = page.context["form"]
    typed = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    typed |= {"effective_on": "2026-11-24", "triage_hours": "4"}
    refused = office.post("/affairs/repairs/rules/?urgency=urgent", {**typed, "effective_on": "2026-11-01"})
    assert "不能早于今天" in refused.content.decode()
    assert RepairRule.objects.count() == 2
    assert office.post("/affairs/repairs/rules/?urgency=urgent", typed).status_code == 302
    rule = RepairRule.objects.get(version=2)
    assert (rule.urgency, rule.triage_hours, rule.is_proposal) == (Urgency.URGENT, 4, False)
    assert rule.steps == ((0, -1), (1, 0), (2, 1), (3, 3), (4, 7))


def test_more_orders_cost_no_more_queries(home: Community, order: RepairOrder, office: Client) -> None:
    text(office, "/affairs/repairs/")
    few = queries_of(office, "/affairs/repairs/")
    for spot in ("lift", "roof", "wall"):
        report(home, spot=spot, building=home.buildings[2])
    assert queries_of(office, "/affairs/repairs/") == few


def test_the_place_shows_what_is_mended(home: Community, order: RepairOrder, office: Client) -> None:
    for place in (home.building, home.quarters[0]):
        assert url(order) in text(office, f"/places/{place.pk}/")
    assert url(order) not in text(office, f"/places/{home.buildings[-1].pk}/")


def test_a_duty_leads_to_the_order(order: RepairOrder, office: Client) -> None:
    page = text(office, f"/duties/{order.clock.duties.get(kind='repair_triage').pk}/")
    assert url(order) in page
    assert "建议值" in page
    assert "报修受理" in page
