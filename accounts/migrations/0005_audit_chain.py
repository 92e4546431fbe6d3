"""Audit rows are stamped, and sealed into a chain. Rows written before are stamped as they stand."""

import uuid

from django.db import migrations, models

# rows may be taken away by `manage.py purge_audit`, which says so in its transaction; nothing is ever changed
TRIGGERS = """
create or replace function accounts_audit_refuse() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and current_setting('baibuting.purging', true) = 'on' then
    return old;
  end if;
  raise exception 'the audit trail is append-only';
end $$;
create trigger accounts_seal_append_only before update or delete on accounts_auditseal
  for each row execute function accounts_audit_refuse();
create trigger accounts_purge_append_only before update or delete on accounts_auditpurge
  for each row execute function accounts_audit_refuse();
create function accounts_audit_waits() returns trigger language plpgsql as $$
begin
  insert into accounts_auditwaiting (event_id) values (new.id);
  return null;
end $$;
create trigger accounts_audit_waits after insert on accounts_auditevent
  for each row execute function accounts_audit_waits();
insert into accounts_auditwaiting (event_id) select id from accounts_auditevent;
"""
NO_TRIGGERS = """
drop trigger accounts_audit_waits on accounts_auditevent;
drop function accounts_audit_waits();
drop trigger accounts_purge_append_only on accounts_auditpurge;
drop trigger accounts_seal_append_only on accounts_auditseal;
create or replace function accounts_audit_refuse() returns trigger language plpgsql as $$
begin
  raise exception 'the audit trail is append-only';
end $$;
"""
OPEN = "alter table accounts_auditevent disable trigger accounts_audit_append_only"
CLOSE = "alter table accounts_auditevent enable trigger accounts_audit_append_only"


def stamp_all(apps, schema_editor):
    from audit.trail import stamp_of

    for event in apps.get_model("accounts", "AuditEvent").objects.iterator():
        event.uid = uuid.uuid4()
        event.stamp = stamp_of(event)
        event.save(update_fields=["uid", "stamp"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_second_step")]
    operations = [
        migrations.RunSQL(OPEN, CLOSE),
        migrations.AddField(
            "auditevent", "uid", models.UUIDField(default=uuid.uuid4, editable=False, null=True)
        ),
        migrations.AddField(
            "auditevent", "stamp", models.BinaryField(max_length=33, editable=False, null=True)
        ),
        migrations.RunPython(stamp_all, migrations.RunPython.noop),
        migrations.RunSQL(CLOSE, OPEN),
        migrations.RunSQL("set constraints all immediate", migrations.RunSQL.noop),
        migrations.AlterField(
            "auditevent", "uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
        ),
        migrations.AlterField("auditevent", "stamp", models.BinaryField(max_length=33, editable=False)),
        migrations.CreateModel(
            "AuditWaiting",
            [("event_id", models.BigIntegerField(primary_key=True, serialize=False))],
            {"verbose_name": "待封存的审计记录", "verbose_name_plural": "待封存的审计记录"},
        ),
        migrations.CreateModel(
            "AuditSeal",
            [
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("event_id", models.BigIntegerField(unique=True)),
                ("row_hash", models.BinaryField(max_length=32)),
                ("link", models.BinaryField(max_length=32)),
                ("was_genuine", models.BooleanField()),
                ("sealed_at", models.DateTimeField()),
            ],
            {"verbose_name": "审计封存", "verbose_name_plural": "审计封存"},
        ),
        migrations.CreateModel(
            "AuditPurge",
            [
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("link", models.BinaryField(max_length=32)),
                ("before_on", models.DateField()),
                ("purged_at", models.DateTimeField()),
            ],
            {"verbose_name": "审计清理", "verbose_name_plural": "审计清理"},
        ),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
    ]
