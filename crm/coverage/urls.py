"""The chain page and the rows behind its numbers."""

from django.urls import path

from crm.coverage import views

app_name = "coverage"
urlpatterns = [
    path("chains/<int:pk>/", views.chain_page, name="chain"),
    path("coverage/rows/", views.rows_page, name="rows"),
    path("coverage/rows/export/", views.rows_export, name="rows_export"),
    path("month/", views.month, name="month"),
    path("month/export/", views.month_export, name="month_export"),
    path("coverage/", views.measures_page, name="measures"),
]
