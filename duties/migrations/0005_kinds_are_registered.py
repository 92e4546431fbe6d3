"""Kinds and sources are words that apps register; what tells duties of one kind and clock apart is a column.

The column is filled while its type is set: the table is written anew once, in one statement, and no trigger of the
change feed fires for it, since nothing that clients follow has changed.
"""

from django.db import migrations, models

import duties.choices

ADD = """
    ALTER TABLE duties_duty ADD COLUMN key varchar(30);
    ALTER TABLE duties_duty
        ALTER COLUMN key TYPE varchar(30)
            USING CASE WHEN kind = 'arrival' THEN accountable_post ELSE to_char(opened_on, 'YYYY-MM-DD') END,
        ALTER COLUMN key SET NOT NULL;
"""
REMOVE = "ALTER TABLE duties_duty DROP COLUMN key"


class Migration(migrations.Migration):
    dependencies = [
        ("duties", "0004_left"),
    ]

    operations = [
        migrations.AlterField(
            model_name="duty",
            name="kind",
            field=models.CharField(choices=duties.choices.kind_choices, max_length=20, verbose_name="种类"),
        ),
        migrations.AlterField(
            model_name="dutyclock",
            name="source",
            field=models.CharField(max_length=10, verbose_name="来源"),
        ),
        migrations.RemoveConstraint(model_name="duty", name="duties_duty_round_unique"),
        migrations.RemoveConstraint(model_name="duty", name="duties_duty_arrival_unique"),
        migrations.RunSQL(
            ADD,
            REMOVE,
            state_operations=[
                migrations.AddField(
                    model_name="duty",
                    name="key",
                    field=models.CharField(default="", max_length=30, verbose_name="区分"),
                    preserve_default=False,
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="duty",
            constraint=models.UniqueConstraint(fields=("clock", "kind", "key"), name="duties_duty_unique"),
        ),
    ]
