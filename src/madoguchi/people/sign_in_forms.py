"""Forms of signing in, of one's own password, and of the first start."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from madoguchi.people import names, passwords
from madoguchi.people.models import Tenant, User


def password_field(label: Any, kind: str, help_text: Any = "") -> forms.CharField:
    """Return a password's field; `kind` is what the browser's password keeper is told."""
    widget = forms.PasswordInput(attrs={"autocomplete": kind})
    return forms.CharField(label=label, strip=False, max_length=passwords.LONGEST, widget=widget, help_text=help_text)


def login_field() -> forms.CharField:
    """Return a login's field."""
    attributes = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
    return forms.CharField(label=_("ログイン名"), max_length=100, widget=forms.TextInput(attrs=attributes))


class SignInForm(forms.Form):
    """Login and password."""

    login = login_field()
    password = password_field(_("パスワード"), "current-password")


class _NewPassword(forms.Form):
    """A new password, twice, as the rules want it. `person` is whose it will be."""

    person: User

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        new, again = cleaned.get("new_password"), cleaned.get("new_password_again")
        if new and again and new != again:
            self.add_error("new_password_again", _("確認のパスワードが違います。同じものをもう一度入力してください。"))
        if new and self.whose():
            try:
                validate_password(new, self.whose())
            except ValidationError as error:
                self.add_error("new_password", error)
        return cleaned

    def whose(self) -> User | None:
        """Return the person whose words the password may not hold."""
        return self.person


class PasswordForm(_NewPassword):
    """One's own password: the present one, and a new one twice."""

    old_password = password_field(_("今のパスワード"), "current-password")
    new_password = password_field(_("新しいパスワード"), "new-password")
    new_password_again = password_field(_("新しいパスワード（確認）"), "new-password")

    def __init__(self, person: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        self.fields["new_password"].help_text = " ".join(password_validators_help_texts())

    def clean_new_password(self) -> str:
        new: str = self.cleaned_data["new_password"]
        if new == self.cleaned_data.get("old_password"):
            raise ValidationError(_("今と同じパスワードです。別のものにしてください。"))
        return new


class SetUpForm(_NewPassword):
    """The code of the console, the office, and its first administrator."""

    code = forms.CharField(
        label=_("初期設定コード"),
        max_length=60,
        help_text=_("madoguchi serve を始めた端末に表示されています。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    office = forms.CharField(label=_("団体の名前"), max_length=100, help_text=_("例: 〇〇市"))
    login = login_field()
    name = forms.CharField(label=_("あなたの氏名"), max_length=100, widget=forms.TextInput({"autocomplete": "name"}))
    new_password = password_field(_("パスワード"), "new-password")
    new_password_again = password_field(_("パスワード（確認）"), "new-password")

    def __init__(self, tenant: Tenant, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tenant = tenant
        self.fields["new_password"].help_text = " ".join(password_validators_help_texts())

    def clean_login(self) -> str:
        try:
            return names.checked_login(self.cleaned_data["login"])
        except ValueError as problem:
            raise ValidationError(str(problem)) from None

    def whose(self) -> User | None:
        if not {"office", "login", "name"} <= self.cleaned_data.keys():
            return None
        office = Tenant(name=self.cleaned_data["office"], slug=self.tenant.slug)
        return User(tenant=office, login=self.cleaned_data["login"], name=self.cleaned_data["name"])
