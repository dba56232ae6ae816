"""A page that is not built yet (development only; removed with the last of them)."""

from django.http import Http404, HttpRequest, HttpResponse

from crm.access.declared import SIGNED_IN, needs


@needs(SIGNED_IN)
def pending(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404
