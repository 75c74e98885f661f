"""Forms of the organisation. Whose office a thing belongs to never comes from a form."""

from datetime import date
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from madoguchi.people import names
from madoguchi.people.models import Department, Group, Position, Post, Tenant, User


def day(label: Any, help_text: Any = "", required: bool = False) -> forms.DateField:
    """Return a date's field, with the browser's calendar."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, help_text=help_text, required=required, widget=widget)


class _Dated(forms.ModelForm):  # type: ignore[type-arg]
    """A row with a first and a last day."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        begins, ends = cleaned.get("valid_from"), cleaned.get("valid_to")
        if begins and ends and ends < begins:
            self.add_error("valid_to", _("終わりの日が始まりの日より前です。"))
        return cleaned


class NewPersonForm(forms.Form):
    """A new person."""

    login = forms.CharField(label=_("ログイン名"), max_length=100)
    name = forms.CharField(label=_("氏名"), max_length=100)

    def __init__(self, tenant: Tenant, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tenant = tenant

    def clean_login(self) -> str:
        try:
            login = names.checked_login(self.cleaned_data["login"])
        except ValueError as problem:
            raise ValidationError(str(problem)) from None
        if User.objects.filter(tenant=self.tenant, login=login).exists():
            raise ValidationError(_("このログイン名はすでに使われています。"))
        return login


class AccountForm(_Dated):
    """What an administrator may change of an account."""

    valid_from = day(_("在籍の始まり"))
    valid_to = day(_("在籍の終わり"), _("この日まで利用できます。"))

    class Meta:
        model = User
        fields = ("name", "mail", "clearance", "is_administrator", "is_auditor", "valid_from", "valid_to")
        labels = {  # noqa: RUF012 - read by Django only
            "name": _("氏名"),
            "mail": _("メールアドレス"),
            "clearance": _("閲覧できる機密性"),
            "is_administrator": _("管理者（設定と職員の管理。文書の閲覧権は増えません）"),
            "is_auditor": _("監査担当（監査記録の閲覧）"),
        }


class PostForm(_Dated):
    """A post of a person, main or concurrent, with its days."""

    valid_from = day(_("始まりの日"))
    valid_to = day(_("終わりの日"))

    class Meta:
        model = Post
        fields = ("department", "position", "is_main", "valid_from", "valid_to")
        labels = {  # noqa: RUF012
            "department": _("所属"),
            "position": _("職位"),
            "is_main": _("主務（外すと兼務）"),
        }

    def __init__(self, person: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.tenant_id, self.instance.user = person.tenant_id, person
        _only_of(self, "department", Department.objects.filter(tenant_id=person.tenant_id))
        _only_of(self, "position", Position.objects.filter(tenant_id=person.tenant_id))
        self.fields["department"].label_from_instance = _PathLabel(person.tenant_id)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        begins, ends = cleaned.get("valid_from") or date.min, cleaned.get("valid_to") or date.max
        others = Post.objects.filter(user=self.instance.user, is_main=True).exclude(pk=self.instance.pk)
        overlapping = [
            other
            for other in others
            if begins <= (other.valid_to or date.max) and (other.valid_from or date.min) <= ends
        ]
        if cleaned.get("is_main") and overlapping:
            text = _("この期間には別の主務（%(post)s）があります。先にその終わりの日を入れてください。")
            self.add_error("is_main", ValidationError(text, params={"post": overlapping[0]}))
        return cleaned


class DepartmentForm(_Dated):
    """A department: its name, what it lies below, its days."""

    valid_from = day(_("始まりの日"))
    valid_to = day(_("終わりの日"), _("この日の翌日から、この所属による閲覧権はなくなります。"))

    class Meta:
        model = Department
        fields = ("name", "parent", "order", "telephone", "valid_from", "valid_to")
        labels = {  # noqa: RUF012
            "name": _("所属の名前"),
            "parent": _("上位の所属"),
            "order": _("並び順"),
            "telephone": _("電話番号"),
        }

    def __init__(self, tenant: Tenant, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.tenant = tenant
        _only_of(self, "parent", Department.objects.filter(tenant=tenant).exclude(pk=self.instance.pk))
        self.fields["parent"].label_from_instance = _PathLabel(tenant.pk)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        same = Department.objects.filter(
            tenant_id=self.instance.tenant_id, parent=cleaned.get("parent"), name=cleaned.get("name")
        )
        if same.exclude(pk=self.instance.pk).exists():
            self.add_error("name", _("同じ名前の所属がすでにあります。"))
        return cleaned

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        try:
            self.instance.check_parent()
        except ValidationError as error:
            self.add_error(None, error)


class GroupForm(forms.ModelForm):  # type: ignore[type-arg]
    """A group's name."""

    class Meta:
        model = Group
        fields = ("name",)
        labels = {"name": _("グループの名前")}  # noqa: RUF012

    def __init__(self, tenant: Tenant, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.tenant = tenant

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if Group.objects.filter(tenant=self.instance.tenant, name=name).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("同じ名前のグループがすでにあります。"))
        return name


class MemberForm(forms.Form):
    """Who joins a group, by login."""

    login = forms.CharField(label=_("ログイン名"), max_length=100)

    def __init__(self, tenant: Tenant, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tenant = tenant

    def clean_login(self) -> User:
        user = User.objects.filter(tenant=self.tenant, login=names.login_of(self.cleaned_data["login"])).first()
        if user is None:
            raise ValidationError(_("このログイン名の職員は登録されていません。"))
        return user


class ImportForm(forms.Form):
    """A CSV and the day from which it holds."""

    file = forms.FileField(
        label=_("CSVファイル"),
        help_text=_("列: login,name,department,position,rank,concurrent,groups（文字コードはUTF-8かシフトJIS）"),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
    )
    on = day(_("適用日"), _("4月1日付の異動は、3月のうちに4月1日を指定して取り込めます。"), required=True)


def _only_of(form: forms.BaseForm, name: str, rows: QuerySet[Any]) -> None:
    cast("Any", form.fields[name]).queryset = rows


class _PathLabel:
    """Says a department with all above it."""

    def __init__(self, tenant_id: int) -> None:
        self.paths = names.paths(tenant_id)

    def __call__(self, department: Department) -> str:
        return " ".join(self.paths[department.pk])
