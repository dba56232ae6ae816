"""URLs of stations."""

from django.urls import path

from crm.core.pending import pending

app_name = "stations"
urlpatterns = [
    path("stations/", pending, name="list"),
    path("stations/<int:pk>/", pending, name="detail"),
]
