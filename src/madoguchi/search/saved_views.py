"""Pages of what a person keeps: save a search, see what came for it, open it, say that it was seen, delete it."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from madoguchi.people.guard import open_to
from madoguchi.people.request import Request
from madoguchi.search import saved
from madoguchi.search.filters import address_of, filters_in
from madoguchi.search.models import SavedSearch

# Documents of one search that the list shows; the search itself shows the rest.
SHOWN = 10


@open_to("staff")
@require_safe
def searches(request: Request) -> HttpResponse:
    """List what the person keeps, with the documents that have come for each."""
    context = {
        "searches": saved.kept(request.scope),
        "shown": f":{SHOWN}",
        "most": SHOWN,
        "limit": settings.SAVED_SEARCHES_MAX,
    }
    return render(request, "search/saved.html", context)


@open_to("staff")
@require_POST
def save(request: Request) -> HttpResponse:
    """Keep a question with its filters, and show its results again."""
    asked, filters = request.POST.get("q", "").replace("\0", "").strip(), filters_in(request.POST.dict())
    question = asked[: settings.QUESTION_MAX_CHARACTERS]
    if not question:
        messages.error(request, _("探す言葉がありません。言葉を入れて探してから、保存してください。"))
        return redirect("search")
    try:
        saved.save(request.scope, question, filters)
    except saved.Full as full:
        messages.error(request, str(full))
    else:
        text = _("検索を保存しました。答える文書が入るか変わると、ホームで知らせます。")
        if len(question) < len(asked):
            short = _("検索の言葉は%(limit)s文字までです。初めの%(limit)s文字を保存しました。")
            text = short % {"limit": settings.QUESTION_MAX_CHARACTERS}
        messages.success(request, text)
    return redirect(address_of(question, filters))


@open_to("staff")
@require_POST
def open_search(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Show the results of a kept search; what was shown of it as new is seen."""
    search = _own(request, pk)
    saved.mark_seen(request.scope, search, request.POST.get("until", ""))
    return redirect(address_of(search.question, filters_in(search.filters)))


@open_to("staff")
@require_POST
def seen(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Mark what was shown as new of a kept search as seen."""
    saved.mark_seen(request.scope, _own(request, pk), request.POST.get("until", ""))
    messages.success(request, _("確認済みにしました。"))
    return redirect("search-saved")


@open_to("staff")
@require_POST
def remove(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Forget a kept search."""
    saved.remove(request.scope, _own(request, pk))
    messages.success(request, _("保存した検索を削除しました。文書はそのまま残っています。"))
    return redirect("search-saved")


def _own(request: Request, pk: uuid.UUID) -> SavedSearch:
    return get_object_or_404(SavedSearch.objects.within(request.scope), pk=pk)
