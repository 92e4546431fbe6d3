"""The audit trail refuses to be changed or deleted, whoever asks."""

from django.db import migrations

REFUSE = """
create function accounts_audit_refuse() returns trigger language plpgsql as $$
begin
  raise exception 'the audit trail is append-only';
end $$;
create trigger accounts_audit_append_only before update or delete on accounts_auditevent
  for each row execute function accounts_audit_refuse();
"""
ALLOW = """
drop trigger accounts_audit_append_only on accounts_auditevent;
drop function accounts_audit_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunSQL(REFUSE, ALLOW)]
