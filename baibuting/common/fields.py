"""A text column that is sealed in the database and opens when it is read."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.core import checks
from django.core.exceptions import FieldError
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from baibuting.common.crypto import open_sealed, seal

EMPTY = b""


def bound_to(model: type[models.Model], field_name: str, uid: UUID) -> str:
    """What a sealed value is bound to: its table, column and row."""
    return f"{model._meta.label_lower}.{field_name}|{uid}"


def seal_value(model: type[models.Model], field_name: str, uid: UUID, text: str) -> bytes:
    """The bytes a SealedTextField of this row would store; for bulk loading past the ORM."""
    return seal(text, bound_to=bound_to(model, field_name, uid)) if text else EMPTY


class SealedAttribute(DeferredAttribute):
    """Keeps ciphertext on the instance; a str put in is sealed at once, reading opens it."""

    field: SealedTextField

    def __get__(self, instance: models.Model | None, cls: type[models.Model] | None = None) -> Any:
        if instance is None:
            return self
        stored = bytes(super().__get__(instance, cls))
        if not stored:
            return ""
        return open_sealed(stored, bound_to=self._bound_to(instance))

    def __set__(self, instance: models.Model, value: str | bytes | memoryview | None) -> None:
        if isinstance(value, str):
            value = seal(value, bound_to=self._bound_to(instance)) if value else EMPTY
        instance.__dict__[self.field.attname] = EMPTY if value is None else bytes(value)

    def _bound_to(self, instance: models.Model) -> str:
        return bound_to(type(instance), self.field.attname, instance.uid)  # type: ignore[attr-defined]


class SealedTextField(models.BinaryField):
    """Text encrypted at rest and bound to its row. The model needs a `uid` field declared before it.

    Empty text is stored as empty bytes, never NULL. It cannot be searched; keep a digest beside it for exact look-up.
    A plain str never reaches SQL: `update()` and filters refuse it.
    """

    descriptor_class = SealedAttribute

    def __init__(self, *args: Any, **options: Any) -> None:
        options["editable"] = options.get("editable", True)
        super().__init__(*args, **options)

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        options.pop("editable", None)
        if not self.editable:
            options["editable"] = False
        return name, path, args, options

    def check(self, **options: Any) -> list[checks.CheckMessage]:
        found = super().check(**options)
        names = [field.name for field in self.model._meta.local_fields]
        if "uid" not in names[: names.index(self.name)]:
            found.append(checks.Error("A SealedTextField needs a `uid` field declared before it.", obj=self))
        return found

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        if self.attname not in model_instance.__dict__:
            getattr(model_instance, self.attname)  # loads a deferred value
        return model_instance.__dict__[self.attname]

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, str):
            if value == "":
                return EMPTY
            raise TypeError(f"{self.attname} is sealed: plain text may not reach SQL")
        return super().get_prep_value(value)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return super().get_db_prep_value(self.get_prep_value(value), connection, prepared)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name not in ("exact", "isnull"):
            raise FieldError(f"{self.attname} is sealed and cannot be searched")
        return super().get_lookup(lookup_name)

    def to_python(self, value: Any) -> Any:
        return value

    def value_to_string(self, obj: models.Model) -> str:
        """Ciphertext in base64: a dump never holds plain text."""
        from base64 import b64encode

        return b64encode(self.pre_save(obj, add=False)).decode()

    def formfield(self, form_class: Any = None, choices_form_class: Any = None, **options: Any) -> Any:
        options.setdefault("required", not self.blank)
        options.setdefault("label", self.verbose_name)
        options.setdefault("help_text", self.help_text)
        return (form_class or forms.CharField)(**options)
