"""URLs of grids."""

from django.urls import path

from crm.core.pending import pending

app_name = "grids"
urlpatterns = [
    path("stations/<int:pk>/sheet/", pending, name="sheet"),
    path("stations/<int:pk>/lists/", pending, name="lists"),
    path("lists/", pending, name="index"),
    path("lists/<int:pk>/", pending, name="list"),
    path("lists/<int:pk>/paper/", pending, name="paper"),
    path("lists/<int:pk>/move/", pending, name="list_move"),
    path("assign/", pending, name="assign"),
    path("stations/<int:pk>/loads/", pending, name="loads"),
]
