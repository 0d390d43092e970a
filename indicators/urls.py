"""Addresses of indices: frameworks, results, score sheets and surveys."""

from django.urls import URLPattern, path

from indicators.views import entries, sheets

app_name = "indicators"

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
]
