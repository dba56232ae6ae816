from django.db import migrations

SQL = """
ALTER TABLE stations_appointment ADD CONSTRAINT stations_appointment_role_of_post
    FOREIGN KEY (post_id, role) REFERENCES stations_post (id, role) ON UPDATE CASCADE;
"""
UNDO = "ALTER TABLE stations_appointment DROP CONSTRAINT stations_appointment_role_of_post;"


class Migration(migrations.Migration):
    """An appointment's role is its post's."""

    dependencies = [("stations", "0001_initial")]
    operations = [migrations.RunSQL(SQL, UNDO)]
