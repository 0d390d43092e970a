"""Addresses. The roof only collects the doors of the storeys below."""

from django.contrib import admin
from django.urls import path

from parportal import health

handler400 = "parportal.errors.bad_request"
handler403 = "parportal.errors.forbidden"
handler404 = "parportal.errors.not_found"
handler500 = "parportal.errors.server_error"

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("quan-tri/", admin.site.urls),
]
