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

        for function in (reach.contact_frequency, reach.lines_of_regimes):
            providers.register(function.__name__, function)
