"""The forms of prompts. Right and wrong is decided by the verbs; a form only gathers."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from madoguchi.people.access import Scope
from madoguchi.people.models import Classification
from madoguchi.prompts import editing, variables
from madoguchi.prompts.editing import Draft
from madoguchi.prompts.models import TITLE_MAX_CHARACTERS


def classifications(scope: Scope, lowest: int = 1) -> list[tuple[str, str | Promise]]:
    """Return the classes from a lowest one up to the highest that a scope sees."""
    return [
        (str(member.value), _("機密性%s") % member.label)
        for member in Classification
        if lowest <= member <= scope.classification or member == lowest
    ]


def usual_class(scope: Scope) -> int:
    """Return the class that what a person types has when nobody says another."""
    return min(Classification.named(settings.DEFAULT_CLASSIFICATION), scope.classification)


class PromptForm(forms.Form):
    """A prompt as its writer sees it."""

    title = forms.CharField(label=_("名前"), max_length=TITLE_MAX_CHARACTERS)
    summary = forms.CharField(
        label=_("使いみち"),
        max_length=200,
        required=False,
        help_text=_("一覧に出ます。どんなときに使うのかを1文で書きます。"),
    )
    text = forms.CharField(
        label=_("本文"),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 16}),
        help_text=_(
            "使うたびに変わるところは〔名前〕と書きます。"
            "〔名前: 例〕で例を、〔名前|選択肢1|選択肢2〕で選択肢を示せます。"
            "1行に〔名前〕だけを書くと、長い文を貼り付けられる欄になります。文字としての「〔」は「〔〔」と書きます。"
        ),
    )
    classification = forms.TypedChoiceField(
        label=_("機密性区分"),
        coerce=int,
        help_text=_("本文の区分です。これより低い区分しか扱えない接続先には渡りません。"),
    )
    note = forms.CharField(
        label=_("変更のメモ"),
        max_length=200,
        required=False,
        help_text=_("何を、なぜ変えたのかを書くと、履歴から探しやすくなります。"),
    )
    # What its writer saw when they began.
    based_on = forms.IntegerField(required=False, min_value=0, max_value=10**9, widget=forms.HiddenInput)

    def __init__(self, scope: Scope, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["classification"].choices = classifications(scope)  # type: ignore[attr-defined]

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"]).replace("\r\n", "\n").strip()
        try:
            editing.check(text)
        except editing.Refused as refused:
            raise forms.ValidationError(str(refused)) from None
        return text

    def draft(self) -> Draft:
        """Return what a valid form says."""
        data = self.cleaned_data
        return Draft(data["title"], data["summary"], data["text"], data["note"], data["classification"])


class FillForm(forms.Form):
    """The variables of one prompt, each a field: `value_0`, `value_1`, …"""

    def __init__(self, read: variables.Form, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.read = read
        for place, variable in enumerate(read.variables):
            self.fields[f"value_{place}"] = _field(variable)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        most = settings.CHAT_MESSAGE_CHARACTERS
        if not self.errors and len(self.filled()) > most:
            now = len(self.filled())
            raise forms.ValidationError(
                _(
                    "埋めた文は全体で%(most)s文字までです（いま%(now)s文字）。長い資料は、チャットでファイルを付けてください。"
                ),
                params={"most": f"{most:,}", "now": f"{now:,}"},
            )
        return data

    def values(self) -> list[tuple[str, str]]:
        """Return what was filled in, as pairs of a name and a value."""
        return [
            (variable.name, str(self.cleaned_data[f"value_{place}"]).replace("\r\n", "\n"))
            for place, variable in enumerate(self.read.variables)
        ]

    def filled(self) -> str:
        """Return the text with what was filled in."""
        return self.read.filled(dict(self.values()))


def _field(variable: variables.Variable) -> forms.Field:
    hint = _("例: %(example)s") % {"example": variable.example} if variable.example else ""
    if variable.choices:
        return forms.ChoiceField(
            label=variable.name, help_text=hint, choices=[(choice, choice) for choice in variable.choices]
        )
    widget = forms.Textarea(attrs={"rows": 6}) if variable.is_long else forms.TextInput()
    return forms.CharField(label=variable.name, help_text=hint, widget=widget)
