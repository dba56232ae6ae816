"""All URLs, room by room. Each view declares the right it needs (`crm.access.declared.needs`)."""

from django.urls import URLPattern, URLResolver, include, path

from crm import views
from crm.core.views import gallery

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("components/", gallery, name="components"),
    path("", include("crm.accounts.urls")),
    path("", include("stations.urls")),
    path("", include("grids.urls")),
    path("", include("enterprises.urls")),
    path("", include("crm.coverage.urls")),
    path("", include("crm.visits.urls")),
    path("", include("crm.issues.urls")),
    path("", include("crm.notices.urls")),
    path("", include("crm.programs.urls")),
    path("api/v1/", include("api.urls")),
]
