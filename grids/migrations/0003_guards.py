from django.db import migrations

SQL = """
ALTER TABLE grids_responsibility ADD CONSTRAINT grids_responsibility_role_of_post
    FOREIGN KEY (post_id, role) REFERENCES stations_post (id, role) ON UPDATE CASCADE;

CREATE FUNCTION refuse_change_of_released_list() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'released' THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'grids_list_released_stays',
            MESSAGE = 'a released list never changes', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER grids_list_released_stays BEFORE UPDATE OR DELETE ON grids_responsiblelist
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_released_list();

CREATE FUNCTION refuse_change_of_released_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    list_id bigint := CASE TG_OP WHEN 'DELETE' THEN OLD.responsible_list_id ELSE NEW.responsible_list_id END;
BEGIN
    IF EXISTS (SELECT 1 FROM grids_responsiblelist WHERE id = list_id AND state = 'released')
       OR (TG_OP = 'UPDATE' AND EXISTS (
            SELECT 1 FROM grids_responsiblelist WHERE id = OLD.responsible_list_id AND state = 'released')) THEN
        RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = 'grids_list_released_stays',
            MESSAGE = 'a released list never changes', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER grids_line_released_stays BEFORE INSERT OR UPDATE OR DELETE ON grids_responsiblelistline
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_released_line();
"""
UNDO = """
DROP TRIGGER grids_line_released_stays ON grids_responsiblelistline;
DROP FUNCTION refuse_change_of_released_line();
DROP TRIGGER grids_list_released_stays ON grids_responsiblelist;
DROP FUNCTION refuse_change_of_released_list();
ALTER TABLE grids_responsibility DROP CONSTRAINT grids_responsibility_role_of_post;
"""


class Migration(migrations.Migration):
    """A responsibility's role is its post's; a released list never changes."""

    dependencies = [("grids", "0002_initial"), ("stations", "0002_guards")]
    operations = [migrations.RunSQL(SQL, UNDO)]
