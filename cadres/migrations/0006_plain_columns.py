"""Names of cadres and party organisations are no place for numbers of people."""

from django.conf import settings
from django.db import migrations, models

from baibuting.common.setting_aside import numbers_set_aside


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_plain_columns'),
        ('buildings', '0006_plain_columns'),
        ('cadres', '0005_cover_reason_sealed'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        *numbers_set_aside("cadres", "Cadre", "name", "name_initials"),
        *numbers_set_aside("cadres", "PartyOrganisation", "name"),
        migrations.AddConstraint(
            model_name='cadre',
            constraint=models.CheckConstraint(condition=models.Func(models.F('name'), output_field=models.BooleanField(), template="%(expressions)s::text !~ '[0-9０-９]{7}|[1１][3-9３-９][0-9０-９]([ \u3000.·‐‑–—－-][0-9０-９]{4}){2}|[0０][0-9０-９]{2,3}[)）]?[ \u3000.·‐‑–—－-]?[0-9０-９]{4}[ \u3000.·‐‑–—－-][0-9０-９]{4}|([0-9０-９]{4}[ \u3000.·‐‑–—－-]){3}[0-9０-９]{2}'"), name='cadres_cadre_name_plain', violation_error_message='这里不能填身份证号、电话号码等长数字，请填到相应的栏目。'),
        ),
        migrations.AddConstraint(
            model_name='cadre',
            constraint=models.CheckConstraint(condition=models.Func(models.F('name_initials'), output_field=models.BooleanField(), template="%(expressions)s::text !~ '[0-9０-９]{7}|[1１][3-9３-９][0-9０-９]([ \u3000.·‐‑–—－-][0-9０-９]{4}){2}|[0０][0-9０-９]{2,3}[)）]?[ \u3000.·‐‑–—－-]?[0-9０-９]{4}[ \u3000.·‐‑–—－-][0-9０-９]{4}|([0-9０-９]{4}[ \u3000.·‐‑–—－-]){3}[0-9０-９]{2}'"), name='cadres_cadre_name_initials_plain', violation_error_message='这里不能填身份证号、电话号码等长数字，请填到相应的栏目。'),
        ),
        migrations.AddConstraint(
            model_name='partyorganisation',
            constraint=models.CheckConstraint(condition=models.Func(models.F('name'), output_field=models.BooleanField(), template="%(expressions)s::text !~ '[0-9０-９]{7}|[1１][3-9３-９][0-9０-９]([ \u3000.·‐‑–—－-][0-9０-９]{4}){2}|[0０][0-9０-９]{2,3}[)）]?[ \u3000.·‐‑–—－-]?[0-9０-９]{4}[ \u3000.·‐‑–—－-][0-9０-９]{4}|([0-9０-９]{4}[ \u3000.·‐‑–—－-]){3}[0-9０-９]{2}'"), name='cadres_partyorganisation_name_plain', violation_error_message='这里不能填身份证号、电话号码等长数字，请填到相应的栏目。'),
        ),
    ]
