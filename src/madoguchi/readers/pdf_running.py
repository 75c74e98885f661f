"""Running heads, running feet and page numbers: what is repeated in the margins of pages and belongs to no text."""

import re
from collections import Counter

from madoguchi.readers import structure
from madoguchi.readers.pdf_layout import Sheet
from madoguchi.readers.pdf_text import Line

# Share of the page's height at its top and bottom where running heads and page numbers stand.
_MARGIN = 0.09
_NUMBERS = 0.13
_PAGE_NUMBER = re.compile(
    r"[\s\-－‐–—・(（\[]*(?:p\.?|P\.?|頁)?\s*([0-9０-９]{1,4})\s*(?:[/／]\s*[0-9０-９]{1,4}|ページ|頁)?[\s\-－‐–—・)）\]]*"
)
_DIGITS = re.compile(r"[0-9０-９]+")
# Share of a line's repetitions whose number must go with the pages for it to be a page number.
_PAGED = 0.8
# A running head of left or right pages alone comes again after so many pages.
_FACING = 2


def drop(sheets: list[Sheet]) -> None:
    """Drop what is repeated in the margins of pages: running heads and feet, page numbers."""
    seen: Counter[tuple[bool, str, int]] = Counter()
    offsets: Counter[int] = Counter()
    places: list[tuple[Sheet, Line, tuple[bool, str, int], int | None]] = []
    for sheet in sheets:
        for line in [*sheet.lines, *(line for frame in sheet.frames for line in frame.lines)]:
            head = line.middle < sheet.height / 2
            share = line.middle / sheet.height
            if line.vertical:
                # A vertical page has its running head at its outer side.
                share = (line.x0 + line.x1) / 2 / sheet.width
            number = _PAGE_NUMBER.fullmatch(line.text) if share < _NUMBERS or share > 1 - _NUMBERS else None
            if not number and _MARGIN < share < 1 - _MARGIN:
                continue
            if structure.unit_of(line.text):
                continue
            key = (head, _DIGITS.sub("#", line.text.replace(" ", "").replace("　", "")), round(line.middle / 12))
            offset = int(number[1]) - sheet.number if number else None
            seen[key] += 1
            if offset is not None:
                offsets[offset] += 1
            places.append((sheet, line, key, offset))
    # In a document of two to five pages: on every page.
    enough = max(2, len(sheets)) if len(sheets) < 6 else max(3, min(8, len(sheets) // 6))
    dropped: dict[int, list[tuple[Line, bool]]] = {}
    repeated: dict[tuple[bool, str, int], list[tuple[int, Line]]] = {}
    for sheet, line, key, _ in places:
        if seen[key] >= enough:
            repeated.setdefault(key, []).append((sheet.number, line))
    in_margins = {id(line) for _, line, _, _ in places}
    said = {_words(line) for sheet in sheets for line in sheet.lines if id(line) not in in_margins}
    running = {id(line) for lines in repeated.values() for line in _running(lines, said)}
    for sheet, line, _, offset in places:
        is_number = (
            offset is not None and (offsets[offset] >= 2 or offset == 0) and not _ends_a_row(line, sheet, running)
        )
        if is_number or id(line) in running:
            dropped.setdefault(sheet.number, []).append((line, is_number))
    for sheet in sheets:
        lines = dropped.get(sheet.number, [])
        # A page of nothing else (slides with one line each) keeps its words.
        count = len(sheet.lines) + sum(len(frame.lines) for frame in sheet.frames)
        bare = len(lines) == count and not sheet.tables
        gone = {id(line) for line, is_number in lines if is_number or not bare}
        sheet.lines = [line for line in sheet.lines if id(line) not in gone]
        for frame in sheet.frames:
            frame.lines = [line for line in frame.lines if id(line) not in gone]
        sheet.frames = [frame for frame in sheet.frames if frame.lines]


def _words(line: Line) -> str:
    return "".join(line.text.split())


def _running(lines: list[tuple[int, Line]], said: set[str]) -> list[Line]:
    """Return those of (page, line), alike but for their numbers, that say nothing of their own.

    Page numbers apart, a number that changes (a chapter's, an amount's: 「補正予算額　8.5億円」) makes another line:
    where it stands first, or again after other pages, it is text, unless the body says the same words (`said`).
    """
    numbers = [[int(number) for number in _DIGITS.findall(line.text)] for _, line in lines]
    paged = set()
    for place in range(len(numbers[0])):
        offsets = Counter(own[place] - page for own, (page, _) in zip(numbers, lines, strict=True))
        if sum(count for count in offsets.values() if count > 1) >= _PAGED * len(lines):
            paged.add(place)
    own = [tuple(value for place, value in enumerate(each) if place not in paged) for each in numbers]
    if len(set(own)) == 1:
        return [line for _, line in lines]
    running: list[Line] = []
    last: dict[tuple[int, ...], int] = {}
    for value, (page, line) in zip(own, lines, strict=True):
        goes_on = page - last.get(value, -_FACING) <= _FACING
        if goes_on or _words(line) in said or not any(character.isalpha() for character in line.text):
            running.append(line)
        last[value] = page
    return running


def _ends_a_row(number: Line, sheet: Sheet, running: set[int]) -> bool:
    """Whether words stand before a number, as in a table of contents that reaches down to the foot of the page."""
    return any(
        abs(line.middle - number.middle) < 0.4 * number.size
        and line.x1 <= number.x0
        and id(line) not in running
        and any(character.isalpha() for character in line.text)
        for line in sheet.lines
    )
