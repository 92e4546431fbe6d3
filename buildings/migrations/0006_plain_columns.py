"""Names and codes of places are no place for numbers of people."""

from django.db import migrations, models

from baibuting.common.plain_text import CODE
from baibuting.common.setting_aside import numbers_set_aside


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_plain_columns'),
        ('buildings', '0005_place_remark_sealed'),
    ]

    operations = [
        *numbers_set_aside("buildings", "AdministrativeUnit", "name"),
        *numbers_set_aside("buildings", "AdministrativeUnit", "code", rule=CODE),
        *numbers_set_aside("buildings", "Place", "name"),
        *numbers_set_aside("buildings", "Place", "code", rule=CODE),
        migrations.AddConstraint(
            model_name='administrativeunit',
            constraint=models.CheckConstraint(condition=models.Func(models.F('code'), output_field=models.BooleanField(), template="%(expressions)s::text !~ '(^|[^0-9])1[3-9][0-9]{9}([^0-9]|$)|[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]'"), name='buildings_administrativeunit_code_plain', violation_error_message='这里不能填身份证号或手机号，请填到相应的栏目。'),
        ),
        migrations.AddConstraint(
            model_name='administrativeunit',
            constraint=models.CheckConstraint(condition=models.Func(models.F('name'), output_field=models.BooleanField(), template="%(expressions)s::text !~ '[0-9０-９]{7}|[1１][3-9３-９][0-9０-９]([ \u3000.·‐‑–—－-][0-9０-９]{4}){2}|[0０][0-9０-９]{2,3}[)）]?[ \u3000.·‐‑–—－-]?[0-9０-９]{4}[ \u3000.·‐‑–—－-][0-9０-９]{4}|([0-9０-９]{4}[ \u3000.·‐‑–—－-]){3}[0-9０-９]{2}'"), name='buildings_administrativeunit_name_plain', violation_error_message='这里不能填身份证号、电话号码等长数字，请填到相应的栏目。'),
        ),
        migrations.AddConstraint(
            model_name='place',
            constraint=models.CheckConstraint(condition=models.Func(models.F('code'), output_field=models.BooleanField(), template="%(expressions)s::text !~ '(^|[^0-9])1[3-9][0-9]{9}([^0-9]|$)|[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]'"), name='buildings_place_code_plain', violation_error_message='这里不能填身份证号或手机号，请填到相应的栏目。'),
        ),
        migrations.AddConstraint(
            model_name='place',
            constraint=models.CheckConstraint(condition=models.Func(models.F('name'), output_field=models.BooleanField(), template="%(expressions)s::text !~ '[0-9０-９]{7}|[1１][3-9３-９][0-9０-９]([ \u3000.·‐‑–—－-][0-9０-９]{4}){2}|[0０][0-9０-９]{2,3}[)）]?[ \u3000.·‐‑–—－-]?[0-9０-９]{4}[ \u3000.·‐‑–—－-][0-9０-９]{4}|([0-9０-９]{4}[ \u3000.·‐‑–—－-]){3}[0-9０-９]{2}'"), name='buildings_place_name_plain', violation_error_message='这里不能填身份证号、电话号码等长数字，请填到相应的栏目。'),
        ),
    ]
