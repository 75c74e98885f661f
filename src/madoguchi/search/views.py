"""The search page: the one box for everything, with filters, and its results while a person types."""

from typing import Any

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from madoguchi.audit.record import digest, record
from madoguchi.people.guard import open_to
from madoguchi.people.request import Request
from madoguchi.search import gaps, saved, showing
from madoguchi.search.filters import filters_in
from madoguchi.search.query import Filters, Results

# The same results, shown again within this time while a person types on, are on the record already.
SHOWN_SECONDS = 600


@open_to("staff")
@require_GET
def search(request: Request) -> HttpResponse:
    """Find by a question whatever this person may find; with `in`, more of one group alone."""
    question, error = question_of(request)
    filters = filters_of(request)
    context: dict[str, Any] = {
        "question": question,
        "error": error,
        "filtered": filters != Filters(),
        "keeping": saved.beside(request.scope, question, filters),
    }
    if not question:
        context |= showing.unasked(request.scope, filters)
    elif more := showing.alone(request.scope, question, filters, request.GET.get("in", "")):
        context |= more
        _asked(request, question, sum(len(group.places) for group in more["above"]))
    else:
        context |= showing.found(request.scope, question, filters, request.GET.get("page"))
        results: Results = context["results"]
        is_first = filters == Filters() and context["page"].number == 1
        groups = [*context["above"], *context["below"]]
        context["passed_on"] = gaps.searched(request.scope, question, results, groups, is_first=is_first)
        _asked(request, question, len(results.hits))
        record(request.tenant.pk, f"user:{request.user.pk}", "passages.given", passages=_given(context))
        context["seal"] = _signer(request).sign(_digest(context))
    return render(request, "search/search.html", context)


@open_to("staff")
@require_GET
def live(request: Request) -> HttpResponse:
    """Give the results alone, while a person types.

    What is typed on the way is no question yet; the passages given for it are recorded, once for each set shown.
    """
    question, _error = question_of(request)
    filters = filters_of(request)
    context: dict[str, Any] = {"question": question, "filtered": filters != Filters(), "live": True}
    if question:
        context |= showing.found(request.scope, question, filters, None, typing=True)
        context["seal"] = _seal(request, context)
    return render(request, "search/live.html", context)


def question_of(request: Request) -> tuple[str, str]:
    """Return the question of an address, and what to say when it was too long."""
    asked = request.GET.get("q", "").strip()
    question = asked[: settings.QUESTION_MAX_CHARACTERS]
    if len(asked) == len(question):
        return question, ""
    text = _("検索の言葉は%(limit)s文字までです。初めの%(limit)s文字で探しました。")
    return question, text % {"limit": settings.QUESTION_MAX_CHARACTERS}


def _asked(request: Request, question: str, found: int) -> None:
    """Put a question that was sent on the record, by its digest."""
    record(request.tenant.pk, f"user:{request.user.pk}", "question", question=digest(question), found=found)


def _given(context: dict[str, Any]) -> list[str]:
    return [str(pk) for hit in context["page"] for pk in hit.given]


def _digest(context: dict[str, Any]) -> str:
    return digest(",".join(_given(context)))


def _signer(request: Request) -> TimestampSigner:
    return TimestampSigner(salt=f"search.shown:{request.user.pk}")


def _seal(request: Request, context: dict[str, Any]) -> str:
    """Record the passages given, unless the page proves by its seal that it shows these same ones already."""
    seal, now = request.headers.get("X-Shown", ""), _digest(context)
    try:
        if _signer(request).unsign(seal, max_age=SHOWN_SECONDS) == now:
            return seal
    except BadSignature:
        pass
    given = _given(context)
    if given:
        typed = digest(context["question"])
        actor = f"user:{request.user.pk}"
        record(request.tenant.pk, actor, "passages.given", passages=given, typing=typed)
    return _signer(request).sign(now)


def filters_of(request: Request) -> Filters:
    """Return what the person narrows by; a value that is none is left out."""
    return filters_in(request.GET.dict())
