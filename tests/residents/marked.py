"""Somebody with a row of every kind that hangs on a person, each column that can hold words filled with one word."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.apps import apps
from django.db import IntegrityError, models, transaction

from accounts.models import SetAsideText, User
from api.models import Delivery, OutboxEvent, Webhook
from baibuting.common.crypto import seal_bytes
from baibuting.common.fields import SealedTextField
from baibuting.common.keeping import RowErasure
from baibuting.common.sealed_files import SealedFile
from concerns.choices import Origin
from concerns.services import concern_close, concern_open
from duties.choices import DutyActionKind
from duties.models import Duty, DutyAction, DutyEvent, NoticeDelivery, NoticeSeen
from messaging.models import Call, Channel, Dispatch, Message
from phone.choices import State
from phone.models import Photo, Submission
from proposals.choices import Change
from proposals.rules import Said
from proposals.services import proposal_decline, proposal_make
from reports.choices import State as ReportState
from reports.models import ReportFile, ReportRun
from residents.erasing import _found, row_erasures
from residents.models import Erasure, Resident
from rosters.choices import Purpose
from rosters.choices import State as RosterState
from rosters.models import ImportFile, ImportRun
from tests.api.callers import caller
from tests.duties.steps import sweep_at, visit
from tests.factories import EVER, Community, category, resident, user
from visits.models import FirstDue, RuleDue, Visit, VisitRule
from visits.services import (
    care_record_end,
    care_record_start,
    incident_report,
    residents_merge,
    rules_ship,
    visit_void,
)

WORD = "鼋"  # in nobody's name and no text of the program's own
NUMBER = "13771234567"
POINTERS = {"column", "sent_hash", "purpose"}  # what a row that goes as a whole is found by
OPEN = {"cadres.note"}  # no kind of note is about people yet; test_notes_about_them_go has one
ID_NUMBER = "42010219560105002X"


def marked_person(home: Community, before: datetime, now: datetime) -> Resident:
    """Return a person with a past, a running record, doubles merged in, and traces in every app."""
    person = resident(
        home.building,
        now=before,
        room="1601",
        name=f"{WORD}小明",
        gender="male",
        phone=NUMBER,
        id_number=ID_NUMBER,
        document_kind="passport",
        document_number=f"{WORD}1234567",
        notes=f"{WORD}子女电话 {NUMBER}",
        outside_address=f"武汉市{WORD}路",
    )
    double = resident(home.building, now=before, room="1601", name=f"{WORD}小明", notes=f"{WORD}另一条")
    residents_merge(kept=person, gone=double, now=before, user=None)
    person.refresh_from_db()
    first = home.holder(home.building, "building_head")
    old = care_record_start(
        resident=person, category=category("hospital"), started_on=before.date(), now=before, notes=WORD
    )
    care_record_start(
        resident=person, category=category("released"), started_on=before.date(), now=before, notes=WORD
    )
    care_record_end(care_record=old, ended_on=before.date(), end_reason="discharged", now=before)
    seen = visit(person, "2026-10-02T10:00", visitor=first, visitor_name="", notes=WORD, request=WORD)
    wrong = visit(person, "2026-10-03T10:00", visitor_name=f"{WORD}大妈", notes=WORD)
    visit_void(visit=wrong, reason=WORD, now=now)
    sweep_at(now)
    sender = user("sender", name="发送人")
    _of_duties(person, sender, now)
    _asked(home, person, first, sender, now)
    _from_phones(home, person, seen, sender, now)
    _files(home, person, sender, now)
    _mentioned(home, before, now)
    Erasure.objects.create(
        community=home.place, resident=person, ground="request", reason=WORD, state="refused",
        proposed_at=now, proposed_by=sender, decided_at=now, decided_by=sender,
    )  # fmt: skip
    SetAsideText.objects.create(column="residents.resident.name", row_id=person.pk, text=WORD)
    return person


def _of_duties(person: Resident, sender: User, now: datetime) -> None:
    duty = Duty.objects.filter(care_record__resident=person).order_by("-pk")[0]
    DutyAction.objects.create(
        duty=duty, community=duty.community, place=duty.place, kind=DutyActionKind.NOTE, by_user=sender, words=WORD, at=now
    )  # fmt: skip
    event = DutyEvent.objects.filter(duty__care_record__resident=person, told_cadre__isnull=False)[0]
    NoticeSeen.objects.create(event=event, seen_at=now)
    NoticeDelivery.objects.get_or_create(event=event, cadre=event.told_cadre)
    channel = Channel.objects.create(community=duty.community, kind="wecom")
    message = Message.objects.create(
        cadre=event.told_cadre, place=duty.place, matter="notice", duty=duty, key=str(event.pk), made_at=now
    )
    Dispatch.objects.create(message=message, channel=channel)
    Call.objects.create(message=message, by=sender, at=now)
    FirstDue.objects.create(care_record=duty.care_record, counts_from=EVER, due_on=EVER, created_at=now)
    rules_ship(community=duty.community, now=now)
    rule = VisitRule.objects.filter(category=duty.category).latest("pk")
    RuleDue.objects.create(care_record=duty.care_record, rule=rule, due_on=EVER)
    told = OutboxEvent.objects.create(
        topic="duty.overdue", community=duty.community, building=duty.place, duty=duty, occurred_at=now
    )
    asked = caller(duty.community, now=now)
    webhook = Webhook.objects.create(client=asked.client, url="https://a.example/", created_at=now)
    Delivery.objects.create(
        community=duty.community, event=told, webhook=webhook, topic=told.topic, payload=WORD, state="sent", created_at=now
    )  # fmt: skip


def _asked(home: Community, person: Resident, head: Any, sender: User, now: datetime) -> None:
    concern = concern_open(
        building=home.building, subject="care", urgency="normal", words=WORD, origin=Origin.PHONE, now=now, by=sender,
        reporter=head, resident=person,
    )  # fmt: skip
    concern_close(concern=concern, state="done", answer=WORD, by=sender, now=now)
    said = Said(name=f"{WORD}大姐", phone=NUMBER, words=WORD)
    made, _ = (
        proposal_make(
            change=Change.KIN, said=said, building=home.building, resident=person, cadre=head, sender=sender, made_at=now,
            now=now,
        )
        for _ in range(2)
    )  # fmt: skip
    proposal_decline(proposal=made, answer=WORD, by=sender, now=now)


def _from_phones(home: Community, person: Resident, seen: Visit, sender: User, now: datetime) -> None:
    shared: dict[str, Any] = {
        "kind": "visit", "sender": sender, "place": home.building, "made_at": now, "received_at": now,
    }  # fmt: skip
    fields = {"resident": str(person.pk), "notes": WORD}
    for at, named in enumerate(
        (fields, fields | {"resident": [str(person.pk), "987654321"], "notes": f"{WORD}小明不在"})
    ):
        Submission.objects.create(
            **shared, entry_uid=uuid4(), hash=f"{at}" * 64, state=State.QUARANTINED, message=WORD,
            payload=json.dumps({"uid": str(uuid4()), "kind": "visit", "made_at": now.isoformat(), "fields": named}),
        )  # fmt: skip
    taken = Submission.objects.create(
        **shared, entry_uid=uuid4(), hash="9" * 64, state=State.ENTERED, decision=WORD,
        object_type="visits.visit", object_id=seen.pk, decided_at=now, decided_by=sender,
    )  # fmt: skip
    uid = uuid4()
    sealed = seal_bytes(WORD.encode(), bound_to=f"phone.photo.sealed|{uid}")
    Photo.objects.create(uid=uid, submission=taken, sent_hash="2" * 64, sealed=sealed, received_at=now)


def _files(home: Community, person: Resident, sender: User, now: datetime) -> None:
    shared: dict[str, Any] = {"community": home.place, "community_name": home.place.name, "user": sender}
    run = ImportRun.objects.create(
        **shared, kind="care", file_name=f"{person.name}.xlsx", state=RosterState.DONE, created_at=now, finished_at=now
    )  # fmt: skip
    rows = [
        ["residents.resident", person.pk, {"name": person.name}, ["x", "y"]],
        ["buildings.place", home.building.pk, {"remark": f"问{person.name}"}, ["z"]],
    ]
    ImportFile.keep(
        run, Purpose.JOURNAL, json.dumps({"keys": [1, 1], "rows": rows}, ensure_ascii=False).encode()
    )
    ImportFile.keep(run, Purpose.ERRORS, WORD.encode())
    held = ImportRun.objects.create(**shared, kind="care", state=RosterState.READY, created_at=now)
    ImportFile.keep(held, Purpose.UPLOAD, WORD.encode())
    report = ReportRun.objects.create(
        kind="ledger", place=home.building, first_on=now.date(), last_on=now.date(), user=sender,
        state=ReportState.DONE, created_at=now, finished_at=now, reason=f"给{person.name}看",
    )  # fmt: skip
    ReportFile.keep(report, "book", WORD.encode())


def _mentioned(home: Community, before: datetime, now: datetime) -> None:
    """Texts about others that name the person, or give their numbers."""
    neighbour = resident(home.building, now=before, name="王大娘", notes=f"{WORD}小明是她的外甥，{NUMBER}")
    visit(neighbour, "2026-10-05T10:00", notes=f"和{WORD}小明一起", request="")
    incident_report(
        building=home.buildings[-1], kind="emergency", occurred_at=before, summary=f"{WORD}小明家水管", now=now,
        reported_by=None,
    )  # fmt: skip


def fill(person: Resident, now: datetime) -> set[tuple[str, str]]:
    """Write the word into every column of the person's rows that takes it; return those columns, by model."""
    found, filled = _found(person, now), set()
    for erasure in row_erasures():
        if erasure.rows is None:
            continue
        model = apps.get_model(erasure.model)
        assert found.of(erasure.model) or erasure.model in OPEN, (
            f"no row of {erasure.model} hangs on the person of the test"
        )
        for row in model._base_manager.filter(pk__in=found.of(erasure.model)):
            filled |= {(erasure.model, name) for name in _columns(erasure, model) if _write(row, name)}
    return filled


def _columns(erasure: RowErasure, model: type[models.Model]) -> list[str]:
    return [
        field.attname
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField | SealedTextField)
        and not field.choices
        and field.attname not in {*erasure.keeps, *POINTERS}
        and not isinstance(field, models.ForeignKey)
    ]


def _write(row: models.Model, name: str) -> bool:
    field = row._meta.get_field(name)
    if WORD in getattr(row, name):
        return True
    longest = getattr(field, "max_length", None) or 100
    setattr(row, name, f"{WORD}文字"[:longest])
    try:
        with transaction.atomic():
            row.save(update_fields=[name])
    except IntegrityError:
        return False  # a rule of the database: nothing may stand there in this state
    return True


def everything(word: str) -> list[str]:
    """Return where in the database a word stands, every sealed column and file opened: "app.model.column"."""
    found = []
    for model in apps.get_models():
        if model._meta.proxy or not model._meta.managed:
            continue
        for row in model._base_manager.all():
            for field in model._meta.concrete_fields:
                if word in _read(row, field):
                    found.append(f"{model._meta.label_lower}.{field.attname}")
    return sorted(set(found))


def _read(row: Any, field: Any) -> str:
    if isinstance(row, SealedFile) and field.attname == "sealed":
        return row.content().decode(errors="replace")
    if isinstance(field, models.ForeignKey):
        return ""
    value = getattr(row, field.attname)
    said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    try:
        return said + json.dumps(json.loads(said), ensure_ascii=False)
    except ValueError:
        return str(said)
