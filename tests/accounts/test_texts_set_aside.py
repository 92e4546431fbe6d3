"""What an update took out of plain columns can be read again, and its reading stands in the trail."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from accounts.models import SetAsideText
from audit.choices import Action
from audit.models import AuditEvent

pytestmark = pytest.mark.django_db


def said() -> str:
    out = StringIO()
    call_command("texts_set_aside", stdout=out)
    return out.getvalue()


def test_it_works() -> None:
    kept = SetAsideText.objects.create(column="cadres.cadre.name", row_id=7, text="王建国13812345678")
    assert str(kept) == "cadres.cadre.name 7"  # what is sealed is in nobody's list
    assert said() == "cadres.cadre.name，编号 7：王建国13812345678\n"
    event = AuditEvent.objects.get()
    assert (event.action, event.object_type, event.row_count) == (Action.REVEAL, "accounts.setasidetext", 1)


def test_nothing_set_aside_is_nothing_read() -> None:
    assert said() == "没有移出的原文。\n"
    assert not AuditEvent.objects.exists()
