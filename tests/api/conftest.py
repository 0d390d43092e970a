"""A client of the API for each person of the small province."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from rest_framework.test import APIClient

from agencies import calendar
from agencies.actions import tokens
from plans.models import Progress
from tests.conftest import Small, pdf_bytes

API = "/api/v1"


class Client(APIClient):
    """Speaks JSON and remembers no cookies: the key goes with every request."""

    def send(
        self, method: str, path: str, body: Any = None, *, revision: int | str | None = None, **extra: Any
    ) -> HttpResponse:
        """Send a body as JSON, with If-Match where a revision is given."""
        headers = extra.pop("headers", {})
        if revision is not None:
            headers["If-Match"] = f'"{revision}"'
        return getattr(self, method)(
            f"{API}/{path}", body, format=extra.pop("format", "json"), headers=headers, **extra
        )

    def upload(self, progress_id: int, *, revision: int | None, name: str = "bc.pdf", **marks: Any) -> HttpResponse:
        """Attach a file."""
        content = marks.pop("content", None)
        file = SimpleUploadedFile(name, pdf_bytes(name) if content is None else content)
        return self.send(
            "post", f"progress/{progress_id}/evidence/", {"file": file, **marks}, revision=revision, format="multipart"
        )


@pytest.fixture(autouse=True)
def rested_throttle() -> None:
    """Begin without requests of earlier tests."""
    cache.clear()


@pytest.fixture
def api(small: Small) -> Callable[[str], Client]:
    """Return a client with a key of a person's own."""

    def client(name: str) -> Client:
        user = small.who(name)
        _, secret = tokens.issue(name=f"thử {calendar.real_now().timestamp()}", days=1, by=user)
        return Client(HTTP_AUTHORIZATION=f"Bearer {secret}")

    return client


@pytest.fixture
def draft(small: Small) -> Progress:
    """A report of Sở Tư pháp, begun and not handed in."""
    return small.begin()
