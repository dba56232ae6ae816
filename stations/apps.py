from django.apps import AppConfig


class StationsConfig(AppConfig):
    name = "stations"

    def ready(self) -> None:
        from crm.access import providers
        from stations import grants

        for function in (grants.project, grants.holdings):
            providers.register(function.__name__, function)
