"""Duties of visits lie at buildings: everything they are counted and shown by is a building's.

A duty lies at a place of any level, and a check cannot look at the place; so a trigger says no, in the words of a
check. It looks at one row by its key for each duty that is opened or moved.
"""

from django.db import migrations

KINDS = ("first_visit", "routine", "arrival")
BUILDING = 4  # buildings.choices.Level

SAY_NO = f"""
CREATE FUNCTION visits_duty_at_building() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT level FROM buildings_place WHERE id = NEW.building_id) <> {BUILDING} THEN
        RAISE EXCEPTION 'a duty of kind % lies at a building, and place % is none', NEW.kind, NEW.building_id
            USING ERRCODE = 'check_violation', TABLE = 'duties_duty', CONSTRAINT = 'visits_duty_at_building';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER visits_duty_at_building BEFORE INSERT OR UPDATE OF building_id, kind ON duties_duty
    FOR EACH ROW WHEN (NEW.kind IN {KINDS}) EXECUTE FUNCTION visits_duty_at_building();
"""  # noqa: S608 - made of constants
SAY_NOTHING = """
DROP TRIGGER visits_duty_at_building ON duties_duty;
DROP FUNCTION visits_duty_at_building();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("duties", "0006_place_and_appointment"),
        ("visits", "0006_rules_versioned"),
    ]

    operations = [migrations.RunSQL(SAY_NO, SAY_NOTHING)]
