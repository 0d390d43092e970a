"""Addresses of indices: frameworks, results, score sheets and surveys."""

from django.urls import URLPattern

app_name = "indicators"

urlpatterns: list[URLPattern] = []
