"""Addresses of plans, tasks, reports and reviews."""

from django.urls import path

from plans.views import (
    assignments,
    baselines,
    chasing,
    closes,
    evidence,
    plans,
    progress,
    reorganisations,
    reviews,
)

app_name = "plans"

urlpatterns = [
    path("ke-hoach/", plans.plan_list, name="plan_list"),
    path("ke-hoach/<slug:code>/", plans.plan_detail, name="plan_detail"),
    path("ke-hoach/<slug:code>/tong-quan/", plans.plan_dashboard, name="plan_dashboard"),
    path("ke-hoach/<slug:code>/tong-quan/so-lieu/", plans.plan_dashboard_figures, name="plan_dashboard_figures"),
    path("ke-hoach/<slug:code>/ky/", closes.period_list, name="period_list"),
    path("ke-hoach/<slug:code>/ky/<slug:period>/chot/", closes.period_close, name="period_close"),
    path("ke-hoach/<slug:code>/ky/<slug:period>/mo-lai/", closes.period_reopen, name="period_reopen"),
    path("ke-hoach/<slug:code>/ky/<slug:period>/lan-chot/<int:number>/", closes.close_detail, name="close_detail"),
    path("ke-hoach/<slug:code>/ky/<slug:period>/lan-chot/<int:number>/tep/", closes.close_file, name="close_file"),
    path("ke-hoach/<slug:code>/ky/<slug:period>/lan-chot/<int:number>/so-sanh/", closes.close_diff, name="close_diff"),
    path("ke-hoach/<slug:code>/muc-tieu/<str:target>/nam-goc/", baselines.target_baseline, name="target_baseline"),
    path("to-chuc/", reorganisations.reorganisation_list, name="reorganisation_list"),
    path("to-chuc/moi/", reorganisations.reorganisation_add, name="reorganisation_add"),
    path("to-chuc/<int:pk>/", reorganisations.reorganisation_detail, name="reorganisation_detail"),
    path("to-chuc/<int:pk>/sua/", reorganisations.reorganisation_edit, name="reorganisation_edit"),
    path("to-chuc/<int:pk>/ap-dung/", reorganisations.reorganisation_apply, name="reorganisation_apply"),
    path("to-chuc/<int:pk>/bo/", reorganisations.reorganisation_discard, name="reorganisation_discard"),
    path("to-chuc/<int:pk>/nhiem-vu/", reorganisations.reorganisation_duties, name="reorganisation_duties"),
    path("nhiem-vu/", assignments.assignment_list, name="assignment_list"),
    path("nhiem-vu/<int:pk>/", assignments.assignment_detail, name="assignment_detail"),
    path("nhiem-vu/<int:pk>/bao-cao/<slug:period>/", progress.progress_edit, name="progress_edit"),
    path("nhiem-vu/<int:pk>/bao-cao/<slug:period>/dieu-chinh/", progress.progress_correct, name="progress_correct"),
    path("minh-chung/<int:pk>/", evidence.evidence_file, name="evidence_file"),
    path("duyet/", reviews.review_queue, name="review_queue"),
    path("duyet/<int:pk>/", reviews.review_detail, name="review_detail"),
    path("duyet/<int:pk>/chap-nhan/", reviews.progress_accept, name="progress_accept"),
    path("duyet/<int:pk>/tra-lai/", reviews.progress_return, name="progress_return"),
    path("don-doc/", chasing.chase_list, name="chase_list"),
    path("don-doc/xem-truoc/", chasing.chase_preview, name="chase_preview"),
    path("don-doc/gui/", chasing.chase_send, name="chase_send"),
    path("don-doc/danh-sach/", chasing.chase_text, name="chase_text"),
    path("don-doc/da-gui/", chasing.chase_sent, name="chase_sent"),
    path("don-doc/lanh-dao/", chasing.leader_list, name="leader_list"),
]
