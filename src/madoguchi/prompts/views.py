"""プロンプト集: find a prompt, fill it in, write one's own."""

import uuid

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from madoguchi.people.guard import open_to
from madoguchi.people.keys import describe
from madoguchi.people.request import Request
from madoguchi.prompts import editing, variables
from madoguchi.prompts.finding import SORTS, VIEWS, rows
from madoguchi.prompts.forms import FillForm, PromptForm, usual_class
from madoguchi.prompts.models import Edition, Prompt
from madoguchi.prompts.pages import named, own_or_404
from madoguchi.prompts.starter import starter

ON_A_PAGE = 20
SEARCH_MAX_CHARACTERS = 200


@open_to("staff")
@require_GET
def prompts(request: Request) -> HttpResponse:
    """List the prompts that a person may use."""
    words = request.GET.get("q", "").strip()[:SEARCH_MAX_CHARACTERS].replace("\x00", "")
    view, sort = request.GET.get("view", ""), request.GET.get("sort", "use")
    found = rows(request.scope, words, view, sort)
    page = Paginator(found, ON_A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "words": words, "view": view, "sort": sort, "views": VIEWS, "sorts": SORTS}
    return render(request, "prompts/prompts.html", context)


@open_to("staff")
@require_http_methods(["GET", "POST"])
def prompt(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Show a prompt, and the text that it becomes when it is filled in."""
    found = get_object_or_404(Prompt.objects.within(request.scope), pk=pk)
    return _fill(request, found.title, found.summary, found.newest.text, found, "")


@open_to("staff")
@require_http_methods(["GET", "POST"])
def standard(request: Request, key: str) -> HttpResponse:
    """Show a prompt that ships, and the text that it becomes when it is filled in."""
    found = starter(key)
    if found is None:
        raise Http404
    return _fill(request, found.title, found.summary, found.text, None, key)


@open_to("staff")
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """Write a prompt, beginning from one that ships or that one may use when it is named."""
    initial: dict[str, object] = {"classification": usual_class(request.scope)}
    if shipped := starter(request.GET.get("standard", "")):
        initial |= {"title": shipped.title, "summary": shipped.summary, "text": shipped.text}
    elif copied := named(request.scope, request.GET.get("prompt")):
        initial |= {name: getattr(copied, name) for name in ("title", "summary", "classification")}
        initial |= {"text": copied.newest.text}
    form = PromptForm(request.scope, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        return redirect("prompt", pk=editing.create(request.scope, form.draft()).pk)
    return render(request, "prompts/edit.html", {"form": form}, status=422 if form.errors else 200)


@open_to("staff")
@require_http_methods(["GET", "POST"])
def edit(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Change a prompt of one's own; what was before stays among its editions."""
    found = own_or_404(request, pk)
    newest = found.newest
    initial = {name: getattr(found, name) for name in ("title", "summary", "classification")}
    initial |= {"text": newest.text, "based_on": newest.number}
    form = PromptForm(request.scope, request.POST or None, initial=initial)
    theirs: Edition | None = None
    if request.method == "POST" and form.is_valid():
        try:
            editing.save(request.scope, found, form.draft(), form.cleaned_data["based_on"] or 0)
        except editing.Outdated as outdated:
            theirs = outdated.newest
            form.add_error(None, _("編集中に別の画面で保存されました。下の内容と比べ、保存し直してください。"))
            # What was typed stays; saving again is then on top of what is shown now.
            form.data = {**request.POST.dict(), "based_on": str(theirs.number)}
        else:
            return redirect("prompt", pk=pk)
    context = {"form": form, "prompt": found, "theirs": theirs}
    return render(request, "prompts/edit.html", context, status=409 if theirs else 422 if form.errors else 200)


def _fill(request: Request, title: str, summary: str, text: str, found: Prompt | None, key: str) -> HttpResponse:
    form = FillForm(variables.read(text), request.POST if request.method == "POST" else None)
    filled = ""
    if request.method == "POST" and form.is_valid():
        filled = form.filled()
        editing.used(request.scope, found, key, found.number if found else 0)
    context = {
        "title": title,
        "summary": summary,
        "text": text,
        "prompt": found,
        "key": key,
        "form": form,
        "filled": filled,
        "is_own": bool(found and found.user_id == request.user.pk),
        "is_favourite": editing.is_favourite(request.scope, found, key),
        "shared_with": describe(request.tenant.pk, list(found.shares.values_list("key", flat=True))) if found else [],
        "chat": _chat(),
    }
    return render(request, "prompts/prompt.html", context, status=422 if form.errors else 200)


def _chat() -> str:
    """Return the address of a new conversation, "" where there is none."""
    try:
        return reverse("chat-new")
    except NoReverseMatch:
        return ""
