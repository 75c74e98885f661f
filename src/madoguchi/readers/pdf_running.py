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
    running = {id(line) for _, line, key, _ in places if seen[key] >= enough}
    for sheet, line, key, offset in places:
        is_number = (
            offset is not None and (offsets[offset] >= 2 or offset == 0) and not _ends_a_row(line, sheet, running)
        )
        if is_number or seen[key] >= enough:
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


def _ends_a_row(number: Line, sheet: Sheet, running: set[int]) -> bool:
    """Whether words stand before a number, as in a table of contents that reaches down to the foot of the page."""
    return any(
        abs(line.middle - number.middle) < 0.4 * number.size
        and line.x1 <= number.x0
        and id(line) not in running
        and any(character.isalpha() for character in line.text)
        for line in sheet.lines
    )
