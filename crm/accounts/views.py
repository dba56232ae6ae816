"""Sign-in, sign-out, and the administrator's list of accounts."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import LoginView, LogoutView
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crm.access.declared import PUBLIC, SIGNED_IN, needs
from crm.access.grants import grants_of
from crm.access.roles import Right
from crm.accounts.forms import SignInForm
from crm.accounts.models import User
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from crm.core.forms import search_text
from stations.selectors import accounts_visible_to, people_without_account, posts_administered, posts_of_people
from stations.services import open_account, set_active

PAGE = 50


@needs(PUBLIC)
class SignIn(LoginView):
    """The sign-in page; in demo mode it lists the demo accounts."""

    template_name = "accounts/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        grants_of(self.request.user)  # the first question of a day brings grants up to date: better here than on a page
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        demo = []
        if settings.DEMO_MODE:
            users = list(User.objects.filter(is_demo=True, is_active=True).select_related("person").order_by("pk"))
            posts = posts_of_people([user.person_id for user in users], clock.today())
            demo = [{"user": user, "posts": posts.get(user.person_id or 0, [])} for user in users]
        return super().get_context_data(**kwargs) | {"demo_accounts": demo, "demo_password": settings.DEMO_PASSWORD}


@needs(SIGNED_IN)
class SignOut(LogoutView):
    """POST only."""


@needs(Right.MANAGE_ACCOUNTS)
@require_GET
def account_list(request: SignedInRequest) -> HttpResponse:
    """Accounts in the administrator's reach, with the posts held today."""
    users = accounts_visible_to(request.user, clock.today(), search_text(request))
    page = Paginator(users, PAGE).get_page(request.GET.get("page"))
    posts = posts_administered(request.user, [user.person_id for user in page], clock.today())
    rows = [{"user": user, "posts": posts.get(user.person_id or 0, [])} for user in page]
    waiting = list(people_without_account(request.user, clock.today())[:PAGE])
    seats = posts_administered(request.user, [person.pk for person in waiting], clock.today())
    people = [{"person": person, "posts": seats.get(person.pk, [])} for person in waiting]
    return render(request, "accounts/list.html", {"rows": rows, "page": page, "people": people})


@needs(Right.MANAGE_ACCOUNTS)
@require_POST
def account_open(request: SignedInRequest, pk: int) -> HttpResponse:
    """Give somebody an account; the first password is shown once, on the answer itself."""
    person = get_object_or_404(people_without_account(request.user, clock.today()), pk=pk)
    try:
        user, password = open_account(actor=request.user, person=person, username=request.POST.get("username", ""))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("accounts:list")
    return render(request, "accounts/opened.html", {"user_opened": user, "password": password})


@needs(Right.MANAGE_ACCOUNTS)
@require_POST
def account_active(request: SignedInRequest, pk: int) -> HttpResponse:
    """Open or close one account."""
    user = get_object_or_404(accounts_visible_to(request.user, clock.today()), pk=pk)
    try:
        set_active(actor=request.user, user=user, active=request.POST.get("active") == "1")
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Saved: %(user)s") % {"user": user})
    return redirect("accounts:list")
