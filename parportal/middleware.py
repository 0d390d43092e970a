"""Request identifiers, log-in by default, and errors that are sentences."""

import re
import uuid
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

import structlog
from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware as DjangoLoginRequired
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url

from agencies import tracing
from agencies.errors import PortalError
from parportal import errors

GetResponse = Callable[[HttpRequest], HttpResponse]
_ID = re.compile(r"^[A-Za-z0-9-]{8,40}$")


class RequestIdMiddleware:
    """Give every request an identifier, keep a proxy's, and carry it into the trail and the logs."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        identifier = given if _ID.match(given) else uuid.uuid4().hex
        token = tracing.request_id.set(identifier)
        with structlog.contextvars.bound_contextvars(request_id=identifier):
            try:
                response = self.get_response(request)
            finally:
                tracing.request_id.reset(token)
        response.headers["X-Request-ID"] = identifier
        return response


class LoginRequiredMiddleware(DjangoLoginRequired):
    """Every page needs a log-in unless its view is marked; the API answers 401 by itself."""

    def process_view(
        self, request: HttpRequest, view_func: Callable, view_args: tuple, view_kwargs: dict
    ) -> HttpResponseBase | None:
        """Leave the API and log-in pages to their own rules."""
        module = getattr(view_func, "__module__", "")
        if request.path_info.startswith("/api/") or module.startswith("allauth."):
            return None
        response = super().process_view(request, view_func, view_args, view_kwargs)
        if response is None or "HX-Request" not in request.headers:
            return response
        # A fragment of a page sends the whole page to the log-in, and back to the page.
        page = urlsplit(request.headers.get("HX-Current-URL", "")).path or "/"
        answer = HttpResponse(status=401)
        answer.headers["HX-Redirect"] = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': page})}"
        return answer


class PortalErrorMiddleware:
    """Turn a PortalError that a view let through into its page (403, 409, 422 …)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Render the error's page."""
        if isinstance(exception, PortalError):
            return errors.page(request, exception)
        return None
