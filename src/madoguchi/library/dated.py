"""The days of which a passage speaks, and the day on which its document was written: 「前年度」 counts from there."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import TypeVar

from madoguchi.eras import fiscal_year_of
from madoguchi.readers.blocks import Block
from madoguchi.spans import Span, spans_in

T = TypeVar("T")
# Of one passage; a register of dates may hold hundreds.
MOST_DATES = 40
# Where a document says when it was written: on its first page, at most in so many blocks and characters of each.
FIRST_BLOCKS = 30
FIRST_CHARACTERS = 400
_DONE = "発行|作成|更新|改訂|改定|策定|公表|発表|施行|制定|公布|公告|告示|通知|提出"
_OF_LAW = "条例|規則|規程|訓令|要綱|告示"
# A line that is a date and nothing else: 「令和6年4月1日」, 「（令和6年4月1日現在）」, 「作成日：2024/4/1」.
_ALONE = re.compile(rf"[\s　（(【［:：]*(?:(?:{_DONE})(?:年月)?日?[:：\s　]*)?")
_ALONE_AFTER = re.compile(rf"[\s　]*(?:付け?|現在|時点|(?:{_DONE}))?[\s　）)】］]*")
_BEFORE = re.compile(rf"(?:{_DONE})(?:年月)?日[\s　:：]*$")
_AFTER = re.compile(
    rf"[\s　]*(?:現在|時点|号|付け|(?:第\d+回)?(?:市|町|村|区)?(?:議会)?[\s　]*(?:定例会|臨時会|会議録)"
    rf"|(?:から)?(?:{_DONE})|(?:\w{{1,8}})?(?:{_OF_LAW})第)"
)


@dataclass(frozen=True)
class Written:
    """When a document was written and of which fiscal year it speaks, as far as it or whoever put it in says so."""

    on: date | None = None
    fiscal_year: int | None = None


def written(title: str, fiscal_year: int | None, blocks: Iterable[Block]) -> Written:
    """Return when a document was written: by its title, else by its first page; None where nothing is certain.

    The fiscal year is the one given, else that of the title, of the headings on the first page, or of the day.
    """
    first = list(islice((block for block in blocks if _on_first_page(block)), FIRST_BLOCKS))
    on = _only(_days(spans_in(title)))
    if on is None:
        on = _alone(first) or _only(_named(first))
    headings = "\n".join(block.text[:FIRST_CHARACTERS] for block in first if block.kind == "heading")
    for text in (title, headings):
        if fiscal_year is None:
            fiscal_year = _only(one.first_day.year for one in spans_in(text) if one.kind == "fiscal")
    if fiscal_year is None and on is not None:
        fiscal_year = fiscal_year_of(on)
    return Written(on, fiscal_year)


def dates_of(heading: Sequence[str], text: str, document: Written) -> list[list[str]]:
    """Return the days of which a passage and the headings above it speak, as [first, last] in ISO form, each once."""
    fiscal_year = document.fiscal_year
    if fiscal_year is None:
        # The nearest heading that names one speaks for what stands below it.
        named = (spans_in(one) for one in reversed(heading))
        years = (_only(one.first_day.year for one in spans if one.kind == "fiscal") for spans in named)
        fiscal_year = next((year for year in years if year is not None), None)
    found = spans_in("\n".join([*heading, text]), document.on, fiscal_year)
    pairs = dict.fromkeys((one.first_day, one.last_day) for one in found)
    return [[first.isoformat(), last.isoformat()] for first, last in islice(pairs, MOST_DATES)]


def _on_first_page(block: Block) -> bool:
    return block.locator.get("page", 1) == 1 and not block.hidden and block.origin != "model" and block.kind != "table"


def _days(spans: Iterable[Span]) -> list[date]:
    return [one.first_day for one in spans if one.kind in ("day", "month")]


def _only(values: Iterable[T]) -> T | None:
    """Return the one value there is, None for none or several."""
    different = set(values)
    return different.pop() if len(different) == 1 else None


def _alone(blocks: Iterable[Block]) -> date | None:
    """Return the first date that has a line for itself, as that of a letter has."""
    for block in blocks:
        for line in block.text[:FIRST_CHARACTERS].splitlines():
            spans = spans_in(line)
            if len(spans) != 1 or spans[0].kind not in ("day", "month"):
                continue
            one = spans[0]
            if _ALONE.fullmatch(line[: one.start]) and _ALONE_AFTER.fullmatch(line[one.end :]):
                return one.first_day
    return None


def _named(blocks: Iterable[Block]) -> Iterable[date]:
    """Yield the dates that are said to be those of issue, of coming into force, of a session."""
    for block in blocks:
        text = block.text[:FIRST_CHARACTERS]
        for one in spans_in(text):
            if one.kind in ("day", "month") and (_BEFORE.search(text[: one.start]) or _AFTER.match(text, one.end)):
                yield one.first_day
