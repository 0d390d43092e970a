"""Evidence files, reached through a link that the person may see: never by content or document."""

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from agencies.models import Document
from plans.models import DutyRequest, EvidenceLink, Ruling
from plans.views.people import person

SANDBOX = "default-src 'none'; sandbox"


@require_safe
@cache_control(private=True, no_store=True)
def evidence_file(request: HttpRequest, pk: int) -> FileResponse:
    """Send the file to be saved, under the name it came with."""
    link = get_object_or_404(EvidenceLink.objects.visible_to(person(request)).select_related("document__blob"), pk=pk)
    return sent(link.document)


@require_safe
@cache_control(private=True, no_store=True)
def request_file(request: HttpRequest, pk: int) -> FileResponse:
    """Send the document of an agency's request."""
    asked = get_object_or_404(
        DutyRequest.objects.visible_to(person(request)).select_related("document__blob"), pk=pk, document__isnull=False
    )
    assert asked.document is not None
    return sent(asked.document)


@require_safe
@cache_control(private=True, no_store=True)
def ruling_file(request: HttpRequest, pk: int) -> FileResponse:
    """Send the document of a ruling."""
    ruling = get_object_or_404(
        Ruling.objects.visible_to(person(request)).select_related("document__blob"), pk=pk, document__isnull=False
    )
    assert ruling.document is not None
    return sent(ruling.document)


def sent(document: Document) -> FileResponse:
    """Return a kept document as an attachment that no browser runs."""
    try:
        content = default_storage.open(document.blob.path)
    except FileNotFoundError as error:
        raise Http404("the file is not in the store") from error
    response = FileResponse(
        content, as_attachment=True, filename=document.original_name, content_type=document.blob.media_type
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = SANDBOX
    return response
