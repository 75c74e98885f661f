"""Addresses of this domain."""

from django.urls import path

from madoguchi.people import csv_views, organisation_views, sign_in_views, views

urlpatterns = [
    path("sign-in/", sign_in_views.sign_in, name="sign-in"),
    path("sign-out/", sign_in_views.sign_out, name="sign-out"),
    path("password/", sign_in_views.password, name="password"),
    path("sessions/", sign_in_views.own_sessions, name="sessions"),
    path("set-up/", sign_in_views.first_start, name="set-up"),
    path("people/", views.people, name="people"),
    path("people/new/", views.new_person, name="person-new"),
    path("people/import/", csv_views.load, name="people-import"),
    path("people/export/", csv_views.save, name="people-export"),
    path("people/departments/", organisation_views.departments, name="departments"),
    path("people/departments/<int:pk>/", organisation_views.department, name="department"),
    path("people/departments/<int:pk>/delete/", organisation_views.department_delete, name="department-delete"),
    path("people/groups/", organisation_views.groups, name="groups"),
    path("people/groups/<int:pk>/", organisation_views.group, name="group"),
    path("people/groups/<int:pk>/leave/<int:membership_id>/", organisation_views.group_leave, name="group-leave"),
    path("people/<uuid:public_id>/", views.person, name="person"),
    path("people/<uuid:public_id>/posts/", views.person_post, name="person-post-new"),
    path("people/<uuid:public_id>/posts/<int:post_id>/", views.person_post, name="person-post"),
    path("people/<uuid:public_id>/posts/<int:post_id>/delete/", views.person_post_delete, name="person-post-delete"),
    path("people/<uuid:public_id>/leave/<int:membership_id>/", views.person_leave, name="person-leave"),
    path("people/<uuid:public_id>/state/", views.person_state, name="person-state"),
    path("people/<uuid:public_id>/password/", views.person_password, name="person-password"),
    path("people/<uuid:public_id>/sessions/", views.person_sessions, name="person-sessions"),
]
