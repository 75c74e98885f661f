"""The search page: a question, filters, results with what matched marked."""

from dataclasses import dataclass

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from madoguchi.audit.record import digest, record
from madoguchi.library.showing import doubt_in_words
from madoguchi.people.guard import open_to
from madoguchi.people.request import Request
from madoguchi.search.facets import Facet, facets_of
from madoguchi.search.query import Filters, Hit, find
from madoguchi.search.verified import verified
from madoguchi.web.numbers import key_in

RESULTS_ON_A_PAGE = 10
FAQ_ON_TOP = 3
# Characters of a passage that a result shows, and how many of them stand before the first mark.
SNIPPET_CHARACTERS = 240
SNIPPET_BEFORE = 40


@dataclass
class Piece:
    """A part of a text; `marked` when it matched."""

    text: str
    marked: bool


@dataclass
class Shown:
    """A result as the page shows it."""

    hit: Hit
    pieces: list[Piece]
    # What a person must know of a scan that was not read for sure.
    doubt: str


@open_to("staff")
@require_GET
def search(request: Request) -> HttpResponse:
    """Find passages and verified answers by a question."""
    asked = request.GET.get("q", "").strip()
    question = asked[: settings.QUESTION_MAX_CHARACTERS]
    filters = filters_of(request)
    context = {
        "question": question,
        "facets": _facets(request, filters),
        "filtered": filters != Filters(),
        "error": _("検索の言葉は%(limit)s文字までです。初めの%(limit)s文字で探しました。")
        % {"limit": settings.QUESTION_MAX_CHARACTERS}
        if len(asked) > len(question)
        else "",
    }
    if question:
        results = find(request.scope, question, settings.SEARCH_MAX_RESULTS, filters, described=True)
        page = Paginator(results.hits, RESULTS_ON_A_PAGE).get_page(request.GET.get("page"))
        on_top = page.number == 1 and filters == Filters()
        context |= {
            "results": results,
            "page": page,
            "shown": [Shown(hit, snippet(hit), doubt_in_words(hit.passage.confidence)) for hit in page],
            "verified": verified(request.scope, question, FAQ_ON_TOP) if on_top else [],
        }
        actor = f"user:{request.user.pk}"
        record(request.tenant.pk, actor, "question", question=digest(question), found=len(results.hits))
        record(request.tenant.pk, actor, "passages.given", passages=[str(hit.passage.pk) for hit in page])
    return render(request, "search/search.html", context)


def filters_of(request: Request) -> Filters:
    """Return what the person narrows by; a value that is none is left out."""
    folder, year = request.GET.get("folder", ""), request.GET.get("year", "")
    return Filters(
        folder=key_in(folder),
        department=request.GET.get("department", "")[:200],
        fiscal_year=int(year) if year.isdecimal() and len(year) == 4 else None,
        file_type=request.GET.get("type", "")[:10],
    )


def _facets(request: Request, filters: Filters) -> list[Facet]:
    chosen = {
        "folder": str(filters.folder or ""),
        "department": filters.department,
        "year": str(filters.fiscal_year or ""),
        "type": filters.file_type,
    }
    return facets_of(request.scope, chosen)


def snippet(hit: Hit) -> list[Piece]:
    """Return the part of a passage that shows its first mark, cut into marked and other pieces."""
    text = hit.passage.text
    first = hit.marks[0][0] if hit.marks else 0
    start = max(0, min(first - SNIPPET_BEFORE, len(text) - SNIPPET_CHARACTERS))
    end = min(len(text), start + SNIPPET_CHARACTERS)
    pieces = [Piece("…", False)] if start else []
    at = start
    for begin, stop in hit.marks:
        if begin >= end:
            break
        if begin < at:
            continue
        pieces += [Piece(text[at:begin], False), Piece(text[begin : min(stop, end)], True)]
        at = min(stop, end)
    pieces.append(Piece(text[at:end] + ("…" if end < len(text) else ""), False))
    return [piece for piece in pieces if piece.text]
