"""A phrase that is offered to everybody is no place for numbers of people."""

from django.db import migrations, models

from baibuting.common.setting_aside import numbers_set_aside


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_plain_columns'),
        ('phone', '0004_decisions_sealed'),
        ('residents', '0002_ship_categories'),
    ]

    operations = [
        *numbers_set_aside("phone", "QuickPhrase", "text"),
        migrations.AddConstraint(
            model_name='quickphrase',
            constraint=models.CheckConstraint(condition=models.Func(models.F('text'), output_field=models.BooleanField(), template="%(expressions)s::text !~ '[0-9０-９]{7}|[1１][3-9３-９][0-9０-９]([ \u3000.·‐‑–—－-][0-9０-９]{4}){2}|[0０][0-9０-９]{2,3}[)）]?[ \u3000.·‐‑–—－-]?[0-9０-９]{4}[ \u3000.·‐‑–—－-][0-9０-９]{4}|([0-9０-９]{4}[ \u3000.·‐‑–—－-]){3}[0-9０-９]{2}'"), name='phone_quickphrase_text_plain', violation_error_message='这里不能填身份证号、电话号码等长数字，请填到相应的栏目。'),
        ),
    ]
