"""Errors as pages for people and as codes for programs."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import requires_csrf_token
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from agencies.errors import PortalError

_API_CODES = {
    400: ("bad_request", "Yêu cầu không hợp lệ."),
    401: ("not_authenticated", "Cần đăng nhập hoặc khóa API còn hiệu lực."),
    403: ("forbidden", "Bạn không có quyền làm việc này."),
    404: ("not_found", "Không tìm thấy, hoặc bạn không có quyền xem."),
    405: ("method_not_allowed", "Địa chỉ này không nhận phương thức đó."),
    415: ("unsupported_media_type", "Định dạng dữ liệu gửi lên không được hỗ trợ."),
    429: ("too_many_requests", "Quá nhiều yêu cầu, hãy thử lại sau ít phút."),
}


def page(request: HttpRequest, error: PortalError) -> HttpResponse:
    """Return the page of a refused request."""
    template = {403: "403.html", 409: "409.html", 429: "429.html"}.get(error.status, "400.html")
    context = {"message": error.message, "code": error.code}
    return render(request, template, context, status=error.status)


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    return render(request, "400.html", status=400)


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return render(request, "403.html", status=403)


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404, also for rows of others."""
    return render(request, "404.html", status=404)


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """500: no context processors, the database may be away."""
    from django.template import loader

    return HttpResponse(loader.get_template("500.html").render({}), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form whose token is missing or old."""
    message = "Phiên làm việc đã thay đổi. Hãy quay lại, tải lại trang rồi gửi lại biểu mẫu."
    return render(request, "403.html", {"message": message, "code": "csrf"}, status=403)


def api_exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Answer ``{"code", "message", "fields"}`` for every error of the API."""
    if isinstance(exc, PortalError):
        body = {"code": exc.code, "message": exc.message, "fields": exc.fields}
        return Response(body, status=exc.status)
    if isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied()
    if isinstance(exc, Http404):
        exc = exceptions.NotFound()
    response = exception_handler(exc, context)
    if response is None:
        return None
    code, message = _API_CODES.get(response.status_code, ("error", "Có lỗi khi xử lý yêu cầu."))
    fields: dict[str, str] = {}
    if isinstance(exc, exceptions.ValidationError):
        code, message = "invalid", "Dữ liệu gửi lên có chỗ chưa đúng."
        detail = exc.detail if isinstance(exc.detail, dict) else {"": exc.detail}
        fields = {
            name: " ".join(str(one) for one in (said if isinstance(said, list) else [said]))
            for name, said in detail.items()
        }
    response.data = {"code": code, "message": message, "fields": fields}
    return response
