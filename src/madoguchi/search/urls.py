"""Addresses of this domain."""

from django.urls import path

from madoguchi.search import views, words_views

urlpatterns = [
    path("", views.search, name="search"),
    path("results/", views.live, name="search-live"),
    path("words/", words_views.words, name="search-words"),
]
