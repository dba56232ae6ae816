from django.apps import AppConfig


class VisitsConfig(AppConfig):
    name = "crm.visits"
    label = "visits"

    def ready(self) -> None:
        from crm.access import providers
        from crm.visits import (
            defaults,  # noqa: F401  (declares the room's dated rules)
            reach,
        )

        providers.register(reach.contact_frequency.__name__, reach.contact_frequency)
