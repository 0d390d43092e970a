"""Kept files, sent to be saved."""

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404

from agencies.models import Document

SANDBOX = "default-src 'none'; sandbox"


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
