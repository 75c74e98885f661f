"""The form of a verified answer."""

import re
import uuid
from typing import Any

from django import forms
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from madoguchi.faq.editing import Draft, own_departments
from madoguchi.faq.models import Revision
from madoguchi.library.models import Document
from madoguchi.people import names
from madoguchi.people.access import Scope, department_key
from madoguchi.people.models import Classification, User

ANSWER_MAX_CHARACTERS = 8000
MOST_VARIANTS = 30
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class EntryForm(forms.Form):
    """A question in its variants, the answer, who may read it and where it stands written."""

    question = forms.CharField(label=_("質問"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    variants = forms.CharField(
        label=_("言い換え"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("同じ質問の別の聞き方を、1行に1つずつ入力します。多いほど見つけやすくなります。"),
    )
    answer = forms.CharField(
        label=_("回答"), max_length=ANSWER_MAX_CHARACTERS, widget=forms.Textarea(attrs={"rows": 10})
    )
    department = forms.ChoiceField(label=_("担当の所属"), help_text=_("この所属の職員が編集・公開できます。"))
    audience = forms.ChoiceField(label=_("見られる人"))
    classification = forms.TypedChoiceField(label=_("機密性区分"), coerce=int)
    source = forms.CharField(
        label=_("根拠の文書"),
        required=False,
        max_length=500,
        help_text=_("文書の題名を正確に入力するか、文書のページのアドレスを貼り付けます。"),
    )
    source_page = forms.IntegerField(label=_("根拠のページ"), required=False, min_value=1, max_value=100_000)
    valid_from = forms.DateField(
        label=_("有効期間の初日"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    valid_to = forms.DateField(
        label=_("有効期間の末日"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    # What the person saw when they began; another number saved since is shown, not overwritten.
    based_on = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, scope: Scope, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scope, self.user = scope, user
        own = set(own_departments(scope))
        self.departments = {
            pk: "/".join(path)
            for pk, path in sorted(names.paths(scope.tenant_id).items(), key=lambda one: one[1])
            if user.is_administrator or pk in own
        }
        self._field("department").choices = [(str(pk), path) for pk, path in self.departments.items()]
        self._field("audience").choices = [
            ("public", _("どなたでも（住民を含む）")),
            ("staff", _("職員全員")),
            ("department", _("担当の所属の職員")),
        ]
        self._field("classification").choices = [
            (value, label) for value, label in Classification.choices if value <= scope.classification
        ]

    def _field(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        return field

    def clean_variants(self) -> list[str]:
        variants = [line.strip() for line in self.cleaned_data["variants"].splitlines() if line.strip()]
        if len(variants) > MOST_VARIANTS:
            raise forms.ValidationError(_("言い換えは%(most)s件までです。"), params={"most": MOST_VARIANTS})
        if any(len(variant) > 300 for variant in variants):
            raise forms.ValidationError(_("言い換えは1行300文字までです。"))
        return list(dict.fromkeys(variants))

    def clean_source(self) -> Document | None:
        text = self.cleaned_data["source"].strip()
        if not text:
            return None
        visible = Document.objects.within(self.scope)
        pasted = _UUID.search(text)
        found = list(visible.filter(pk=uuid.UUID(pasted[0])) if pasted else visible.filter(title=text)[:2])
        if not found:
            raise forms.ValidationError(_("この題名・アドレスの文書が見つかりません。書庫で題名を確かめてください。"))
        if len(found) > 1:
            raise forms.ValidationError(_("同じ題名の文書が複数あります。文書のページのアドレスを貼り付けてください。"))
        return found[0]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("audience") == "public" and data.get("classification", 1) > Classification.C1:
            self.add_error("classification", _("どなたでも見られる回答の機密性区分は1にしてください。"))
        if data.get("source_page") and not data.get("source") and "source" not in self.errors:
            self.add_error("source", _("ページを指定するときは、文書も指定してください。"))
        source: Document | None = data.get("source")
        if source and data.get("classification") and data["classification"] < source.classification:
            self.add_error(
                "classification",
                _("根拠の文書の機密性区分（%s）より低くできません。") % source.get_classification_display(),
            )
        first, last = data.get("valid_from"), data.get("valid_to")
        if first and last and last < first:
            self.add_error("valid_to", _("末日は初日以後の日付にしてください。"))
        return data

    def draft(self) -> Draft:
        """Return what a valid form says."""
        data = self.cleaned_data
        department = int(data["department"])
        source: Document | None = data["source"]
        keys = {"public": "public", "staff": "staff", "department": department_key(department)}
        return Draft(
            question=" ".join(data["question"].split()),
            answer=data["answer"].replace("\r\n", "\n").strip(),
            variants=data["variants"],
            access_key=keys[data["audience"]],
            classification=data["classification"],
            source_document_id=source.pk if source else None,
            source_page=data["source_page"],
            department_id=department,
            valid_from=data["valid_from"],
            valid_to=data["valid_to"],
        )


def initial_of(revision: Revision, scope: Scope, department_id: int | None) -> dict[str, Any]:
    """Return a revision as the form shows it. A source that the scope does not see is left empty."""
    sources = Document.objects.within(scope).filter(pk__in=[revision.source_document_id])
    source = sources.first()
    same_title = Document.objects.within(scope).filter(title=source.title).count() if source else 0
    audience = revision.access_key if revision.access_key in ("public", "staff") else "department"
    return {
        "question": revision.question,
        "variants": "\n".join(revision.variants),
        "answer": revision.answer,
        "department": str(department_id or ""),
        "audience": audience,
        "classification": revision.classification,
        "source": (source.title if same_title == 1 else _address(source)) if source else "",
        "source_page": revision.source_page,
        "valid_from": revision.valid_from,
        "valid_to": revision.valid_to,
        "based_on": revision.number,
    }


def _address(document: Document) -> str:
    try:
        return reverse("document", args=[document.pk])
    except NoReverseMatch:
        return str(document.pk)
