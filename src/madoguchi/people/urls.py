"""Addresses of this domain."""

from django.urls import path

from madoguchi.people import sign_in_views

urlpatterns = [
    path("sign-in", sign_in_views.sign_in, name="sign-in"),
    path("sign-out", sign_in_views.sign_out, name="sign-out"),
    path("password", sign_in_views.password, name="password"),
    path("sessions", sign_in_views.own_sessions, name="sessions"),
    path("set-up", sign_in_views.first_start, name="set-up"),
]
