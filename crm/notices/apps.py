from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "crm.notices"
    label = "notices"

    def ready(self) -> None:
        from crm.access import providers
        from crm.accounts import backends
        from crm.notices import selectors

        providers.register(selectors.own_notices.__name__, selectors.own_notices)
        backends.bring("unread_notices", selectors.unread())
