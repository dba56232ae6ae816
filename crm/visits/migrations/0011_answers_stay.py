from django.db import migrations

SQL = """
CREATE TRIGGER visits_confirmation_append_only BEFORE UPDATE OR DELETE ON visits_visitconfirmation
    FOR EACH ROW EXECUTE FUNCTION refuse_change('visits_confirmation_append_only');
"""
UNDO = "DROP TRIGGER visits_confirmation_append_only ON visits_visitconfirmation;"


class Migration(migrations.Migration):
    """What the enterprise has answered is never rewritten."""

    dependencies = [("visits", "0010_confirmations"), ("core", "0003_guards")]
    operations = [migrations.RunSQL(SQL, UNDO)]
