"""The keys of another installation are refused before they write anything (F21)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.core.checks import Tags, run_checks
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from accounts.choices import KeyKind
from accounts.key_checks import key_problems, keys_record, keys_retire
from accounts.models import KeyCheckValue
from baibuting.common.crypto import key_check_value
from residents.models import Resident
from tests.factories import Community, community, resident

pytestmark = pytest.mark.django_db
OURS, OTHER, NEXT = b"0123456789abcdef0123456789abcdef", b"a key of another installation...", b"next" * 8
LOOKUP, OTHER_LOOKUP = b"fedcba9876543210fedcba9876543210", b"a look-up key of another one...."


@pytest.fixture(autouse=True)
def nothing_recorded() -> None:
    """A database from before there were such values; the tests' own has been migrated with theirs."""
    KeyCheckValue.objects.all().delete()


@pytest.fixture
def home() -> Community:
    return community(staffed=False)


def recorded() -> list[tuple[str, int, bool]]:
    rows = KeyCheckValue.objects.order_by("kind", "number")
    return [(row.kind, row.number, row.retired_at is None) for row in rows]


def refusal(now: datetime) -> str:
    """What recording says; nothing is recorded."""
    before = recorded()
    with pytest.raises(ValidationError) as refused:
        keys_record(now=now)
    assert recorded() == before
    return " ".join(refused.value.messages)


def test_it_works(now: datetime, settings: Any) -> None:
    """Known after the first start; then another key of the same number is named, by every way one may ask."""
    keys_record(now=now)
    keys_record(now=now)
    assert recorded() == [("field", 1, True), ("lookup", 1, True)]
    assert [str(row) for row in KeyCheckValue.objects.order_by("kind")] == ["field 1", "lookup 1"]
    assert key_problems() == []
    settings.FIELD_KEYS = {1: OTHER}
    assert [text[:22] for text in key_problems()] == ["FIELD_KEYS 里的 1 号密钥不是写"]
    errors = run_checks(tags=[Tags.database], databases=["default"])
    assert [(error.id, error.msg) for error in errors] == [("accounts.E001", key_problems()[0])]
    assert run_checks(tags=[Tags.database]) == []  # without a database nothing is asked of one
    with pytest.raises(
        CommandError, match=r"FIELD_KEYS 里的 1 号密钥不是写这个数据库的那一把.*请换回原来的密钥"
    ):
        call_command("migrate", verbosity=0)
    with pytest.raises(CommandError, match="请换回原来的密钥"):
        call_command("rotate_keys", "--pause", "0")
    assert recorded() == [("field", 1, True), ("lookup", 1, True)]


def test_migrate_records_them(settings: Any) -> None:
    call_command("migrate", "accounts", verbosity=0)
    assert recorded() == []  # of one app alone, the others' columns may not be there yet
    call_command("migrate", verbosity=0)
    assert recorded() == [("field", 1, True), ("lookup", 1, True)]


def test_a_wrong_look_up_key_is_named(now: datetime, settings: Any) -> None:
    keys_record(now=now)
    settings.LOOKUP_KEYS = {1: OTHER_LOOKUP}
    assert [text[:23] for text in key_problems()] == ["LOOKUP_KEYS 里的 1 号密钥不是写"]


def test_an_older_database_with_data_takes_the_right_keys(home: Community, now: datetime) -> None:
    resident(home.building, now=now, id_number="429999199001011234", phone="13912345678")
    keys_record(now=now)
    assert recorded() == [("field", 1, True), ("lookup", 1, True)]


def test_an_older_database_with_data_refuses_others(home: Community, now: datetime, settings: Any) -> None:
    resident(home.building, now=now, id_number="429999199001011234")
    settings.FIELD_KEYS = {1: OTHER}
    assert refusal(now).startswith(
        "FIELD_KEYS 里的 1 号密钥打不开库里用 1 号写的数据，已停止。请换回原来的密钥"
    )
    settings.FIELD_KEYS, settings.LOOKUP_KEYS = {1: OURS}, {1: OTHER_LOOKUP}
    assert refusal(now).startswith("LOOKUP_KEY 不是写这个数据库的那一把")


def test_one_value_that_was_altered_does_not_stop_an_upgrade(home: Community, now: datetime) -> None:
    for number in ("429999199001011234", "429999199001011242"):
        resident(home.building, now=now, id_number=number)
    broken = Resident.objects.order_by("pk")[:1].get()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE residents_resident SET id_number = set_byte(id_number, 20, 255 - get_byte(id_number, 20))"
            " WHERE id = %s", [broken.pk],
        )  # fmt: skip
    keys_record(now=now)
    assert len(recorded()) == 2


def test_a_key_that_writes_nothing_yet_may_still_be_put_right(now: datetime, settings: Any) -> None:
    """While keys are changed, the next one is made known to all processes first; a slip there harms nothing."""
    settings.FIELD_KEYS = {1: OURS, 2: OTHER}
    keys_record(now=now)
    assert ("field", 2, True) not in recorded()
    settings.FIELD_KEYS = {1: OURS, 2: NEXT}
    assert key_problems() == []


def test_a_changed_key_is_recorded_and_the_old_one_may_go(
    home: Community, now: datetime, settings: Any
) -> None:
    keys_record(now=now)
    resident(home.building, now=now, id_number="429999199001011234")
    settings.FIELD_KEYS, settings.FIELD_KEY_ID = {1: OURS, 2: NEXT}, 2
    settings.FIELD_KEYS = {2: NEXT}
    assert key_problems() == [
        "FIELD_KEYS 里缺少 1 号密钥，库里还有用它写的数据。请补上这把密钥；确要停用，先运行 rotate_keys 换完。"
    ]
    settings.FIELD_KEYS = {1: OURS, 2: NEXT}
    call_command("rotate_keys", "--pause", "0")
    assert recorded() == [("field", 1, False), ("field", 2, True), ("lookup", 1, True)]
    settings.FIELD_KEYS = {2: NEXT}
    assert key_problems() == []
    settings.FIELD_KEYS, settings.FIELD_KEY_ID = (
        {1: OURS, 2: NEXT},
        1,
    )  # and back again: it is needed once more
    keys_record(now=now)
    assert recorded() == [("field", 1, True), ("field", 2, True), ("lookup", 1, True)]


def test_nothing_is_retired_that_writes(now: datetime) -> None:
    keys_record(now=now)
    keys_retire(now=now)
    assert [is_live for _, _, is_live in recorded()] == [True, True]


@pytest.mark.parametrize("wrong", [{"kind": "other"}, {"number": 0}, {"number": 256}, {"number": 1}])
def test_the_database_refuses(now: datetime, wrong: dict[str, Any]) -> None:
    keys_record(now=now)
    row = {"kind": KeyKind.FIELD, "number": 2, "value": key_check_value(NEXT), "recorded_at": now} | wrong
    with pytest.raises(IntegrityError), transaction.atomic():
        KeyCheckValue.objects.create(**row)
    assert len(recorded()) == 2


def test_a_value_tells_keys_apart_and_is_always_the_same() -> None:
    assert key_check_value(OURS) == key_check_value(OURS)
    assert len({key_check_value(key) for key in (OURS, OTHER, NEXT)}) == 3
    assert len(key_check_value(OURS)) == 32
