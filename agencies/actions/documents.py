"""Keeping files: content once, a document for each time it is handed in."""

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import IO, Any

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction

from agencies import calendar, files
from agencies.models import Agency, Blob, Document, User
from agencies.text import nfc


@dataclass(frozen=True)
class Upload:
    """An uploaded file and the marks of the document it holds."""

    name: str
    size: int
    content: IO[bytes]
    number: str = ""
    issued_on: date | None = None
    issuer: str = ""
    excerpt: str = ""


def keep_content(content: IO[bytes], *, size: int, media_type: str) -> Blob:
    """Keep a file's content under its SHA-256; the same content is kept once."""
    digest = hashlib.sha256()
    content.seek(0)
    while chunk := content.read(1 << 20):
        digest.update(chunk)
    sha256 = digest.hexdigest()
    path = f"blobs/{sha256[:2]}/{sha256[2:4]}/{sha256}"
    if default_storage.exists(path) and default_storage.size(path) != size:
        # A writer was killed half way; what it left is not this content.
        default_storage.delete(path)
    if not default_storage.exists(path):
        content.seek(0)
        path = default_storage.save(path, File(content))
    blob, _ = Blob.objects.get_or_create(sha256=sha256, defaults={"size": size, "media_type": media_type, "path": path})
    content.seek(0)
    return blob


def store(*, upload: Upload, owner: Agency, by: User) -> Document:
    """Check an upload and keep it as a document of the agency. Raises Invalid (see ``agencies.files``)."""
    checked = files.check(upload.name, upload.size, upload.content)
    with transaction.atomic():
        blob = keep_content(upload.content, size=checked.size, media_type=checked.media_type)
        return _enter(upload, checked.name, blob, owner, by)


def keep(*, upload: Upload, owner: Agency, by: User) -> Document:
    """Like ``store``, but a file that the agency holds already is that document, not another (story 5).

    Marks that the upload gives and the held document does not have make it another document of the same content.
    """
    checked = files.check(upload.name, upload.size, upload.content)
    with transaction.atomic():
        blob = keep_content(upload.content, size=checked.size, media_type=checked.media_type)
        marks = _marks(upload)
        for held in Document.objects.filter(owner=owner, blob=blob).select_related("blob").order_by("pk"):
            if all(not value or getattr(held, name) == value for name, value in marks.items()):
                return held
        return _enter(upload, checked.name, blob, owner, by)


def _marks(upload: Upload) -> dict[str, Any]:
    return {
        "number": nfc(upload.number)[:100],
        "issued_on": upload.issued_on,
        "issuer": nfc(upload.issuer)[:200],
        "excerpt": nfc(upload.excerpt)[:500],
    }


def _enter(upload: Upload, name: str, blob: Blob, owner: Agency, by: User) -> Document:
    return Document.objects.create(
        province_id=owner.province_id,
        owner=owner,
        blob=blob,
        original_name=name,
        uploaded_by=by,
        uploaded_at=calendar.now(),
        **_marks(upload),
    )
