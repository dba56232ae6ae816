"""URLs of issues."""

from django.urls import path

from crm.core.pending import pending

app_name = "issues"
urlpatterns = [
    path("issues/", pending, name="list"),
    path("issues/<int:pk>/", pending, name="detail"),
    path("issues/<int:pk>/move/", pending, name="move"),
    path("enterprises/<int:pk>/issue/", pending, name="open"),
]
