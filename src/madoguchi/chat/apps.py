from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "madoguchi.chat"
    label = "chat"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from madoguchi.chat import said
        from madoguchi.chat.finding import finder
        from madoguchi.chat.upkeep import expire
        from madoguchi.library import upkeep
        from madoguchi.llm import system_prompts
        from madoguchi.search import finders

        upkeep.register(expire)
        finders.register(finder)
        system_prompts.register(
            said.PROMPT_NAME,
            _("チャット"),
            said.SYSTEM,
            [("[1]", _("資料の番号（[1]）を付ける指示がありません。庁内の資料を使っても、回答から根拠へ移れません。"))],
        )
