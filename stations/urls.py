"""Stations."""

from django.urls import path

from stations import views

app_name = "stations"
urlpatterns = [
    path("stations/", views.station_list, name="list"),
    path("stations/<int:pk>/", views.station_page, name="detail"),
]
