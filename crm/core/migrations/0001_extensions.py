from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    """Both extensions are trusted: the application's role, which is no superuser, may create them."""

    initial = True
    run_before = [("stations", "0001_initial")]
    dependencies = []
    operations = [BtreeGistExtension(), TrigramExtension()]
