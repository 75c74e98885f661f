"""Results that say the same, folded under one: a notice filed in five folders, last year's edition beside this year's.

Two passages may be folded only where they stand at the same place (kind, title and headings, years apart) of two
documents. Then they are folded when they say the same to the letter, or when they are of different fiscal years and
nearly the same. No share of common letters is enough within a year: of real pairs that share 98 % many differ in
the one name or number that matters (小田 and 園田, 6歳 and 8歳).
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from operator import add

from madoguchi.eras import fiscal_year_of
from madoguchi.letters import folded
from madoguchi.library.models import Document, Passage
from madoguchi.spans import fiscal_years_in, spans_in

# From this share of common pairs of letters on, figures left out, a passage of another year is an edition of one.
EDITION_SHARE = 0.8
# Days less than which a span is no year: 令和7年4月 in a title tells two papers apart, 令和7年度 two editions.
YEAR_DAYS = 364

_WIDTH = str.maketrans({chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)})
_FIGURES = re.compile(r"[\d,.]+")
# Space beside a Japanese letter is layout; between two figures it parts them.
_LAYOUT = re.compile(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])")
# What a file's name says of the copy and not of the paper: 20250401_, R7, (2), コピー, 最新版.
_OF_THE_COPY = re.compile(
    r"(?<!\d)20\d{6}(?!\d)|(?<![a-z])[rh]\d{1,2}(?=[^\x00-\x7f]|_)|\s\(\d+\)$|(?:の|[-~_ ]*)コピー[-~_ ]*"
    r"|\(?(?:最新版|最終版|改訂版|改定版|確定版|旧版|新版)\)?"
)


@dataclass
class Group:
    """Passages that say nearly the same: the one to show, and the others, newest first."""

    head: Passage
    others: list[Passage]


@dataclass(eq=False)
class _Said:
    """What a passage says and where, made comparable once."""

    passage: Passage
    place: int
    title: str

    @cached_property
    def document(self) -> Document:
        return self.passage.version.document

    @property
    def blob(self) -> int:
        return self.passage.version.blob_id

    @cached_property
    def year(self) -> int | None:
        return year_of(self.document)

    @cached_property
    def letters(self) -> str:
        return letters(self.passage.text)

    @cached_property
    def without_figures(self) -> str:
        return _FIGURES.sub("", self.letters)

    @cached_property
    def pairs(self) -> frozenset[str]:
        return frozenset(map(add, self.without_figures, self.without_figures[1:]))


def grouped(passages: Sequence[Passage], on: date, years: Collection[int] = ()) -> list[Group]:
    """Return passages, best first, in groups that stand at the place of their best; none is lost.

    The head is in force on the day, of a fiscal year that was asked for (`years`), the newest, the best, in this order.
    """
    names: dict[str, str] = {}

    def named(text: str) -> str:
        if text not in names:
            names[text] = without_years(text)
        return names[text]

    groups: list[list[_Said]] = []
    at_place: dict[tuple[str, ...], list[list[_Said]]] = {}
    for place, passage in enumerate(passages):
        one = _Said(passage, place, paper_named(passage.version.document.title))
        near = at_place.setdefault((passage.kind, *map(named, passage.heading)), [])
        group = max(near, key=lambda group: _agreement(group, one), default=None)
        if group is None or not _agreement(group, one):
            group = []
            near.append(group)
            groups.append(group)
        group.append(one)
    return [_with_head(group, on, years) for group in groups]


def differs(one: Passage, other: Passage) -> bool:
    """Return whether two passages of a group say something else, however little."""
    return letters(one.text) != letters(other.text)


def year_of(document: Document) -> int | None:
    """Return the fiscal year a document is of: its own, the only one that its title names, or when its force began."""
    if document.fiscal_year:
        return document.fiscal_year
    named = fiscal_years_in(document.title)
    if len(named) == 1:
        return named[0]
    return fiscal_year_of(document.valid_from) if document.valid_from else None


def letters(text: str) -> str:
    """Return a text without what only its layout or its width says; every letter and figure stands."""
    return " ".join(_LAYOUT.sub("", text.translate(_WIDTH)).split())


def without_years(text: str) -> str:
    """Return a heading without the years it is of: 令和7年度の手数料, 手数料."""
    plain = folded(text)
    for span in reversed(spans_in(plain)):
        if (span.last_day - span.first_day).days >= YEAR_DAYS:
            plain = plain[: span.start] + plain[span.end :]
    return "".join(plain.split())


def paper_named(title: str) -> str:
    """Return a title without its years and without what only says which copy or edition it is."""
    return without_years(_OF_THE_COPY.sub("", folded(title))).replace("()", "").strip("_-~・")


def _agreement(group: list[_Said], one: _Said) -> float:
    """Return how far (0–1) a passage agrees with those of a group; 0 when it cannot be folded with one of them."""
    least = 1.0
    for other in group:
        least = min(least, _alike(other, one))
        if not least:
            break
    return least


def _one_paper(one: _Said, other: _Said) -> bool:
    """Return whether two documents may be copies or editions of one paper."""
    mine, theirs = one.document, other.document
    # The same bytes under another name are the same paper.
    if mine.pk == theirs.pk or not (one.title == other.title or one.blob == other.blob):
        return False
    # 利用案内 of the library and of the town hall are no editions of one another.
    departments = {mine.department_name, theirs.department_name} - {""}
    return one.year == other.year or len(departments) < 2


def _alike(one: _Said, other: _Said) -> float:
    if not _one_paper(one, other):
        return 0.0
    if one.letters == other.letters:
        return 1.0
    if one.year is None or other.year is None or one.year == other.year:
        return 0.0
    if one.passage.kind == Passage.Kind.TABLE:
        # The rows of a table share their headers: only what differs in figures alone is the same row.
        return float(one.without_figures == other.without_figures)
    fewer, more = sorted((len(one.pairs), len(other.pairs)))
    if fewer < EDITION_SHARE * more:
        return 0.0
    both = len(one.pairs & other.pairs)
    share = both / max(1, fewer + more - both)
    return share if share >= EDITION_SHARE else 0.0


def _with_head(group: list[_Said], on: date, years: Collection[int]) -> Group:
    def standing(one: _Said) -> tuple[bool, bool, int, date, int]:
        first, last = one.document.valid_from or date.min, one.document.valid_to or date.max
        return (first <= on <= last, one.year in years, one.year or 0, first, -one.place)

    head, *others = (one.passage for one in sorted(group, key=standing, reverse=True))
    return Group(head, others)
