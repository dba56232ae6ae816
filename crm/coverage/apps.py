from django.apps import AppConfig


class CoverageConfig(AppConfig):
    name = "crm.coverage"
    label = "coverage"
