from django.apps import AppConfig


class FaqConfig(AppConfig):
    name = "madoguchi.faq"
    label = "faq"

    def ready(self) -> None:
        from madoguchi.faq import index
        from madoguchi.search.rebuild import register_faq

        register_faq(index.served)
