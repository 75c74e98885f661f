from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "madoguchi.chat"
    label = "chat"

    def ready(self) -> None:
        from madoguchi.chat.finding import finder
        from madoguchi.chat.upkeep import expire
        from madoguchi.library import upkeep
        from madoguchi.search import finders

        upkeep.register(expire)
        finders.register(finder)
