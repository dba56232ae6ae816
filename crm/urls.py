"""All URLs, room by room. Each view declares the right it needs (`crm.access.declared.needs`)."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
