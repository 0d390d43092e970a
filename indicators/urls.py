"""Addresses of indices: frameworks, results, score sheets and surveys."""

from django.urls import URLPattern, path

from indicators.views import surveys

app_name = "indicators"

urlpatterns: list[URLPattern] = [
    path("khao-sat/", surveys.survey_list, name="survey_list"),
    path("khao-sat/nhap/", surveys.survey_import, name="survey_import"),
    path("khao-sat/mau/<slug:kind>/", surveys.survey_template, name="survey_template"),
    path("khao-sat/<int:pk>/", surveys.survey_detail, name="survey_detail"),
    path("khao-sat/<int:pk>/xuat/<slug:form>/", surveys.survey_export, name="survey_export"),
]
