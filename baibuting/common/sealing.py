"""For migrations: a plain column of free text becomes a sealed one, and back; values are converted."""

from __future__ import annotations

from copy import deepcopy
from typing import Any
from uuid import uuid4

from django.db import migrations, models
from django.db.migrations.operations.base import Operation

from baibuting.common.crypto import SealBrokenError, open_sealed, seal
from baibuting.common.fields import SealedTextField

BATCH = 500  # rows read at a time


def constraints_checked() -> Operation:
    """Return the step between changing rows and changing their table, forwards and backwards.

    PostgreSQL refuses ALTER TABLE while foreign keys of rows changed in the same transaction are unchecked ("pending
    trigger events"); from here on they are checked at once.
    """
    statement = "SET CONSTRAINTS ALL IMMEDIATE"
    return migrations.RunSQL(statement, statement)


def column_sealed(app: str, model: str, column: str, sealed: SealedTextField) -> list[Operation]:
    """Return the steps for one column of a model that has a uid. `sealed` is the field as its model has it from now on."""
    plain = f"{column}_plain"

    def seal(apps: Any, schema_editor: Any) -> None:
        for row in _rows(apps).exclude(**{plain: ""}).iterator(BATCH):
            setattr(row, column, getattr(row, plain))
            row.save(update_fields=[column])

    def open_again(apps: Any, schema_editor: Any) -> None:
        for row in _rows(apps).exclude(**{column: b""}).iterator(BATCH):
            setattr(row, plain, str(getattr(row, column)))
            row.save(update_fields=[plain])

    def _rows(apps: Any) -> Any:
        return apps.get_model(app, model)._base_manager.all()

    empty = deepcopy(sealed)
    empty.default = b""
    return [
        constraints_checked(),
        migrations.RenameField(model, column, plain),
        migrations.AlterField(model, plain, models.CharField(max_length=300, blank=True, default="")),
        migrations.AddField(model, column, empty, preserve_default=False),
        migrations.RunPython(seal, open_again),
        migrations.RemoveField(model, plain),
        constraints_checked(),  # the first step on the way back
    ]


def uids_given(app: str, model: str) -> list[Operation]:
    """Return the steps that give every row of a model the uid its sealed columns are bound to."""

    def give(apps: Any, schema_editor: Any) -> None:
        for row in apps.get_model(app, model)._base_manager.all().iterator(BATCH):
            row.uid = uuid4()
            row.save(update_fields=["uid"])

    return [
        constraints_checked(),
        migrations.AddField(model, "uid", models.UUIDField(default=uuid4, editable=False, null=True)),
        migrations.RunPython(give, migrations.RunPython.noop),
        migrations.AlterField(model, "uid", models.UUIDField(default=uuid4, editable=False, unique=True)),
    ]


def sealed_anew(app: str, model: str, column: str, *, formerly: str) -> list[Operation]:
    """Return the steps that reseal a column whose model or name has changed.

    `formerly` is its earlier "app.model.column". What does not open stays as it is and reads as broken.
    """
    today = f"{app}.{model}.{column}"

    def seal_again(apps: Any, before: str, after: str) -> None:
        rows = apps.get_model(app, model)._base_manager
        for row in rows.exclude(**{column: b""}).iterator(BATCH):
            try:
                text = open_sealed(bytes(row.__dict__[column]), bound_to=f"{before}|{row.uid}")
            except SealBrokenError:
                continue
            rows.filter(pk=row.pk).update(**{column: seal(text, bound_to=f"{after}|{row.uid}")})

    return [
        constraints_checked(),
        migrations.RunPython(
            lambda apps, _: seal_again(apps, formerly, today),
            lambda apps, _: seal_again(apps, today, formerly),
        ),
        constraints_checked(),
    ]
