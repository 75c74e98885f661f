"""Cutting what was read into passages along its structure: headings, articles (条), tables, paragraphs.

A passage lies under one heading path, in one article, on one page, and is text or part of one table.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from madoguchi.library import tables
from madoguchi.library.sentences import sentences
from madoguchi.readers.blocks import Block, Locator, Reading

Kind = Literal["text", "article", "table", "described"]
SHORTEST_LIMIT = 60
_NUMBER = "[0-9０-９〇一二三四五六七八九十百千]+"
# 第3条, 第十二条の二 — at the beginning and followed by a space, a bracket or nothing: 「第3条の規定により」 is none.
ARTICLE = re.compile(rf"第{_NUMBER}条(?:の{_NUMBER})*(?=[\s　（(]|$)")
# （目的）: the title of the article that follows it.
ARTICLE_TITLE = re.compile(r"[（(][^（）()]{1,60}[）)]")
# Headings of laws that a reader may have taken for paragraphs, outermost first.
CHAPTERS = [re.compile(rf"第{_NUMBER}{name}(?:の{_NUMBER})*(?=[\s　]|$)") for name in "編章節款目"]
AFTER_ARTICLES = re.compile(r"附\s*則|別\s*表|様\s*式")
HEADING_MAX_CHARACTERS = 40


@dataclass
class Cut:
    """One passage to be: its text with the headings above it and where it stands."""

    kind: Kind
    heading: list[str]
    text: str
    locator: Locator
    # How sure the reading is of its least sure block, 0–1; None where the file itself says the text.
    confidence: float | None = None


@dataclass
class _Piece:
    """A paragraph, or a part of one that is too long."""

    text: str
    locator: Locator
    # Whether it goes on where the piece before it was cut.
    continues: bool = False
    confidence: float | None = None


@dataclass
class _Heading:
    level: int
    text: str
    locator: Locator
    # Whether a passage below has said it.
    said: bool = False
    confidence: float | None = None


@dataclass
class _Place:
    """Where the cutting stands: the headings above, and the article if in one."""

    headings: list[_Heading] = field(default_factory=list)
    article: str = ""
    # How deep the heading that opened the article was; 0 when a paragraph did.
    article_level: int = 0

    def path(self) -> list[str]:
        path = [heading.text for heading in self.headings]
        return [*path, self.article] if self.article else path

    def passage(self, kind: Kind, text: str, locator: Locator, confidence: float | None = None) -> Cut:
        for heading in self.headings:
            heading.said = True
        return Cut(kind, self.path(), text, locator, confidence)


def cut(reading: Reading, max_characters: int, hidden: bool = False) -> list[Cut]:
    """Return the passages of a reading in its order, none longer than `max_characters` (at least 60).

    Nothing that was read is lost: each text stands in a passage, or among the headings above one. What nobody who opens
    the file sees comes along only with `hidden`. What a model says stands apart at the end, so that the passages of the
    file itself are the same with and without.
    """
    blocks = [block for block in reading.blocks if hidden or not block.hidden]
    found = list(_cuts(blocks, max(SHORTEST_LIMIT, max_characters)))
    return sorted(found, key=lambda one: one.kind == "described")


def _cuts(blocks: list[Block], most: int) -> Iterator[Cut]:
    place, waiting = _Place(), list[_Piece]()
    own = [block for block in blocks if block.origin != "model"]
    number = -1
    for block in blocks:
        text = block.text.strip()
        if block.origin == "model":
            # Its headings count as said only where the file's own text says them.
            yield from (Cut("described", place.path(), part, block.locator) for part in sentences(text, most))
            continue
        number += 1
        if block.kind == "table":
            yield from _merged(waiting, place, most)
            waiting = []
            for part in tables.cut(block, most):
                yield place.passage("table", part.text, part.locator, block.confidence)
            continue
        if not text:
            continue
        parts = [_Piece(part, block.locator, at > 0, block.confidence) for at, part in enumerate(sentences(text, most))]
        level = _heading_level(block, text, place)
        if level:
            yield from _merged(waiting, place, most)
            yield from _left(place, level)
            waiting = _entered(place, level, text, block, parts)
            continue
        article = _opens_article(own, number, text)
        if article or (place.article and len(text) <= HEADING_MAX_CHARACTERS and AFTER_ARTICLES.match(text)):
            yield from _merged(waiting, place, most)
            waiting = []
            place.article, place.article_level = article, 0
        waiting += parts
    yield from _merged(waiting, place, most)
    yield from _left(place, 1)


def _heading_level(block: Block, text: str, place: _Place) -> int:
    """Return how deep a heading a block is; 0 when it is none, or one inside an article."""
    if block.kind == "heading":
        level = max(1, block.level)
        inside = place.article and place.article_level and level > place.article_level
        return 0 if inside and not ARTICLE.match(text) else level
    # Of a page the reader has seen sizes and the table of contents: what is no heading to it is none.
    if "page" not in block.locator and len(text) <= HEADING_MAX_CHARACTERS and not text.endswith("。"):
        return next((depth for depth, chapter in enumerate(CHAPTERS, 1) if chapter.match(text)), 0)
    return 0


def _left(place: _Place, level: int) -> Iterator[Cut]:
    """Leave the headings from a level inward; one below which nothing stood becomes a passage itself."""
    place.article, place.article_level = "", 0
    while place.headings and place.headings[-1].level >= level:
        heading = place.headings.pop()
        if not heading.said:
            locator = _together([heading.locator], place)
            yield place.passage("text", heading.text, locator, heading.confidence)


def _entered(place: _Place, level: int, text: str, block: Block, parts: list[_Piece]) -> list[_Piece]:
    """Enter a heading; return what of it belongs to the text: the heading of an article does."""
    if ARTICLE.match(text):
        place.article, place.article_level = _label(text), level
        return parts
    if len(parts) > 1:
        # Far too long to stand above every passage.
        return parts
    place.headings.append(_Heading(level, text, block.locator, confidence=block.confidence))
    return []


def _opens_article(blocks: list[Block], number: int, text: str) -> str:
    """Return the label of the article that a paragraph opens: by itself, or as the title of the next one."""
    previous = blocks[number - 1] if number else None
    follows = blocks[number + 1] if number + 1 < len(blocks) else None
    if ARTICLE.match(text):
        running = previous and previous.kind not in ("heading", "table")
        # With a title above it, the title has opened it.
        return "" if running and previous and ARTICLE_TITLE.fullmatch(previous.text.strip()) else _label(text)
    if ARTICLE_TITLE.fullmatch(text) and follows and follows.kind not in ("heading", "table"):
        next_text = follows.text.strip()
        return _label(next_text) + text if ARTICLE.match(next_text) else ""
    return ""


def _label(text: str) -> str:
    """Return 「第3条（定義）」 of the text of an article."""
    found = ARTICLE.match(text)
    if not found:
        return ""
    title = re.match(r"[\s　]*([（(][^（）()]{1,60}[）)])", text[found.end() :])
    return found.group() + (title.group(1) if title else "")


def _merged(pieces: list[_Piece], place: _Place, most: int) -> Iterator[Cut]:
    """Yield pieces under one heading and in one article, joined up to the longest."""
    kind: Kind = "article" if place.article else "text"
    text, merged = "", list[_Piece]()

    def passage() -> Cut:
        locator = _together([piece.locator for piece in merged], place)
        sure = [piece.confidence for piece in merged if piece.confidence is not None]
        return place.passage(kind, text.strip(), locator, min(sure, default=None))

    for piece in pieces:
        joined = text + ("" if piece.continues or not text else "\n") + piece.text
        if text and (len(joined) > most or not _same_page(merged[-1].locator, piece.locator)):
            yield passage()
            text, merged = piece.text, [piece]
        else:
            text = joined
            merged.append(piece)
    if text:
        yield passage()


def _same_page(one: Locator, other: Locator) -> bool:
    return one.get("page") == other.get("page") and one.get("sheet") == other.get("sheet")


def _together(locators: list[Locator], place: _Place) -> Locator:
    """Return where passages made of several blocks stand: on one page or sheet, or under their headings."""
    first = locators[0]
    if "page" in first:
        boxes: list[list[float]] = []
        for locator in locators:
            boxes += [box for box in locator.get("boxes", []) if box not in boxes]
        return {"page": first["page"], "boxes": boxes}
    if "sheet" in first:
        return {"sheet": first["sheet"], "range": tables.span([locator.get("range", "") for locator in locators])}
    return {"heading": list(first.get("heading", [])) or place.path()}
