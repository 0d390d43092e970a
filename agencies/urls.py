"""Addresses of what belongs to a person."""

from django.urls import path

from agencies.views import notices

app_name = "agencies"

urlpatterns = [
    path("thong-bao/", notices.notice_list, name="notice_list"),
    path("thong-bao/doc-het/", notices.notice_read_all, name="notice_read_all"),
    path("thong-bao/<int:pk>/doc/", notices.notice_read, name="notice_read"),
]
