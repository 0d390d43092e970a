"""Addresses of indices: frameworks, results, score sheets and surveys.

An index's own pages begin with its code, which begins with a capital letter or a digit; every other address with a
small letter.
"""

from django.urls import URLPattern, path, re_path

from indicators.views import results

app_name = "indicators"

INDEX = r"^(?P<code>[A-ZĐ0-9][^/]{0,19})/"

urlpatterns: list[URLPattern] = [
    path("", results.index_list, name="index_list"),
    path("ket-qua/nhap/", results.results_import, name="results_import"),
    path("ket-qua/mau/<slug:form>/", results.results_template, name="results_template"),
    re_path(rf"{INDEX}$", results.index_detail, name="index_detail"),
    re_path(rf"{INDEX}bang-xep-hang/$", results.ranking_table, name="ranking_table"),
    re_path(rf"{INDEX}bang-xep-hang/(?P<form>[a-z]+)/$", results.ranking_export, name="ranking_export"),
]
