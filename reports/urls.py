"""Addresses of reports (under ``/bao-cao/``)."""

from django.urls import path

from reports.views import runs

app_name = "reports"

urlpatterns = [
    path("", runs.run_list, name="run_list"),
    path("tao/", runs.run_create, name="run_create"),
    path("<uuid:pk>/", runs.run_detail, name="run_detail"),
    path("<uuid:pk>/tinh-trang/", runs.run_status, name="run_status"),
    path("<uuid:pk>/tep/", runs.run_file, name="run_file"),
    path("<uuid:pk>/thu-lai/", runs.run_retry, name="run_retry"),
]
