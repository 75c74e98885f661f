"""Paragraphs of a PDF -> blocks: which are headings and of what level, 条 with its title, list items, notes."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from madoguchi.readers import pdf_cells, structure
from madoguchi.readers.blocks import Block, Locator
from madoguchi.readers.pdf_layout import Paragraph, Table

Parts = list[tuple[Any, Paragraph | Table]]
# A heading's style: rank of 編章節条 (0: none), its size in half points, and the depth of another numbering.
Style = tuple[int, int, int]
_ARTICLE: Style = (structure.ARTICLE_RANK, 0, 0)
_MAX_LEVEL = 9
# The size that everything large on a title page counts as.
_COVER = 1000


def blocks(parts: Parts, box: Callable[[Any, Any], tuple[float, float, float, float]]) -> Iterator[Block]:
    """Yield the blocks of a document's paragraphs and tables. `box(place, sheet)` gives fractions of the page."""
    styles = _styles(parts)
    pdf_cells.bind(parts, styles)
    levels = _levels(styles.values())
    index = 0
    while index < len(parts):
        sheet, part = parts[index]
        index += 1
        if isinstance(part, Table):
            place: Locator = {"page": sheet.number, "boxes": [list(box(part, sheet))]}
            yield Block("table", part.caption, place, 0, part.cells, part.header_rows, part.unit)
            continue
        locator = _locator([(sheet, line) for line in part.lines], box)
        text = part.text.strip()
        known = structure.part_of(text)
        if structure.is_caption(text) and index < len(parts):
            # 「（目的）」 above 「第１条」 is that article's title.
            below_sheet, below = parts[index]
            if isinstance(below, Paragraph):
                under = structure.part_of(below.text.strip())
                if under.rank == structure.ARTICLE_RANK:
                    index += 1
                    both = [(sheet, part.lines[0]), (below_sheet, below.lines[0])]
                    place = _locator(both[: 2 if sheet is below_sheet else 1], box)
                    yield Block("heading", under.number + text, place, levels[_ARTICLE])
                    if under.rest:
                        place = _locator([(below_sheet, line) for line in below.lines], box)
                        yield Block("paragraph", under.rest, place)
                    continue
        if known.rank == structure.ARTICLE_RANK and _ARTICLE in levels:
            yield Block("heading", known.number + known.title, _first(locator), levels[_ARTICLE])
            if known.rest:
                yield Block("paragraph", known.rest, locator)
        elif id(part) in styles:
            yield Block("heading", text, locator, levels[styles[id(part)]])
        elif text.startswith(("※", "（注", "(注", "注）", "注)")):
            yield Block("note", text, locator)
        elif known.depth:
            yield Block("list_item", text, locator, known.depth)
        else:
            yield Block("paragraph", text, locator)


def _locator(lines: list[tuple[Any, Any]], box: Callable[[Any, Any], tuple[float, float, float, float]]) -> Locator:
    return {"page": lines[0][0].number, "boxes": [list(box(line, sheet)) for sheet, line in lines]}


def _first(locator: Locator) -> Locator:
    return {"page": locator["page"], "boxes": locator["boxes"][:1]}


def _styles(parts: Parts) -> dict[int, Style]:
    """The style of each paragraph that is a heading, by its id."""
    sizes: Counter[int] = Counter()
    fonts: Counter[str] = Counter()
    for _, part in parts:
        if isinstance(part, Paragraph):
            for line in part.lines:
                sizes[round(line.size * 2)] += len(line.text)
                fonts[line.font] += len(line.text)
    if not sizes:
        return {}
    body = sizes.most_common(1)[0][0]
    body_font = fonts.most_common(1)[0][0]
    articles = sum(
        structure.part_of(part.text).rank == structure.ARTICLE_RANK for _, part in parts if isinstance(part, Paragraph)
    )
    cover = _cover(parts, body)
    found: dict[int, Style] = {}
    for at, (_, part) in enumerate(parts):
        if not isinstance(part, Paragraph):
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
        if rank:
            found[id(part)] = (rank, max(size, body), 0)
        elif size >= body * 1.15 and len(text) >= 2:
            found[id(part)] = (0, _COVER if at < cover else size, structure.number_depth(text))
        elif (
            part.bold
            and part.font != body_font
            and size >= body * 0.95
            and len(part.lines) == 1
            and len(text) <= 45
            and (structure.is_numbered(text) or _stands_over_body(part, following, body_font))
        ):
            found[id(part)] = (0, body, structure.number_depth(text))
    return found


def _is_filler(text: str) -> bool:
    """A line of dots in a table of contents, or nothing that can be a title."""
    return "....." in text or "・・・・" in text or "……" in text or not any(character.isalpha() for character in text)


def _stands_over_body(part: Paragraph, following: Paragraph | Table | None, body_font: str) -> bool:
    return isinstance(following, Paragraph) and following.font == body_font and len(following.text) > len(part.text)


def _cover(parts: Parts, body: int) -> int:
    """How many parts the title page has: a first page with hardly any text in the size of the body."""
    if not parts:
        return 0
    first = parts[0][0].number
    on_first = [part for sheet, part in parts if sheet.number == first]
    plain = sum(
        len(part.text) for part in on_first if isinstance(part, Paragraph) and round(part.size * 2) <= body * 1.1
    )
    return len(on_first) if plain < 150 and len(on_first) < len(parts) else 0


def _levels(styles: Any) -> dict[Style, int]:
    """Order the styles: the bigger outside, at one size by the rank of the numbering; levels count from 1."""
    used = set(styles)
    size_of = _rounded({style[1] for style in used if not style[0]})
    by_rank: dict[int, list[int]] = defaultdict(list)
    for rank, size, _ in used:
        by_rank[rank].append(size_of.get(size, size))
    # A numbering has one level whatever its sizes, and never a deeper one than the numberings inside it.
    biggest = {rank: max(sizes) for rank, sizes in by_rank.items() if rank}
    inside = 0
    for rank in sorted(biggest, reverse=True):
        inside = biggest[rank] = max(biggest[rank], inside)

    def key(style: Style) -> tuple[int, int, int]:
        rank, size, depth = style
        return (-biggest[rank], rank, 0) if rank else (-size_of[size], 5, depth)

    places = sorted({key(style) for style in used})
    return {style: min(_MAX_LEVEL, places.index(key(style)) + 1) for style in used}


def _rounded(sizes: set[int]) -> dict[int, int]:
    """Sizes within a tenth of each other are one."""
    rounded: dict[int, int] = {}
    biggest = 0
    for size in sorted(sizes, reverse=True):
        if size < biggest * 0.9 or not biggest:
            biggest = size
        rounded[size] = biggest
    return rounded
