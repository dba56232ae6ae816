from django.apps import AppConfig


class StationsConfig(AppConfig):
    name = "stations"

    def ready(self) -> None:
        from crm.access import providers
        from stations import grants, reach

        for function in (grants.project, grants.holdings, reach.parks_of_stations):
            providers.register(function.__name__, function)
