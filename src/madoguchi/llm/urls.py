"""Addresses of this domain."""

from django.urls import path

from madoguchi.llm import (
    destination_views,
    route_views,
    rule_views,
    stop_views,
    system_prompt_views,
    trial_views,
    views,
)

urlpatterns = [
    path("", views.endpoints, name="endpoints"),
    path("new/", views.new, name="endpoint-new"),
    path("prompts/", system_prompt_views.prompts, name="system-prompts"),
    path("prompts/<slug:name>/", system_prompt_views.prompt, name="system-prompt"),
    path("prompts/<slug:name>/reset/", system_prompt_views.reset, name="system-prompt-reset"),
    path("prompts/<slug:name>/editions/", system_prompt_views.editions, name="system-prompt-editions"),
    path("routes/", route_views.routes, name="endpoint-routes"),
    path("routes/<slug:purpose>/", route_views.order, name="endpoint-order"),
    path("rules/", rule_views.page, name="endpoint-rules"),
    path("rules/profile/", rule_views.profile, name="rules-profile"),
    path("rules/cells/", rule_views.cells, name="rules-cells"),
    path("rules/others/", rule_views.others, name="rules-others"),
    path("rules/changes/<int:pk>/accept/", rule_views.accept, name="rule-change-accept"),
    path("rules/changes/<int:pk>/refuse/", rule_views.refuse, name="rule-change-refuse"),
    path("rules/changes/<int:pk>/withdraw/", rule_views.withdraw, name="rule-change-withdraw"),
    path("destinations/", destination_views.page, name="destinations"),
    path("destinations/endpoints/", destination_views.take_over, name="destinations-of-endpoints"),
    path("destinations/off/", destination_views.off, name="destinations-off"),
    path("destinations/<int:pk>/remove/", destination_views.remove, name="destination-remove"),
    path("stops/", stop_views.page, name="stops"),
    path("stops/lift/", stop_views.lift, name="stops-lift"),
    path("pictures/", views.pictures, name="picture-rule"),
    path("<int:pk>/", views.edit, name="endpoint"),
    path("<int:pk>/test/", trial_views.test, name="endpoint-test"),
    path("<int:pk>/take-over/", trial_views.take_over, name="endpoint-take-over"),
    path("<int:pk>/delete/", views.delete, name="endpoint-delete"),
    path("<int:pk>/switch/", views.switch, name="endpoint-switch"),
]
