"""Addresses of plans, tasks, reports and reviews."""

from django.urls import path

from plans.views import assignments, duties, evidence, plans, progress, requests, reviews

app_name = "plans"

urlpatterns = [
    path("ke-hoach/", plans.plan_list, name="plan_list"),
    path("ke-hoach/<slug:code>/", plans.plan_detail, name="plan_detail"),
    path("ke-hoach/<slug:code>/tong-quan/", plans.plan_dashboard, name="plan_dashboard"),
    path("ke-hoach/<slug:code>/tong-quan/so-lieu/", plans.plan_dashboard_figures, name="plan_dashboard_figures"),
    path("nhiem-vu/", assignments.assignment_list, name="assignment_list"),
    path("nhiem-vu/<int:pk>/", assignments.assignment_detail, name="assignment_detail"),
    path("nhiem-vu/<int:pk>/bao-cao/<slug:period>/", progress.progress_edit, name="progress_edit"),
    path("nhiem-vu/<int:pk>/bao-cao/<slug:period>/dieu-chinh/", progress.progress_correct, name="progress_correct"),
    path("nhiem-vu/<int:pk>/xin-gia-han/", requests.duty_extension, name="duty_extension"),
    path("nhiem-vu/<int:pk>/tu-choi/", requests.duty_refusal, name="duty_refusal"),
    path("nhiem-vu/<int:pk>/dieu-kien/", duties.duty_condition, name="duty_condition"),
    path("nhiem-vu/<int:pk>/quyet-dinh/", duties.duty_ruling, name="duty_ruling"),
    path("nhiem-vu/nhom/<int:pk>/", duties.group_detail, name="group_detail"),
    path("nhiem-vu/nhom/<int:pk>/quyet-dinh/", duties.group_ruling, name="group_ruling"),
    path("quyet-dinh/<int:pk>/tai-lieu/", evidence.ruling_file, name="ruling_file"),
    path("de-nghi/", requests.request_list, name="request_list"),
    path("de-nghi/<int:pk>/", requests.request_detail, name="request_detail"),
    path("de-nghi/<int:pk>/dong-y/", requests.request_grant, name="request_grant"),
    path("de-nghi/<int:pk>/khong-dong-y/", requests.request_decline, name="request_decline"),
    path("de-nghi/<int:pk>/rut/", requests.request_withdraw, name="request_withdraw"),
    path("de-nghi/<int:pk>/tai-lieu/", evidence.request_file, name="request_file"),
    path("minh-chung/<int:pk>/", evidence.evidence_file, name="evidence_file"),
    path("duyet/", reviews.review_queue, name="review_queue"),
    path("duyet/<int:pk>/", reviews.review_detail, name="review_detail"),
    path("duyet/<int:pk>/chap-nhan/", reviews.progress_accept, name="progress_accept"),
    path("duyet/<int:pk>/tra-lai/", reviews.progress_return, name="progress_return"),
]
