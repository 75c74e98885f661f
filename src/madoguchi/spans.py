"""The days of which a text speaks, in whatever writing, each with its place in the text.

令和6年4月1日, R6.4.1, 2024/4/1 and 二〇二四年四月一日 are one day; 令和6年度 is 2024-04-01 to 2025-03-31.
What is not certain is left out: a date that cannot be, a 「前年」 of nobody knows which year.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from madoguchi import eras
from madoguchi import span_patterns as patterns
from madoguchi.span_reading import ENDS, READERS, Context, Kind
from madoguchi.span_reading import Span as Span

# No more fiscal years are counted out of one span.
MOST_YEARS = 40


def spans_in(text: str, on: date | None = None, fiscal_year: int | None = None) -> list[Span]:
    """Return the days of which a text speaks, in its order; none lies in another.

    `on` is the day on which it is said and `fiscal_year` the fiscal year of which it speaks, as far as they are known:
    「昨年」 is counted from the one, 「前年度」 from the other (or from the fiscal year of the day), and 「4月1日」
    alone lies in the fiscal year.
    """
    plain, places = patterns.plain(text)
    found = list(_found(plain, on, fiscal_year))
    return [replace(one, start=places[one.start], end=places[one.end - 1] + 1) for one in found]


def fiscal_years_in(text: str, on: date | None = None) -> list[int]:
    """Return the fiscal years that a text names, each once, as the western years in which they begin."""
    years: list[int] = []
    for one in spans_in(text, on):
        first, last = eras.fiscal_year_of(one.first_day), eras.fiscal_year_of(one.last_day)
        whole = (one.first_day, one.last_day) == (eras.fiscal_days(first)[0], eras.fiscal_days(last)[1])
        if one.kind in ("fiscal", "span") and whole and last - first < MOST_YEARS:
            years += range(first, last + 1)
    return list(dict.fromkeys(years))


def _found(plain: str, on: date | None, fiscal_year: int | None) -> Iterator[Span]:
    said: list[Span] = []
    sentence: list[Span] = []
    place = 0
    while candidate := patterns.CANDIDATE.search(plain, place):
        if any(mark in plain[place : candidate.start()] for mark in "。\n"):
            sentence = []
        context = Context(on, fiscal_year, tuple(said[-1:]), tuple(sentence))
        place = candidate.start()
        one, place_after = _read(plain, place, context)
        if one is not None:
            one = _to_its_end(plain, one, context)
            said.append(one)
            if not (patterns.RELATIVE.match(plain, place) or patterns.RELATIVE_MONTH.match(plain, place)):
                sentence.append(one)
            place_after = one.end
            yield one
        # Between two pieces of one number nothing begins.
        if "。" in plain[place:place_after] or "\n" in plain[place:place_after]:
            sentence = []
        place = place_after


def _read(plain: str, place: int, context: Context) -> tuple[Span | None, int]:
    """Return what begins at a place, and where to go on; None and a later place when nothing does."""
    for pattern, reader in READERS:
        match = pattern.match(plain, place)
        if match is None:
            continue
        try:
            one = reader(match, context)
        except ValueError:
            # Also a day or month that no calendar has.
            return None, match.end()
        if one is not None:
            return one, one.end
    return None, place + 1


def _to_its_end(plain: str, first: Span, context: Context) -> Span:
    """Return a span up to where 「から」 or 「～」 leads, when it leads to a later date."""
    to = patterns.TO.match(plain, first.end)
    if to is None:
        return first
    inner = Context(context.on, context.fiscal_year, (first,), (first,))
    last: Span | None = None
    for pattern, reader in (*ENDS, *READERS):
        match = pattern.match(plain, to.end())
        if match is None:
            continue
        try:
            last = reader(match, inner)
        except ValueError:
            return first
        if last is not None:
            break
    if last is None or last.last_day < first.first_day:
        return first
    kind: Kind = first.kind if (first.first_day, first.last_day) == (last.first_day, last.last_day) else "span"
    return Span(first.start, last.end, first.first_day, last.last_day, kind, first.outside or last.outside)
