"""Entries as phones send them, and what every kind of entry shares. No database.

An entry is `{"uid": UUID, "kind": code, "fields": {name: text or list of texts}, "made_at": ISO}`. Its kind
(`baibuting.common.portal.EntryKind`) interprets the fields and applies them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.dateparse import parse_date, parse_datetime, parse_time

from baibuting.common.days import SHANGHAI

# An entry older than this, or far ahead, comes from a phone whose date is wrong.
OLDEST_ENTRY = timedelta(days=60)
TEXT = 500  # characters of a note
MOST_VALUES = 60  # of one field
UNREADABLE = "手机发来的内容不完整，请在“我的”里点“现在发送”再试一次。"

_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


def entry_hash(entry: dict[str, Any]) -> str:
    """Return the SHA-256, 64 lower-case hex digits, of {"uid", "kind", "fields"} as canonical JSON.

    Keys sorted, no spaces, UTF-8. A lone surrogate is written as JavaScript writes it: \\ud83d.
    """
    plain = {name: entry[name] for name in ("uid", "kind", "fields")}
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    whole = _HALF_CHARACTER.sub(lambda half: f"\\u{ord(half[0]):04x}", text)
    return hashlib.sha256(whole.encode()).hexdigest()


def whole_characters(text: str) -> str:
    """Return the text with lone surrogates replaced, so that it can be stored."""
    return _HALF_CHARACTER.sub("\ufffd", text)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as received, its fields not yet validated."""

    uid: UUID
    kind: str
    fields: Mapping[str, Any]
    made_at: datetime | None
    hash: str

    @property
    def plain(self) -> dict[str, Any]:
        """Return the entry as it is stored for the office and read again."""
        made_at = self.made_at.isoformat() if self.made_at else None
        return {"uid": str(self.uid), "kind": self.kind, "fields": dict(self.fields), "made_at": made_at}

    def text(self, name: str) -> str:
        """Return a field with one value; the last one where there are several, "" where there is none."""
        values = self.texts(name)
        return values[-1].strip() if values else ""

    def texts(self, name: str) -> list[str]:
        """Return every value of a field."""
        value = self.fields.get(name, [])
        values = value if isinstance(value, list) else [value]
        return [whole_characters(one) for one in values[:MOST_VALUES] if isinstance(one, str)]

    def number(self, name: str) -> int | None:
        """Return a field that holds a row's key; None where it holds none."""
        typed = self.text(name)
        return int(typed) if typed.isdecimal() and len(typed) < 19 else None

    def numbers(self, name: str) -> list[int]:
        """Return the row keys a field holds, each once."""
        found = [int(one) for one in self.texts(name) if one.isdecimal() and len(one) < 19]
        return list(dict.fromkeys(found))


def entry_from(sent: Any) -> Entry:
    """Return the entry in a decoded JSON body; its fields are not validated. Raises ValidationError where it is none."""
    if not isinstance(sent, dict):
        raise ValidationError(UNREADABLE)
    uid, kind, fields = sent.get("uid"), sent.get("kind"), sent.get("fields")
    if not (isinstance(uid, str) and isinstance(kind, str) and isinstance(fields, dict)):
        raise ValidationError(UNREADABLE)
    try:
        known = UUID(uid)
    except ValueError as error:
        raise ValidationError(UNREADABLE) from error
    if str(known) != uid:  # the fingerprint is of the text: only the canonical form is accepted
        raise ValidationError(UNREADABLE)
    return Entry(known, kind[:20], fields, _moment(sent.get("made_at")), entry_hash(sent))


def entry_typed(uid: UUID, kind: str, fields: Mapping[str, Any], made_at: datetime) -> Entry:
    """Return the entry of a form that was sent without JavaScript."""
    fingerprint = entry_hash({"uid": str(uid), "kind": kind, "fields": dict(fields)})
    return Entry(uid, kind, fields, made_at, fingerprint)


def _moment(text: Any) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found is None or found.tzinfo else found.replace(tzinfo=SHANGHAI)


def took_place(entry: Entry, now: datetime) -> datetime:
    """Return when an entry was made, by the phone's clock; never later than now.

    Raises ValidationError where that clock cannot be right: the day of the event would be unknown.
    """
    if entry.made_at is None:
        raise ValidationError("没有收到填写时间，请写明是哪一天。")
    if entry.made_at > now + timedelta(days=1):
        raise ValidationError("手机的日期比现在晚，请核对是哪一天。")
    if entry.made_at < now - OLDEST_ENTRY:
        raise ValidationError(f"填写时间在 {OLDEST_ENTRY.days} 天以前，手机的日期可能不对，请核对是哪一天。")
    return min(entry.made_at, now)


@dataclass(slots=True)
class Taking:
    """An entry while its kind applies it: the sender and their scope, and the uid of the row to create.

    The kind sets `place`, the building it is about, as soon as that is known, and `made`, the row it created.
    """

    scope: Any  # buildings.scope.Scope
    cadre: Any  # cadres.models.Cadre
    sender: Any  # accounts.models.User
    uid: UUID
    now: datetime
    place: Any  # buildings.models.Place; at first the sender's community
    made: Model | None = None


def entry_choice(entry: Entry, name: str, allowed: Sequence[str], sentence: str) -> str:
    """Return a field that holds one of the allowed values. Raises ValidationError with the sentence at the field."""
    typed = entry.text(name)
    if typed not in allowed:
        raise ValidationError({name: sentence})
    return typed


def entry_text(entry: Entry, name: str, label: str) -> str:
    """Return a text of TEXT characters at most. Raises ValidationError at the field, which `label` names."""
    typed = entry.text(name)
    if len(typed) > TEXT:
        raise ValidationError({name: f"{label}最多写 {TEXT} 个字，现在有 {len(typed)} 个，请缩短。"})
    return typed


def day_read(text: str) -> date | None:
    """Return the date in a text; None where it is none."""
    try:
        return parse_date(text)
    except ValueError:
        return None


def time_read(text: str) -> time | None:
    """Return the time of day in a text; None where it is none."""
    try:
        return parse_time(text)
    except ValueError:
        return None
