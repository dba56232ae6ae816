"""Enterprises and chains."""

from django.urls import path

from enterprises import views

app_name = "enterprises"
urlpatterns = [
    path("enterprises/", views.listing, name="list"),
    path("enterprises/export/", views.export, name="export"),
    path("enterprises/new/", views.new, name="new"),
    path("enterprises/bulk/", views.bulk, name="bulk"),
    path("enterprises/import/", views.upload, name="import"),
    path("enterprises/import/template/", views.template, name="import_template"),
    path("enterprises/import/<int:pk>/", views.result, name="import_result"),
    path("enterprises/import/<int:pk>/faults/", views.faults, name="import_faults"),
    path("enterprises/<int:pk>/", views.page, name="detail"),
    path("enterprises/<int:pk>/story/", views.story, name="story"),
    path("enterprises/<int:pk>/edit/", views.edit, name="edit"),
    path("enterprises/<int:pk>/facts/", views.set_dated_facts, name="facts"),
    path("enterprises/<int:pk>/contact/", views.add_contact, name="contact"),
    path("enterprises/<int:pk>/leave/", views.leave, name="leave"),
    path("enterprises/<int:pk>/consent/", views.consent, name="consent"),
    path("enterprises/<int:pk>/cadre/", views.cadre, name="cadre"),
    path("enterprises/<int:pk>/seen/", views.seen, name="seen"),
    path("contacts/<int:pk>/reveal/", views.reveal, name="reveal"),
    path("chains/", views.chain_list, name="chains"),
    path("chains/<int:pk>/seasons/", views.chain_seasons, name="chain_seasons"),
    path("enterprises/<int:pk>/seasons/", views.seasons, name="seasons"),
]
