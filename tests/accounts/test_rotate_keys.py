"""Changing keys under load: nothing unreadable, nobody registered twice, nothing left under the old key."""

from __future__ import annotations

import base64
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import models, transaction
from django.utils import timezone

from accounts.models import SecondFactor, User
from accounts.rotation import (
    Pass,
    _batch,
    _bound_by_uid,
    _renew,
    key_columns,
    keys_pass,
    sealed_under_old_keys,
)
from accounts.second_step import second_factor_begin
from audit.models import AuditEvent
from baibuting.common.crypto import digest_candidates, key_id_of, seal_bytes
from baibuting.common.fields import SealedTextField
from baibuting.common.persons import phone_digest
from residents.models import Resident
from residents.rules import id_number_digest
from residents.services import resident_create
from rosters.choices import Purpose
from rosters.models import ImportFile, ImportRun
from tests.factories import Community, community, resident, user
from tests.processes import REPOSITORY, ended_with_the_test, environment, manage

pytestmark = pytest.mark.django_db
OLD, NEW = b"0123456789abcdef0123456789abcdef", b"another key of thirty-two bytes."
OLD_LOOKUP, NEW_LOOKUP = b"fedcba9876543210fedcba9876543210", b"another look-up key of 32 bytes."
NUMBER = "429999199001011234"


def both(settings: Any, writes: int) -> None:
    """Both keys live, one of them writing."""
    settings.FIELD_KEYS, settings.FIELD_KEY_ID = {1: OLD, 2: NEW}, writes
    settings.LOOKUP_KEYS, settings.LOOKUP_KEY_ID = {1: OLD_LOOKUP, 2: NEW_LOOKUP}, writes


def only_new(settings: Any) -> None:
    settings.FIELD_KEYS, settings.FIELD_KEY_ID = {2: NEW}, 2
    settings.LOOKUP_KEYS, settings.LOOKUP_KEY_ID = {2: NEW_LOOKUP}, 2


@pytest.fixture
def ours() -> Community:
    return community()


def run_with_a_file(ours: Community) -> ImportRun:
    run = ImportRun.objects.create(
        kind="care", community=ours.place, community_name="百步亭社区", user=user("lee"), created_at=timezone.now()
    )  # fmt: skip
    ImportFile.keep(run, Purpose.UPLOAD, b"what was uploaded")
    return run


def test_it_works(settings: Any, ours: Community) -> None:
    person = resident(ours.building, now=timezone.now(), id_number=NUMBER, phone="13912345678", notes="独居")
    account, run = user("wang", phone="13900000001"), run_with_a_file(ours)
    secret = second_factor_begin(account=account).secret
    both(settings, 2)
    assert sealed_under_old_keys()["residents.resident.phone"] == 1
    with pytest.raises(CommandError, match="还没有换完"):
        call_command("rotate_keys", "--check")
    call_command("rotate_keys", "--pause", "0")
    assert sealed_under_old_keys() == {}
    assert AuditEvent.objects.get(object_type="accounts.rotation").row_count > 30  # every cadre's phone, too
    only_new(settings)
    call_command("rotate_keys", "--check")
    person = Resident.objects.get(pk=person.pk)
    assert (person.id_number, person.phone, person.notes) == (NUMBER, "13912345678", "独居")
    assert Resident.objects.get(id_number_digest=id_number_digest(NUMBER)) == person
    assert User.objects.get(pk=account.pk).phone == "13900000001"
    assert SecondFactor.objects.get().secret == secret
    assert ImportFile.find(run, Purpose.UPLOAD) == b"what was uploaded"


def test_while_both_are_live_people_are_found_under_either(settings: Any, ours: Community) -> None:
    resident(ours.building, now=timezone.now(), id_number=NUMBER)
    both(settings, 2)
    digest = id_number_digest(NUMBER)
    assert len(digest_candidates(digest)) == 2
    household = Resident.objects.get().household
    with pytest.raises(ValidationError, match="已登记过"):
        resident_create(household=household, name="李秀兰", now=timezone.now(), id_number=NUMBER)
    assert Resident.objects.count() == 1


def test_whoever_saves_what_he_read_before_does_not_bring_the_old_key_back(
    settings: Any, ours: Community
) -> None:
    person = resident(ours.building, now=timezone.now(), phone="13912345678")
    both(settings, 2)
    stale = Resident.objects.get(pk=person.pk)
    keys_pass()
    stale.save()
    assert key_id_of(Resident.objects.filter(pk=person.pk).values_list("phone", flat=True)[0].tobytes()) == 2
    assert Resident.objects.get(pk=person.pk).phone == "13912345678"


def test_files_that_are_new_already_stay_as_they_are(settings: Any, ours: Community) -> None:
    run = run_with_a_file(ours)
    both(settings, 2)
    ImportFile.keep(run, Purpose.ERRORS, b"rows to mend")
    columns = next(one for one in key_columns() if one.model is ImportFile)
    assert [_renew(columns, file, []) for file in ImportFile.objects.order_by("pk")] == [True, False]
    keys_pass()
    assert (ImportFile.find(run, Purpose.UPLOAD), ImportFile.find(run, Purpose.ERRORS)) == (
        b"what was uploaded",
        b"rows to mend",
    )


def test_it_goes_on_where_it_was_stopped_and_does_nothing_twice(settings: Any, ours: Community) -> None:
    both(settings, 2)
    columns = next(one for one in key_columns() if one.model._meta.label_lower == "cadres.cadre")
    assert _batch(columns, None, 10, Pass()) is not None  # and killed
    done = keys_pass(batch=7)
    assert done.changed == columns.model._base_manager.count() - 10
    assert keys_pass().changed == 0


def test_two_that_have_become_the_same_are_named(settings: Any, ours: Community) -> None:
    """Registered twice while an old process knew one key alone: left as they are, and said aloud."""
    first = resident(ours.building, now=timezone.now(), id_number=NUMBER)
    only_new(settings)
    second = resident(ours.building, now=timezone.now(), id_number=NUMBER)
    both(settings, 2)
    with pytest.raises(CommandError, match=f"residents.resident {first.pk}"):
        call_command("rotate_keys", "--pause", "0")
    assert {Resident.objects.get(pk=one.pk).id_number for one in (first, second)} == {NUMBER}
    assert sealed_under_old_keys() == {}


def test_the_other_algorithm_is_a_rotation_too(settings: Any, ours: Community) -> None:
    person = resident(ours.building, now=timezone.now(), phone="13912345678")
    settings.FIELD_ALGORITHM = "SM4-GCM"
    keys_pass()
    assert sealed_under_old_keys() == {}
    assert Resident.objects.get(pk=person.pk).phone == "13912345678"


def test_every_binary_column_of_the_house_is_accounted_for() -> None:
    """Sealed text, sealed bytes that open with what they are said to be bound to, a digest, or plain by name."""
    known = {columns.model: columns for columns in key_columns()}
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if not isinstance(field, models.BinaryField) or isinstance(field, SealedTextField):
                continue
            name = field.attname
            if name in getattr(model, "plain_bytes", ()):
                continue
            if name.endswith("digest"):
                assert name in model.digests, f"{model._meta.label}.{name}: say in `digests` how it is made"
            else:
                assert name in known[model].files
                is_bound = name in getattr(model, "sealed_bytes", {}) or hasattr(model, "uid")
                assert is_bound, f"{model._meta.label}.{name}: say in `sealed_bytes` what it is bound to"


def test_bytes_are_bound_by_uid_unless_said_otherwise(ours: Community) -> None:
    person = resident(ours.building, now=timezone.now())
    assert _bound_by_uid("photo")(person) == f"residents.resident.photo|{person.uid}"
    files = next(one for one in key_columns() if one.model is ImportFile).files
    run = run_with_a_file(ours)
    assert files["sealed"](ImportFile.objects.get()) == f"rosters.importfile.upload|{run.uid}"
    assert seal_bytes(b"x", bound_to="x")


def test_what_does_not_open_is_named_and_skipped(settings: Any, ours: Community, capsys: Any) -> None:
    """Bytes that were never sealed, and a file that was altered: all others change keys, and these stay as they are."""
    people = [
        resident(ours.building, now=timezone.now(), phone=f"1391234567{n}", notes="独居") for n in range(3)
    ]
    broken, mute, run = people[1], people[2], run_with_a_file(ours)
    Resident.objects.filter(pk=broken.pk).update(notes="独居".encode())
    Resident.objects.filter(pk=mute.pk).update(phone=b"13912345672")
    digest = bytes(Resident.objects.get(pk=mute.pk).phone_digest)
    file = ImportFile.objects.get(run=run)
    altered = bytes(file.sealed)[:-1] + bytes([bytes(file.sealed)[-1] ^ 1])
    ImportFile.objects.filter(pk=file.pk).update(sealed=altered)
    both(settings, 2)
    call_command("rotate_keys", "--pause", "0")
    said = capsys.readouterr().err
    assert f"无法读取，已跳过：residents.resident.notes，编号 {broken.pk}。" in said
    assert f"无法读取，已跳过：rosters.importfile.sealed，编号 {file.pk}。" in said
    assert f"residents.resident.phone，编号 {mute.pk}。" in said
    assert "独居" not in said
    assert "13912345672" not in said
    only_new(settings)
    assert {Resident.objects.get(pk=one.pk).notes for one in (people[0], mute)} == {"独居"}
    kept = Resident.objects.get(phone_digest=phone_digest("13912345671", of="resident"))
    assert (kept.pk, kept.phone) == (broken.pk, "13912345671")
    assert bytes(kept.__dict__["notes"]) == "独居".encode()
    assert (
        bytes(Resident.objects.get(pk=mute.pk).phone_digest) == digest
    )  # nothing is concluded from what is unreadable
    assert bytes(ImportFile.objects.get(pk=file.pk).sealed) == altered


# --- under load -----------------------------------------------------------------------------------------------------
WORK = """
import django, sys; django.setup()
import random
from pathlib import Path
from django.core.exceptions import ValidationError
from django.utils import timezone
from residents.models import Household, Resident
from residents.services import resident_change, resident_create
which, done = sys.argv[1], Path(sys.argv[2])
chance, flats, count = random.Random(which), list(Household.objects.all()), 0
while not done.exists():
    count += 1
    person = chance.choice(list(Resident.objects.unscoped("a test").order_by("-pk")[:300]))
    assert person.notes.startswith("记") and person.phone.startswith("139"), "read something else"
    resident_change(resident=person, notes=f"记{which}{count}")
    person.save()
    number = f"4299991990{which}{count:07d}"
    resident_create(household=chance.choice(flats), name="新来的", now=timezone.now(), id_number=number,
                    phone=f"139{which}{count:07d}", notes="记")
    try:
        resident_create(household=chance.choice(flats), name="再来", now=timezone.now(), id_number=number, notes="记")
    except ValidationError:
        continue
    raise SystemExit("registered twice")
print(count)
"""


def key(number: bytes) -> str:
    return base64.b64encode(number).decode()


@pytest.mark.django_db(transaction=True)
def test_under_load_nothing_becomes_unreadable_and_nothing_stays_behind(
    settings: Any, tmp_path: Path
) -> None:
    """Two processes still write with the old key while it runs, two with the new; they all read and write on."""
    ours, done = community(staffed=False), tmp_path / "done"
    for number in range(300):
        resident(
            ours.buildings[number % 8], now=timezone.now(), id_number=f"42999919800101{number:04d}",
            phone=f"139{number:08d}", notes="记",
        )  # fmt: skip
    keys = {
        "FIELD_KEYS": f"1:{key(OLD)},2:{key(NEW)}", "LOOKUP_KEYS": f"1:{key(OLD_LOOKUP)},2:{key(NEW_LOOKUP)}",
        "TOTP_REQUIRED": "0", "LOG_LEVEL": "ERROR",
    }  # fmt: skip
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORK, str(which), str(done)],
            env=environment(**keys, FIELD_KEY_ID=str(which), LOOKUP_KEY_ID=str(which)),
            cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for which in (1, 2)
    ]  # fmt: skip
    try:
        _until(lambda: Resident.objects.count() >= 330, workers)
        both(settings, 2)
        assert keys_pass(batch=50).changed > 250  # the first pass, in the middle of it all
    finally:
        done.touch()
    for worker in workers:
        out, errors = worker.communicate(timeout=60)
        assert worker.returncode == 0, errors[-2000:]
        assert int(out) > 5
    finished = manage("rotate_keys", "--pause", "0.1", **keys, FIELD_KEY_ID="2", LOOKUP_KEY_ID="2")
    assert finished.returncode == 0, finished.stderr
    only_new(settings)
    people = list(Resident.objects.all())
    assert len(people) > 330
    for person in people:
        assert person.notes.startswith("记")
        assert person.phone.startswith("139")
        assert bytes(person.id_number_digest) == id_number_digest(person.id_number)


@pytest.mark.django_db(transaction=True)
def test_a_row_that_somebody_holds_is_left_for_the_next_pass(settings: Any) -> None:
    ours = community(staffed=False)
    person = resident(ours.building, now=timezone.now(), phone="13912345678", born_on=date(1950, 1, 1))
    hold = subprocess.Popen(
        [sys.executable, "-c", f"import django; django.setup()\nfrom django.db import transaction\nfrom residents.models import Resident\nwith transaction.atomic():\n    Resident.objects.unscoped('a test').select_for_update().get(pk={person.pk}); print('held', flush=True); input()"],
        env=environment(), cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with ended_with_the_test(hold):
        assert hold.stdout is not None
        assert hold.stdout.readline() == "held\n"
        both(settings, 2)
        done = keys_pass()
        assert (done.changed, done.skipped) == (0, 1)
        hold.communicate("\n", timeout=30)
    assert keys_pass().changed == 1
    with transaction.atomic():
        assert Resident.objects.get().phone == "13912345678"


def _until(condition: Any, processes: list[subprocess.Popen[str]]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        for process in processes:
            assert process.poll() is None, process.communicate()[1][-2000:]
        time.sleep(0.2)
