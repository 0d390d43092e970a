"""Addresses of plans, tasks, reports and reviews."""

from django.urls import path

from plans.views import agencies, approvals, assignments, chasing, evidence, plans, progress, reviews, windows

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
    path("nhiem-vu/<int:pk>/bao-cao/<slug:period>/giu/", progress.progress_keep, name="progress_keep"),
    path("nhiem-vu/<int:pk>/bao-cao/<slug:period>/rut/", progress.progress_withdraw, name="progress_withdraw"),
    path("nhiem-vu/<int:pk>/bao-cao/<slug:period>/tra-loi/", progress.progress_reply, name="progress_reply"),
    path(
        "nhiem-vu/<int:pk>/bao-cao/<slug:period>/thay-tai-lieu/<int:link>/",
        evidence.evidence_replace,
        name="evidence_replace",
    ),
    path("phe-duyet/", approvals.approval_queue, name="approval_queue"),
    path("phe-duyet/duyet-nhieu/", approvals.approval_many, name="approval_many"),
    path("phe-duyet/<int:pk>/", approvals.approval_detail, name="approval_detail"),
    path("phe-duyet/<int:pk>/duyet/", approvals.progress_approve, name="progress_approve"),
    path("phe-duyet/<int:pk>/chuyen-lai/", approvals.progress_hand_back, name="progress_hand_back"),
    path("co-quan/<int:pk>/", agencies.agency_detail, name="agency_detail"),
    path("co-quan/<int:pk>/phe-duyet/", agencies.agency_approval, name="agency_approval"),
    path("ke-hoach/<slug:code>/ky/them/", windows.period_add, name="period_add"),
    path("ky/<int:pk>/ngoai-le/", windows.period_exceptions, name="period_exceptions"),
    path("ky/<int:pk>/ngoai-le/nop-muon/", windows.window_allow_late, name="window_allow_late"),
    path("ky/<int:pk>/ngoai-le/su-co/", windows.window_extend, name="window_extend"),
    path("minh-chung/<int:pk>/", evidence.evidence_file, name="evidence_file"),
    path("duyet/", reviews.review_queue, name="review_queue"),
    path("duyet/duyet-nhieu/", reviews.review_many, name="review_many"),
    path("kien-nghi/", reviews.proposal_list, name="proposal_list"),
    path("duyet/<int:pk>/", reviews.review_detail, name="review_detail"),
    path("duyet/<int:pk>/chap-nhan/", reviews.progress_accept, name="progress_accept"),
    path("duyet/<int:pk>/tra-lai/", reviews.progress_return, name="progress_return"),
    path("don-doc/", chasing.chase_list, name="chase_list"),
    path("don-doc/xem-truoc/", chasing.chase_preview, name="chase_preview"),
    path("don-doc/gui/", chasing.chase_send, name="chase_send"),
    path("don-doc/danh-sach/", chasing.chase_text, name="chase_text"),
    path("don-doc/da-gui/", chasing.chase_sent, name="chase_sent"),
    path("don-doc/lanh-dao/", chasing.leader_list, name="leader_list"),
    path("duyet/<int:pk>/hoi/", reviews.progress_ask, name="progress_ask"),
    path("duyet/<int:pk>/tra-loi-kien-nghi/", reviews.progress_answer, name="progress_answer"),
    path("duyet/<int:pk>/danh-gia/<int:link>/", reviews.progress_judge, name="progress_judge"),
]
