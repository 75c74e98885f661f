"""The form of an endpoint."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from madoguchi.llm.credentials import BESIDE, joined
from madoguchi.llm.endpoints import CHAT_FIELDS, EMBEDDING_FIELDS, KEY_FIELD, Invalid, NoEndpoint, check, key_of
from madoguchi.llm.models import Endpoint
from madoguchi.people.models import Classification

# Fields that belong to one use alone, and to providers that ask for more than a key.
FIELDS_OF_USE = {Endpoint.Use.CHAT: CHAT_FIELDS, Endpoint.Use.EMBEDDING: EMBEDDING_FIELDS}
BESIDE_FIELDS = tuple(name for names in BESIDE.values() for name in names)
# What stands as a name and its fields; the last one is folded up.
GROUPS: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("provider", _("提供元"), ("use", "name", "provider")),
    ("connection", _("接続"), ("base_url", *BESIDE_FIELDS, KEY_FIELD, "remove_key", "model")),
    (
        "data",
        _("扱える情報"),
        (
            "zone",
            "max_classification",
            "contract",
            "trains_on_input",
            "region",
            "retention_days",
            "sub_processors",
            "checked_on",
            "masks_always",
        ),
    ),
    ("price", _("料金"), ("currency", "price_in", "price_out", "price_cached")),
    ("period", _("使う期間"), ("is_enabled", "valid_from", "valid_to")),
    ("details", _("詳細"), ("order", "grade", "context_tokens", "max_output_tokens", *CHAT_FIELDS, *EMBEDDING_FIELDS)),
)
# What the database can hold in an order.
_MOST_ORDER = 2_147_483_647
_TRAINS = {"no": False, "yes": True}


def _date() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def say_at_fields(form: forms.BaseForm, invalid: Invalid) -> None:
    """Say at the fields of a form what was wrong when it was saved."""
    for name, error in invalid.errors.items():
        form.add_error(name, error)


class EndpointForm(forms.ModelForm):  # type: ignore[type-arg]
    """One endpoint as an administrator sets it up. Its key is typed in and never given back."""

    key_token = forms.CharField(
        label=_("キー"),
        required=False,
        # `off` is not heeded for passwords: a browser would fill in the one of this person.
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    remove_key = forms.BooleanField(label=_("登録済みのキーを消す"), required=False)
    tenant_id = forms.CharField(label=_("テナントID"), required=False, max_length=100)
    client_id = forms.CharField(label=_("クライアントID"), required=False, max_length=100)
    access_key_id = forms.CharField(
        label=_("アクセスキーID"),
        help_text=_("アクセスキーで接続するときだけ入力します。BedrockのAPIキーを使うときは空欄にします。"),
        required=False,
        max_length=100,
    )
    trains_on_input = forms.ChoiceField(
        label=_("入力の学習への利用"),
        choices=[("", _("未確認")), ("no", _("入力を学習に使わない契約")), ("yes", _("学習に使われる"))],
        required=False,
    )

    class Meta:
        model = Endpoint
        fields = tuple(
            name
            for _key, _title, names in GROUPS
            for name in names
            if name not in (KEY_FIELD, "remove_key", *BESIDE_FIELDS)
        )
        widgets: ClassVar = {"checked_on": _date(), "valid_from": _date(), "valid_to": _date()}
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
            "keeps_schema": _("決まった形（JSON）で答えられる"),
            "calls_tools": _("道具を呼び出せる"),
            "grade": _("モデルの区分"),
            "context_tokens": _("一度に扱える長さ（トークン）"),
            "max_output_tokens": _("一度に書ける長さ（トークン）"),
            "currency": _("通貨"),
            "price_in": _("入力の単価（100万トークンあたり）"),
            "price_out": _("出力の単価（100万トークンあたり）"),
            "price_cached": _("再利用された入力の単価（100万トークンあたり）"),
            "contract": _("契約の種類"),
            "region": _("データの保存先"),
            "retention_days": _("提供元が入力を保存する日数"),
            "sub_processors": _("再委託先"),
            "checked_on": _("契約を確認した日"),
            "masks_always": _("庁内でも個人情報を伏せて渡す"),
            "valid_from": _("使い始める日"),
            "valid_to": _("使い終わる日"),
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
            "sees_pictures": _(
                "画像を読めるモデルのときに選びます。文書の図の説明に使います。「試す」で確かめられます。"
            ),
            "context_tokens": _("分からないときは空欄にします。「試す」でサーバーに聞けることがあります。"),
            "price_in": _("契約書か提供元の料金表のとおりに入力します。空欄にすると、金額の予算には数えません。"),
            "price_cached": _("割引がないときは空欄にします。"),
            "region": _("契約で決まっている保存先です。"),
            "retention_days": _("保存しない契約では0を入力します。"),
            "sub_processors": _("契約書にある事業者の名前です。ないときは「なし」と入力します。"),
            "checked_on": _("12か月を過ぎると、確認し直すまで機密性1だけに使います。"),
            "masks_always": _("庁外の接続先には、選ばなくても伏せて渡します。"),
            "valid_from": _("空欄にすると、今日から使います。"),
            "valid_to": _("この日まで使います。空欄にすると、止めるまで使います。"),
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
        for name in ("grade", "currency"):
            self.fields[name].required = False
        self.fields[KEY_FIELD].help_text = self._about_the_key()
        self.fields["model"].widget.attrs["list"] = "model-names"
        trains = self.initial.get("trains_on_input")
        if not isinstance(trains, str):
            self.initial["trains_on_input"] = next((word for word, said in _TRAINS.items() if said is trains), "")
        if not self.instance.sealed_key:
            del self.fields["remove_key"]
        self.order_fields([name for _key, _title, names in GROUPS for name in names])

    def key(self) -> str | None:
        """Return the key as `endpoints.save` takes it."""
        if typed := self.cleaned_data[KEY_FIELD]:
            return joined(self.cleaned_data.get("provider", ""), typed, self.cleaned_data)
        return "" if self.cleaned_data.get("remove_key") else None

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

    def groups(self) -> list[dict[str, Any]]:
        """Return the groups of fields: `key`, `title`, and `fields` as pairs of a field and its class (whose it is)."""
        whose = {name: f"only only-{use}" for use, names in FIELDS_OF_USE.items() for name in names}
        whose |= {name: f"only beside-{provider}" for provider, names in BESIDE.items() for name in names}
        return [
            {
                "key": key,
                "title": title,
                "fields": [(self[name], whose.get(name, "")) for name in names if name in self.fields],
                "is_folded": key == "details" and not any(name in self.errors for name in names),
            }
            for key, title, names in GROUPS
        ]

    def clean_order(self) -> int:
        if self.cleaned_data["order"] > _MOST_ORDER:
            raise forms.ValidationError(_("0以上%(most)d以下の整数で入力してください。") % {"most": _MOST_ORDER})
        return int(self.cleaned_data["order"])

    def clean_grade(self) -> str:
        return str(self.cleaned_data["grade"] or self.instance.grade)

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"] or self.instance.currency)

    def clean_trains_on_input(self) -> bool | None:
        return _TRAINS.get(self.cleaned_data["trains_on_input"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        # What is filled in for another use is not seen, and means nothing.
        for name in (name for use, names in FIELDS_OF_USE.items() if use != data.get("use") for name in names):
            self.errors.pop(name, None)
            data[name] = getattr(Endpoint(), name)
        beside = BESIDE.get(data.get("provider", ""), ())
        if any(data.get(name) for name in beside) and not data.get(KEY_FIELD) and not self.errors:
            self.add_error(KEY_FIELD, _("IDを登録するときは、キーもあわせて入力してください。"))
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


def as_typed(posted: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form was filled with, to begin it again without judging it. Keys are left out."""
    found = {name: posted.get(name, "") for _key, _title, names in GROUPS for name in names if name != KEY_FIELD}
    boxes = ("is_enabled", "masks_always", "remove_key", *CHAT_FIELDS)
    return found | {name: name in posted for name in boxes}


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
