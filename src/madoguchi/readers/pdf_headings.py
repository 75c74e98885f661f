"""Paragraphs of a PDF -> blocks: which are headings and of what level, 条 with its title, list items, notes."""

import re
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from madoguchi import eras
from madoguchi.readers import contents, pdf_cells, structure
from madoguchi.readers.blocks import Block, Kind, Locator
from madoguchi.readers.pdf_layout import Paragraph, Table
from madoguchi.readers.pdf_levels import FIRST_RANK, Style, levels

Parts = list[tuple[Any, Paragraph | Table]]
_ARTICLE: Style = (structure.ARTICLE_RANK, 0, 0)
_FIRST = re.compile(r"第[0-9０-９一二三四五六七八九十]{1,3}[\s　](?=\S)")
# The title on a title page: outside everything.
_TITLE: Style = (0, 1000, 0)
_DATE = re.compile(
    rf"[（(]?(?:{'|'.join(eras.NAMES)}|西暦)?" + r"\s*[0-9０-９元]{1,4}\s*年\s*[0-9０-９]{1,2}\s*月.{0,14}"
)
# How much bigger than the body a heading without a numbering is.
_BIGGER = 1.15


@dataclass
class Contents:
    """The tables of contents: by the id of each paragraph in one, which; the ids of their titles 「目次」; and what
    their entries say."""

    entries: dict[int, int] = field(default_factory=dict)
    titles: set[int] = field(default_factory=set)
    names: set[str] = field(default_factory=set)


def blocks(
    parts: Parts,
    box: Callable[[Any, Any], tuple[float, float, float, float]],
    ready: Sequence[tuple[int, Block]] = (),
) -> Iterator[Block]:
    """Yield the blocks of a document's paragraphs and tables. `box(place, sheet)` gives fractions of the page. Each of
    `ready` comes before the part it counts, wherever those before it have gone."""
    place_of = {id(part): place for place, (_, part) in enumerate(parts)}
    waiting = deque(ready)
    for place, block in _blocks(parts, box, place_of):
        while waiting and waiting[0][0] <= place:
            yield waiting.popleft()[1]
        yield block
    for _, block in waiting:
        yield block


def _blocks(
    parts: Parts, box: Callable[[Any, Any], tuple[float, float, float, float]], place_of: dict[int, int]
) -> Iterator[tuple[int, Block]]:
    body, body_font = _body(parts)
    parts = _whole_titles(parts, body)
    listing = _contents(parts)
    styles = _styles(parts, listing, body, body_font)
    _take_lists(parts, styles, listing)
    pdf_cells.bind(parts, styles)
    headings = [
        (styles[id(part)], part.text) for _, part in parts if isinstance(part, Paragraph) and id(part) in styles
    ]
    level_of = levels(headings, body)
    repeated = _repeated(parts, styles, level_of)
    index = 0
    while index < len(parts):
        sheet, part = parts[index]
        at = place_of.get(id(part), 0)
        index += 1
        if isinstance(part, Table):
            place: Locator = {"page": sheet.number, "boxes": [list(box(part, sheet))]}
            block = Block("table", part.caption, place, 0, part.cells, part.header_rows, part.unit, part.spans)
            block.continues = part.continues is not None
            yield at, block
            continue
        if id(part) in repeated:
            continue
        text = part.text.strip()
        if id(part) in listing.entries:
            # The entries on one page are one text: each alone would look like a heading to whoever reads on.
            together = [part]
            while index < len(parts) and _is_next_entry(listing, part, sheet, parts[index]):
                together.append(parts[index][1])  # type: ignore[arg-type]
                index += 1
            lines = [(sheet, line) for each in together for line in each.lines]
            yield at, Block("paragraph", "\n".join(each.text.strip() for each in together), _locator(lines, box))
            continue
        locator = _locator([(sheet, line) for line in part.lines], box)
        if id(part) in listing.titles:
            # As deep as what comes behind the contents, so that it ends there.
            follows = next((styles[id(other)] for _, other in parts[index:] if id(other) in styles), None)
            kind: Kind = "heading" if follows else "paragraph"
            yield at, Block(kind, text, locator, level_of[follows] if follows else 0)
            continue
        if styles.get(id(part)) == _TITLE:
            # 「令和７年度」, 「予算書」, 「（第３号）」 one above another are one title.
            while index < len(parts) and styles.get(id(parts[index][1])) == _TITLE:
                below = parts[index][1]
                index += 1
                if isinstance(below, Paragraph):
                    text = structure.join(text, below.text.strip())
                    locator["boxes"] += [list(box(line, sheet)) for line in below.lines]
            yield at, Block("heading", text, locator, level_of[_TITLE])
            continue
        known = structure.part_of(text)
        if structure.is_caption(text) and index < len(parts):
            # 「（目的）」 above 「第１条」 is that article's title.
            below_sheet, below = parts[index]
            if isinstance(below, Paragraph) and id(below) in styles and styles[id(below)] == _ARTICLE:
                under = structure.part_of(below.text.strip())
                index += 1
                both = [(sheet, part.lines[0]), (below_sheet, below.lines[0])]
                place = _locator(both[: 2 if sheet is below_sheet else 1], box)
                yield at, Block("heading", under.number + text, place, level_of[_ARTICLE])
                if under.rest:
                    place = _locator([(below_sheet, line) for line in below.lines], box)
                    yield at, Block("paragraph", under.rest, place)
                continue
        if known.rank == structure.ARTICLE_RANK and _ARTICLE in level_of:
            yield at, Block("heading", known.number + known.title, _first(locator), level_of[_ARTICLE])
            if known.rest:
                yield at, Block("paragraph", known.rest, locator)
        elif id(part) in styles:
            yield at, Block("heading", text, locator, level_of[styles[id(part)]])
        elif text.startswith(("※", "（注", "(注", "注）", "注)")):
            yield at, Block("note", text, locator)
        elif known.depth:
            yield at, Block("list_item", text, locator, known.depth)
        else:
            yield at, Block("paragraph", text, locator)


def _is_next_entry(listing: Contents, first: Paragraph, page: Any, following: tuple[Any, Paragraph | Table]) -> bool:
    sheet, part = following
    return sheet is page and listing.entries.get(id(part)) == listing.entries[id(first)]


def _locator(lines: list[tuple[Any, Any]], box: Callable[[Any, Any], tuple[float, float, float, float]]) -> Locator:
    return {"page": lines[0][0].number, "boxes": [list(box(line, sheet)) for sheet, line in lines]}


def _first(locator: Locator) -> Locator:
    return {"page": locator["page"], "boxes": locator["boxes"][:1]}


def _body(parts: Parts) -> tuple[int, str]:
    """The size in half points and the font of most characters; 0 for a document without any."""
    sizes: Counter[int] = Counter()
    fonts: Counter[str] = Counter()
    for _, part in parts:
        if isinstance(part, Paragraph):
            for line in part.lines:
                sizes[round(line.size * 2)] += len(line.text)
                fonts[line.font] += len(line.text)
    return (sizes.most_common(1)[0][0], fonts.most_common(1)[0][0]) if sizes else (0, "")


def _whole_titles(parts: Parts, body: int) -> Parts:
    """Join the lines of a large title, each of which looks like a paragraph of its own."""
    joined: Parts = []
    for sheet, part in parts:
        before_sheet, before = joined[-1] if joined else (None, None)
        if (
            isinstance(part, Paragraph)
            and isinstance(before, Paragraph)
            and before_sheet is sheet
            and _is_one_title(before, part, body)
        ):
            before.lines = [*before.lines, *part.lines]
            before.text = structure.join(before.text, part.text)
        else:
            joined.append((sheet, part))
    return joined


def _is_one_title(above: Paragraph, below: Paragraph, body: int) -> bool:
    size, first, last = below.size, above.lines[0], above.lines[-1]
    text, line = below.text.strip(), below.lines[0]
    if round(size * 2) < body * _BIGGER or abs(above.size - size) > 0.04 * size or len(above.lines) > 2:
        return False
    if len(above.text) + len(text) > 80 or len(below.lines) > 2 or above.text.endswith(("。", "）", ")", "」", "】")):
        return False
    if structure.part_of(text).rank or structure.item_depth(text) or structure.is_numbered(text):
        return False
    if text.startswith(("（", "(", "〔", "〈", "＜", "～", "－", "●", "■", "※")) or _is_filler(text):
        return False
    if contents.is_title(text) or contents.is_title(above.text) or contents.is_entry(text):
        return False
    aligned = abs(line.x0 - first.x0) < 0.6 * size or abs(line.x0 + line.x1 - first.x0 - first.x1) < 2 * size
    return aligned and 0.6 * size < line.middle - last.middle < 1.9 * size


def _contents(parts: Parts) -> Contents:
    listing = Contents()
    texts = [(sheet.number, "" if isinstance(part, Table) else part.text.strip()) for sheet, part in parts]
    for which, (title, first, stop) in enumerate(contents.find(texts)):
        if title >= 0:
            listing.titles.add(id(parts[title][1]))
        for index in range(first, stop):
            listing.entries[id(parts[index][1])] = which
            listing.names.add(contents.name_of(texts[index][1]))
    return listing


def _take_lists(parts: Parts, styles: dict[int, Style], listing: Contents) -> None:
    """Take from the headings those that only list the headings that follow, as a slide before a chapter does."""
    headings = [
        (index, sheet.number, part.text)
        for index, (sheet, part) in enumerate(parts)
        if isinstance(part, Paragraph) and styles.get(id(part), _ARTICLE) != _ARTICLE
    ]
    for first, stop in list(contents.listed(headings)):
        for index in range(first, stop):
            part = parts[index][1]
            listing.entries[id(part)] = -first - 1
            styles.pop(id(part), None)


def _repeated(parts: Parts, styles: dict[int, Style], level_of: dict[Style, int]) -> set[int]:
    """The ids of headings at the top of a page that say again what the text already stands under."""
    found: set[int] = set()
    above: list[tuple[int, str, int]] = []
    count: Counter[int] = Counter(sheet.number for sheet, _ in parts)
    on_page: Counter[int] = Counter()
    for sheet, part in parts:
        page = sheet.number
        on_page[page] += 1
        style = styles.get(id(part))
        if style is None or style == _ARTICLE or isinstance(part, Table):
            continue
        name = contents.name_of(part.text)
        if on_page[page] <= 2 and count[page] > 1 and any(name == it and page > its for _, it, its in above):
            found.add(id(part))
            continue
        level = level_of[style]
        while above and above[-1][0] >= level:
            above.pop()
        above.append((level, name, page))
    return found


def _styles(parts: Parts, listing: Contents, body: int, body_font: str) -> dict[int, Style]:
    """The style of each paragraph that is a heading, by its id."""
    articles = sum(
        structure.part_of(part.text).rank == structure.ARTICLE_RANK for _, part in parts if isinstance(part, Paragraph)
    )
    cover, title = _cover(parts, body)
    found: dict[int, Style] = {}
    for at, (_, part) in enumerate(parts):
        if not isinstance(part, Paragraph) or id(part) in listing.entries or id(part) in listing.titles:
            continue
        text = part.text.strip()
        if structure.is_contents(text):
            continue
        rank = structure.part_of(text).rank
        size = round(part.size * 2)
        if rank == structure.ARTICLE_RANK:
            # One or two are quotations of a law in running text.
            above = parts[at - 1][1] if at else None
            titled = isinstance(above, Paragraph) and structure.is_caption(above.text.strip())
            if titled or (articles >= 2 and (text.endswith("。") or len(text) < 60 or articles >= 5)):
                found[id(part)] = _ARTICLE
            continue
        if len(text) > 90 or len(part.lines) > 3 or text.endswith(("。", "、", "，")) or _is_filler(text):
            continue
        following = parts[at + 1][1] if at + 1 < len(parts) else None
        if at < cover:
            if size >= title * 0.88:
                found[id(part)] = _TITLE
        elif rank:
            found[id(part)] = (rank, max(size, body), 0)
        elif (size >= body * _BIGGER and len(text) >= 2) or _is_bold_heading(part, following, body, body_font):
            size = max(size, body) if size >= body * _BIGGER else body
            found[id(part)] = (FIRST_RANK, size, 0) if _FIRST.match(text) else (0, size, structure.number_depth(text))
        elif 0 < structure.number_depth(text) < 4 and len(part.lines) < 3 and contents.name_of(text) in listing.names:
            # In the hand of the body, but the contents name it.
            found[id(part)] = (0, body, structure.number_depth(text))
    return found


def _is_bold_heading(part: Paragraph, following: Paragraph | Table | None, body: int, body_font: str) -> bool:
    text = part.text.strip()
    return (
        part.bold
        and part.font != body_font
        and round(part.size * 2) >= body * 0.95
        and len(part.lines) == 1
        and len(text) <= 45
        and (structure.is_numbered(text) or _stands_over_body(part, following, body_font))
    )


def _is_filler(text: str) -> bool:
    """A line of dots in a table of contents, a date, an item, who speaks, or nothing that can be a title."""
    return (
        "....." in text
        or "・・・・" in text
        or "……" in text
        or text.startswith("・")
        or bool(_DATE.fullmatch(text))
        or structure.is_speaker(text)
        or not any(character.isalpha() for character in text)
    )


def _stands_over_body(part: Paragraph, following: Paragraph | Table | None, body_font: str) -> bool:
    return isinstance(following, Paragraph) and following.font == body_font and len(following.text) > len(part.text)


def _cover(parts: Parts, body: int) -> tuple[int, int]:
    """How many parts the title page has, a first page with hardly any text in the size of the body; and how big its
    title is, in half points."""
    if not parts:
        return 0, 0
    first = parts[0][0].number
    on_first = [part for sheet, part in parts if sheet.number == first]
    written = [part for part in on_first if isinstance(part, Paragraph)]
    sizes = [round(part.size * 2) for part in written]
    plain = sum(len(part.text) for part, size in zip(written, sizes, strict=True) if size <= body * 1.1)
    begins = any(structure.part_of(part.text.strip()).rank for part in written)
    if plain >= 150 or len(on_first) == len(parts) or begins:
        return 0, 0
    title = max((size for part, size in zip(written, sizes, strict=True) if len(part.text) >= 4), default=0)
    return (len(on_first), title) if title >= body * _BIGGER else (0, 0)
