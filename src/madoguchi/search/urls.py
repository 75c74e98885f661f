"""Addresses of this domain."""

from django.urls import path

from madoguchi.search import views

urlpatterns = [path("", views.search, name="search")]
