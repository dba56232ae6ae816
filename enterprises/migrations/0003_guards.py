from django.db import migrations

SQL = """
ALTER TABLE enterprises_chainmembership ADD CONSTRAINT enterprises_membership_chain_of_node
    FOREIGN KEY (node_id, chain_id) REFERENCES enterprises_chainnode (id, chain_id) ON UPDATE CASCADE;
"""
UNDO = "ALTER TABLE enterprises_chainmembership DROP CONSTRAINT enterprises_membership_chain_of_node;"


class Migration(migrations.Migration):
    """A membership's chain is its node's."""

    dependencies = [("enterprises", "0002_initial")]
    operations = [migrations.RunSQL(SQL, UNDO)]
