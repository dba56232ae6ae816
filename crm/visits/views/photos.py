"""Photos of a visit: sent one by one, shown to whoever reads the visit."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crm.access.declared import needs
from crm.access.roles import Right
from crm.accounts.requests import SignedInRequest
from crm.visits import photos as pictures
from crm.visits.models import Visit, VisitPhoto
from crm.visits.services import add_photo


@needs(Right.VIEW_VISITS)
@require_GET
def photo(request: SignedInRequest, pk: int) -> HttpResponse:
    """The picture."""
    row = get_object_or_404(VisitPhoto.objects.visible_to(request.user), pk=pk)
    content = pictures.read(row.name)
    if content is None:
        raise Http404
    headers = {
        "Content-Disposition": f'inline; filename="photo-{row.pk}.jpg"',
        "Cache-Control": "private, no-store",  # who loses the right tomorrow has no copy left by us
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return HttpResponse(content, content_type="image/jpeg", headers=headers)


@needs(Right.LOG_VISIT)
@require_POST
def photos(request: SignedInRequest, pk: int) -> HttpResponse:
    """Add photos to a visit. A script sends one with its number and reads JSON; the form on the page sends some."""
    visit = get_object_or_404(Visit.objects.visible_to(request.user).select_related("post"), pk=pk)
    number = _number(request.POST.get("client_uuid", ""))
    faults = add_files(request, visit, number)
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"faults": faults}, status=422 if faults else 201)
    if not faults:
        messages.success(request, _("On record."))
    return redirect("visits:detail", pk=pk)


def add_files(request: SignedInRequest, visit: Visit, number: uuid.UUID | None) -> list[str]:
    """Add the files that came with a form; returns what was wrong with which, and says it on the next page.

    Their numbers follow from the form's: sent again they are the same photos, two equal ones stay two.
    """
    faults: list[str] = []
    for place, file in enumerate(request.FILES.getlist("photos")[: pictures.MOST_PHOTOS + 1]):
        one = uuid.uuid5(number or uuid.uuid4(), f"photo {place}") if number is None or place else number
        faults += _add(request, visit, file, one, place + 1)
    for fault in faults:
        messages.warning(request, fault)
    return faults


def _add(request: SignedInRequest, visit: Visit, file: Any, number: uuid.UUID, place: int) -> list[str]:
    content = file.read(pictures.MOST_BYTES_IN + 1)  # no more than shows that it is too large
    try:
        add_photo(actor=request.user, visit=visit, content=content, client_uuid=number)
    except ValidationError as error:
        return [_("Photo %(n)d was not kept: %(why)s") % {"n": place, "why": " ".join(error.messages)}]
    return []


def _number(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
