from django.apps import AppConfig


class ReadersConfig(AppConfig):
    name = "madoguchi.readers"
    label = "readers"
