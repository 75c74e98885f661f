"""The database itself refuses a department that lies below itself, whatever way it is moved."""

from django.db import migrations

SQLITE = """
CREATE TRIGGER people_department_no_ring BEFORE UPDATE OF parent_id ON people_department
WHEN NEW.parent_id IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'a department cannot lie below itself')
    WHERE NEW.id IN (
        WITH RECURSIVE above(id) AS (
            SELECT NEW.parent_id
            UNION
            SELECT d.parent_id FROM people_department d JOIN above ON d.id = above.id WHERE d.parent_id IS NOT NULL
        )
        SELECT id FROM above
    );
END;
"""
POSTGRESQL = """
CREATE FUNCTION people_department_no_ring() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('madoguchi.people.department'));
    IF NEW.id IN (
        WITH RECURSIVE above(id) AS (
            SELECT NEW.parent_id
            UNION
            SELECT d.parent_id FROM people_department d JOIN above ON d.id = above.id WHERE d.parent_id IS NOT NULL
        )
        SELECT id FROM above
    ) THEN
        RAISE EXCEPTION 'a department cannot lie below itself' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER people_department_no_ring BEFORE UPDATE OF parent_id ON people_department
FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION people_department_no_ring();
"""


def forward(apps, editor):
    editor.execute(POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE)


def backward(apps, editor):
    if editor.connection.vendor == "postgresql":
        editor.execute("DROP TRIGGER people_department_no_ring ON people_department")
        editor.execute("DROP FUNCTION people_department_no_ring()")
    else:
        editor.execute("DROP TRIGGER people_department_no_ring")


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]
    operations = [migrations.RunPython(forward, backward)]
