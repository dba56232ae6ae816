"""包保联系卡: the cards of a station or a grid to print, their codes, and the public page to which a code leads."""

import io

import segno
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from crm.access.declared import PUBLIC, needs
from crm.access.roles import Right
from crm.accounts.requests import SignedInRequest
from crm.core import clock
from crm.core.forms import whole_number
from grids.cards import Face, face_of, faces, released_list
from grids.models import GateCard, Grid
from grids.services import issue_cards, revoke_card
from stations.models import Station
from stations.services import set_supervision_phone


@needs(Right.MANAGE_GRIDS)
@require_http_methods(["GET", "POST"])
def cards(request: SignedInRequest, pk: int) -> HttpResponse:
    """One card (`enterprise`), those of a grid (`grid`) or all; POST gives codes, revokes one, sets 监督电话."""
    station = get_object_or_404(Station.objects.allowing(request.user, Right.MANAGE_GRIDS), pk=pk)
    day = clock.today()
    grids = list(
        Grid.objects.visible_to(request.user).on(day).filter(station=station).select_related("post").order_by("number")
    )
    number, one = (whole_number(request.GET.get(name, "")) for name in ("grid", "enterprise"))
    grid = next((row for row in grids if row.pk == number), None)
    found = faces(station, day, grid.post if grid else None, None if one is None else [one])
    if request.method == "POST":
        return _changed(request, station, found)
    return render(
        request,
        "grids/cards.html",
        {
            "station": station,
            "faces": found,
            "without": sum(face.card is None for face in found),
            "grids": grids,
            "grid": grid,
            "released": released_list(station),
            "sample": any(face.sample for face in found),
        },
    )


def _changed(request: SignedInRequest, station: Station, found: list[Face]) -> HttpResponse:
    act = request.POST.get("act", "")
    try:
        if act == "issue":
            made = issue_cards(
                actor=request.user, station=station, enterprise_ids=[face.enterprise_id for face in found]
            )
            messages.success(request, ngettext("%(n)d code made", "%(n)d codes made", made) % {"n": made})
        elif act == "revoke":
            rows = GateCard.objects.visible_to(request.user).filter(station=station)
            revoke_card(actor=request.user, card=get_object_or_404(rows, pk=whole_number(request.POST.get("card", ""))))
            messages.success(request, _("The code leads nowhere any more."))
        elif act == "phone":
            set_supervision_phone(actor=request.user, station=station, phone=request.POST.get("supervision_phone", ""))
            messages.success(request, _("Saved."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect(f"{reverse('grids:cards', args=[station.pk])}?{request.GET.urlencode()}")


@needs(Right.MANAGE_GRIDS)
@require_GET
def card_qr(request: SignedInRequest, pk: int) -> HttpResponse:
    """The QR code of a card, as a picture from our own address."""
    card = get_object_or_404(GateCard.objects.visible_to(request.user), pk=pk)
    address = request.build_absolute_uri(f"{reverse('grids:gate_card')}?c={card.token}")
    picture = io.BytesIO()
    segno.make(address, error="m").save(picture, kind="svg", scale=4, border=2)
    return HttpResponse(picture.getvalue(), content_type="image/svg+xml")


@needs(PUBLIC)
@require_GET
def gate_card(request: HttpRequest) -> HttpResponse:
    """Where the code leads: what the printed card says, for everybody. Unknown and revoked numbers are alike not there."""
    face = face_of(request.GET.get("c", "")[:64], clock.today())
    if face is None:
        raise Http404
    return render(request, "grids/gate_card.html", {"face": face})
