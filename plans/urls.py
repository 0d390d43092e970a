"""Addresses of plans, tasks, reports and reviews."""

from django.urls import path

from plans.views import amendments, assignments, evidence, plans, progress, reviews, successions

app_name = "plans"

urlpatterns = [
    path("ke-hoach/", plans.plan_list, name="plan_list"),
    path("ke-hoach/<slug:code>/", plans.plan_detail, name="plan_detail"),
    path("ke-hoach/<slug:code>/tong-quan/", plans.plan_dashboard, name="plan_dashboard"),
    path("ke-hoach/<slug:code>/tong-quan/so-lieu/", plans.plan_dashboard_figures, name="plan_dashboard_figures"),
    path("ke-hoach/<slug:code>/sua-doi/", amendments.amendment_list, name="amendment_list"),
    path("ke-hoach/<slug:code>/sua-doi/<int:pk>/", amendments.amendment_detail, name="amendment_detail"),
    path("ke-hoach/<slug:code>/sua-doi/<int:pk>/thong-tin/", amendments.amendment_edit, name="amendment_edit"),
    path("ke-hoach/<slug:code>/sua-doi/<int:pk>/van-ban/", amendments.amendment_file, name="amendment_file"),
    path(
        "ke-hoach/<slug:code>/sua-doi/<int:pk>/nhiem-vu/them/",
        amendments.amendment_task_add,
        name="amendment_task_add",
    ),
    path(
        "ke-hoach/<slug:code>/sua-doi/<int:pk>/nhiem-vu/<int:task>/", amendments.amendment_task, name="amendment_task"
    ),
    path(
        "ke-hoach/<slug:code>/sua-doi/<int:pk>/nhiem-vu/<int:task>/bai-bo/",
        amendments.amendment_task_drop,
        name="amendment_task_drop",
    ),
    path(
        "ke-hoach/<slug:code>/sua-doi/<int:pk>/muc-tieu/them/",
        amendments.amendment_target_add,
        name="amendment_target_add",
    ),
    path(
        "ke-hoach/<slug:code>/sua-doi/<int:pk>/muc-tieu/<int:target>/",
        amendments.amendment_target,
        name="amendment_target",
    ),
    path(
        "ke-hoach/<slug:code>/sua-doi/<int:pk>/muc-tieu/<int:target>/bai-bo/",
        amendments.amendment_target_drop,
        name="amendment_target_drop",
    ),
    path("ke-hoach/<slug:code>/sua-doi/<int:pk>/bo-dong/", amendments.amendment_take_off, name="amendment_take_off"),
    path("ke-hoach/<slug:code>/sua-doi/<int:pk>/so-sanh/", amendments.amendment_diff, name="amendment_diff"),
    path("ke-hoach/<slug:code>/sua-doi/<int:pk>/xac-nhan/", amendments.amendment_confirm, name="amendment_confirm"),
    path("ke-hoach/<slug:code>/sua-doi/<int:pk>/huy/", amendments.amendment_discard, name="amendment_discard"),
    path("ke-hoach/<slug:code>/ket-thuc/", successions.plan_end, name="plan_end"),
    path("ke-hoach/<slug:code>/thay-the/", successions.plan_replace, name="plan_replace"),
    path("ke-hoach/<slug:code>/chuyen-tiep/", successions.plan_carry_over, name="plan_carry_over"),
    path("nhiem-vu/", assignments.assignment_list, name="assignment_list"),
    path("nhiem-vu/<int:pk>/", assignments.assignment_detail, name="assignment_detail"),
    path("nhiem-vu/<int:pk>/bao-cao/<slug:period>/", progress.progress_edit, name="progress_edit"),
    path("nhiem-vu/<int:pk>/bao-cao/<slug:period>/dieu-chinh/", progress.progress_correct, name="progress_correct"),
    path("minh-chung/<int:pk>/", evidence.evidence_file, name="evidence_file"),
    path("duyet/", reviews.review_queue, name="review_queue"),
    path("duyet/<int:pk>/", reviews.review_detail, name="review_detail"),
    path("duyet/<int:pk>/chap-nhan/", reviews.progress_accept, name="progress_accept"),
    path("duyet/<int:pk>/tra-lai/", reviews.progress_return, name="progress_return"),
]
