"""Addresses of this domain."""

from django.urls import path

from madoguchi.llm import views

urlpatterns = [
    path("", views.endpoints, name="endpoints"),
    path("new/", views.new, name="endpoint-new"),
    path("pictures/", views.pictures, name="picture-rule"),
    path("<int:pk>/", views.edit, name="endpoint"),
    path("<int:pk>/test/", views.test, name="endpoint-test"),
    path("<int:pk>/switch/", views.switch, name="endpoint-switch"),
]
