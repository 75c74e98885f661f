from django.apps import AppConfig


class LibraryConfig(AppConfig):
    name = "madoguchi.library"
    label = "library"
