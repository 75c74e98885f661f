"""FAQ: find verified answers, write them, release them."""

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from madoguchi.faq import editing
from madoguchi.faq.differences import history
from madoguchi.faq.forms import EntryForm, initial_of
from madoguchi.faq.match import source_of
from madoguchi.faq.models import Entry, Revision
from madoguchi.people.guard import open_to
from madoguchi.people.keys import describe
from madoguchi.people.models import Department
from madoguchi.people.names import in_words
from madoguchi.people.request import Request
from madoguchi.web.numbers import key_in
from madoguchi.web.sanitise import html_of_markdown

ENTRIES_ON_A_PAGE = 20
SEARCH_MAX_CHARACTERS = 200


@open_to("staff")
@require_GET
def entries(request: Request) -> HttpResponse:
    """List what the person may read or edit, by words, department and state."""
    found = editing.listed(request.scope, request.user).select_related("department")
    can_write = bool(request.user.is_administrator or editing.own_departments(request.scope))
    anything = found.exists()
    words = request.GET.get("q", "").strip()[:SEARCH_MAX_CHARACTERS]
    for word in words.split():
        found = found.filter(Q(question__icontains=word) | Q(answer__icontains=word))
    department = request.GET.get("department", "")
    if (department_id := key_in(department)) is not None:
        found = found.filter(department_id=department_id)
    status = request.GET.get("status", "")
    if status in Entry.Status.values:
        found = found.filter(status=status)
    used = editing.listed(request.scope, request.user).order_by().values("department_id")
    context = {
        "page": Paginator(found, ENTRIES_ON_A_PAGE).get_page(request.GET.get("page")),
        "words": words,
        "department": department,
        "status": status,
        "departments": Department.objects.filter(tenant=request.tenant, pk__in=used),
        "statuses": Entry.Status.choices,
        "anything": anything,
        "can_write": can_write,
    }
    return render(request, "faq/entries.html", context)


@open_to("staff")
@require_GET
def entry(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Show one entry as it is served; to who may edit it, its revisions too."""
    found = get_object_or_404(
        editing.listed(request.scope, request.user).select_related("department", "released_by"), pk=pk
    )
    may_edit = editing.editable(request.scope, request.user).filter(pk=pk).exists()
    revisions = list(editing.revisions(found, request.scope)) if may_edit else []
    newest = revisions[0] if revisions and revisions[0].number == found.number else None
    context = {
        "entry": found,
        "answer": html_of_markdown(found.answer),
        "department": in_words(request.tenant, found.department_id) if found.department_id else "",
        "audience": describe(request.tenant, [found.access_key]),
        "source": source_of(request.scope, found),
        "may_edit": may_edit,
        "history": history(revisions),
        "newest": newest,
        "newest_answer": html_of_markdown(newest.answer) if newest else "",
    }
    return render(request, "faq/entry.html", context)


@open_to("staff")
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """Write a new entry; it is a draft until a person releases it."""
    initial = {
        "question": request.GET.get("question", "")[:300],
        "classification": "2",
        "audience": "staff",
        "department": str(next(iter(editing.own_departments(request.scope)), "")),
    }
    form = EntryForm(request.scope, request.user, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        made = editing.create(request.tenant.pk, form.draft(), request.user)
        messages.success(request, _("下書きを保存しました。内容を確かめて公開してください。"))
        return redirect("faq-entry", pk=made.pk)
    return render(request, "faq/edit.html", {"form": form, "entry": None}, status=422 if form.errors else 200)


@open_to("staff")
@require_http_methods(["GET", "POST"])
def edit(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Change an entry; what is released stays as it is until it is released again."""
    found = get_object_or_404(editing.editable(request.scope, request.user), pk=pk)
    newest = get_object_or_404(editing.revisions(found, request.scope), number=found.number)
    initial = initial_of(newest, request.scope, found.department_id)
    form = EntryForm(request.scope, request.user, request.POST or None, initial=initial)
    theirs: Revision | None = None
    if request.method == "POST" and form.is_valid():
        try:
            editing.save(found, form.draft(), request.user, form.cleaned_data["based_on"] or 0)
        except editing.Outdated as outdated:
            theirs = outdated.newest
            form.add_error(
                None,
                _("編集中に別の職員が保存しました。下に示す内容と比べ、必要な変更を書き足して保存し直してください。"),
            )
            # What the person typed stays; saving again is then on top of what they have now seen.
            form.data = {**request.POST.dict(), "based_on": str(theirs.number)}
        else:
            text = _("変更を保存しました。公開するまで、公開中の内容は変わりません。")
            messages.success(request, text if found.status == Entry.Status.RELEASED else _("下書きを保存しました。"))
            return redirect("faq-entry", pk=pk)
    context = {"form": form, "entry": found, "theirs": theirs}
    return render(request, "faq/edit.html", context, status=409 if theirs else 422 if form.errors else 200)


@open_to("staff")
@require_POST
def release(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Release what the person has read, named by its number."""
    found = get_object_or_404(editing.editable(request.scope, request.user), pk=pk)
    number = request.POST.get("number", "")
    # The newest revision may have an audience that this person is not in.
    get_object_or_404(editing.revisions(found, request.scope), number=found.number)
    try:
        editing.release(found, request.user, key_in(number) or 0)
    except editing.Outdated:
        messages.error(request, _("表示後に別の職員が保存しました。新しい内容を確かめてから公開してください。"))
    else:
        messages.success(request, _("公開しました。この回答が質問への回答に使われます。"))
    return redirect("faq-entry", pk=pk)


@open_to("staff")
@require_POST
def withdraw(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Take an entry back."""
    found = get_object_or_404(editing.editable(request.scope, request.user), pk=pk, status=Entry.Status.RELEASED)
    editing.withdraw(found, request.user)
    messages.success(request, _("取り下げました。この回答は使われなくなります。"))
    return redirect("faq-entry", pk=pk)
