from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured


class LlmConfig(AppConfig):
    name = "madoguchi.llm"
    label = "llm"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from madoguchi import durable
        from madoguchi.llm import rerank, system_prompts, upkeep, vision
        from madoguchi.llm.zone_names import faults_of_settings

        if faults := faults_of_settings():
            raise ImproperlyConfigured("\n".join(faults))
        durable.at_launch(upkeep.run)
        system_prompts.register(vision.PROMPT_NAME, _("図の説明"), vision.SYSTEM)
        system_prompts.register(
            rerank.PROMPT_NAME,
            _("検索結果の採点（並べ替え）"),
            rerank.SYSTEM,
            [("配列", _("点をJSONの配列で書く指示がありません。採点を読み取れず、並べ替えは行われなくなります。"))],
        )
