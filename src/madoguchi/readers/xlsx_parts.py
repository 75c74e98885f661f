"""The parts around a sheet of an xlsx: its XML's places, comments, shapes, and texts that are partly hidden."""

import posixpath
import re
from typing import Any

from madoguchi.readers import drawing_parts
from madoguchi.readers.grid import column_number, range_of
from madoguchi.readers.office_pictures import EMU, Placed, placed
from madoguchi.readers.sheet_model import COMMENT, HIDDEN_SHAPE
from madoguchi.readers.xlsx_styles import run_hides
from madoguchi.readers.xmlparts import Package, parse

_PREFIX = re.compile(rb"<(/?)[A-Za-z][\w.-]*:(?=[A-Za-z])")
_ANY_ROW = re.compile(rb"<row(?:\s([^>]*))?>|<c(?:\s([^>]*?))?(/?)>")
_ATTRIBUTE = re.compile(rb"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_TAG = re.compile(rb"<(?:row|col)\s[^>]*>")
# A height or breadth of less than a half.
_NOTHING = re.compile(rb"0(?:\.[0-4][0-9]*)?")
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_INLINE = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[^>]*>\s*<is>(.*?)</is>', re.DOTALL)
# A column and a row of a new sheet.
_CELL_POINTS = (54.0, 18.75)
_MOST_SHAPES = 2000


def targets(package: Package, part: str) -> list[tuple[str, str, str]]:
    """Return (kind, part name, id) of what a part refers to inside the file; what lies outside is never followed."""
    folder, name = posixpath.split(part)
    relations = package.part(f"{folder}/_rels/{name}.rels")
    found = []
    for item in relations if relations is not None else []:
        target = str(item.get("Target", ""))
        if item.get("TargetMode", "").lower() == "external" or not target:
            continue
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
        found.append((str(item.get("Type", "")).rpartition("/")[2], path, str(item.get("Id", ""))))
    return found


def usual(content: bytes) -> bytes:
    """Return a sheet's XML with its cells written as Excel does: `<c r="A1" s="2" t="s">`, without a prefix."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        content = content.decode("utf-16", "replace").encode()
    if b":sheetData" in content:
        content = _PREFIX.sub(rb"<\1", content)
    if content.count(b"<c ") + content.count(b"<c>") + content.count(b"<c/>") == content.count(b'<c r="'):
        return content
    row = column = 0

    def rewritten(found: re.Match[bytes]) -> bytes:
        nonlocal row, column
        said: bytes = found[0]
        if said.startswith(b"<row"):
            line = dict(_attributes(found[1] or b"")).get(b"r", b"")
            row, column = int(line) if line.isdigit() else row + 1, 0
            return said
        given = dict(_attributes(found[2] or b""))
        place = _REFERENCE.fullmatch(given.get(b"r", b"").decode("ascii", "replace"))
        column = column_number(place[1]) if place else column + 1
        reference = given[b"r"] if place else range_of(max(1, row), column, max(1, row), column).encode()
        more = b"".join(b' %s="%s"' % (name, given[name]) for name in (b"s", b"t") if name in given)
        return b'<c r="%s"%s%s>' % (reference, more, found[3])

    return _ANY_ROW.sub(rewritten, content)


def _attributes(text: bytes) -> list[tuple[bytes, bytes]]:
    return [(name, double or single) for name, double, single in _ATTRIBUTE.findall(text)]


def hidden_lines(content: bytes) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return the hidden rows and columns (from 0, inclusive): hidden, folded away, filtered out or of no size."""
    rows: list[tuple[int, int]] = []
    columns: list[tuple[int, int]] = []
    if b"hidden=" not in content and b'ht="0' not in content and b'width="0' not in content:
        return rows, columns
    for tag in _TAG.findall(content):
        given = dict(_attributes(tag))
        size = given.get(b"ht" if tag.startswith(b"<row") else b"width", b"1")
        if given.get(b"hidden") not in (b"1", b"true") and not _NOTHING.fullmatch(size):
            continue
        if tag.startswith(b"<row"):
            number = given.get(b"r", b"")
            if number.isdigit():
                rows.append((int(number) - 1, int(number) - 1))
        elif given.get(b"min", b"").isdigit() and given.get(b"max", b"").isdigit():
            columns.append((int(given[b"min"]) - 1, int(given[b"max"]) - 1))
    return rows, columns


def comments(package: Package, part: str) -> list[tuple[str, str, str]]:
    """Return (cell, text, why hidden) of the comments in a part, old notes and new threads alike."""
    root = package.part(part)
    if root is None:
        return []
    found = []
    for item in [*root.iter("{*}comment"), *root.iter("{*}threadedComment")]:
        text = "".join(node.text or "" for node in item.iter("{*}t", "{*}text")).strip()
        if text and not text.startswith("[Threaded comment]"):
            found.append((str(item.get("ref", "")).partition(":")[0], text, COMMENT))
    return found


def shapes(package: Package, part: str) -> list[tuple[str, str, str]]:
    """Return (range, text, why hidden) of the text boxes and shapes in a drawing, grouped ones too."""
    root = package.part(part)
    if root is None:
        return []
    found: list[tuple[str, str, str]] = []
    for anchor in root:
        place = _anchor(anchor)
        for shape in anchor.iter("{*}sp"):
            lines = ["".join(node.text or "" for node in line.iter("{*}t")) for line in shape.iter("{*}p")]
            text = "\n".join(line.strip() for line in lines if line.strip())
            named = shape.find("{*}nvSpPr/{*}cNvPr")
            unseen = named is not None and named.get("hidden") in ("1", "true")
            if text and len(found) < _MOST_SHAPES:
                found.append((place, text, HIDDEN_SHAPE if unseen else ""))
    return found


def pictures(package: Package, part: str) -> list[tuple[str, str, Placed]]:
    """Return (range, part, how it is shown) of the pictures in a drawing that one sees."""
    root = package.part(part)
    if root is None:
        return []
    related = package.related(part)
    found = []
    for anchor in root:
        for picture in anchor.iter("{*}pic"):
            named = picture.find("{*}nvPicPr/{*}cNvPr")
            its = placed(picture) or placed(picture, _extent(anchor))
            if its and (named is None or named.get("hidden") not in ("1", "true")):
                found.append((_anchor(anchor), related.get(its.key, ("", ""))[1], its))
    return found


def _extent(anchor: Any) -> tuple[float, float]:
    """What an anchor covers in points: as it says, or by cells of the usual size."""
    measure = drawing_parts.number
    size = anchor.find("{*}ext")
    if size is not None:
        return measure(size.get("cx")) / EMU, measure(size.get("cy")) / EMU
    corners = [anchor.find(f"{{*}}{name}") for name in ("from", "to")]
    if None in corners:
        return 0.0, 0.0
    wide, high = (
        measure(corners[1].findtext(f"{{*}}{axis}")) - measure(corners[0].findtext(f"{{*}}{axis}"))
        for axis in ("col", "row")
    )
    return wide * _CELL_POINTS[0], high * _CELL_POINTS[1]


def _anchor(anchor: Any) -> str:
    corners = []
    for name in ("from", "to"):
        corner = anchor.find(f"{{*}}{name}")
        if corner is not None:
            corners.append([int(corner.findtext(f"{{*}}{axis}", "0") or 0) + 1 for axis in ("row", "col")])
    if not corners:
        return ""
    return range_of(*corners[0], *corners[-1])


def partly_hidden(content: bytes) -> dict[int, tuple[str, str]]:
    """Shared texts that are partly white or tiny: number -> (what one sees, what one does not)."""
    if b"rPr>" not in content and b":rPr" not in content:
        return {}
    found = {}
    for number, item in enumerate(parse(content).iter("{*}si")):
        parts = _parted(item)
        if parts:
            found[number] = parts
    return found


def partly_hidden_cells(content: bytes) -> list[tuple[str, str, tuple[str, str]]]:
    """Texts in cells that are partly white or tiny: column, row, (what one sees, what one does not)."""
    if b"rPr>" not in content:
        return []
    found = []
    for letters, row, text in _INLINE.findall(content):
        parts = _parted(parse(b"<si>" + text + b"</si>")) if b"rPr" in text else None
        if parts:
            found.append((letters.decode(), row.decode(), parts))
    return found


def _parted(item: Any) -> tuple[str, str] | None:
    runs = item.findall("{*}r")
    hiding = [run_hides(run.find("{*}rPr")) for run in runs]
    if not any(hiding):
        return None
    texts = list(zip([run.findtext("{*}t", "") or "" for run in runs], hiding, strict=True))
    seen = "".join(text for text, hides in texts if not hides)
    return seen.strip(), "".join(text for text, hides in texts if hides).strip()
