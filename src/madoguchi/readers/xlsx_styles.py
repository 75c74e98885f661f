"""The styles of an xlsx: which number formats and which colours a cell's style number stands for."""

from dataclasses import dataclass
from typing import Any

from madoguchi.readers.sheet_formats import BUILT_IN, Shown, format_of, hides
from madoguchi.readers.sheet_model import LIKE_GROUND, NOT_SHOWN, TINY, TINY_POINTS, WHITE

_INDEXED = {0: "000000", 1: "FFFFFF", 2: "FF0000", 8: "000000", 9: "FFFFFF", 10: "FF0000", 64: "000000", 65: "FFFFFF"}
_THEME = ("FFFFFF", "000000")


@dataclass
class Style:
    """What a cell's style does to what one sees: how its value is shown, or why it is not."""

    shown: Shown | None
    hidden: str


def styles_of(root: Any | None, since_1904: bool) -> dict[int, Style]:
    """Return the styles that change what one sees, by their number in the cells; those that do not are left out."""
    if root is None:
        return {}
    codes = dict(BUILT_IN)
    for item in root.iter("{*}numFmt"):
        # Inside <dxfs> there are more; a cell never names those.
        if item.getparent().tag.endswith("}numFmts") and _number(item.get("numFmtId")) is not None:
            codes[int(item.get("numFmtId"))] = item.get("formatCode", "")
    fonts = [(_colour(font.find("{*}color"), "000000"), _size(font)) for font in _children(root, "fonts")]
    fills = [_ground(fill) for fill in _children(root, "fills")]
    found: dict[int, Style] = {}
    for number, cell in enumerate(_children(root, "cellXfs")):
        code = codes.get(_number(cell.get("numFmtId")) or 0, "")
        colour, size = _at(fonts, cell.get("fontId"), ("000000", 11.0))
        hidden = hidden_by(colour, _at(fills, cell.get("fillId"), "FFFFFF"), size) or (NOT_SHOWN if hides(code) else "")
        shown = format_of(code, since_1904)
        if hidden or shown:
            found[number] = Style(shown, hidden)
    return found


def hidden_by(colour: str, ground: str, size: float) -> str:
    """Return why nobody sees a text of this colour (RRGGBB, empty when not known) and size on this ground."""
    if colour and colour == ground:
        return WHITE if colour == "FFFFFF" else LIKE_GROUND
    return TINY if 0 < size < TINY_POINTS else ""


def run_hides(properties: Any | None) -> bool:
    """Return whether a part of a text (`rPr`) is white or tiny."""
    if properties is None:
        return False
    size = properties.find("{*}sz")
    points = _float(size.get("val")) if size is not None else 11.0
    return bool(hidden_by(_colour(properties.find("{*}color"), "000000"), "FFFFFF", points))


def _children(root: Any, name: str) -> list[Any]:
    parent = root.find(f"{{*}}{name}")
    return [] if parent is None else list(parent)


def _at(items: list[Any], number: str | None, otherwise: Any) -> Any:
    at = _number(number)
    return items[at] if at is not None and at < len(items) else otherwise


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else None


def _float(text: str | None) -> float:
    try:
        return float(text or 11)
    except ValueError:
        return 11.0


def _size(font: Any) -> float:
    size = font.find("{*}sz")
    return 11.0 if size is None else _float(size.get("val"))


def _colour(color: Any | None, otherwise: str) -> str:
    """RRGGBB; empty for what cannot be said (most theme colours), which then equals nothing."""
    if color is None:
        return otherwise
    if color.get("rgb"):
        return str(color.get("rgb"))[-6:].upper()
    if color.get("indexed"):
        return _INDEXED.get(_number(color.get("indexed")) or 0, "")
    if color.get("theme"):
        theme = _number(color.get("theme"))
        tinted = abs(_float(color.get("tint")) if color.get("tint") else 0) > 0.02
        return (
            _THEME[theme]
            if theme is not None and theme < len(_THEME) and not tinted
            else f"theme{theme}{color.get('tint')}"
        )
    return otherwise


def _ground(fill: Any) -> str:
    pattern = fill.find("{*}patternFill")
    if pattern is None:
        return "gradient"
    if pattern.get("patternType", "none") == "none":
        return "FFFFFF"
    return _colour(pattern.find("{*}fgColor"), "FFFFFF") if pattern.get("patternType") == "solid" else "pattern"
