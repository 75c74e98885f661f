"""The form of an endpoint."""

from itertools import groupby
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from madoguchi.llm.endpoints import EMBEDDING_FIELDS, check
from madoguchi.llm.models import Endpoint
from madoguchi.people.models import Classification

# Fields that belong to one use alone.
FIELDS_OF_USE = {Endpoint.Use.CHAT: ("sees_pictures",), Endpoint.Use.EMBEDDING: EMBEDDING_FIELDS}


class EndpointForm(forms.ModelForm):  # type: ignore[type-arg]
    """One endpoint as an administrator sets it up. The key itself is never asked for."""

    class Meta:
        model = Endpoint
        fields = (
            "use",
            "name",
            "provider",
            "model",
            "base_url",
            "key_variable",
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
            "key_variable": _("キーを入れた環境変数の名前"),
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
            "key_variable": _(
                "キーそのものは保存も表示もしません。サーバーの環境変数に入れ、その名前だけを登録します。"
            ),
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
        if not self.errors:
            tried = Endpoint(pk=self.instance.pk, tenant_id=self.instance.tenant_id, **data)
            for name, error in check(tried).items():
                self.add_error(name, error)
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
