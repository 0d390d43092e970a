"""Addresses. The roof only collects the doors of the storeys below."""

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import include, path

from parportal import health
from reports.views import home, trail

handler400 = "parportal.errors.bad_request"
handler403 = "parportal.errors.forbidden"
handler404 = "parportal.errors.not_found"
handler500 = "parportal.errors.server_error"

# One log-in page with one rate limit, for the administration too.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
# Libraries register pages of their own, which would show every province's addresses to every administrator.
admin.site.unregister([Group, EmailAddress])

urlpatterns = [
    path("", home.home, name="home"),
    path("", include("plans.urls")),
    path("", include("agencies.urls")),
    path("chi-so/", include("indicators.urls")),
    path("bao-cao/", include("reports.urls")),
    path("dau-vet/", trail.trail_list, name="trail_list"),
    path("dau-vet/xuat/<slug:form>/", trail.trail_export, name="trail_export"),
    path("dau-vet/<str:label>/<str:pk>/", trail.trail_object, name="trail_object"),
    path("tai-khoan/", include("parportal.account_urls")),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("api/v1/", include("parportal.api_urls")),
    path("quan-tri/", admin.site.urls),
]
