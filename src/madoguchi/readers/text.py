"""Plain text -> blocks: lines that were broken at a fixed width are joined again."""

import mmap
import unicodedata

from madoguchi.readers import structure, text_tables
from madoguchi.readers.blocks import Reading
from madoguchi.readers.encoding import decode
from madoguchi.readers.flow import Flow, header_rows
from madoguchi.readers.limits import Limits


def read(data: bytes | mmap.mmap, limits: Limits) -> Reading:  # noqa: ARG001 - every reader is called alike
    """Return the blocks of a text file; never a Problem."""
    flow = Flow()
    fill(flow, decode(bytes(data)))
    return Reading(flow.blocks())


def fill(flow: Flow, text: str) -> None:
    """Add a text's paragraphs and the tables drawn in it."""
    lines = lines_of(text)
    at = 0
    for first, last in [*text_tables.tables_in(lines), (len(lines), len(lines))]:
        for paragraph in paragraphs("\n".join(lines[at:first])):
            flow.paragraph(paragraph)
        at = last
        cells, numbers = text_tables.cells_of(lines[first:last]) if first < last else ([], [])
        if cells:
            flow.table(cells, header_rows(numbers))
        else:
            for line in lines[first:last]:
                flow.paragraph(line)


def lines_of(text: str) -> list[str]:
    """Return a text's lines, whatever ends them; a new page is an empty line."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n").split("\n")


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a text: parted by empty lines and by lines that end before the common width."""
    lines = lines_of(text)
    full = _common_width(lines)
    found: list[str] = []
    current = ""
    for line in lines:
        bare = line.strip()
        indented = line.startswith(("　", "    ", "\t"))
        own = structure.part_of(bare).rank or structure.item_depth(bare) or structure.is_caption(bare)
        if not bare or own or indented:
            if current:
                found.append(current)
            current = ""
        if not bare:
            continue
        current = structure.join(current, bare)
        if not full or _width(line) < full - 4:
            found.append(current)
            current = ""
    return [*found, current] if current else found


def _common_width(lines: list[str]) -> int:
    """The width (half-width cells) that the text was wrapped at; 0 when it was not."""
    widths = [_width(line) for line in lines if line.strip()]
    if len(widths) < 8:
        return 0
    widest = sorted(widths)[-max(1, len(widths) // 50)]
    near = sum(widest - 4 <= width <= widest + 2 for width in widths)
    return widest if 50 <= widest <= 130 and near >= len(widths) * 0.3 else 0


def _width(line: str) -> int:
    if len(line) > 400:
        return len(line)
    return sum(2 if unicodedata.east_asian_width(character) in "FWA" else 1 for character in line)
