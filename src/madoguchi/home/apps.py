from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "madoguchi.home"
    label = "home"
