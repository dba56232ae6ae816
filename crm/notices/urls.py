"""Notices and how one is told."""

from django.urls import path

from crm.notices import views

app_name = "notices"
urlpatterns = [
    path("notices/", views.listing, name="list"),
    path("notices/read/", views.read_all, name="read_all"),
    path("notices/settings/", views.settings_page, name="settings"),
    path("notices/feed/", views.feed, name="feed"),
    path("calendar/<str:shown>.ics", views.calendar, name="calendar"),
    path("notices/<int:pk>/", views.page, name="detail"),
    path("notices/<int:pk>/read/", views.read, name="read"),
    path("stations/<int:pk>/robot/", views.robot, name="robot"),
]
