from django.apps import AppConfig
from django.db.models.signals import post_migrate


class IssuesConfig(AppConfig):
    name = "crm.issues"
    label = "issues"

    def ready(self) -> None:
        from crm.access import providers
        from crm.issues import (
            categories,
            defaults,  # noqa: F401  (declares the room's dated rules)
            reach,
        )

        for function in (reach.handled_issues, reach.events_of_handled_issues):
            providers.register(function.__name__, function)
        post_migrate.connect(categories.seed, sender=self)
