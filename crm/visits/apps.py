from django.apps import AppConfig


class VisitsConfig(AppConfig):
    name = "crm.visits"
    label = "visits"

    def ready(self) -> None:
        from crm.access import providers
        from crm.core import ticks
        from crm.visits import (
            defaults,  # noqa: F401  (declares the room's dated rules)
            reach,
        )
        from crm.visits.services import drop_idle_plans

        for function in (reach.contact_frequency, reach.lines_of_regimes):
            providers.register(function.__name__, function)
        ticks.register("visits.idle_plans", drop_idle_plans)
