"""Addresses of indices: frameworks, results, score sheets and surveys."""

from django.urls import URLPattern, path

from indicators.views import frameworks

app_name = "indicators"

urlpatterns: list[URLPattern] = [
    path("bo-tieu-chi/", frameworks.framework_list, name="framework_list"),
    path("nhap-bo-tieu-chi/", frameworks.framework_import, name="framework_import"),
    path("mau-bo-tieu-chi/", frameworks.framework_template, name="framework_template"),
    path("bo-tieu-chi/<slug:code>/", frameworks.framework_detail, name="framework_detail"),
    path("bo-tieu-chi/<slug:code>/tai/<slug:form>/", frameworks.framework_export, name="framework_export"),
    path("bo-tieu-chi/<slug:code>/sao-chep/", frameworks.framework_copy, name="framework_copy"),
    path("bo-tieu-chi/<slug:code>/doi-chieu/", frameworks.framework_crosswalk, name="framework_crosswalk"),
    path("bo-tieu-chi/<slug:code>/xoa/", frameworks.framework_discard, name="framework_discard"),
    path("bo-tieu-chi/<slug:code>/thu/<str:component>/", frameworks.framework_try, name="framework_try"),
]
