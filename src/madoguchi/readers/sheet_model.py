"""A sheet as every reader of workbooks hands it on, whatever its file: texts as shown, and what nobody sees."""

from dataclasses import dataclass, field

from madoguchi.readers.blocks import Block

Rows = list[list[str]]

HIDDEN_SHEET = "非表示のシート"
DEEPLY_HIDDEN_SHEET = "非表示のシート（再表示の一覧にも出ないもの）"
HIDDEN_ROWS, HIDDEN_COLUMNS = "非表示の行", "非表示の列"
WHITE, LIKE_GROUND, TINY = "白い文字", "背景と同じ色の文字", "ごく小さい文字"
NOT_SHOWN, COMMENT, HIDDEN_SHAPE = "何も表示しない書式", "コメント", "非表示の図形"
# Points: below it nobody reads.
TINY_POINTS = 2.5


@dataclass
class Sheet:
    """A sheet's texts. Rows and columns count from 0 over the whole sheet; `rows[0][0]` stands at `top`, `left`."""

    name: str
    rows: Rows = field(default_factory=list)
    top: int = 0
    left: int = 0
    # As `rows`: whether the value is a number.
    numeric: list[list[bool]] = field(default_factory=list)
    # First row, first column, last row, last column.
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden: str = ""
    # First and last, inclusive.
    hidden_rows: list[tuple[int, int]] = field(default_factory=list)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    # Row and column -> why nobody sees it.
    hidden_cells: dict[tuple[int, int], str] = field(default_factory=dict)
    # What lies over the cells (comments, text boxes): range, text, why nobody sees it or nothing.
    asides: list[tuple[str, str, str]] = field(default_factory=list)
    # Pictures in which something is written, with their ranges.
    figures: list[Block] = field(default_factory=list)
