"""Addresses of this domain."""

from django.urls import path

from madoguchi.prompts import act_views, trial_views, views

urlpatterns = [
    path("", views.prompts, name="prompts"),
    path("new/", views.new, name="prompt-new"),
    path("try/", trial_views.begin, name="prompt-try"),
    path("trials/", trial_views.trials, name="prompt-trials"),
    path("trials/<uuid:pk>/", trial_views.trial, name="prompt-trial"),
    path("standard/<slug:key>/", views.standard, name="prompt-standard"),
    path("standard/<slug:key>/favourite/", act_views.favourite_standard, name="prompt-standard-favourite"),
    path("<uuid:pk>/", views.prompt, name="prompt"),
    path("<uuid:pk>/edit/", views.edit, name="prompt-edit"),
    path("<uuid:pk>/favourite/", act_views.favourite, name="prompt-favourite"),
    path("<uuid:pk>/share/", act_views.share, name="prompt-share"),
    path("<uuid:pk>/official/", act_views.official, name="prompt-official"),
    path("<uuid:pk>/editions/", act_views.editions, name="prompt-editions"),
    path("<uuid:pk>/restore/", act_views.restore, name="prompt-restore"),
    path("<uuid:pk>/delete/", act_views.delete, name="prompt-delete"),
]
