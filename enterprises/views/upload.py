"""Import with a dry run first."""

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from crm.access.declared import needs
from crm.access.roles import Right
from crm.accounts.requests import SignedInRequest
from crm.core.forms import add_errors
from crm.core.sheets import xlsx_response
from enterprises.forms import ImportForm
from enterprises.importer import import_enterprises
from enterprises.importer.columns import COLUMNS
from enterprises.importer.service import fault_table, report_of
from enterprises.models import ImportBatch
from stations.models import Station

SHOWN_FAULTS = 100


@needs(Right.MANAGE_REGISTER)
@require_http_methods(["GET", "POST"])
def upload(request: SignedInRequest) -> HttpResponse:
    """Send a file: first a dry run that says what would happen, then the import itself."""
    stations = list(Station.objects.allowing(request.user, Right.MANAGE_REGISTER).order_by("pk"))
    form = ImportForm(
        request.POST or None, request.FILES or None, stations=stations, initial={"client_uuid": uuid.uuid4()}
    )
    report = None
    if request.method == "POST" and form.is_valid():
        station = next(row for row in stations if str(row.pk) == form.cleaned_data["station"])
        file = form.cleaned_data["file"]
        dry_run = request.POST.get("act") != "import"
        try:
            report = import_enterprises(
                actor=request.user,
                station=station,
                content=file.read(),
                file_name=file.name,
                client_uuid=form.cleaned_data["client_uuid"],
                dry_run=dry_run,
            )
        except ValidationError as error:
            add_errors(form, error)
        else:
            if report.batch is not None:
                words = _("%(created)d new, %(updated)d updated, %(unchanged)d unchanged, %(refused)d refused.")
                counts = {name: getattr(report, name) for name in ("created", "updated", "unchanged", "refused")}
                messages.success(request, words % counts)
                return redirect("enterprises:import_result", pk=report.batch.pk)
    return render(
        request,
        "enterprises/import.html",
        {
            "form": form,
            "report": report,
            "faults": report.faults[:SHOWN_FAULTS] if report else [],
            "columns": COLUMNS,
            "batches": list(
                ImportBatch.objects.visible_to(request.user).select_related("station").order_by("-at", "-pk")[:5]
            ),
        },
        status=422 if form.errors else 200,
    )


@needs(Right.MANAGE_REGISTER)
@require_GET
def template(request: SignedInRequest) -> HttpResponse:
    """An empty sheet with the columns that an import knows."""
    return xlsx_response(_("Enterprises"), [column.words[0] for column in COLUMNS], [], "import-template.xlsx")


@needs(Right.MANAGE_REGISTER)
@require_GET
def result(request: SignedInRequest, pk: int) -> HttpResponse:
    """What an import did."""
    batch = get_object_or_404(ImportBatch.objects.visible_to(request.user).select_related("station"), pk=pk)
    report = report_of(batch)
    return render(
        request,
        "enterprises/import_result.html",
        {"batch": batch, "report": report, "faults": report.faults[:SHOWN_FAULTS]},
    )


@needs(Right.MANAGE_REGISTER)
@require_GET
def faults(request: SignedInRequest, pk: int) -> HttpResponse:
    """The rows refused, with row, column and reason, as xlsx."""
    batch = get_object_or_404(ImportBatch.objects.visible_to(request.user), pk=pk)
    head, lines = fault_table(report_of(batch))
    return xlsx_response(_("Rows refused"), head, lines, f"refused-{batch.pk}.xlsx")
