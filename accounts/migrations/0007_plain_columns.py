"""Accounts: the e-mail address is sealed, names are no place for numbers of people; nor is a reason in the trail."""

import baibuting.common.fields
import django.core.validators
import re
import uuid
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from accounts.rules import phone_digest
from baibuting.common.crypto import digest_candidates
from baibuting.common.plain_text import CODE
from baibuting.common.sealing import column_sealed, constraints_checked
from baibuting.common.setting_aside import numbers_set_aside

EMAIL = baibuting.common.fields.SealedTextField(
    blank=True, max_length=254, validators=[django.core.validators.EmailValidator()], verbose_name="邮箱"
)


def name_anew(apps, schema_editor):
    """An account that is called by a mobile or an ID number gets another name; a mobile becomes its phone, so that its
    owner signs in with what he has always typed."""
    accounts, kept = apps.get_model("accounts", "User")._base_manager, apps.get_model("accounts", "SetAsideText")
    for account in accounts.filter(username__regex=CODE.pattern):
        kept.objects.create(column="accounts.user.username", row_id=account.pk, text=account.username)
        number = account.username
        is_free = not account.phone and not accounts.filter(phone_digest__in=digest_candidates(phone_digest(number))).exists()
        if re.fullmatch(r"1[3-9][0-9]{9}", number) and is_free:
            account.phone, account.phone_digest = number, phone_digest(number)
        account.username = f"账号{account.pk}"
        account.save(update_fields=["username", "phone", "phone_digest"])


def call_again(apps, schema_editor):
    accounts, kept = apps.get_model("accounts", "User")._base_manager, apps.get_model("accounts", "SetAsideText")
    for text in kept.objects.filter(column="accounts.user.username"):
        accounts.filter(pk=text.row_id).update(username=str(text.text))
        text.delete()


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_alarms'),
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='SetAsideText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('column', models.CharField(max_length=100, verbose_name='栏位')),
                ('row_id', models.BigIntegerField(verbose_name='编号')),
                ('text', baibuting.common.fields.SealedTextField(verbose_name='原文')),
            ],
            options={
                'verbose_name': '移出的原文',
                'verbose_name_plural': '移出的原文',
            },
        ),
        migrations.AddConstraint(
            model_name='setasidetext',
            constraint=models.UniqueConstraint(fields=('column', 'row_id'), name='accounts_setasidetext_once'),
        ),
        *column_sealed("accounts", "User", "email", EMAIL),
        *numbers_set_aside("accounts", "User", "first_name", "last_name", "name"),
        migrations.RunPython(name_anew, call_again),
        constraints_checked(),
        # the trail is append-only: what it said before stays as it was said
        AddConstraintNotValid(
            model_name='auditevent',
            constraint=models.CheckConstraint(condition=models.Func(models.F('reason'), output_field=models.BooleanField(), template="%(expressions)s::text !~ '[0-9０-９]{7}|[1１][3-9３-９][0-9０-９]([ \u3000.·‐‑–—－-][0-9０-９]{4}){2}|[0０][0-9０-９]{2,3}[)）]?[ \u3000.·‐‑–—－-]?[0-9０-９]{4}[ \u3000.·‐‑–—－-][0-9０-９]{4}|([0-9０-９]{4}[ \u3000.·‐‑–—－-]){3}[0-9０-９]{2}'"), name='accounts_auditevent_reason_plain', violation_error_message='这里不能填身份证号、电话号码等长数字，请填到相应的栏目。'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Func(models.F('username'), output_field=models.BooleanField(), template="%(expressions)s::text !~ '(^|[^0-9])1[3-9][0-9]{9}([^0-9]|$)|[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]'"), name='accounts_user_username_plain', violation_error_message='这里不能填身份证号或手机号，请填到相应的栏目。'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Func(models.F('first_name'), output_field=models.BooleanField(), template="%(expressions)s::text !~ '[0-9０-９]{7}|[1１][3-9３-９][0-9０-９]([ \u3000.·‐‑–—－-][0-9０-９]{4}){2}|[0０][0-9０-９]{2,3}[)）]?[ \u3000.·‐‑–—－-]?[0-9０-９]{4}[ \u3000.·‐‑–—－-][0-9０-９]{4}|([0-9０-９]{4}[ \u3000.·‐‑–—－-]){3}[0-9０-９]{2}'"), name='accounts_user_first_name_plain', violation_error_message='这里不能填身份证号、电话号码等长数字，请填到相应的栏目。'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Func(models.F('last_name'), output_field=models.BooleanField(), template="%(expressions)s::text !~ '[0-9０-９]{7}|[1１][3-9３-９][0-9０-９]([ \u3000.·‐‑–—－-][0-9０-９]{4}){2}|[0０][0-9０-９]{2,3}[)）]?[ \u3000.·‐‑–—－-]?[0-9０-９]{4}[ \u3000.·‐‑–—－-][0-9０-９]{4}|([0-9０-９]{4}[ \u3000.·‐‑–—－-]){3}[0-9０-９]{2}'"), name='accounts_user_last_name_plain', violation_error_message='这里不能填身份证号、电话号码等长数字，请填到相应的栏目。'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Func(models.F('name'), output_field=models.BooleanField(), template="%(expressions)s::text !~ '[0-9０-９]{7}|[1１][3-9３-９][0-9０-９]([ \u3000.·‐‑–—－-][0-9０-９]{4}){2}|[0０][0-9０-９]{2,3}[)）]?[ \u3000.·‐‑–—－-]?[0-9０-９]{4}[ \u3000.·‐‑–—－-][0-9０-９]{4}|([0-9０-９]{4}[ \u3000.·‐‑–—－-]){3}[0-9０-９]{2}'"), name='accounts_user_name_plain', violation_error_message='这里不能填身份证号、电话号码等长数字，请填到相应的栏目。'),
        ),
    ]
