"""Addresses of reports (under ``/bao-cao/``)."""

from django.urls import path

from reports.views import analysis, runs, scenarios

app_name = "reports"

urlpatterns = [
    path("", runs.run_list, name="run_list"),
    path("tao/", runs.run_create, name="run_create"),
    path("<uuid:pk>/", runs.run_detail, name="run_detail"),
    path("<uuid:pk>/tinh-trang/", runs.run_status, name="run_status"),
    path("<uuid:pk>/tep/", runs.run_file, name="run_file"),
    path("<uuid:pk>/thu-lai/", runs.run_retry, name="run_retry"),
    path("phan-tich/", analysis.analysis_list, name="analysis_list"),
    path("phan-tich/do-phu/<slug:code>/", analysis.coverage_page, name="coverage"),
    path("phan-tich/do-phu/<slug:code>/xuat/<slug:form>/", analysis.coverage_export, name="coverage_export"),
    path("phan-tich/diem-nguy-co/<int:pk>/", analysis.risk_page, name="risk"),
    path("phan-tich/diem-nguy-co/<int:pk>/xuat/<slug:form>/", analysis.risk_export, name="risk_export"),
    path("phan-tich/mat-diem/<int:pk>/", analysis.loss_page, name="loss"),
    path("phan-tich/mat-diem/<int:pk>/xuat/<slug:form>/", analysis.loss_export, name="loss_export"),
    path("phan-tich/mat-diem/<slug:index>/<int:year>/", analysis.published_loss_page, name="published_loss"),
    path("phan-tich/thay-doi/<int:pk>/", analysis.change_page, name="change"),
    path("phan-tich/thay-doi/<slug:index>/<int:year>/", analysis.published_change_page, name="published_change"),
    path("phan-tich/kich-ban/", scenarios.scenario_list, name="scenario_list"),
    path("phan-tich/kich-ban/tao/", scenarios.scenario_create, name="scenario_create"),
    path("phan-tich/kich-ban/<int:pk>/", scenarios.scenario_detail, name="scenario_detail"),
    path("phan-tich/kich-ban/<int:pk>/bo/", scenarios.scenario_drop, name="scenario_drop"),
]
