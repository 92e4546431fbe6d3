"""An entry of this app parsed into plain values: work begun or finished. No queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError

from baibuting.common.entries import Entry, entry_choice, entry_text, took_place
from repairs.choices import StepKind

REPAIR = "repair"  # the code of the kind
_KINDS = {StepKind.STARTED.value: "开工", StepKind.FINISHED.value: "完工"}


@dataclass(frozen=True, slots=True)
class MendEntry:
    order_id: int
    kind: str
    at: datetime
    words: str


def mend_entry(entry: Entry, now: datetime) -> MendEntry:
    """Return an entry as plain values. Raises ValidationError with a sentence at the field that is wrong."""
    order_id = entry.number("order")
    if order_id is None:
        raise ValidationError({"order": "没有写明是哪件维修，请从“今日”里选择。"})
    return MendEntry(
        order_id=order_id,
        kind=entry_choice(entry, "step", list(_KINDS), "请选择开工还是完工。"),
        at=took_place(entry, now),
        words=entry_text(entry, "words", "说明"),
    )


def mend_words(entry: Entry, scope: Any) -> list[tuple[str, str]]:
    """Return what was filled in, for the office."""
    return [
        ("维修编号", str(entry.number("order") or "（没有写明）")),
        ("步骤", _KINDS.get(entry.text("step"), "（没有写明）")),
        ("说明", entry.text("words")),
    ]
