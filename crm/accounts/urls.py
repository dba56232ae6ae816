"""Sign-in and accounts."""

from django.urls import path

from crm.accounts import views

app_name = "accounts"
urlpatterns = [
    path("login/", views.SignIn.as_view(), name="login"),
    path("logout/", views.SignOut.as_view(), name="logout"),
    path("accounts/", views.account_list, name="list"),
    path("accounts/open/<int:pk>/", views.account_open, name="open"),
    path("accounts/<int:pk>/active/", views.account_active, name="active"),
]
