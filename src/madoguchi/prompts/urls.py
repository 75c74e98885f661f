"""Addresses of this domain."""

from django.urls import path

from madoguchi.prompts import views

urlpatterns = [
    path("", views.prompts, name="prompts"),
    path("new/", views.new, name="prompt-new"),
    path("standard/<slug:key>/", views.standard, name="prompt-standard"),
    path("<uuid:pk>/", views.prompt, name="prompt"),
    path("<uuid:pk>/edit/", views.edit, name="prompt-edit"),
]
