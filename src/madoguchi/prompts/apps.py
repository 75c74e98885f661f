from django.apps import AppConfig


class PromptsConfig(AppConfig):
    name = "madoguchi.prompts"
    label = "prompts"
