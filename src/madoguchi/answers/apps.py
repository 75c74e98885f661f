from django.apps import AppConfig


class AnswersConfig(AppConfig):
    name = "madoguchi.answers"
    label = "answers"

    def ready(self) -> None:
        from madoguchi.answers.finding import finder
        from madoguchi.search import finders

        finders.register(finder)
