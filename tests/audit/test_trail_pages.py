"""Who looked at this person, and the trail handed to inspectors."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from accounts.admin import audit as audit_admin
from accounts.choices import Role
from accounts.models import User
from audit.choices import Action
from audit.models import AuditEvent
from audit.services import audit_event_record
from buildings.models import PlaceGrant
from residents.models import Resident
from tests.factories import Community, care_record, clerk, community, moment, resident, user
from tests.pages import object_url, signed_in

pytestmark = pytest.mark.django_db
EXPORT = "/admin/audit/auditevent/export/"


@pytest.fixture
def ours() -> Community:
    return community(staffed=False)


@pytest.fixture
def lee(ours: Community) -> User:
    return clerk(ours.place)


@pytest.fixture
def shen(ours: Community) -> User:
    account = user("shen", role=Role.AUDITOR, name="沈审计")
    PlaceGrant.objects.create(user=account, place=ours.place)
    return account


@pytest.fixture
def person(ours: Community) -> Resident:
    return resident(ours.building, now=timezone.now(), name="李秀兰", phone="13912345678")


def test_it_works(ours: Community, lee: User, shen: User, person: Resident) -> None:
    client = signed_in(lee)
    assert "谁看过此人" in client.get(object_url(person)).content.decode()
    client.post(object_url(person, "reveal"), {"reason": "核对低保申请"})
    record = care_record(
        ours.building, now=moment("2026-03-01T09:00"), started_on=moment("2026-03-01T09:00").date(), resident=person
    )  # fmt: skip
    audit_event_record(
        now=timezone.now(), user=lee, action=Action.REVEAL, object_type="residents.carerecord",
        object_id=str(record.pk), community_id=ours.place.pk, fields=["notes"], reason="核对记录备注",
    )  # fmt: skip
    stranger = resident(ours.building, now=timezone.now(), phone="13900000009")
    client.post(object_url(stranger, "reveal"), {"reason": "看的是别人"})
    page = client.get(object_url(person, "seen-by")).content.decode()
    assert all(
        word in page for word in ("社区办李敏", "核对低保申请", "联系电话", "核对记录备注", "必访对象")
    )
    assert "看的是别人" not in page
    assert "13912345678" not in page

    event = AuditEvent.objects.filter(object_type="residents.resident", object_id=str(person.pk)).first()
    page = signed_in(shen).get(object_url(event, "same")).content.decode()
    assert "核对低保申请" in page
    assert "看的是别人" not in page
    assert "李秀兰" not in page


def test_nobody_has_looked_yet(lee: User, person: Resident) -> None:
    assert "还没有记录" in signed_in(lee).get(object_url(person, "seen-by")).content.decode()


def test_who_may_not_ask(ours: Community, lee: User, shen: User, person: Resident) -> None:
    other = signed_in(clerk(ours.quarters[1], "other"))
    assert other.get(object_url(person, "seen-by")).status_code == 404
    assert signed_in(shen).get(object_url(person, "seen-by")).status_code in (403, 404)
    event = audit_event_record(
        now=timezone.now(), user=lee, action=Action.REVEAL, object_type="residents.resident", object_id="1"
    )
    for client in (other, signed_in(user("chen", role=Role.SYSTEM_ADMIN))):
        assert client.get(object_url(event, "same")).status_code in (403, 404)
        assert client.get(EXPORT).status_code == 403
        assert client.post(EXPORT, {"reason": "想看一看"}).status_code == 403
    assert AuditEvent.objects.count() == 1


def test_the_trail_goes_to_inspectors(lee: User, shen: User, person: Resident) -> None:
    signed_in(lee).post(object_url(person, "reveal"), {"reason": "=核对低保申请"})
    client = signed_in(shen)
    assert 'href="/admin/audit/auditevent/export/"' in client.get("/admin/audit/auditevent/").content.decode()
    assert "1 条" in client.get(EXPORT).content.decode()
    assert client.post(EXPORT, {"reason": ""}).status_code == 400
    assert AuditEvent.objects.count() == 1
    answer = client.post(EXPORT, {"reason": "区网信办年度检查"})
    assert "no-store" in answer["Cache-Control"]
    sheet = load_workbook(BytesIO(answer.content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[1] == audit_admin.COLUMNS
    assert rows[2][2:7] == ("社区办李敏", "clerk", "社区工作者", "查看完整信息", "居民")
    assert rows[2][8:] == ("联系电话", 1, "=核对低保申请")
    assert sheet.cell(3, 11).data_type == "s"
    event = AuditEvent.objects.latest("id")
    assert (event.action, event.user, event.row_count, event.reason) == (
        Action.EXPORT,
        shen,
        1,
        "区网信办年度检查",
    )


def test_what_is_filtered_is_exported(lee: User, shen: User, person: Resident) -> None:
    signed_in(lee).post(object_url(person, "reveal"), {"reason": "核对低保申请"})
    client = signed_in(shen)
    page = client.get("/admin/audit/auditevent/?action__exact=export").content.decode()
    assert "export/?action__exact=export" in page
    answer = client.post(f"{EXPORT}?action__exact=export", {"reason": "区网信办年度检查"})
    assert load_workbook(BytesIO(answer.content)).active.max_row == 2
    assert AuditEvent.objects.latest("id").row_count == 0


def test_too_many_at_once_are_refused(shen: User, lee: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_admin, "MOST_ROWS", 1)
    for _ in range(2):
        audit_event_record(now=timezone.now(), user=lee, action=Action.CHANGE, object_type="buildings.place")
    answer = signed_in(shen).post(EXPORT, {"reason": "区网信办年度检查"})
    assert answer.status_code == 400
    assert "请先用筛选缩小范围" in answer.content.decode()
    assert AuditEvent.objects.count() == 2


def test_second_steps_and_unknown_kinds_are_told_in_words(shen: User, lee: User) -> None:
    def told(**row: Any) -> tuple[str, str]:
        event = audit_event_record(now=timezone.now(), user=lee, **row)
        return audit_admin.type_label(event), audit_admin.field_labels(event)

    assert told(action=Action.SECOND_STEP, object_type="accounts.user", fields=["reset"]) == ("账号", "解除")
    assert told(action=Action.CHANGE, object_type="accounts.rotation", fields=["key 2"]) == (
        "accounts.rotation",
        "key 2",
    )


@pytest.mark.parametrize(
    ("about", "fields", "words"),
    [
        ("duties.golive", ["on", "spread_days"], "启用日期、分摊天数"),  # without a list of its own
        ("cadres.appointment", ["covers"], "代管"),
        ("buildings.place", ["building_head-name", "building_head-phone"], "楼栋长姓名、楼栋长电话"),
        ("residents.resident", ["entrance", "visited_on", "merge"], "单元、走访日期、合并"),
    ],
)
def test_what_was_touched_is_named_in_chinese(about: str, fields: list[str], words: str) -> None:
    assert audit_admin.field_labels(AuditEvent(object_type=about, fields=fields)) == words
