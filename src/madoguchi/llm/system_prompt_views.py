"""What built-in purposes say to the model: seen, changed, compared, set back. Administrators only."""

from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from madoguchi.llm import system_prompts
from madoguchi.llm.actor_names import names_of
from madoguchi.llm.models import SystemPrompt
from madoguchi.llm.system_prompts import BuiltIn, Outdated, Refused
from madoguchi.people.guard import open_to
from madoguchi.people.models import Tenant
from madoguchi.people.request import Request
from madoguchi.web.line_diff import lines_changed
from madoguchi.web.numbers import key_in


class TextForm(forms.Form):
    """The text of one prompt, and the number of the edition that its editor saw."""

    text = forms.CharField(required=False, strip=False, widget=forms.Textarea(attrs={"rows": 18}))
    based_on = forms.IntegerField(required=False, min_value=0, max_value=10**9, widget=forms.HiddenInput)


@dataclass(frozen=True)
class Edition:
    """One edition as it is listed; number 0 is the built-in text."""

    number: int
    text: str
    who: str
    row: SystemPrompt | None = None

    @property
    def is_reset(self) -> bool:
        return bool(self.row and not self.row.text)


@open_to("administrator")
@require_GET
def prompts(request: Request) -> HttpResponse:
    """List every built-in prompt with whether the office changed it."""
    rows = []
    for prompt in system_prompts.registered():
        newest = system_prompts.newest(request.tenant.pk, prompt.name)
        changed = newest if newest and newest.text else None
        rows.append(
            {
                "prompt": prompt,
                "changed": changed,
                "who": names_of(request.tenant, [changed.edited_by])[changed.edited_by] if changed else "",
                "lacking": system_prompts.lacking(prompt, changed.text) if changed else [],
            }
        )
    return render(request, "llm/system_prompts.html", {"rows": rows})


@open_to("administrator")
@require_http_methods(["GET", "POST"])
def prompt(request: Request, name: str) -> HttpResponse:
    """Show what one purpose says, and take another text for it."""
    found = _prompt_or_404(name)
    if request.method == "POST":
        return _save(request, found)
    number = system_prompts.newest(request.tenant.pk, name)
    begun = _edition(_editions(request.tenant, found), request.GET.get("edition"))
    text = begun.text if begun else system_prompts.text_of(request.tenant.pk, name)
    form = TextForm(initial={"text": text, "based_on": number.number if number else 0})
    return _page(request, found, form, begun=begun)


@open_to("administrator")
@require_POST
def reset(request: Request, name: str) -> HttpResponse:
    """Say the built-in text again."""
    found = _prompt_or_404(name)
    try:
        system_prompts.reset(request.tenant, name, _actor(request), key_in(request.POST.get("based_on")) or 0)
    except Outdated:
        messages.error(
            request, _("表示後に別の管理者が保存したため、戻していません。新しい内容を確かめてから戻してください。")
        )
    else:
        messages.success(request, _("標準の指示文に戻しました。前の指示文は「版の履歴」に残っています。"))
    return redirect("system-prompt", name=found.name)


@open_to("administrator")
@require_GET
def editions(request: Request, name: str) -> HttpResponse:
    """List the editions of a prompt, and show what differs between any two."""
    found = _prompt_or_404(name)
    rows = _editions(request.tenant, found)
    before = _edition(rows, request.GET.get("from")) or rows[min(1, len(rows) - 1)]
    after = _edition(rows, request.GET.get("to")) or rows[0]
    context = {
        "prompt": found,
        "editions": rows,
        "before": before,
        "after": after,
        "lines": lines_changed(before.text, after.text),
    }
    return render(request, "llm/system_prompt_editions.html", context)


def _save(request: Request, found: BuiltIn) -> HttpResponse:
    form = TextForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    text = form.cleaned_data["text"].replace("\r\n", "\n")
    lacking = system_prompts.lacking(found, text)
    if not set(lacking) <= set(request.POST.getlist("seen")) and text.strip():
        return _page(request, found, form, lacking=lacking, asks=True, status=422)
    try:
        system_prompts.edit(request.tenant, found.name, text, _actor(request), form.cleaned_data["based_on"] or 0)
    except Refused as refused:
        form.add_error("text", str(refused))
        return _page(request, found, form, lacking=lacking, status=422)
    except Outdated as outdated:
        # What was typed stays; saving again is then on top of what is shown now.
        form.data = {**request.POST.dict(), "based_on": str(outdated.newest.number)}
        return _page(request, found, form, theirs=outdated.newest, lacking=lacking, status=409)
    messages.success(request, _("保存しました。次の呼び出しから、この指示文を使います。"))
    return redirect("system-prompt", name=found.name)


def _page(
    request: Request,
    found: BuiltIn,
    form: TextForm,
    *,
    theirs: SystemPrompt | None = None,
    lacking: Sequence[str] = (),
    asks: bool = False,
    begun: Edition | None = None,
    status: int = 200,
) -> HttpResponse:
    rows = _editions(request.tenant, found)
    in_use = system_prompts.text_of(request.tenant.pk, found.name)
    typed = form["text"].value() or ""
    context = {
        "prompt": found,
        "form": form,
        "in_use": rows[0],
        "is_changed": bool(rows[0].row and rows[0].row.text),
        "newest": rows[0],
        "lines": lines_changed(found.text, in_use),
        "lacking": lacking or system_prompts.lacking(found, in_use),
        "asks": asks,
        "begun": begun,
        "theirs": theirs,
        "their_text": (theirs.text or found.text) if theirs else "",
        "their_name": names_of(request.tenant, [theirs.edited_by])[theirs.edited_by] if theirs else "",
        "their_lines": lines_changed((theirs.text or found.text) if theirs else "", typed.replace("\r\n", "\n")),
    }
    return render(request, "llm/system_prompt.html", context, status=status)


def _prompt_or_404(name: str) -> BuiltIn:
    found = system_prompts.built_in(name)
    if found is None:
        raise Http404
    return found


def _editions(tenant: Tenant, found: BuiltIn) -> list[Edition]:
    """Return the editions of an office, newest first, and the built-in one last, as number 0."""
    rows = system_prompts.editions(tenant.pk, found.name)
    names = names_of(tenant, [row.edited_by for row in rows])
    changed = [Edition(row.number, row.text or found.text, names[row.edited_by], row) for row in rows]
    return [*changed, Edition(0, found.text, "")]


def _edition(rows: Sequence[Edition], number: str | None) -> Edition | None:
    return next((row for row in rows if row.number == key_in(number)), None)


def _actor(request: Request) -> str:
    return f"user:{request.user.pk}"
