from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("api", "0002_feed_and_outbox_triggers")]

    operations = [
        # Figures of a past day: what was not closed by then. Measured on 1,000,000 duties: 44 ms instead of 200.
        migrations.RunSQL(
            "CREATE INDEX api_figures_duty ON duties_duty (community_id, closed_at)",
            "DROP INDEX api_figures_duty",
        ),
    ]
