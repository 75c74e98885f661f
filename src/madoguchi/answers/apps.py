from django.apps import AppConfig


class AnswersConfig(AppConfig):
    name = "madoguchi.answers"
    label = "answers"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from madoguchi.answers import compose
        from madoguchi.answers.finding import finder
        from madoguchi.llm import system_prompts
        from madoguchi.search import finders

        finders.register(finder)
        system_prompts.register(
            compose.PROMPT_NAME,
            _("質問への回答"),
            compose.SYSTEM,
            [
                ("[1]", _("根拠の番号（[1]）を付ける指示がありません。番号のない文は根拠なしとして示されません。")),
                (
                    "確認できません",
                    _(
                        "資料から答えられないときの言い方（「資料では確認できませんでした。」）がありません。見分けられなくなることがあります。"
                    ),
                ),
            ],
        )
