"""For migrations: a plain column gets a rule; texts that break it are kept whole, sealed, and lose their numbers."""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.migrations.operations.base import Operation

from baibuting.common.plain_text import WORDS, Rule, without_numbers
from baibuting.common.sealing import BATCH, constraints_checked

SHORT = 10**6  # keys of rows below it have six digits at most, which no rule refuses


def numbers_set_aside(app: str, model: str, *columns: str, rule: Rule = WORDS) -> list[Operation]:
    """Return the steps before the constraints of these columns are added; the reverse restores every text.

    The migration depends on accounts.0007, which has the table they are kept in.
    """

    def set_aside(apps: Any, schema_editor: Any) -> None:
        kept = apps.get_model("accounts", "SetAsideText")
        rows = apps.get_model(app, model)._base_manager
        for column in columns:
            label = f"{app}.{model.lower()}.{column}"
            longest = rows.model._meta.get_field(column).max_length
            for row in rows.filter(**{f"{column}__regex": rule.pattern}).iterator(BATCH):
                kept.objects.create(column=label, row_id=row.pk, text=getattr(row, column))
                setattr(row, column, _replacement(getattr(row, column), row.pk, longest))
                row.save(update_fields=[column])

    def put_back(apps: Any, schema_editor: Any) -> None:
        kept = apps.get_model("accounts", "SetAsideText")
        rows = apps.get_model(app, model)._base_manager
        for column in columns:
            for text in kept.objects.filter(column=f"{app}.{model.lower()}.{column}"):
                rows.filter(pk=text.row_id).update(**{column: str(text.text)})
                text.delete()

    return [constraints_checked(), migrations.RunPython(set_aside, put_back), constraints_checked()]


def _replacement(text: str, pk: int, longest: int | None) -> str:
    """Return the text with its numbers replaced by the row's key, so that two which differed in them still differ."""
    mark = f"（{pk % SHORT}）"
    kept = without_numbers(text)
    return (kept if longest is None else kept[: longest - len(mark)]) + mark
