"""The workforce reform (产改)."""

from django.urls import path

from crm.programs import views

app_name = "programs"
urlpatterns = [
    path("programs/", views.index, name="index"),
    path("stations/<int:pk>/programs/", views.station, name="station"),
    path("stations/<int:pk>/programs/export/", views.station_export, name="station_export"),
    path("enterprises/<int:pk>/programs/", views.enterprise, name="enterprise"),
    path("enterprises/<int:pk>/programs/part/", views.part, name="part"),
    path("enterprises/<int:pk>/programs/move/", views.move, name="move"),
    path("enterprises/<int:pk>/programs/stage/", views.stage, name="stage"),
    path("enterprises/<int:pk>/programs/title/", views.title, name="title"),
    path("programs/titles/<int:pk>/end/", views.title_end, name="title_end"),
    path("policies/", views.policies, name="policies"),
    path("policies/new/", views.policy_new, name="policy_new"),
    path("policies/<int:pk>/", views.policy, name="policy"),
    path("policies/<int:pk>/withdraw/", views.policy_withdraw, name="policy_withdraw"),
    path("policies/<int:pk>/deliver/", views.deliver, name="deliver"),
    path("deliveries/<int:pk>/acknowledge/", views.acknowledge, name="acknowledge"),
    path("cases/", views.cases, name="cases"),
    path("cases/<int:pk>/", views.case, name="case"),
    path("cases/<int:pk>/move/", views.case_move, name="case_move"),
    path("stations/<int:pk>/cases/new/", views.case_new, name="case_new"),
    path("programs/demonstration/", views.demonstration, name="demonstration"),
    path("programs/area-titles/", views.area_title, name="area_title"),
    path("unions/<int:pk>/checklist/", views.checklist, name="checklist"),
    path("unions/<int:pk>/checklist/revise/", views.revise, name="revise"),
]
