"""What clients, tokens and platforms are called is no place for numbers of people."""

from django.conf import settings
from django.db import migrations, models

from baibuting.common.plain_text import CODE
from baibuting.common.setting_aside import numbers_set_aside


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_plain_columns'),
        ('api', '0002_feed_and_outbox_triggers'),
        ('buildings', '0006_plain_columns'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        *numbers_set_aside("api", "ApiClient", "name", "purpose"),
        *numbers_set_aside("api", "ApiToken", "label"),
        *numbers_set_aside("api", "EventType", "first_name", "second_name", "scope_name", "title"),
        *numbers_set_aside("api", "EventType", "first_code", "second_code", "scope_code", rule=CODE),
        *numbers_set_aside("api", "Platform", "name"),
        *numbers_set_aside("api", "Platform", "url", rule=CODE),
        *numbers_set_aside("api", "Webhook", "url", rule=CODE),
        migrations.AddConstraint(
            model_name='apiclient',
            constraint=models.CheckConstraint(condition=models.Func(models.F('name'), output_field=models.BooleanField(), template="%(expressions)s::text !~ '[0-9０-９]{7}|[1１][3-9３-９][0-9０-９]([ \u3000.·‐‑–—－-][0-9０-９]{4}){2}|[0０][0-9０-９]{2,3}[)）]?[ \u3000.·‐‑–—－-]?[0-9０-９]{4}[ \u3000.·‐‑–—－-][0-9０-９]{4}|([0-9０-９]{4}[ \u3000.·‐‑–—－-]){3}[0-9０-９]{2}'"), name='api_apiclient_name_plain', violation_error_message='这里不能填身份证号、电话号码等长数字，请填到相应的栏目。'),
        ),
        migrations.AddConstraint(
            model_name='apiclient',
            constraint=models.CheckConstraint(condition=models.Func(models.F('purpose'), output_field=models.BooleanField(), template="%(expressions)s::text !~ '[0-9０-９]{7}|[1１][3-9３-９][0-9０-９]([ \u3000.·‐‑–—－-][0-9０-９]{4}){2}|[0０][0-9０-９]{2,3}[)）]?[ \u3000.·‐‑–—－-]?[0-9０-９]{4}[ \u3000.·‐‑–—－-][0-9０-９]{4}|([0-9０-９]{4}[ \u3000.·‐‑–—－-]){3}[0-9０-９]{2}'"), name='api_apiclient_purpose_plain', violation_error_message='这里不能填身份证号、电话号码等长数字，请填到相应的栏目。'),
        ),
        migrations.AddConstraint(
            model_name='apitoken',
            constraint=models.CheckConstraint(condition=models.Func(models.F('label'), output_field=models.BooleanField(), template="%(expressions)s::text !~ '[0-9０-９]{7}|[1１][3-9３-９][0-9０-９]([ \u3000.·‐‑–—－-][0-9０-９]{4}){2}|[0０][0-9０-９]{2,3}[)）]?[ \u3000.·‐‑–—－-]?[0-9０-９]{4}[ \u3000.·‐‑–—－-][0-9０-９]{4}|([0-9０-９]{4}[ \u3000.·‐‑–—－-]){3}[0-9０-９]{2}'"), name='api_apitoken_label_plain', violation_error_message='这里不能填身份证号、电话号码等长数字，请填到相应的栏目。'),
        ),
        migrations.AddConstraint(
            model_name='eventtype',
            constraint=models.CheckConstraint(condition=models.Func(models.F('first_code'), output_field=models.BooleanField(), template="%(expressions)s::text !~ '(^|[^0-9])1[3-9][0-9]{9}([^0-9]|$)|[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]'"), name='api_eventtype_first_code_plain', violation_error_message='这里不能填身份证号或手机号，请填到相应的栏目。'),
        ),
        migrations.AddConstraint(
            model_name='eventtype',
            constraint=models.CheckConstraint(condition=models.Func(models.F('second_code'), output_field=models.BooleanField(), template="%(expressions)s::text !~ '(^|[^0-9])1[3-9][0-9]{9}([^0-9]|$)|[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]'"), name='api_eventtype_second_code_plain', violation_error_message='这里不能填身份证号或手机号，请填到相应的栏目。'),
        ),
        migrations.AddConstraint(
            model_name='eventtype',
            constraint=models.CheckConstraint(condition=models.Func(models.F('scope_code'), output_field=models.BooleanField(), template="%(expressions)s::text !~ '(^|[^0-9])1[3-9][0-9]{9}([^0-9]|$)|[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]'"), name='api_eventtype_scope_code_plain', violation_error_message='这里不能填身份证号或手机号，请填到相应的栏目。'),
        ),
        migrations.AddConstraint(
            model_name='eventtype',
            constraint=models.CheckConstraint(condition=models.Func(models.F('first_name'), output_field=models.BooleanField(), template="%(expressions)s::text !~ '[0-9０-９]{7}|[1１][3-9３-９][0-9０-９]([ \u3000.·‐‑–—－-][0-9０-９]{4}){2}|[0０][0-9０-９]{2,3}[)）]?[ \u3000.·‐‑–—－-]?[0-9０-９]{4}[ \u3000.·‐‑–—－-][0-9０-９]{4}|([0-9０-９]{4}[ \u3000.·‐‑–—－-]){3}[0-9０-９]{2}'"), name='api_eventtype_first_name_plain', violation_error_message='这里不能填身份证号、电话号码等长数字，请填到相应的栏目。'),
        ),
        migrations.AddConstraint(
            model_name='eventtype',
            constraint=models.CheckConstraint(condition=models.Func(models.F('second_name'), output_field=models.BooleanField(), template="%(expressions)s::text !~ '[0-9０-９]{7}|[1１][3-9３-９][0-9０-９]([ \u3000.·‐‑–—－-][0-9０-９]{4}){2}|[0０][0-9０-９]{2,3}[)）]?[ \u3000.·‐‑–—－-]?[0-9０-９]{4}[ \u3000.·‐‑–—－-][0-9０-９]{4}|([0-9０-９]{4}[ \u3000.·‐‑–—－-]){3}[0-9０-９]{2}'"), name='api_eventtype_second_name_plain', violation_error_message='这里不能填身份证号、电话号码等长数字，请填到相应的栏目。'),
        ),
        migrations.AddConstraint(
            model_name='eventtype',
            constraint=models.CheckConstraint(condition=models.Func(models.F('scope_name'), output_field=models.BooleanField(), template="%(expressions)s::text !~ '[0-9０-９]{7}|[1１][3-9３-９][0-9０-９]([ \u3000.·‐‑–—－-][0-9０-９]{4}){2}|[0０][0-9０-９]{2,3}[)）]?[ \u3000.·‐‑–—－-]?[0-9０-９]{4}[ \u3000.·‐‑–—－-][0-9０-９]{4}|([0-9０-９]{4}[ \u3000.·‐‑–—－-]){3}[0-9０-９]{2}'"), name='api_eventtype_scope_name_plain', violation_error_message='这里不能填身份证号、电话号码等长数字，请填到相应的栏目。'),
        ),
        migrations.AddConstraint(
            model_name='eventtype',
            constraint=models.CheckConstraint(condition=models.Func(models.F('title'), output_field=models.BooleanField(), template="%(expressions)s::text !~ '[0-9０-９]{7}|[1１][3-9３-９][0-9０-９]([ \u3000.·‐‑–—－-][0-9０-９]{4}){2}|[0０][0-9０-９]{2,3}[)）]?[ \u3000.·‐‑–—－-]?[0-9０-９]{4}[ \u3000.·‐‑–—－-][0-9０-９]{4}|([0-9０-９]{4}[ \u3000.·‐‑–—－-]){3}[0-9０-９]{2}'"), name='api_eventtype_title_plain', violation_error_message='这里不能填身份证号、电话号码等长数字，请填到相应的栏目。'),
        ),
        migrations.AddConstraint(
            model_name='platform',
            constraint=models.CheckConstraint(condition=models.Func(models.F('url'), output_field=models.BooleanField(), template="%(expressions)s::text !~ '(^|[^0-9])1[3-9][0-9]{9}([^0-9]|$)|[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]'"), name='api_platform_url_plain', violation_error_message='这里不能填身份证号或手机号，请填到相应的栏目。'),
        ),
        migrations.AddConstraint(
            model_name='platform',
            constraint=models.CheckConstraint(condition=models.Func(models.F('name'), output_field=models.BooleanField(), template="%(expressions)s::text !~ '[0-9０-９]{7}|[1１][3-9３-９][0-9０-９]([ \u3000.·‐‑–—－-][0-9０-９]{4}){2}|[0０][0-9０-９]{2,3}[)）]?[ \u3000.·‐‑–—－-]?[0-9０-９]{4}[ \u3000.·‐‑–—－-][0-9０-９]{4}|([0-9０-９]{4}[ \u3000.·‐‑–—－-]){3}[0-9０-９]{2}'"), name='api_platform_name_plain', violation_error_message='这里不能填身份证号、电话号码等长数字，请填到相应的栏目。'),
        ),
        migrations.AddConstraint(
            model_name='webhook',
            constraint=models.CheckConstraint(condition=models.Func(models.F('url'), output_field=models.BooleanField(), template="%(expressions)s::text !~ '(^|[^0-9])1[3-9][0-9]{9}([^0-9]|$)|[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]'"), name='api_webhook_url_plain', violation_error_message='这里不能填身份证号或手机号，请填到相应的栏目。'),
        ),
    ]
