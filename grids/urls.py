"""Grids, assignment, responsible lists."""

from django.urls import path

from grids import views

app_name = "grids"
urlpatterns = [
    path("stations/<int:pk>/sheet/", views.sheet, name="sheet"),
    path("stations/<int:pk>/loads/", views.load_page, name="loads"),
    path("stations/<int:pk>/lists/", views.station_lists, name="lists"),
    path("stations/<int:pk>/recusals/", views.recusals, name="recusals"),
    path("stations/<int:pk>/cards/", views.cards, name="cards"),
    path("cards/<int:pk>/code.svg", views.card_qr, name="card_qr"),
    path("card/", views.gate_card, name="gate_card"),
    path("recusals/<int:pk>/end/", views.recusal_end, name="recusal_end"),
    path("lists/", views.index, name="index"),
    path("lists/<int:pk>/", views.list_page, name="list"),
    path("lists/<int:pk>/paper/", views.paper, name="paper"),
    path("lists/<int:pk>/xlsx/", views.list_xlsx, name="list_xlsx"),
    path("lists/<int:pk>/move/", views.list_move, name="list_move"),
]
