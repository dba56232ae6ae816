from django.db import migrations

SQL = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = TG_ARGV[0],
        MESSAGE = TG_TABLE_NAME || ' is append-only', TABLE = TG_TABLE_NAME;
END $$;
CREATE TRIGGER core_journal_append_only BEFORE UPDATE OR DELETE ON core_journalentry
    FOR EACH ROW EXECUTE FUNCTION refuse_change('core_journal_append_only');
"""
UNDO = """
DROP TRIGGER core_journal_append_only ON core_journalentry;
DROP FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    """What was written in the journal stays as it was."""

    dependencies = [("core", "0002_tables")]
    operations = [migrations.RunSQL(SQL, UNDO)]
