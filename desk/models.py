"""What an account keeps for itself at the desk."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q

from accounts.models import User
from baibuting.common.fields import SealedTextField
from baibuting.common.plain_text import plain_text


class SavedFilter(models.Model):
    """A list as somebody filters and sorts it again and again; shown to them alone.

    `listed` is the name of the list's address, `query` what follows it: names of filters with ids and choices, nothing
    typed. `name` is what they call it.
    """

    uid = models.UUIDField(default=uuid4, editable=False, unique=True)
    user = models.ForeignKey(
        User, verbose_name="账号", on_delete=models.CASCADE, related_name="saved_filters"
    )
    listed = models.CharField("列表", max_length=80)
    query = models.CharField("条件", max_length=400)
    name = SealedTextField("名称", max_length=20)

    class Meta:
        verbose_name = "常用筛选"
        verbose_name_plural = "常用筛选"
        ordering = ["pk"]
        constraints = [
            *plain_text("listed", "query"),
            # also the index of the one query: those of a user for a list
            models.UniqueConstraint(
                fields=["user", "listed", "query"],
                name="desk_savedfilter_once",
                violation_error_message="这组条件已经保存过。",
            ),
            # ids and choices alone: no name is written in these letters
            models.CheckConstraint(
                condition=Q(query__regex=r"^[a-z_]+=[A-Za-z0-9_.-]+(&[a-z_]+=[A-Za-z0-9_.-]+)*$"),
                name="desk_savedfilter_plain",
                violation_error_message="这组条件不能保存。",
            ),
        ]

    def __str__(self) -> str:
        return self.listed
