"""Accounts' phones become sealed columns with a digest to sign in by."""

import uuid

from django.db import migrations, models

import baibuting.common.fields
from accounts.rules import phone_digest


def give_uids(apps, schema_editor):
    for account in apps.get_model("accounts", "User").objects.all():
        account.uid = uuid.uuid4()
        account.save(update_fields=["uid"])


def seal(apps, schema_editor):
    for account in apps.get_model("accounts", "User").objects.exclude(phone_plain=""):
        account.phone, account.phone_digest = account.phone_plain, phone_digest(account.phone_plain)
        account.save(update_fields=["phone", "phone_digest"])


def open_again(apps, schema_editor):
    for account in apps.get_model("accounts", "User").objects.exclude(phone_digest=None):
        account.phone_plain = str(account.phone)
        account.save(update_fields=["phone_plain"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_audit_is_append_only")]
    operations = [
        migrations.AddField("user", "uid", models.UUIDField(default=uuid.uuid4, editable=False, null=True)),
        migrations.RunPython(give_uids, migrations.RunPython.noop),
        migrations.AlterField(
            "user", "uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
        ),
        migrations.RemoveConstraint("user", "accounts_user_phone_unique"),
        migrations.RenameField("user", "phone", "phone_plain"),
        migrations.AddField(
            "user",
            "phone",
            baibuting.common.fields.SealedTextField(
                blank=True, default=b"", help_text="用手机号登录时填写", max_length=20, verbose_name="手机号"
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "user", "phone_digest", models.BinaryField(editable=False, max_length=32, null=True)
        ),
        migrations.RunPython(seal, open_again),
        migrations.RemoveField("user", "phone_plain"),
        migrations.AddConstraint(
            "user",
            models.UniqueConstraint(
                condition=models.Q(("phone_digest__isnull", False)),
                fields=("phone_digest",),
                name="accounts_user_phone_unique",
                violation_error_message="该手机号已有账号，请核对后再填。",
            ),
        ),
    ]
