"""Files that belong to a row, sealed: never in the clear, neither in the database nor on disk."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models

from baibuting.common.crypto import open_sealed_bytes, seal_bytes


class SealedFile(models.Model):
    """The sealed bytes of a file, bound to their row: moved to another one they do not open."""

    sealed = models.BinaryField()

    sealed_bytes: ClassVar[dict[str, Any]] = {"sealed": lambda file: file.sealed_name()}

    class Meta:
        abstract = True

    def sealed_name(self) -> str:
        """Return what the bytes are bound to; for a file with a uid of its own, that uid."""
        return f"{self._meta.label_lower}.sealed|{self.uid}"  # type: ignore[attr-defined]

    def seal(self, data: bytes) -> None:
        """Seal content into a file that is not yet saved."""
        self.sealed = seal_bytes(data, bound_to=self.sealed_name())

    def content(self) -> bytes:
        """Return the decrypted content. Raises SealBrokenError where it is not this file's."""
        return open_sealed_bytes(bytes(self.sealed), bound_to=self.sealed_name())


class OwnedFile(SealedFile):
    """A file of an owner with a uid, one for each purpose. `owner` is the column that leads to it."""

    owner: ClassVar[str]

    purpose = models.CharField(max_length=10)

    class Meta:
        abstract = True

    def sealed_name(self) -> str:
        return f"{self._meta.label_lower}.{self.purpose}|{getattr(self, self.owner).uid}"

    @classmethod
    def keep(cls, owner: models.Model, purpose: str, data: bytes) -> Self:
        """Store a file of an owner, replacing an earlier one of the same purpose."""
        which: dict[str, Any] = {cls.owner: owner, "purpose": purpose}
        file = cls(**which)
        file.seal(data)
        return cls._default_manager.update_or_create(**which, defaults={"sealed": file.sealed})[0]

    @classmethod
    def find(cls, owner: models.Model, purpose: str) -> bytes | None:
        """Return the content of an owner's file; None where it is gone."""
        file = cls._default_manager.filter(**{cls.owner: owner, "purpose": purpose}).first()
        if file is None:
            return None
        setattr(file, cls.owner, owner)  # read already
        return file.content()

    @classmethod
    def has(cls, owner: models.Model, purpose: str) -> bool:
        """Return whether an owner's file still exists."""
        return cls._default_manager.filter(**{cls.owner: owner, "purpose": purpose}).exists()
