"""Ask, read again, look back."""

import time
import uuid
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from madoguchi.answers.ask import BadQuestion, checked
from madoguchi.answers.ask import answer as answer_events
from madoguchi.answers.models import Answer
from madoguchi.answers.show import event_for_page, shown, summary
from madoguchi.answers.stream import event_stream
from madoguchi.audit.record import record
from madoguchi.library.models import Passage
from madoguchi.people.access import Scope, scope_of
from madoguchi.people.guard import open_to
from madoguchi.people.models import User
from madoguchi.people.request import Request

ANSWERS_ON_A_PAGE = 20
SEARCH_MAX_CHARACTERS = 200


def examples() -> list[str]:
    """Return questions to begin with."""
    return [
        _("住民票の写しの手数料はいくらですか"),
        _("昨年の福祉関連の予算はどう変わりましたか"),
        _("年次有給休暇は何日とれますか"),
        _("燃やせるごみの収集日はいつですか"),
    ]


@open_to("staff")
@require_http_methods(["GET", "POST"])
def ask(request: Request) -> HttpResponse:
    """Show the box; with a question posted, answer it in one page (the way without script)."""
    if request.method == "GET":
        question = request.GET.get("q", "")[: settings.QUESTION_MAX_CHARACTERS]
        return _box(request, question, run=bool(question.strip()))
    question = request.POST.get("q", "")
    try:
        *_events, last = answer_events(request.scope, question)
    except BadQuestion as bad:
        return _box(request, question, error=str(bad))
    kept = get_object_or_404(Answer.objects.within(request.scope), pk=last["answer"])
    suggestions = [entry for event in _events if event["event"] == "suggestions" for entry in event["entries"]]
    return _page(request, kept, suggestions)


@open_to("staff")
@require_POST
def stream(request: Request) -> HttpResponseBase:
    """Answer a question as events, sentence by sentence."""
    try:
        question = checked(request.POST.get("q", ""))
    except BadQuestion as bad:
        return JsonResponse({"error": str(bad)}, status=422)
    return event_stream(request, _while_allowed(request, _for_page(request.scope, question)))


@open_to("staff")
@require_GET
def answer(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Open an answer of one's own again, as far as the present scope allows."""
    return _page(request, get_object_or_404(Answer.objects.within(request.scope), pk=pk), [])


@open_to("staff")
@require_GET
def history(request: Request) -> HttpResponse:
    """List one's own questions, newest first."""
    found = Answer.objects.within(request.scope)
    anything = found.exists()
    words = request.GET.get("q", "").strip()[:SEARCH_MAX_CHARACTERS]
    for word in words.split():
        found = found.filter(question__icontains=word)
    page = Paginator(found, ANSWERS_ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "answers/history.html", {"page": page, "words": words, "anything": anything})


@open_to("staff")
@require_POST
def delete(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Delete an answer of one's own; that it was given stays on the record."""
    found = get_object_or_404(Answer.objects.within(request.scope), pk=pk)
    with transaction.atomic():
        record(request.tenant.pk, f"user:{request.user.pk}", "answer.deleted", f"answer:{pk}")
        found.delete()
    messages.success(request, _("履歴から削除しました。"))
    return redirect("history")


def _for_page(scope: Scope, question: str) -> Iterator[dict[str, Any]]:
    events = answer_events(scope, question)
    try:
        for event in events:
            ids = [source["passage"] for source in event.get("sources", [])]
            found = Passage.objects.within(scope).select_related("version").filter(pk__in=ids) if ids else []
            yield event_for_page(event, {str(passage.pk): passage for passage in found})
    finally:
        events.close()  # type: ignore[attr-defined]


def _while_allowed(request: Request, events: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield events as long as the person may see all that they are made from; then say so, and no more."""
    sources, looked = list[str](), time.monotonic()
    try:
        for event in events:
            if time.monotonic() - looked >= settings.RIGHTS_LOOKED_AT_SECONDS:
                looked = time.monotonic()
                if not _may_still_see(request, sources):
                    yield {"event": "failed", "text": _("閲覧できる範囲が変わったため、回答を止めました。")}
                    return
            sources += [str(source["passage"]) for source in event.get("sources", [])]
            yield event
    finally:
        events.close()  # type: ignore[attr-defined]


def _may_still_see(request: Request, passages: list[str]) -> bool:
    user = User.objects.filter(pk=request.user.pk, tenant=request.tenant).first()
    scope = scope_of(user, request.zone) if user else None
    if scope is None or scope.user_id is None:
        return False
    return Passage.objects.within(scope).filter(pk__in=passages).count() == len(set(passages))


def _box(request: Request, question: str, run: bool = False, error: str = "") -> HttpResponse:
    context = {
        "question": question,
        "run": run,
        "error": error,
        "examples": examples(),
        "limit": settings.QUESTION_MAX_CHARACTERS,
    }
    return render(request, "answers/ask.html", context, status=422 if error else 200)


def _page(request: Request, kept: Answer, suggestions: list[dict[str, Any]]) -> HttpResponse:
    now = shown(kept, request.scope)
    context = {
        "shown": now,
        "answer": kept,
        "suggestions": suggestions,
        "summary": summary((now.confirmed, now.total), kept.mode),
        "limit": settings.QUESTION_MAX_CHARACTERS,
    }
    return render(request, "answers/answer.html", context)
