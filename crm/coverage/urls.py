"""URLs of coverage."""

from django.urls import path

from crm.core.pending import pending

app_name = "coverage"
urlpatterns = [
    path("chains/<int:pk>/", pending, name="chain"),
    path("chains/<int:pk>/rows/", pending, name="rows"),
]
