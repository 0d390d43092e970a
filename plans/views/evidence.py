"""Evidence files, reached through a link that the person may see: never by content or document."""

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from plans.models import EvidenceLink
from plans.views.people import person

SANDBOX = "default-src 'none'; sandbox"


@require_safe
@cache_control(private=True, no_store=True)
def evidence_file(request: HttpRequest, pk: int) -> FileResponse:
    """Send the file to be saved, under the name it came with."""
    link = get_object_or_404(EvidenceLink.objects.visible_to(person(request)).select_related("document__blob"), pk=pk)
    document = link.document
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
