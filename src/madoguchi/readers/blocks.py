"""What every reader returns: blocks in reading order, each with its place."""

from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict

Kind = Literal["heading", "paragraph", "list_item", "table", "figure", "note"]
# Where a text comes from: the file's own, read by eye (OCR), corrected by a person, described by a model.
Origin = Literal["file", "ocr", "person", "model"]
# Raised when readers come to read better: what an older edition read is read again when it is ingested again.
EDITION = 3


class Locator(TypedDict, total=False):
    """Where a block stands. `page` counts from 1; a box is [x0, top, x1, bottom] as fractions (0–1) of the page;
    `range` is like `B3:D9`; `heading` is the path of headings, outermost first."""

    page: int
    boxes: list[list[float]]
    sheet: str
    range: str
    heading: list[str]
    seconds: list[float]


@dataclass
class Block:
    """要素: a heading, paragraph, list item, table, figure or note."""

    kind: Kind
    text: str
    locator: Locator
    # Of a heading and of a list item (項 1, 号 2, イロハ 3): 1 is the outermost. Other kinds: 0.
    level: int = 0
    # Of a table: rows of cell texts, a merged cell repeated in each place it covers; `text` is then the caption.
    cells: list[list[str]] = field(default_factory=list)
    # Of a table: how many rows at its top are headers.
    header_rows: int = 0
    # Of a table: 「単位：千円」 and the like.
    unit: str = ""
    # Of a table: its merged cells as [first row, first column, rows, columns], counted in `cells` from 0.
    spans: list[list[int]] = field(default_factory=list)
    # Of a table: goes on with the table before it (on the page before), whose header rows it repeats.
    continues: bool = False
    # Why nobody who opens the file sees it (「非表示の行」): kept out of passages unless its folder says otherwise.
    hidden: str = ""
    origin: Origin = "file"
    # How sure the reading is, 0–1; None where the file itself says the text.
    confidence: float | None = None


@dataclass
class Page:
    """One page image's frame and its lines, for the text layer over the image."""

    number: int
    # Width and height in points (1/72 inch).
    width: float
    height: float
    # [x0, top, x1, bottom, text], fractions of the page.
    lines: list[tuple[float, float, float, float, str]] = field(default_factory=list)
    # What the file calls it: 「iii」, 「資-3」; empty when as it is counted.
    label: str = ""


@dataclass
class Member:
    """A file inside a file: an attachment of a mail, an entry of a ZIP. `readers.read.member` brings its bytes."""

    # As the outer file names it: data, never a path.
    name: str
    # Bytes.
    size: int


@dataclass
class Reading:
    """What a reader made of a file."""

    blocks: list[Block] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    # What a person should know of it, in Japanese: 「3,000ページで打ち切りました」.
    notice: str = ""
    members: list[Member] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain lists and dicts."""
        # `asdict` copies every line of every page deeply, which takes longer than reading them.
        return {
            "blocks": [vars(block) for block in self.blocks],
            "pages": [vars(page) for page in self.pages],
            "notice": self.notice,
            "members": [vars(member) for member in self.members],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Reading":
        """Return the reading that `to_json` wrote."""
        return cls(
            blocks=[Block(**block) for block in data["blocks"]],
            pages=[Page(**page) for page in data["pages"]],
            notice=data["notice"],
            members=[Member(**member) for member in data.get("members", [])],
        )


class Unreadable(Exception):
    """A file cannot be read; the message says why and what to do, in Japanese."""


class Unsupported(Unreadable):
    """A file of a kind that no reader takes: kept as a file, its text not read."""
