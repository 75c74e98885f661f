"""Addresses of this domain."""

from django.urls import path

from madoguchi.search import gaps_views, saved_views, spaces_views, views, words_views

urlpatterns = [
    path("", views.search, name="search"),
    path("results/", views.live, name="search-live"),
    path("save/", saved_views.save, name="search-save"),
    path("saved/", saved_views.searches, name="search-saved"),
    path("saved/<uuid:pk>/open/", saved_views.open_search, name="saved-open"),
    path("saved/<uuid:pk>/seen/", saved_views.seen, name="saved-seen"),
    path("saved/<uuid:pk>/delete/", saved_views.remove, name="saved-remove"),
    path("gaps/", gaps_views.page, name="search-gaps"),
    path("gaps/export/", gaps_views.export, name="search-gaps-export"),
    path("meaning/", spaces_views.page, name="search-meaning"),
    path("words/", words_views.words, name="search-words"),
]
