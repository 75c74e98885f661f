from django.apps import AppConfig


class FaqConfig(AppConfig):
    name = "madoguchi.faq"
    label = "faq"

    def ready(self) -> None:
        from madoguchi.faq import index
        from madoguchi.library import upkeep
        from madoguchi.search.rebuild import register_faq
        from madoguchi.search.verified import register_lookup

        register_faq(index.served)
        register_lookup(index.shown)
        upkeep.register(index.tell_untold)
