"""Addresses of this domain."""

from django.urls import path

from madoguchi.web import monitor, views

urlpatterns = [
    path("theme/", views.theme, name="theme"),
    path("language/", views.language, name="language"),
    path("healthz", monitor.healthz, name="healthz"),
    path("readyz", monitor.readyz, name="readyz"),
]
