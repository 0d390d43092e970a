"""Addresses of indices: frameworks, results, score sheets and surveys.

An index's own pages begin with its code, which begins with a capital letter or a digit; every other address with a
small letter.
"""

from django.urls import URLPattern, path, re_path

from indicators.views import entries, frameworks, results, sheets, surveys

app_name = "indicators"

INDEX = r"^(?P<code>[A-ZĐ0-9][^/]{0,19})/"

urlpatterns: list[URLPattern] = [
    path("phieu-cham/", sheets.sheet_list, name="sheet_list"),
    path("phieu-cham/mo-nam/", sheets.sheet_open, name="sheet_open"),
    path("phieu-cham/tai-lieu/<int:pk>/", sheets.sheet_file, name="sheet_file"),
    path("phieu-cham/<int:pk>/", sheets.sheet_detail, name="sheet_detail"),
    path("phieu-cham/<int:pk>/gui/", sheets.sheet_send, name="sheet_send"),
    path("phieu-cham/<int:pk>/rut/", sheets.sheet_withdraw, name="sheet_withdraw"),
    path("phieu-cham/<int:pk>/tham-dinh/", sheets.sheet_appraise, name="sheet_appraise"),
    path("phieu-cham/<int:pk>/tra-lai/", sheets.sheet_return, name="sheet_return"),
    path("phieu-cham/<int:pk>/cong-bo/", sheets.sheet_publish, name="sheet_publish"),
    path("phieu-cham/<int:pk>/thoi-han/", sheets.sheet_dates, name="sheet_dates"),
    path("phieu-cham/<int:pk>/phan-cong/", sheets.sheet_assign, name="sheet_assign"),
    path("phieu-cham/<int:pk>/dong/<int:entry>/", entries.entry_detail, name="entry_detail"),
    path("phieu-cham/<int:pk>/dong/<int:entry>/luu/", entries.entry_save, name="entry_save"),
    path("phieu-cham/<int:pk>/dong/<int:entry>/tham-dinh/", entries.entry_judge, name="entry_judge"),
    path("phieu-cham/<int:pk>/dong/<int:entry>/so-lieu/<int:offer>/nhan/", entries.offer_take, name="offer_take"),
    path(
        "phieu-cham/<int:pk>/dong/<int:entry>/so-lieu/<int:offer>/bo-qua/",
        entries.offer_set_aside,
        name="offer_set_aside",
    ),
    path("bo-tieu-chi/", frameworks.framework_list, name="framework_list"),
    path("nhap-bo-tieu-chi/", frameworks.framework_import, name="framework_import"),
    path("mau-bo-tieu-chi/", frameworks.framework_template, name="framework_template"),
    path("bo-tieu-chi/<slug:code>/", frameworks.framework_detail, name="framework_detail"),
    path("bo-tieu-chi/<slug:code>/tai/<slug:form>/", frameworks.framework_export, name="framework_export"),
    path("bo-tieu-chi/<slug:code>/sao-chep/", frameworks.framework_copy, name="framework_copy"),
    path("bo-tieu-chi/<slug:code>/doi-chieu/", frameworks.framework_crosswalk, name="framework_crosswalk"),
    path("bo-tieu-chi/<slug:code>/xoa/", frameworks.framework_discard, name="framework_discard"),
    path("bo-tieu-chi/<slug:code>/thu/<str:component>/", frameworks.framework_try, name="framework_try"),
    path("khao-sat/", surveys.survey_list, name="survey_list"),
    path("khao-sat/nhap/", surveys.survey_import, name="survey_import"),
    path("khao-sat/mau/<slug:kind>/", surveys.survey_template, name="survey_template"),
    path("khao-sat/<int:pk>/", surveys.survey_detail, name="survey_detail"),
    path("khao-sat/<int:pk>/xuat/<slug:form>/", surveys.survey_export, name="survey_export"),
    path("", results.index_list, name="index_list"),
    path("ket-qua/nhap/", results.results_import, name="results_import"),
    path("ket-qua/mau/<slug:form>/", results.results_template, name="results_template"),
    re_path(rf"{INDEX}$", results.index_detail, name="index_detail"),
    re_path(rf"{INDEX}bang-xep-hang/$", results.ranking_table, name="ranking_table"),
    re_path(rf"{INDEX}bang-xep-hang/(?P<form>[a-z]+)/$", results.ranking_export, name="ranking_export"),
]
