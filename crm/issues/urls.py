"""The issue log."""

from django.urls import path

from crm.issues import views

app_name = "issues"
urlpatterns = [
    path("issues/", views.listing, name="list"),
    path("issues/export/", views.export, name="export"),
    path("issues/<int:pk>/", views.page, name="detail"),
    path("issues/<int:pk>/move/", views.move, name="move"),
    path("issues/<int:pk>/withhold/", views.withhold, name="withhold"),
    path("enterprises/<int:pk>/issue/", views.open_new, name="open"),
]
