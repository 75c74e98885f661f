"""The form of an endpoint."""

from itertools import groupby
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from madoguchi.llm.endpoints import EMBEDDING_FIELDS, KEY_FIELD, Invalid, NoEndpoint, check, key_of
from madoguchi.llm.models import Endpoint
from madoguchi.people.models import Classification

# Fields that belong to one use alone.
FIELDS_OF_USE = {Endpoint.Use.CHAT: ("sees_pictures",), Endpoint.Use.EMBEDDING: EMBEDDING_FIELDS}


class EndpointForm(forms.ModelForm):  # type: ignore[type-arg]
    """One endpoint as an administrator sets it up. Its key is typed in and never given back."""

    key_token = forms.CharField(
        label=_("キー"),
        required=False,
        # `off` is not heeded for passwords: a browser would fill in the one of this person.
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    remove_key = forms.BooleanField(label=_("登録済みのキーを消す"), required=False)

    class Meta:
        model = Endpoint
        fields = (
            "use",
            "name",
            "provider",
            "model",
            "base_url",
            "zone",
            "max_classification",
            "order",
            "sees_pictures",
            "query_prefix",
            "passage_prefix",
            "dimensions",
            "is_enabled",
        )
        labels: ClassVar = {
            "use": _("用途"),
            "name": _("名前"),
            "provider": _("提供元"),
            "model": _("モデル名"),
            "base_url": _("URL"),
            "zone": _("接続区分"),
            "max_classification": _("渡してよい機密性区分の上限"),
            "order": _("使う順"),
            "sees_pictures": _("画像を渡せる"),
            "is_enabled": _("使用する"),
            "query_prefix": _("質問の前に置く文字"),
            "passage_prefix": _("文書の前に置く文字"),
            "dimensions": _("次元数"),
        }
        help_texts: ClassVar = {
            "use": _("文章は回答を作るモデル、埋め込みと並べ替えは検索に使うモデルです。"),
            "name": _("画面と記録に出る名前です。"),
            "model": _("提供元の表記どおりに入力します。Azureではデプロイ名です。"),
            "base_url": _("OpenAI・Anthropic・Googleの標準のURLを使うときは空欄にします。"),
            "zone": _("モデルがある場所です。機密性3B・3Aは庁内の接続先だけに渡されます。"),
            "max_classification": _("これより高い区分の資料を含む質問では、この接続先は使われません。"),
            "order": _("小さいものから使い、応答がなければ次を使います。"),
            "sees_pictures": _("画像を読めるモデルのときに選びます。文書の図の説明に使います。"),
            "query_prefix": _(
                "モデルの説明書にあるときだけ、末尾の空白も含めて入力します。ruri-v3・e5など、よく使われるモデルは空欄のままで正しく補います。"
            ),
            "passage_prefix": _("同じく、モデルの説明書にあるときだけ入力します。"),
            "dimensions": _("空欄にするとモデルの次元数のままです。減らせるのは、対応しているモデルだけです。"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("query_prefix", "passage_prefix"):
            self.fields[name].strip = False  # type: ignore[attr-defined]
        self.fields[KEY_FIELD].help_text = self._about_the_key()
        if not self.instance.sealed_key:
            del self.fields["remove_key"]
        after = list(self.fields).index("base_url") + 1
        rest = [name for name in self.fields if name not in (KEY_FIELD, "remove_key")]
        self.order_fields([*rest[:after], KEY_FIELD, "remove_key", *rest[after:]])

    def key(self) -> str | None:
        """Return the key as `endpoints.save` takes it."""
        return self.cleaned_data[KEY_FIELD] or ("" if self.cleaned_data.get("remove_key") else None)

    def refuse(self, invalid: Invalid) -> None:
        """Say at its fields what was wrong when it was saved."""
        for name, error in invalid.errors.items():
            self.add_error(name, error)

    def _about_the_key(self) -> str:
        if not self.instance.sealed_key:
            return gettext(
                "提供元が発行したキーです。暗号化して保存し、保存したあとは表示できません。キーの要らない接続先では空欄にします。"
            )
        try:
            key_of(self.instance)
        except NoEndpoint as reason:
            return str(reason)
        changed = timezone.localtime(self.instance.key_changed_at)
        return gettext("登録済み（表示はできません）。変えるときだけ入力してください。最終変更 %(changed)s") % {
            "changed": date_format(changed, "DATE_FORMAT")
        }

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the fields in their order as pairs of a use and what it alone has; "" stands for every use."""
        use_of = {name: str(use) for use, names in FIELDS_OF_USE.items() for name in names}
        grouped = groupby(self.fields, lambda name: use_of.get(name, ""))
        return [(use, [self[name] for name in names]) for use, names in grouped]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        # What is filled in for another use is not seen, and means nothing.
        for name in (name for use, names in FIELDS_OF_USE.items() if use != data.get("use") for name in names):
            self.errors.pop(name, None)
            data[name] = getattr(Endpoint(), name)
        if data.get("remove_key") and data.get(KEY_FIELD):
            self.add_error("remove_key", _("キーの入力と削除は、どちらか一方にしてください。"))
        if not self.errors:
            settings = {name: data[name] for name in self.Meta.fields}
            tried = Endpoint(pk=self.instance.pk, tenant_id=self.instance.tenant_id, **settings)
            for name, error in check(tried, self.key()).items():
                self.add_error(name, error)
        if self.errors and data.get(KEY_FIELD) and KEY_FIELD not in self.errors:
            self.add_error(
                KEY_FIELD, _("ほかの項目に誤りがあるため、キーはまだ保存していません。もう一度入力してください。")
            )
        return data


class PictureRuleForm(forms.Form):
    """Up to which classification the figures of documents may be described by a model."""

    max_classification = forms.TypedChoiceField(
        label=_("図を渡してよい文書"),
        help_text=_("選んだ区分までの文書の図だけが、上の表で「画像」の付いた接続先に渡ります。"),
        coerce=int,
        empty_value=None,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        upto = [(value, _("機密性%(label)sまで") % {"label": label}) for value, label in Classification.choices]
        self.fields["max_classification"].choices = [("", _("渡さない")), *upto]  # type: ignore[attr-defined]
