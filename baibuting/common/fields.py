"""A text column that is encrypted in the database and decrypted when it is read.

Renaming a model or a sealed field changes what its values are bound to: the migration must reseal them.
"""

from __future__ import annotations

import binascii
import logging
from base64 import b64decode, b64encode
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.core import checks
from django.core.exceptions import FieldError, ValidationError
from django.db import models
from django.db.models.lookups import Exact
from django.db.models.query_utils import DeferredAttribute

from baibuting.common.crypto import SealBrokenError, key_id_of, looks_sealed, open_sealed, seal

logger = logging.getLogger(__name__)

EMPTY = b""
UNREADABLE = "无法读取"


def bound_to(model: type[models.Model], field_name: str, uid: UUID) -> str:
    """Return what a sealed value is bound to: "residents.resident.phone|<uid>", with the model that has the column.

    Raises TypeError where the field is no SealedTextField or uid no UUID: such a value could not be opened again.
    """
    field = model._meta.get_field(field_name)
    if not isinstance(field, SealedTextField):
        raise TypeError(f"{model._meta.label}.{field_name} is not a sealed field")
    if not isinstance(uid, UUID):
        raise TypeError(f"{model._meta.label}.uid must be a UUID before {field_name} can be sealed or opened")
    return f"{field.model._meta.label_lower}.{field_name}|{uid}"


def seal_value(model: type[models.Model], field_name: str, uid: UUID, text: str) -> bytes:
    """Return the bytes a SealedTextField of the row with this uid stores; for bulk loading past the ORM."""
    return seal(text, bound_to=bound_to(model, field_name, uid)) if text else EMPTY


def _is_under_an_old_key(stored: bytes) -> bool:
    """Return whether an outgoing key, still live, sealed this. What comes from a dump is left as it is."""
    if not looks_sealed(stored) or isinstance(stored, LoadedBytes):
        return False
    key_id = key_id_of(stored)
    return key_id != settings.FIELD_KEY_ID and key_id in settings.FIELD_KEYS


class LoadedBytes(bytes):
    """Ciphertext read from a dump, to be stored in its own row again."""


class OpenedText(str):
    """Text read from a sealed attribute; remembers its ciphertext, because bulk_update() writes what it has read."""

    __slots__ = ("sealed",)
    sealed: bytes

    @property
    def prepare_database_save(self) -> Any:
        # QuerySet.update() calls this on every value. Ciphertext of one row in another would never open again.
        if isinstance(self.sealed, LoadedBytes):
            raise AttributeError  # loading a dump takes the same path, but for one row
        raise TypeError("text of a sealed field belongs to its row: set it on the instance and save that")


class UnreadableText(OpenedText):
    """The text read where stored bytes were altered or never sealed. It is shown and never written: the bytes stay."""


def is_unreadable(text: str) -> bool:
    """Return whether a sealed attribute could not be read; nothing may be concluded from its text."""
    return isinstance(text, UnreadableText)


class SealedAttribute(DeferredAttribute):
    """Keeps ciphertext on the instance; setting a str seals it at once, reading opens it. Deferred loading works.

    One broken value must not break a whole list: it reads as UnreadableText and is named in the log. A key that is
    not configured raises KeyMissingError, since that concerns the whole installation and not the row.
    """

    field: SealedTextField

    def __get__(self, instance: models.Model | None, cls: type[models.Model] | None = None) -> Any:
        if instance is None:
            return self
        sealed = super().__get__(instance, cls)
        if not sealed:
            return ""
        text = self._opened(instance, bytes(sealed))
        text.sealed = sealed
        return text

    def _opened(self, instance: models.Model, sealed: bytes) -> OpenedText:
        try:
            return OpenedText(open_sealed(sealed, bound_to=self._bound_to(instance)))
        except SealBrokenError:
            column = f"{instance._meta.label_lower}.{self.field.attname}"
            logger.error("%s of row %s cannot be opened", column, instance.pk)
            return UnreadableText(UNREADABLE)

    def __set__(self, instance: models.Model, value: str | bytes | memoryview | None) -> None:
        name = self.field.attname
        if isinstance(value, OpenedText) and value.sealed == instance.__dict__.get(name):
            return  # cleaning a model sets what it has read
        if value == UNREADABLE and name in instance.__dict__ and is_unreadable(self.__get__(instance)):
            return  # so does a form submitted as it was shown
        if isinstance(value, str):
            value = seal(value, bound_to=self._bound_to(instance)) if value else EMPTY
        if not isinstance(value, bytes):
            value = EMPTY if value is None else bytes(value)
        instance.__dict__[name] = value

    def _bound_to(self, instance: models.Model) -> str:
        uid: UUID = instance.uid  # type: ignore[attr-defined]  # the field's check sees to it
        return bound_to(type(instance), self.field.attname, uid)


class SealedExact(Exact):
    """The only comparison of a sealed column: whether it is empty."""

    def get_prep_lookup(self) -> bytes | None:
        if self.rhs is None:
            return None
        if isinstance(self.rhs, str | bytes | memoryview) and not self.rhs:
            return EMPTY
        raise TypeError("a sealed column can only be compared with b''; look people up by a digest")


class SealedTextField(models.BinaryField):
    """Text encrypted at rest and bound to its row. The model needs a unique `uid` UUIDField declared before it.

    Empty text is stored as empty bytes, never NULL. It cannot be searched; keep a digest beside it for exact look-up.
    A plain str never reaches SQL: `update()` and filters raise TypeError, other look-ups FieldError. `values()` gives
    ciphertext, and so does a dump, which loads again.
    """

    _pyi_private_set_type: str | bytes | memoryview
    _pyi_private_get_type: str  # type: ignore[assignment]
    descriptor_class = SealedAttribute
    empty_values = [None, "", EMPTY]

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("editable", True)
        super().__init__(*args, **options)

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        options.pop("editable", None)
        if not self.editable:
            options["editable"] = False
        return name, path, args, options

    def check(self, **options: Any) -> list[checks.CheckMessage]:
        found = super().check(**options)
        fields = self.model._meta.fields
        before = fields[: fields.index(self)]
        if not any(f.name == "uid" and isinstance(f, models.UUIDField) and f.unique for f in before):
            message = "A SealedTextField needs a unique UUIDField `uid` declared before it."
            found.append(checks.Error(message, obj=self, id="baibuting.E001"))
        if self.null:
            message = "A SealedTextField stores empty text as empty bytes: it cannot be null."
            found.append(checks.Error(message, obj=self, id="baibuting.E002"))
        return found

    def pre_save(self, model_instance: models.Model, add: bool) -> bytes:
        if self.attname not in model_instance.__dict__:
            getattr(model_instance, self.attname)  # loads a deferred value
        stored: bytes = model_instance.__dict__[self.attname]
        if _is_under_an_old_key(stored) and not is_unreadable(text := getattr(model_instance, self.attname)):
            # while keys are rotated: saving a row that was read before must not bring the old key back
            setattr(model_instance, self.attname, str(text))
            stored = model_instance.__dict__[self.attname]
        return stored

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, OpenedText):
            return value.sealed
        if isinstance(value, str):
            if value:
                raise TypeError(f"{self.attname} is sealed: plain text may not reach SQL")
            return EMPTY
        return super().get_prep_value(value)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return super().get_db_prep_value(self.get_prep_value(value), connection, prepared=True)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "exact":
            return SealedExact
        if lookup_name != "isnull":
            raise FieldError(f"{self.attname} is sealed and cannot be searched")
        return super().get_lookup(lookup_name)

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        # not through to_python(), which reads a dump: base64 typed into a form means those very letters
        if is_unreadable(value):  # the user cannot correct it, whatever the field's validators ask for
            return value
        self.validate(value, model_instance)  # type: ignore[arg-type]
        self.run_validators(value)
        return value

    def to_python(self, value: Any) -> Any:
        """Return ciphertext from a dump. Raises ValidationError for text that is none."""
        if not isinstance(value, str) or not value:
            return value
        try:
            data = b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            data = EMPTY
        if not looks_sealed(data):
            raise ValidationError("加密栏位只能载入本系统导出的密文，请检查数据文件。", code="invalid")
        return LoadedBytes(data)

    def value_to_string(self, obj: models.Model) -> str:
        """Return ciphertext in base64: a dump never holds plain text."""
        return b64encode(self.pre_save(obj, add=False)).decode()

    def formfield(self, form_class: Any = None, choices_form_class: Any = None, **options: Any) -> Any:
        options.setdefault("max_length", self.max_length)
        return super().formfield(form_class or forms.CharField, choices_form_class, **options)
