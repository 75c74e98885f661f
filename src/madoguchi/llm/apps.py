from django.apps import AppConfig


class LlmConfig(AppConfig):
    name = "madoguchi.llm"
    label = "llm"
