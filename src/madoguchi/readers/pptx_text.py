"""The text of a shape: its paragraphs with the marks and numbers that PowerPoint shows, and what nobody can see."""

from dataclasses import dataclass
from typing import Any

from madoguchi.readers.number_formats import slide_number
from madoguchi.readers.structure import item_depth

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
# Hundredths of a point: what is smaller is a line to the eye.
_TINY = 300
_WHITE = ("FFFFFF", "bg1", "lt1")
_SIGN_FONTS = ("wingdings", "webdings", "symbol")
_PLACES_WITH_MARKS = ("body", "obj")


@dataclass
class Line:
    """One paragraph. `depth` > 0: a list item. `hidden`: why nobody sees it."""

    text: str
    depth: int = 0
    hidden: str = ""


def lines_of(body: Any | None, place: str = "", on_white: bool = False) -> list[Line]:
    """Return the paragraphs of a text body.

    A placeholder for running text (`place`) has marks unless it says that it has none. `on_white`: nothing but white
    lies behind the text.
    """
    found: list[Line] = []
    counts: dict[tuple[int, str], int] = {}
    styles = body.find(f"{A}lstStyle") if body is not None else None
    for paragraph in body.iterfind(f"{A}p") if body is not None else ():
        properties = paragraph.find(f"{A}pPr")
        level = _level(properties)
        parts: dict[str, str] = {}
        for text, reason in _runs(paragraph, _defaults(styles, level), on_white):
            parts[reason] = parts.get(reason, "") + text
        text = parts.pop("", "").strip()
        if text:
            mark, numbered = _mark(properties, styles, level, place, counts)
            if mark == "・" and item_depth(text):
                mark = ""
            found.append(Line(mark + text, level + 1 if numbered else 0))
        found += [Line(each.strip(), 0, reason) for reason, each in parts.items() if each.strip()]
    return found


def _runs(paragraph: Any, defaults: Any | None, on_white: bool) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for child in paragraph:
        if child.tag == f"{A}br":
            found.append(("\n", ""))
        elif child.tag in (f"{A}r", f"{A}fld") and child.get("type") != "slidenum":
            text = "".join(each.text or "" for each in child.iterfind(f"{A}t"))
            found.append((text, _reason(child.find(f"{A}rPr"), defaults, on_white)))
        elif child.tag not in (f"{A}pPr", f"{A}endParaRPr", f"{A}fld"):
            # A formula, in a branch of its own.
            found.append(("".join(each.text or "" for each in list(child.iter(f"{M}t"))), ""))
    return found


def _reason(properties: Any | None, defaults: Any | None, on_white: bool) -> str:
    size, color = None, None
    for each in (defaults, properties):
        if each is not None:
            size = each.get("sz") or size
            fill = each.find(f"{A}solidFill")
            color = fill[0].get("val", "") if fill is not None and len(fill) else color
    if size is not None and size.isdigit() and int(size) < _TINY:
        return "小さすぎる文字"
    return "白い文字" if on_white and color in _WHITE else ""


def _level(properties: Any | None) -> int:
    level = properties.get("lvl", "0") if properties is not None else "0"
    return min(8, int(level)) if level.isdigit() else 0


def _defaults(styles: Any | None, level: int) -> Any | None:
    return styles.find(f"{A}lvl{level + 1}pPr/{A}defRPr") if styles is not None else None


def _mark(
    properties: Any | None, styles: Any | None, level: int, place: str, counts: dict[tuple[int, str], int]
) -> tuple[str, bool]:
    """What PowerPoint shows before a paragraph, and whether it is a list item."""
    for deeper in [key for key in counts if key[0] > level]:
        del counts[deeper]
    inherited = styles.find(f"{A}lvl{level + 1}pPr") if styles is not None else None
    for each in (properties, inherited):
        if each is None:
            continue
        if each.find(f"{A}buNone") is not None:
            _forget(counts, level, "")
            return "", False
        number = each.find(f"{A}buAutoNum")
        if number is not None:
            style, start = number.get("type", "arabicPeriod"), number.get("startAt", "1")
            _forget(counts, level, style)
            counts[level, style] = counts.get((level, style), (int(start) if start.isdigit() else 1) - 1) + 1
            return f"{slide_number(counts[level, style], style)}　", True
        sign = each.find(f"{A}buChar")
        if sign is not None or each.find(f"{A}buBlip") is not None:
            _forget(counts, level, "")
            return _sign(each, sign), True
    _forget(counts, level, "")
    return ("・", True) if place in _PLACES_WITH_MARKS else ("", False)


def _forget(counts: dict[tuple[int, str], int], level: int, style: str) -> None:
    """Another mark at a level ends the counting there."""
    for key in [key for key in counts if key[0] == level and key[1] != style]:
        del counts[key]


def _sign(properties: Any, sign: Any | None) -> str:
    font = properties.find(f"{A}buFont")
    is_signs = font is not None and font.get("typeface", "").lower().startswith(_SIGN_FONTS)
    text = sign.get("char", "") if sign is not None else ""
    return "・" if is_signs or text in ("", "•", "·", "-", "–") or "\ue000" <= text[:1] <= "\uf8ff" else text
