from django.apps import AppConfig


class EnterprisesConfig(AppConfig):
    name = "enterprises"

    def ready(self) -> None:
        from crm.access import providers
        from enterprises import (
            defaults,  # noqa: F401  (declares the room's dated rules)
            reach,
        )

        for function in (
            reach.chain_enterprise_ids,
            reach.candidates_of_stations,
            reach.candidates_at,
            reach.of_candidates,
        ):
            providers.register(function.__name__, function)
