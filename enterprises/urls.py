"""URLs of enterprises."""

from django.urls import path

from crm.core.pending import pending

app_name = "enterprises"
urlpatterns = [
    path("enterprises/", pending, name="list"),
    path("enterprises/export/", pending, name="export"),
    path("enterprises/bulk/", pending, name="bulk"),
    path("enterprises/import/", pending, name="import"),
    path("enterprises/import/<int:pk>/", pending, name="import_result"),
    path("enterprises/import/<int:pk>/faults/", pending, name="import_faults"),
    path("enterprises/<int:pk>/", pending, name="detail"),
    path("chains/", pending, name="chains"),
]
