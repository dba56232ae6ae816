from django.db import migrations

SQL = """
CREATE TRIGGER issues_event_append_only BEFORE UPDATE OR DELETE ON issues_issueevent
    FOR EACH ROW EXECUTE FUNCTION refuse_change('issues_event_append_only');
"""
UNDO = "DROP TRIGGER issues_event_append_only ON issues_issueevent;"


class Migration(migrations.Migration):
    """What happened to an issue is never rewritten."""

    dependencies = [("issues", "0002_initial"), ("core", "0003_guards")]
    operations = [migrations.RunSQL(SQL, UNDO)]
