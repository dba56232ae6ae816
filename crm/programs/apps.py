from django.apps import AppConfig

from crm.access import providers


class ProgramsConfig(AppConfig):
    name = "crm.programs"
    label = "programs"

    def ready(self) -> None:
        from crm.programs import reach

        providers.register(reach.adopted_cases.__name__, reach.adopted_cases)
