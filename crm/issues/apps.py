from django.apps import AppConfig
from django.db.models.signals import post_migrate


class IssuesConfig(AppConfig):
    name = "crm.issues"
    label = "issues"

    def ready(self) -> None:
        from crm.issues import (
            categories,
            defaults,  # noqa: F401  (declares the room's dated rules)
        )

        post_migrate.connect(categories.seed, sender=self)
