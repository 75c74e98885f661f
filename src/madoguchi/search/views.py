"""The search page: a question, filters, results with what matched marked."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from madoguchi.audit.record import digest, record
from madoguchi.library.models import Passage
from madoguchi.library.showing import doubt_in_words
from madoguchi.people.guard import open_to
from madoguchi.people.request import Request
from madoguchi.search import saved
from madoguchi.search.facets import Facet, facets_of
from madoguchi.search.favour import Favour
from madoguchi.search.folding import differs
from madoguchi.search.query import Filters, Hit, Results, find
from madoguchi.search.reasons import Reason, reasons
from madoguchi.search.understand import understood
from madoguchi.search.verified import verified
from madoguchi.web.fiscal_years import shown as year_in_words

RESULTS_ON_A_PAGE = 10
FAQ_ON_TOP = 3
# Characters of a passage that a result shows, and how many of them stand before the first mark.
SNIPPET_CHARACTERS = 240
SNIPPET_BEFORE = 40
# The same results, shown again within this time while a person types on, are on the record already.
SHOWN_SECONDS = 600


@dataclass
class Piece:
    """A part of a text; `marked` when it matched."""

    text: str
    marked: bool


@dataclass
class Other:
    """A result folded under another: where it stands, of which year, and whether it says something else."""

    hit: Hit
    address: str
    folder: str
    year: str
    differs: bool


@dataclass
class Shown:
    """A result as the page shows it."""

    hit: Hit
    address: str
    pieces: list[Piece]
    # What a person must know of a scan that was not read for sure.
    doubt: str
    year: str
    others: list[Other]
    # Of its page, when it has one.
    image: str
    why: list[Reason]

    @property
    def differs(self) -> bool:
        """Return whether one of the others says something else."""
        return any(other.differs for other in self.others)


@open_to("staff")
@require_GET
def search(request: Request) -> HttpResponse:
    """Find passages and verified answers by a question."""
    question, error = question_of(request)
    filters = filters_of(request)
    context: dict[str, Any] = {
        "question": question,
        "error": error,
        "facets": _facets(request, filters),
        "filtered": filters != Filters(),
        "keeping": saved.beside(request.scope, question, filters),
    }
    if question:
        context |= found(request, question, filters)
        results: Results = context["results"]
        actor = f"user:{request.user.pk}"
        record(request.tenant.pk, actor, "question", question=digest(question), found=len(results.hits))
        record(request.tenant.pk, actor, "passages.given", passages=_given(context))
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
        context |= found(request, question, filters)
        context["seal"] = _seal(request, context)
    return render(request, "search/results.html", context)


def question_of(request: Request) -> tuple[str, str]:
    """Return the question of an address, and what to say when it was too long."""
    asked = request.GET.get("q", "").strip()
    question = asked[: settings.QUESTION_MAX_CHARACTERS]
    if len(asked) == len(question):
        return question, ""
    text = _("検索の言葉は%(limit)s文字までです。初めの%(limit)s文字で探しました。")
    return question, text % {"limit": settings.QUESTION_MAX_CHARACTERS}


def found(request: Request, question: str, filters: Filters) -> dict[str, Any]:
    """Return what `search/results.html` shows for a question."""
    results = find(request.scope, question, settings.SEARCH_MAX_RESULTS, filters, described=True, folding=True)
    favour = Favour(understood(question, request.scope.on), request.scope)
    page = Paginator(results.hits, RESULTS_ON_A_PAGE).get_page(request.GET.get("page"))
    on_top = page.number == 1 and filters == Filters()
    answers = verified(request.scope, question, FAQ_ON_TOP) if on_top else []
    count = ngettext(
        "%(total)s件を、質問に近い順に示しています。", "%(total)s件を、質問に近い順に示しています。", len(results.hits)
    )
    nothing = "" if answers else _("閲覧できる文書には見つかりませんでした")
    return {
        "results": results,
        "page": page,
        "shown": [shown(hit, reasons(results, favour, hit)) for hit in page],
        "verified": answers,
        "said": count % {"total": len(results.hits)} if results.hits else nothing,
    }


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
    return saved.filters_in(request.GET.dict())


def _facets(request: Request, filters: Filters) -> list[Facet]:
    chosen = {
        "folder": str(filters.folder or ""),
        "department": filters.department,
        "year": str(filters.fiscal_year or ""),
        "type": filters.file_type,
        "classification": str(filters.classification or ""),
    }
    return facets_of(request.scope, chosen)


def shown(hit: Hit, why: list[Reason]) -> Shown:
    """Return a result with what is folded under it and why it was found, as the page shows it."""
    others = [
        Other(
            other,
            address_of(other.passage),
            other.path.rpartition("/")[0],
            _year(other),
            differs(hit.passage, other.passage),
        )
        for other in hit.others
    ]
    doubt = doubt_in_words(hit.passage.confidence)
    return Shown(hit, address_of(hit.passage), snippet(hit), doubt, _year(hit), others, image_of(hit.passage), why)


def address_of(passage: Passage) -> str:
    """Return where a passage is shown in its document."""
    page = passage.locator.get("page")
    wanted = {"version": passage.version.number, **({"page": page} if page else {}), "passage": passage.pk}
    return f"{reverse('document', args=[passage.version.document_id])}?{urlencode(wanted)}"


def image_of(passage: Passage) -> str:
    """Return the address of the picture of a passage's page; empty where there is none."""
    page, version = passage.locator.get("page"), passage.version
    return reverse("page-image", args=[version.document_id, version.number, page]) if page and version.pages else ""


def _year(hit: Hit) -> str:
    return year_in_words(hit.fiscal_year) if hit.fiscal_year else ""


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
