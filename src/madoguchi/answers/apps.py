from django.apps import AppConfig


class AnswersConfig(AppConfig):
    name = "madoguchi.answers"
    label = "answers"
