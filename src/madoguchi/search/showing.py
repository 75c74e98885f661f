"""What was found, made ready for the search page: results with their marks, groups beside them, counts of filters."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from madoguchi.library.models import Document, Passage
from madoguchi.library.showing import doubt_in_words
from madoguchi.people.access import Scope
from madoguchi.search import finders, names, screens
from madoguchi.search.facets import Facet, facets_of, facets_of_results
from madoguchi.search.favour import Favour
from madoguchi.search.filters import NAMES, written
from madoguchi.search.finders import SHOWN_ALONE, Finder, Group
from madoguchi.search.folding import differs
from madoguchi.search.query import Filters, Hit, Results, find
from madoguchi.search.reasons import Reason, reasons
from madoguchi.search.understand import understood
from madoguchi.web.fiscal_years import shown as year_in_words

RESULTS_ON_A_PAGE = 10
# Characters of a passage that a result shows, and how many of them stand before the first mark.
SNIPPET_CHARACTERS = 240
SNIPPET_BEFORE = 40


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


# --- the page


def unasked(scope: Scope, filters: Filters) -> dict[str, Any]:
    """Return what the page shows before a question: the facets of all documents of the scope."""
    return {"facets": facets_of(scope, written(filters)), "counted": _("（ ）は、閲覧できる文書の数です。")}


def found(scope: Scope, question: str, filters: Filters, page: str | None, *, typing: bool = False) -> dict[str, Any]:
    """Return what the page shows for a question: `page` of the results, groups beside the first, facets."""
    results = _results(scope, question, filters, typing=typing)
    favour = Favour(understood(question, scope.on), scope)
    on_page = Paginator(results.hits, RESULTS_ON_A_PAGE).get_page(page)
    asked = [one for one in finders_for(filters) if on_page.number == 1 and (one.while_typing or not typing)]
    groups, failed = finders.ask(asked, scope, question, typing=typing)
    return {
        "results": results,
        "page": on_page,
        "shown": [shown(hit, reasons(results, favour, hit)) for hit in on_page],
        "above": [group for group in groups if group.is_above],
        "below": [group for group in groups if not group.is_above],
        "failed": failed,
        "said": _said(len(results.hits), groups),
        "facets": facets_for(scope, question, filters, results, typing=typing),
        "counted": _counted(len(results.hits)),
    }


def alone(scope: Scope, question: str, filters: Filters, name: str) -> dict[str, Any]:
    """Return what the page shows when more of one group is asked for; empty when there is no such group."""
    asked = [finder for finder in finders_for(filters) if finder.name == name]
    if not asked:
        return {}
    groups, failed = finders.ask(asked, scope, question, SHOWN_ALONE)
    count = sum(len(group.places) for group in groups)
    return {"alone": asked[0], "above": groups, "failed": failed, "said": _shown_so_many(count, SHOWN_ALONE)}


def finders_for(filters: Filters) -> list[Finder]:
    """Return whom to ask beside the passages; where something narrows, only who can narrow."""
    by_name = names.finder_within(filters)
    return [by_name] if filters != Filters() else [screens.finder, by_name, *finders.registered()]


def facets_for(scope: Scope, question: str, filters: Filters, results: Results, *, typing: bool = False) -> list[Facet]:
    """Return what can be narrowed by, counted over the results; what is chosen is counted as if it were not, so that
    its other choices stay."""
    chosen = written(filters)
    among = {name: _documents(results) for name in NAMES}
    for name in chosen:
        wider = replace(filters, **{NAMES[name]: getattr(Filters(), NAMES[name])})
        among[name] = _documents(_results(scope, question, wider, typing=typing, ordered=False))
    return facets_of_results(scope, chosen, among)


def _results(scope: Scope, question: str, filters: Filters, *, typing: bool, ordered: bool = True) -> Results:
    most = settings.SEARCH_MAX_RESULTS
    return find(scope, question, most, filters, described=True, folding=True, typing=typing, ordered=ordered)


def _documents(results: Results) -> list[Document]:
    """Return the documents of results, each once, with those folded under another."""
    documents = [one.passage.version.document for hit in results.hits for one in (hit, *hit.others)]
    return list({document.pk: document for document in documents}.values())


def _said(count: int, groups: Collection[Group]) -> str:
    if groups and not count:
        return _("文書の本文には見つかりませんでした。ほかに見つかったものを示しています。")
    return _shown_so_many(count, settings.SEARCH_MAX_RESULTS)


def _shown_so_many(count: int, limit: int) -> str:
    """Return how many are shown: where the limit is reached there may be more, so that is no count."""
    if count >= limit:
        return _("質問に近い順に、%(total)s件まで示しています。") % {"total": count}
    if not count:
        return _("閲覧できる文書には見つかりませんでした")
    said = ngettext("%(total)s件を、質問に近い順に示しています。", "%(total)s件を、質問に近い順に示しています。", count)
    return said % {"total": count}


def _counted(count: int) -> str:
    """Return what the numbers beside the choices of the filters count."""
    if count >= settings.SEARCH_MAX_RESULTS:
        return _("（ ）は、近い順に%(total)s件の結果にある文書の数です。") % {"total": count}
    return _("（ ）は、見つかった文書の数です。")


# --- one result


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
