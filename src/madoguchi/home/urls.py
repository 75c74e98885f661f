"""Addresses of this domain."""

from django.urls import path

from madoguchi.home import views

urlpatterns = [
    path("", views.home, name="home"),
    path("tour/", views.tour, name="tour"),
]
