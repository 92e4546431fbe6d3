"""Names of teams, volunteers and employers are no place for numbers of people."""

from django.db import migrations, models

from baibuting.common.setting_aside import numbers_set_aside


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_plain_columns'),
        ('buildings', '0006_plain_columns'),
        ('cadres', '0006_plain_columns'),
        ('volunteers', '0002_phone_digest_and_scope'),
    ]

    operations = [
        *numbers_set_aside("volunteers", "Team", "name"),
        *numbers_set_aside("volunteers", "Volunteer", "name", "name_initials", "employer"),
        migrations.AddConstraint(
            model_name='team',
            constraint=models.CheckConstraint(condition=models.Func(models.F('name'), output_field=models.BooleanField(), template="%(expressions)s::text !~ '[0-9０-９]{7}|[1１][3-9３-９][0-9０-９]([ \u3000.·‐‑–—－-][0-9０-９]{4}){2}|[0０][0-9０-９]{2,3}[)）]?[ \u3000.·‐‑–—－-]?[0-9０-９]{4}[ \u3000.·‐‑–—－-][0-9０-９]{4}|([0-9０-９]{4}[ \u3000.·‐‑–—－-]){3}[0-9０-９]{2}'"), name='volunteers_team_name_plain', violation_error_message='这里不能填身份证号、电话号码等长数字，请填到相应的栏目。'),
        ),
        migrations.AddConstraint(
            model_name='volunteer',
            constraint=models.CheckConstraint(condition=models.Func(models.F('name'), output_field=models.BooleanField(), template="%(expressions)s::text !~ '[0-9０-９]{7}|[1１][3-9３-９][0-9０-９]([ \u3000.·‐‑–—－-][0-9０-９]{4}){2}|[0０][0-9０-９]{2,3}[)）]?[ \u3000.·‐‑–—－-]?[0-9０-９]{4}[ \u3000.·‐‑–—－-][0-9０-９]{4}|([0-9０-９]{4}[ \u3000.·‐‑–—－-]){3}[0-9０-９]{2}'"), name='volunteers_volunteer_name_plain', violation_error_message='这里不能填身份证号、电话号码等长数字，请填到相应的栏目。'),
        ),
        migrations.AddConstraint(
            model_name='volunteer',
            constraint=models.CheckConstraint(condition=models.Func(models.F('name_initials'), output_field=models.BooleanField(), template="%(expressions)s::text !~ '[0-9０-９]{7}|[1１][3-9３-９][0-9０-９]([ \u3000.·‐‑–—－-][0-9０-９]{4}){2}|[0０][0-9０-９]{2,3}[)）]?[ \u3000.·‐‑–—－-]?[0-9０-９]{4}[ \u3000.·‐‑–—－-][0-9０-９]{4}|([0-9０-９]{4}[ \u3000.·‐‑–—－-]){3}[0-9０-９]{2}'"), name='volunteers_volunteer_name_initials_plain', violation_error_message='这里不能填身份证号、电话号码等长数字，请填到相应的栏目。'),
        ),
        migrations.AddConstraint(
            model_name='volunteer',
            constraint=models.CheckConstraint(condition=models.Func(models.F('employer'), output_field=models.BooleanField(), template="%(expressions)s::text !~ '[0-9０-９]{7}|[1１][3-9３-９][0-9０-９]([ \u3000.·‐‑–—－-][0-9０-９]{4}){2}|[0０][0-9０-９]{2,3}[)）]?[ \u3000.·‐‑–—－-]?[0-9０-９]{4}[ \u3000.·‐‑–—－-][0-9０-９]{4}|([0-9０-９]{4}[ \u3000.·‐‑–—－-]){3}[0-9０-９]{2}'"), name='volunteers_volunteer_employer_plain', violation_error_message='这里不能填身份证号、电话号码等长数字，请填到相应的栏目。'),
        ),
    ]
