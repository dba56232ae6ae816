"""URLs of visits."""

from django.urls import path

from crm.core.pending import pending

app_name = "visits"
urlpatterns = [
    path("visit/", pending, name="start"),
    path("enterprises/<int:pk>/visit/", pending, name="log"),
    path("visits/", pending, name="list"),
    path("visits/<int:pk>/", pending, name="detail"),
    path("due/", pending, name="due"),
    path("stations/<int:pk>/plan/", pending, name="plan"),
]
