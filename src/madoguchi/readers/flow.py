"""Running text without pages -> blocks: headings by style and by 第N条, list items, notes; its place is a heading path.

Word, HTML, Markdown and plain text all end here.
"""

from itertools import pairwise

from madoguchi.readers import signs, structure
from madoguchi.readers.blocks import Block, Locator

# Headings by style come outside those by numbering: 1–9 here, 10–60 in `structure`.
_NOTES = ("※", "（注", "(注", "注）", "注)", "【注")


class Flow:
    """Collects blocks in order. `blocks()` gives them with levels counted from 1 without gaps."""

    def __init__(self) -> None:
        self._blocks: list[Block] = []
        self._caption = ""
        self._unit = ""
        self._title = ""
        self._contents = False

    def heading(self, text: str, level: int) -> None:
        """Add a heading whose level (1–9) the file itself says."""
        text = self._seen(text).strip()
        self._flush()
        if text:
            self._add("heading", text, max(1, min(9, level)))

    def paragraph(self, text: str, depth: int = 0) -> None:
        """Add a paragraph, or what its beginning makes of it. `depth` > 0: the file says it is a list item."""
        text = self._seen(text).strip()
        if not text:
            return
        title = self._title
        part = structure.part_of(text)
        if part.rank == structure.ARTICLE_RANK:
            self._title = ""
            self._flush()
            self._add("heading", part.number + (part.title or title), part.rank)
            if not part.title or not title:
                text = part.rest
            if text:
                self._add("paragraph", text)
            return
        self._flush(keep_table_words=True)
        if structure.unit_of(text):
            self._unit = structure.unit_of(text)
            return
        if structure.TABLE_CAPTION.match(text) and len(text) <= 60 and not self._caption:
            self._caption = text
            return
        self._flush()
        # 「附則」 closes a law's contents as it closes the law.
        in_contents = self._contents and text.replace("　", "") == "附則"
        self._contents = structure.is_contents(text)
        if self._contents or in_contents:
            self._add("list_item", text, 1)
        elif not depth and (part.rank or structure.is_law_title(text)):
            # A page says its title again above its text.
            if not self._blocks or self._blocks[-1].text != text:
                self._add("heading", text, part.rank or 1)
        elif structure.is_caption(text):
            self._title = text
        elif text.startswith(_NOTES):
            self._add("note", text)
        elif depth or part.depth:
            self._add("list_item", text, depth or part.depth)
        else:
            self._add("paragraph", text)

    def note(self, text: str) -> None:
        """Add what the file itself says is a note: a footnote, a speaker's note."""
        if text.strip():
            self._flush()
            self._add("note", text.strip())

    def hidden(self, text: str, reason: str) -> None:
        """Add what nobody who opens the file sees. It parts nothing that belongs together."""
        if text.strip():
            self._blocks.append(Block("paragraph", text.strip(), {}, hidden=reason))

    def caption(self, text: str) -> None:
        """Say what the table that follows is called."""
        self._flush()
        self._caption = text.strip()

    def figure(self, block: Block) -> None:
        """Add a picture; the line beside it that says what it is called is bound to it."""
        self._flush()
        self._blocks.append(block)

    def so_far(self) -> list[Block]:
        """Return the blocks that stand already, without their places."""
        return self._blocks

    def table(
        self, cells: list[list[str]], header_rows: int, caption: str = "", spans: list[list[int]] | None = None
    ) -> None:
        """Add a table; a caption or 「単位：千円」 right above it is bound to it."""
        if self._title:
            self._flush(keep_table_words=True)
        while cells and not any(cells[0]):
            cells, header_rows = cells[1:], max(1, header_rows - 1)
            spans = [[row - 1, *rest] for row, *rest in spans or [] if row]
        if not cells:
            return
        block = Block("table", caption or self._caption, {}, 0, cells, header_rows, self._unit, spans or [])
        self._caption = self._unit = ""
        self._blocks.append(block)

    def blocks(self) -> list[Block]:
        """Return the blocks, their levels made 1, 2, 3 … and their heading paths filled."""
        self._flush()
        _bind_captions(self._blocks)
        ranks = sorted({block.level for block in self._blocks if block.kind == "heading"})
        path: list[tuple[int, str]] = []
        for block in self._blocks:
            if block.kind == "heading":
                block.level = ranks.index(block.level) + 1
                path = [place for place in path if place[0] < block.level]
                path.append((block.level, block.text))
            locator: Locator = {"heading": [text for _, text in path]}
            block.locator = locator
        return self._blocks

    def _seen(self, text: str) -> str:
        """A text without the signs that nobody sees: they would hide what kind of line it is."""
        text, spelt = signs.parted(text)
        self.hidden(spelt, signs.NO_SIGN)
        return text

    def _flush(self, keep_table_words: bool = False) -> None:
        """What waited for an article or a table that did not come is text of its own."""
        if self._title:
            self._add("paragraph", self._title)
            self._title = ""
        if keep_table_words:
            return
        if self._caption:
            self._add("paragraph", self._caption)
        if self._unit:
            self._add("paragraph", f"（単位：{self._unit}）")
        self._caption = self._unit = ""

    def _add(self, kind: str, text: str, level: int = 0) -> None:
        self._blocks.append(Block(kind, text, {}, level))  # type: ignore[arg-type]


def _bind_captions(blocks: list[Block]) -> None:
    """Take what a figure is called from the line below it, or above it where the document writes it there. A figure
    that says nothing at all goes."""
    figures = [at for at, block in enumerate(blocks) if block.kind == "figure" and not block.hidden]
    if not figures:
        return
    seen = [at for at, block in enumerate(blocks) if not block.hidden]

    def caption(place: int) -> int:
        return seen[place] if 0 <= place < len(seen) and _is_caption(blocks[seen[place]]) else -1

    beside = [(at, caption(seen.index(at) - 1), caption(seen.index(at) + 1)) for at in figures]
    is_below = sum(below >= 0 for _, _, below in beside) >= sum(above >= 0 for _, above, _ in beside)
    taken: set[int] = set()
    for at, above, below in beside:
        sides = (below, above) if is_below else (above, below)
        its = next((one for one in sides if one >= 0 and one not in taken), -1)
        if its >= 0:
            taken.add(its)
            blocks[at].text = f"{blocks[its].text}\n{blocks[at].text}".strip()
    blocks[:] = [
        block
        for at, block in enumerate(blocks)
        if at not in taken and not (block.kind == "figure" and not block.text.strip())
    ]


def _is_caption(block: Block) -> bool:
    return block.kind == "paragraph" and len(block.text) <= 80 and bool(structure.FIGURE_CAPTION.match(block.text))


def merged(numbers: list[list[int]]) -> list[list[int]]:
    """Return the merged cells as [row, column, rows, columns] of a table whose places are numbered by cell: a cell that
    covers several places has its number in each."""
    found: dict[int, list[int]] = {}
    for row, line in enumerate(numbers):
        for column, number in enumerate(line):
            top, left, bottom, right = found.get(number, [row, column, row, column])
            found[number] = [min(top, row), min(left, column), max(bottom, row), max(right, column)]
    boxes = sorted(found.values())
    return [
        [top, left, bottom - top + 1, right - left + 1]
        for top, left, bottom, right in boxes
        if (top, left) != (bottom, right)
    ]


def header_rows(spans: list[list[int]]) -> int:
    """Guess how many rows at the top of a table are headers. `spans[row][column]` is the number of the cell there, the
    same for every place a merged cell covers: the headers reach as deep as the first row's cells do."""
    if not spans or not spans[0]:
        return 0
    first = spans[0]
    depth = 1
    for column, cell in enumerate(first):
        reach = 1
        while reach < len(spans) and spans[reach][column] == cell:
            reach += 1
        if reach < len(spans):
            depth = max(depth, reach)
    sideways = any(a == b for a, b in pairwise(first)) and len(set(first)) > 1
    if depth == 1 and sideways:
        depth = 2
    return min(depth, 5, max(1, len(spans) - 1))
