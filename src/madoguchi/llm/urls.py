"""Addresses of this domain."""

from django.urls import path

from madoguchi.llm import system_prompt_views, trial_views, views

urlpatterns = [
    path("", views.endpoints, name="endpoints"),
    path("new/", views.new, name="endpoint-new"),
    path("prompts/", system_prompt_views.prompts, name="system-prompts"),
    path("prompts/<slug:name>/", system_prompt_views.prompt, name="system-prompt"),
    path("prompts/<slug:name>/reset/", system_prompt_views.reset, name="system-prompt-reset"),
    path("prompts/<slug:name>/editions/", system_prompt_views.editions, name="system-prompt-editions"),
    path("pictures/", views.pictures, name="picture-rule"),
    path("<int:pk>/", views.edit, name="endpoint"),
    path("<int:pk>/test/", trial_views.test, name="endpoint-test"),
    path("<int:pk>/take-over/", trial_views.take_over, name="endpoint-take-over"),
    path("<int:pk>/delete/", views.delete, name="endpoint-delete"),
    path("<int:pk>/switch/", views.switch, name="endpoint-switch"),
]
