"""Contacts of an enterprise: reveal one with a reason, and who has looked (谁看过)."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from crm.access.declared import needs
from crm.access.roles import Right
from crm.access.scope import can
from crm.accounts.requests import SignedInRequest
from enterprises.enums import RevealReason
from enterprises.models import Enterprise, EnterpriseContact
from enterprises.selectors import contact_cards, reveals_of
from enterprises.services import reveal_contact

PAGE = 50


@needs(Right.VIEW_CONTACTS)
@require_POST
def reveal(request: SignedInRequest, pk: int) -> HttpResponse:
    """Look at one contact; the enterprise's page shows it for the rest of the day."""
    rows = EnterpriseContact.objects.visible_to(request.user).select_related("enterprise__station__union")
    contact = get_object_or_404(rows, pk=pk)
    try:
        reveal_contact(
            actor=request.user,
            contact=contact,
            reason=request.POST.get("reason", ""),
            note=request.POST.get("note", ""),
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("enterprises:detail", pk=contact.enterprise_id)


@needs(Right.VIEW_CONTACTS)
@require_GET
def seen(request: SignedInRequest, pk: int) -> HttpResponse:
    """谁看过: who has looked at the enterprise's contacts, when and why."""
    row = get_object_or_404(Enterprise.objects.visible_to(request.user), pk=pk)
    if not can(request.user, Right.VIEW_CONTACTS, row):
        raise PermissionDenied
    cards = {card.id: card for card in contact_cards(request.user, [pk]).get(pk, [])}
    page = Paginator(reveals_of(cards), PAGE).get_page(request.GET.get("page"))
    reasons = dict(RevealReason.choices)
    looks = [
        {
            "entry": entry,
            "card": cards[entry.object_id or 0],
            "reason": reasons.get(entry.changes["reason"][1], ""),
            "note": entry.changes["note"][1],
        }
        for entry in page.object_list
    ]
    return render(request, "enterprises/seen.html", {"row": row, "page": page, "looks": looks})
