from django.apps import AppConfig


class VisitsConfig(AppConfig):
    name = "crm.visits"
    label = "visits"

    def ready(self) -> None:
        from crm.visits import rules  # noqa: F401  (declares the room's dated rules)
