"""Tables drawn in plain text with box-drawing characters (│ ├─┼─┤) or with | and +: their cells by where lines stand.

一太郎 and older word processors save tables so. A wide character takes two places; how wide a line of the drawing is,
the font decides, so that is tried.
"""

import unicodedata
from dataclasses import dataclass, field
from itertools import pairwise

from madoguchi.readers import structure

_DOWN = frozenset("│┃║┆┇┊┋|¦｜")
_CORNER = frozenset("┌┐└┘├┤┬┴┼┏┓┗┛┣┫┳┻╋┠┨┯┷┿┝┥┰┸╂╔╗╚╝╠╣╦╩╬╒╕╘╛╞╡╤╧╪╓╖╙╜╟╢╥╨╫╭╮╰╯+")
_ACROSS = frozenset("─━═┄┅┈┉╌╍-=‐―")
_EDGE = _DOWN | _CORNER
_DRAWING = _EDGE | _ACROSS | frozenset(" 　\t\u00a0")
_MAX_LINES = 5000
_MAX_COLUMNS = 200


@dataclass
class _Cell:
    first: int
    last: int
    text: str = ""
    rows: set[int] = field(default_factory=set)


def is_drawn(line: str) -> bool:
    """Return whether a line may be one of a drawn table: it stands between two edges."""
    bare = line.strip()
    if len(bare) < 3 or bare[0] not in _EDGE or bare[-1] not in _EDGE:
        return False
    # A plus or a minus at both ends of a sentence draws nothing.
    return bare[0] not in "+" or set(bare) <= {"+", "-", "=", "|"}


def tables_in(lines: list[str]) -> list[tuple[int, int]]:
    """Return where drawn tables stand among lines, as (first, after the last)."""
    found = []
    at = 0
    while at < len(lines):
        last = at
        while last < len(lines) and last - at < _MAX_LINES and is_drawn(lines[last]):
            last += 1
        if last - at >= 2 and any(set(line.strip()) & _DOWN for line in lines[at:last]):
            found.append((at, last))
        at = max(last, at + 1)
    return found


def cells_of(lines: list[str]) -> tuple[list[list[str]], list[list[int]]]:
    """Return a drawn table's texts and the numbers of its cells, what is merged repeated in each place it covers; empty
    when the lines are no table, or one that is not understood."""
    drawn = max((_placed(lines, wide) for wide in (2, 1)), key=_evenness)
    evenness = _evenness(drawn)
    ways = [_by_marks(lines)]
    ways.insert(0 if evenness > 0.9 else 1, _by_places(drawn) if evenness >= 0.5 else ([], []))
    letters = sorted(character for line in lines for character in line if character not in _DRAWING)
    for texts, numbers in ways:
        said = {
            number: text for row, its in zip(texts, numbers, strict=True) for text, number in zip(row, its, strict=True)
        }
        # What would lose or double a letter has not understood the drawing.
        if (
            texts
            and sorted(character for text in said.values() for character in text if character not in _DRAWING)
            == letters
        ):
            return texts, numbers
    return [], []


def _by_places(drawn: list[list[str]]) -> tuple[list[list[str]], list[list[int]]]:
    sides = sorted(
        {at for line in drawn for at, character in enumerate(line) if character in _EDGE and _is_side(line, at)}
    )
    if not 2 <= len(sides) <= _MAX_COLUMNS:
        return [], []
    cells, height = _cells(drawn, sides)
    width = len(sides) - 1
    texts = [[""] * width for _ in range(height)]
    numbers = [[-1 - column for column in range(width)] for _ in range(height)]
    for number, cell in enumerate(cells):
        for row in cell.rows:
            for column in range(cell.first, cell.last):
                texts[row][column], numbers[row][column] = cell.text, number
    keep = [column for column in range(width) if any(row[column] >= 0 for row in numbers)]
    if len(keep) < 2:
        return [], []
    return [[row[column] for column in keep] for row in texts], [[row[column] for column in keep] for row in numbers]


def _is_side(line: list[str], at: int) -> bool:
    # A plus inside a cell's text is none: an edge of ASCII stands at an end or on a rule.
    return line[at] != "+" or all(character in "+-=|" or not character for character in line)


def _placed(lines: list[str], wide: int) -> list[list[str]]:
    """Each line as the characters at its places; a wide one is followed by an empty place."""
    placed = []
    for line in lines:
        said: list[str] = []
        for character in line.strip("\n").rstrip():
            kind = unicodedata.east_asian_width(character)
            double = kind in "FW" or (kind == "A" and wide == 2)
            said += [character, ""] if double else [character]
        placed.append(said)
    return placed


def _evenness(drawn: list[list[str]]) -> float:
    """How many lines end where most lines end, 0–1."""
    ends = [max((at for at, character in enumerate(line) if character in _EDGE), default=0) for line in drawn]
    return ends.count(max(set(ends), key=ends.count)) / len(ends)


def _cells(drawn: list[list[str]], sides: list[int]) -> tuple[list[_Cell], int]:
    cells: list[_Cell] = []
    active: list[_Cell | None] = [None] * (len(sides) - 1)
    row, begun = 0, False
    for line in drawn:
        parts = _parts(line, sides)
        if any(rule for _, _, rule, _ in parts):
            row += begun
            begun = False
            for first, last, rule, _ in parts:
                if rule:
                    active[first:last] = [None] * (last - first)
        for first, last, rule, text in parts:
            if rule:
                continue
            cell = active[first]
            if cell is None or (cell.first, cell.last) != (first, last):
                cell = _Cell(first, last)
                cells.append(cell)
                active[first:last] = [cell] * (last - first)
            cell.text = structure.join(cell.text, text)
            cell.rows.add(row)
            begun = begun or not any(each[2] for each in parts)
    height = row + begun
    for cell in cells:
        cell.rows = {at for at in cell.rows if at < height}
    return cells, height


def _parts(line: list[str], sides: list[int]) -> list[tuple[int, int, bool, str]]:
    """What stands between the sides of one line: (first column, after the last, whether a rule, text)."""
    marks = [number for number, at in enumerate(sides) if at < len(line) and line[at] in _EDGE]
    parts = []
    for first, last in pairwise(marks):
        inside = [character for character in line[sides[first] + 1 : sides[last]] if character]
        rule = bool(inside) and all(character in _ACROSS or character in _CORNER for character in inside)
        parts.append((first, last, rule, "" if rule else "".join(inside).strip(" 　")))
    return parts


def _by_marks(lines: list[str]) -> tuple[list[list[str]], list[list[int]]]:
    """A table whose edges do not stand below one another: a row a line, its cells between the marks."""
    rows = []
    for line in lines:
        bare = line.strip()
        if set(bare) <= _ACROSS | _EDGE | {" ", ":"}:
            continue
        row, current = [], ""
        for character in bare[1:]:
            if character in _DOWN:
                row.append(current.strip(" 　"))
                current = ""
            else:
                current += character
        rows.append(row)
    width = len(rows[0]) if rows else 0
    if width < 2 or any(len(row) != width for row in rows):
        return [], []
    return rows, [[at * width + column for column in range(width)] for at in range(len(rows))]
