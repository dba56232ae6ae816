from django.apps import AppConfig


class GridsConfig(AppConfig):
    name = "grids"

    def ready(self) -> None:
        from crm.access import providers
        from grids import reach

        for function in (reach.duties, reach.lists_of_own_post):
            providers.register(function.__name__, function)
