"""Visits, what is due, the plan."""

from django.urls import path

from crm.visits import views

app_name = "visits"
urlpatterns = [
    path("visit/", views.start, name="start"),
    path("enterprises/<int:pk>/visit/", views.log, name="log"),
    path("visits/", views.listing, name="list"),
    path("visits/export/", views.export, name="export"),
    path("visits/<int:pk>/", views.page, name="detail"),
    path("due/", views.due, name="due"),
    path("stations/<int:pk>/plan/", views.plan, name="plan"),
    path("obligations/<int:pk>/cancel/", views.cancel, name="cancel"),
]
