"""A person as a row: one spelling of the name, its initials to search by, a sealed phone and its look-up digest."""

from __future__ import annotations

from typing import Any, ClassVar, Self
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db import models

from baibuting.common.crypto import digest_candidates, lookup_digest
from baibuting.common.fields import SealedTextField, is_unreadable
from baibuting.common.keeping import ERASED
from baibuting.common.names import LONGEST, normalise_name, pinyin_initials
from baibuting.common.plain_text import plain_text_check


def phone_digest(phone: str, *, of: str) -> bytes | None:
    """Return the look-up digest for the phone of an account, a cadre, …; None for an empty one."""
    return lookup_digest(phone, purpose=f"{of}.phone") if phone else None


class Person(models.Model):
    """A person of a community. `name` is as people write it; `name_initials` and `phone_digest` are derived.

    `looked_up_as` is the purpose of the digests: those of two models never match.
    """

    looked_up_as: ClassVar[str]
    community: Any

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    name = models.CharField("姓名", max_length=LONGEST)
    name_initials = models.CharField("拼音首字母", max_length=LONGEST, blank=True, editable=False)
    phone = SealedTextField("联系电话", blank=True)
    phone_digest = models.BinaryField(max_length=32, null=True, editable=False)

    digests: ClassVar[dict[str, Any]] = {
        "phone_digest": lambda person: phone_digest(person.phone, of=person.looked_up_as)
    }

    class Meta:
        abstract = True

    def put_right(self, **details: Any) -> None:
        """Set columns, and derive initials and digest from name and phone; nothing is saved.

        The digest of a phone that cannot be read stays. Raises ValidationError for a missing name and for phones or
        ID numbers in plain columns.
        """
        for column, value in details.items():
            setattr(self, column, value)
        self.name = normalise_name(self.name)
        if not self.name:
            raise ValidationError({"name": "请填写姓名。"})
        if self.name == ERASED:  # the name of those who were erased
            raise ValidationError({"name": f"“{ERASED}”不是姓名，请填写真实姓名。"})
        self.name_initials = pinyin_initials(self.name)
        plain_text_check(self)
        if not is_unreadable(self.phone):
            self.phone_digest = phone_digest(self.phone, of=self.looked_up_as)

    def refuse_double(self) -> None:
        """Raise ValidationError where the community has another row of this name and phone.

        Neither a missing phone nor one that cannot be read identifies a person.
        """
        if is_unreadable(self.phone) or not self.phone:
            return
        others = self._called(self.community, self.name, self.phone).exclude(pk=self.pk)
        if others.exists():
            raise ValidationError({"phone": f"已有同名同电话的{self._meta.verbose_name}，请直接选用。"})

    @classmethod
    def known_by_phone(cls, *, community: models.Model | int, name: str, phone: str) -> Self | None:
        """Return the registered person of this name and phone; None for a missing phone."""
        return cls._called(community, name, phone).first()

    @classmethod
    def _called(cls, community: models.Model | int, name: str, phone: str) -> models.QuerySet[Self]:
        """Return the rows of this name and phone, under whichever live key the phone is looked up."""
        digests = digest_candidates(phone_digest(phone, of=cls.looked_up_as))
        where: dict[str, Any] = {"community": community, "name": name, "phone_digest__in": digests}
        return cls._base_manager.filter(**where)
