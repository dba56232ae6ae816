"""Visits, what is due, the plan, contact events, commitments."""

from django.urls import path

from crm.visits import views

app_name = "visits"
urlpatterns = [
    path("visit/", views.start, name="start"),
    path("enterprises/<int:pk>/visit/", views.log, name="log"),
    path("visits/", views.listing, name="list"),
    path("visits/export/", views.export, name="export"),
    path("visits/paper/", views.paper, name="paper"),
    path("visits/conflicts/", views.conflicts, name="conflicts"),
    path("visits/conflicts/<int:pk>/", views.conflict, name="conflict"),
    path("visits/conflicts/<int:pk>/settle/", views.conflict_settle, name="conflict_settle"),
    path("visits/photos/<int:pk>/", views.photo, name="photo"),
    path("visits/<int:pk>/", views.page, name="detail"),
    path("visits/<int:pk>/photos/", views.photos, name="photos"),
    path("visits/<int:pk>/link/", views.link, name="link"),
    path("visits/<int:pk>/link/revoke/", views.link_revoke, name="link_revoke"),
    path("confirm/", views.confirm, name="confirm"),
    path("due/", views.due, name="due"),
    path("stations/<int:pk>/plan/", views.plan, name="plan"),
    path("stations/<int:pk>/capacity/", views.capacity, name="capacity"),
    path("obligations/<int:pk>/cancel/", views.cancel, name="cancel"),
    path("enterprises/<int:pk>/contacts/", views.arrange, name="arrange"),
    path("enterprises/<int:pk>/contacts/rules/", views.arrange_rules, name="arrange_rules"),
    path("pauses/<int:pk>/end/", views.pause_end, name="pause_end"),
    path("exceptions/<int:pk>/end/", views.exception_end, name="exception_end"),
    path("exemptions/<int:pk>/decide/", views.exemption_decide, name="exemption_decide"),
    path("regimes/", views.regimes, name="regimes"),
    path("regimes/<int:pk>/", views.regime, name="regime"),
    path("regimes/<int:pk>/demand/", views.regime_demand, name="regime_demand"),
    path("regimes/<int:pk>/save/", views.regime_save, name="regime_save"),
    path("stations/<int:pk>/officers/", views.officers, name="officers"),
    path("posts/<int:pk>/contacts/", views.officer, name="officer"),
    path("posts/<int:pk>/hand-over/", views.hand_over_page, name="hand_over"),
    path("events/", views.events, name="events"),
    path("stations/<int:pk>/events/new/", views.event_new, name="event_new"),
    path("events/<int:pk>/", views.event, name="event"),
    path("events/<int:pk>/invite/", views.event_invite, name="event_invite"),
    path("events/<int:pk>/sign-in/", views.event_sign, name="event_sign"),
    path("events/<int:pk>/sheet/", views.event_sheet, name="event_sheet"),
    path("commitments/", views.commitment_list, name="commitments"),
    path("enterprises/<int:pk>/promise/", views.promise, name="promise"),
    path("commitments/<int:pk>/settle/", views.settle, name="settle"),
]
