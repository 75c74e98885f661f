"""The forms of the library. Right and wrong is decided by the verbs; a form only gathers."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from madoguchi.library.folders import NAME_MAX_CHARACTERS, checked_keys
from madoguchi.library.models import Folder
from madoguchi.library.refused import Refused
from madoguchi.people import keys as people_keys
from madoguchi.people import names
from madoguchi.people.access import Scope, department_key
from madoguchi.people.models import Classification, Group, Position, User
from madoguchi.web import fiscal_years

Choices = list[tuple[str, str | Promise]]
# As many bytes as the readers take, of the longest characters.
PASSWORD_MAX_CHARACTERS = 255
DAY = {"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), "required": False}


def classifications(scope: Scope, lowest: int = 1) -> Choices:
    """Return the classes from a lowest one up to the highest that a scope sees."""
    return [
        (str(member.value), _("機密性%s") % member.label)
        for member in Classification
        if lowest <= member <= scope.classification or member == lowest
    ]


class FiscalYearField(forms.Field):
    """A fiscal year as the office writes it, 「令和8年度」; its value is the western year, None when empty."""

    def __init__(self, **kwargs: Any) -> None:
        hint = _("「令和8年度」「R8」「2026」のどの書き方でもかまいません。分からなければ空のままにします。")
        widget = forms.TextInput(attrs={"maxlength": 20, "autocomplete": "off"})
        super().__init__(label=_("年度"), help_text=hint, widget=widget, **kwargs)

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values or not str(value).strip():
            return None
        try:
            return fiscal_years.typed(str(value))
        except ValueError:
            said = _("年度を読み取れません。「令和8年度」「R8」「2026」のように入力してください。")
            raise forms.ValidationError(said) from None

    def prepare_value(self, value: Any) -> Any:
        """Show a stored year as the office writes it, and what was typed as it was typed."""
        return fiscal_years.shown(value) if isinstance(value, int) else value


class KeysForm(forms.Form):
    """People as access keys, chosen in words: those chosen so far, and one more to add."""

    keys = forms.MultipleChoiceField(
        label=_("選択中の人（外すとチェックを消す）"), required=False, widget=forms.CheckboxSelectMultiple
    )
    everybody = forms.ChoiceField(label=_("全体"), required=False)
    department = forms.ChoiceField(label=_("所属（その下の所属を含む）"), required=False)
    rank = forms.ChoiceField(
        label=_("職位"), required=False, help_text=_("所属とあわせて選ぶと、その所属のその職位以上の人です。")
    )
    group = forms.ChoiceField(label=_("グループ"), required=False)
    person = forms.CharField(label=_("職員"), required=False, max_length=100, help_text=_("ログイン名で指定します。"))

    def __init__(self, tenant_id: int, keys: Iterable[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tenant_id = tenant_id
        # What the page showed as chosen comes back with it; each is checked to be a key of this office.
        posted = self.data.getlist(self.add_prefix("keys")) if hasattr(self.data, "getlist") else []
        known = list(dict.fromkeys([*keys, *posted]))
        fields: Any = self.fields
        try:
            words = people_keys.describe(tenant_id, checked_keys(tenant_id, known))
        except Refused:
            known, words = list(keys), people_keys.describe(tenant_id, keys)
        fields["keys"].choices = list(zip(known, words, strict=True))
        fields["keys"].initial = list(keys)
        fields["everybody"].choices = [
            ("", "―"),
            ("staff", _("職員全員")),
            ("public", _("どなたでも（住民を含む）")),
        ]
        paths = sorted(names.paths(tenant_id).items(), key=lambda row: row[1])
        fields["department"].choices = [("", "―"), *((str(pk), " ".join(path)) for pk, path in paths)]
        ranks: dict[int, list[str]] = {}
        for name, rank in Position.objects.filter(tenant_id=tenant_id).values_list("name", "rank"):
            ranks.setdefault(rank, []).append(name)
        fields["rank"].choices = [
            ("", "―"),
            *((str(rank), _("%s以上") % "・".join(ranks[rank])) for rank in sorted(ranks)),
        ]
        groups = Group.objects.filter(tenant_id=tenant_id).values_list("id", "name")
        fields["group"].choices = [("", "―"), *((str(pk), name) for pk, name in groups)]

    def clean_person(self) -> str:
        login = names.login_of(self.cleaned_data["person"])
        if not login:
            return ""
        user = User.objects.filter(tenant_id=self.tenant_id, login=login).first()
        if user is None:
            raise forms.ValidationError(_("職員がありません。ログイン名で指定してください。"))
        return f"user:{user.pk}"

    def clean(self) -> dict[str, Any]:
        """Put the keys chosen and added under `chosen`."""
        data = self.cleaned_data
        rank = int(data["rank"]) if data.get("rank") else None
        added = [data.get("everybody"), data.get("person")]
        if data.get("department"):
            added.append(department_key(int(data["department"]), rank))
        elif rank:
            added.append(f"rank:{rank}")
        if data.get("group"):
            added.append(f"group:{data['group']}")
        data["chosen"] = list(dict.fromkeys([*data.get("keys", []), *(key for key in added if key)]))
        return data


class StaffKeysForm(KeysForm):
    """The same without residents: for what is of the staff alone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["everybody"].choices = [("", "―"), ("staff", _("職員全員"))]


class FolderForm(forms.Form):
    """A folder's name and classification."""

    name = forms.CharField(label=_("フォルダー名"), max_length=NAME_MAX_CHARACTERS)
    classification = forms.TypedChoiceField(
        label=_("機密性区分"), coerce=int, help_text=_("この中の文書は、この区分より低くなりません。")
    )
    reads_hidden = forms.BooleanField(
        label=_("非表示のシート・行・列なども読む"),
        required=False,
        help_text=_(
            "ファイルを開いても見えない部分（非表示のシート・行・列、コメントなど）も、検索・回答・画面に出します。"
            "このフォルダーの文書だけに効き、中のフォルダーには及びません。変えると、文書を読み直して検索に反映します。"
        ),
    )

    def __init__(self, scope: Scope, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["classification"].choices = classifications(scope)


class PasswordForm(forms.Form):
    """What opens a file, once."""

    password = forms.CharField(
        label=_("ファイルのパスワード"),
        max_length=PASSWORD_MAX_CHARACTERS,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("いま読み取るためだけに使い、どこにも保存しません。"),
    )


class CorrectionForm(forms.Form):
    """What a block reads: its text, of a table its caption. `seen` tells what the person saw."""

    seen = forms.CharField(max_length=60, widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("本文"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("空にすると、この箇所は本文から除かれます。"),
    )

    def __init__(self, is_table: bool, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_table:
            text = self.fields["text"]
            text.label, text.help_text = _("表の題"), ""
            text.widget.attrs["rows"] = 2

    def clean_text(self) -> str:
        """A browser ends lines as no file here does."""
        return str(self.cleaned_data["text"]).replace("\r\n", "\n")


class MoveForm(forms.Form):
    """Where to."""

    folder = forms.TypedChoiceField(label=_("移動先のフォルダー"), coerce=int)

    def __init__(self, scope: Scope, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["folder"].choices = writable_folders(scope)


class UploadForm(forms.Form):
    """What is said about files that are uploaded together."""

    classification = forms.TypedChoiceField(label=_("機密性区分"), coerce=int)
    department_name = forms.ChoiceField(label=_("担当の所属"), required=False)
    fiscal_year = FiscalYearField(required=False)
    clash = forms.ChoiceField(
        label=_("同じ名前の文書があるとき"),
        required=False,
        choices=[("", _("確認する")), ("replace", _("新しい版として置き換える")), ("rename", _("別名で登録する"))],
    )

    def __init__(self, scope: Scope, lowest: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["classification"].choices = classifications(scope, lowest)
        fields["department_name"].choices = departments(scope.tenant_id)


class DocumentForm(forms.Form):
    """What is said about a document."""

    title = forms.CharField(label=_("表題"), max_length=300)
    classification = forms.TypedChoiceField(label=_("機密性区分"), coerce=int)
    department_name = forms.ChoiceField(label=_("担当の所属"), required=False)
    fiscal_year = FiscalYearField(required=False)
    valid_from = forms.DateField(label=_("公開の初日"), help_text=_("空なら制限しません。"), **DAY)  # type: ignore[arg-type]
    valid_to = forms.DateField(
        label=_("公開の最終日"),
        help_text=_("この日の翌日から、検索にも画面にも出なくなります。"),
        **DAY,  # type: ignore[arg-type]
    )

    def __init__(self, scope: Scope, lowest: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["classification"].choices = classifications(scope, lowest)
        fields["department_name"].choices = departments(scope.tenant_id, self.initial.get("department_name", ""))


def departments(tenant_id: int, kept: str = "") -> Choices:
    """Return the departments of an office by their path in words; one that is gone stays when it is `kept`."""
    paths = sorted(" ".join(path) for path in names.paths(tenant_id).values())
    extra = [(kept, kept)] if kept and kept not in paths else []
    return [("", "―"), *extra, *((path, path) for path in paths)]


def writable_folders(scope: Scope) -> Choices:
    """Return the folders a scope may write to, by their path."""
    folders = {folder.pk: folder for folder in Folder.objects.within(scope)}

    def path(folder: Folder) -> str:
        parent = folders.get(folder.parent_id or 0)
        return f"{path(parent)} › {folder.name}" if parent else folder.name

    mine = [folder for folder in folders.values() if scope.everything or folder.key in scope.write_keys]
    return sorted(((str(folder.pk), path(folder)) for folder in mine), key=lambda row: row[1])
