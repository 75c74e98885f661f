from django.apps import AppConfig


class PromptsConfig(AppConfig):
    name = "madoguchi.prompts"
    label = "prompts"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from madoguchi import durable
        from madoguchi.llm import system_prompts
        from madoguchi.prompts import trying, upkeep

        system_prompts.register(trying.PROMPT_NAME, _("プロンプトの試行"), trying.SYSTEM)
        durable.at_launch(upkeep.run)
