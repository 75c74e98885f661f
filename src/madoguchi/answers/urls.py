"""Addresses of this domain."""

from django.urls import path

from madoguchi.answers import views

urlpatterns = [
    path("", views.ask, name="ask"),
    path("stream/", views.stream, name="ask-stream"),
    path("history/", views.history, name="history"),
    path("<uuid:pk>/", views.answer, name="answer"),
    path("<uuid:pk>/delete/", views.delete, name="answer-delete"),
]
