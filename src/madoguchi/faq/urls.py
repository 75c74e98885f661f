"""Addresses of this domain."""

from django.urls import path

from madoguchi.faq import views

urlpatterns = [
    path("", views.entries, name="faq"),
    path("new/", views.new, name="faq-new"),
    path("<uuid:pk>/", views.entry, name="faq-entry"),
    path("<uuid:pk>/edit/", views.edit, name="faq-edit"),
    path("<uuid:pk>/release/", views.release, name="faq-release"),
    path("<uuid:pk>/withdraw/", views.withdraw, name="faq-withdraw"),
]
