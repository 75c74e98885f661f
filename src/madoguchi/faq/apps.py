from django.apps import AppConfig


class FaqConfig(AppConfig):
    name = "madoguchi.faq"
    label = "faq"

    def ready(self) -> None:
        from madoguchi.faq import finding, index
        from madoguchi.library import upkeep
        from madoguchi.search import finders
        from madoguchi.search.rebuild import register_faq

        register_faq(index.served)
        finders.register(finding.finder)
        upkeep.register(index.tell_untold)
