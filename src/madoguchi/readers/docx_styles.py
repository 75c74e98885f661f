"""What Word's styles say of a paragraph or a run: the level of a heading, its numbering, whether one can see it."""

from dataclasses import dataclass, replace
from typing import Any

from madoguchi.readers.docx_numbering import style_chain

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# Half points: what is smaller is a line to the eye.
_TINY = 6
_OFF = ("0", "false", "off", "none")


@dataclass(frozen=True)
class Look:
    """How a text looks. None: not said here."""

    vanish: bool | None = None
    color: str | None = None
    size: int | None = None
    shaded: bool | None = None

    def over(self, below: "Look") -> "Look":
        """Return this look where it says something, else the one below."""
        said = {name: value for name, value in vars(self).items() if value is not None}
        return replace(below, **said)

    def reason(self) -> str:
        """Return why nobody sees it; empty when one does."""
        if self.vanish:
            return "隠し文字"
        if self.size is not None and self.size < _TINY:
            return "小さすぎる文字"
        return "白い文字" if self.color == "FFFFFF" and not self.shaded else ""


def look(properties: Any | None) -> Look:
    """Return what run properties (`w:rPr`) say."""
    if properties is None or not len(properties):
        return Look()
    vanish, color, size = (properties.find(f"{W}{name}") for name in ("vanish", "color", "sz"))
    return Look(
        None if vanish is None else is_on(vanish),
        None if color is None else color.get(f"{W}val", "").upper(),
        None if size is None else number(size.get(f"{W}val")),
        _shaded(properties),
    )


def is_on(element: Any | None) -> bool:
    """Return whether a switch such as `w:vanish` is there and on."""
    return element is not None and element.get(f"{W}val", "1") not in _OFF


def fill(properties: Any | None) -> bool:
    """Return whether something is drawn behind the text of a paragraph, a cell or a table."""
    return properties is not None and bool(_shaded(properties))


def _shaded(properties: Any) -> bool | None:
    highlight = properties.find(f"{W}highlight")
    if highlight is not None and highlight.get(f"{W}val", "none") not in ("none", "white"):
        return True
    shade = properties.find(f"{W}shd")
    if shade is None:
        return None
    solid = shade.get(f"{W}val", "clear") not in ("clear", "nil")
    return solid or shade.get(f"{W}fill", "auto").upper() not in ("AUTO", "FFFFFF", "")


class Styles:
    """The styles of a document by their ids."""

    def __init__(self, part: Any | None) -> None:
        self.levels: dict[str, int] = {}
        # Style -> (list or empty, level or None).
        self.numbering: dict[str, tuple[str, int | None]] = {}
        self.looks: dict[str, Look] = {}
        # Styles of tables with something drawn behind the text of some of their cells.
        self.filled: set[str] = set()
        self.contents: set[str] = set()
        self.default = ""
        self.base = Look()
        if part is None:
            return
        self.base = look(part.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr"))
        by_id = {style.get(f"{W}styleId", ""): style for style in part.iter(f"{W}style")}
        for key, style in by_id.items():
            chain = style_chain(by_id, key)
            kind = style.get(f"{W}type", "paragraph")
            if kind == "table":
                if any(fill(each) for link in chain for each in link.iter(f"{W}tcPr", f"{W}tblPr", f"{W}pPr")):
                    self.filled.add(key)
                continue
            if kind == "paragraph" and style.get(f"{W}default") in ("1", "true", "on"):
                self.default = key
            self.levels[key] = (
                next((level for each in chain if (level := _level(each))), 0) if kind != "character" else 0
            )
            self.looks[key] = self._look(chain)
            if _name(style).startswith(("toc ", "目次")):
                self.contents.add(key)
            self._number(key, chain)

    def _look(self, chain: list[Any]) -> Look:
        found = Look()
        for style in chain:
            found = found.over(look(style.find(f"{W}rPr")))
            if fill(style.find(f"{W}pPr")):
                found = found.over(Look(shaded=True))
        return found

    def _number(self, key: str, chain: list[Any]) -> None:
        list_, level = "", None
        for style in chain:
            properties = style.find(f"{W}pPr/{W}numPr")
            if properties is None:
                continue
            own, depth = properties.find(f"{W}numId"), properties.find(f"{W}ilvl")
            if depth is not None and level is None:
                level = number(depth.get(f"{W}val"))
            if own is not None:
                list_ = own.get(f"{W}val", "0")
                break
        if list_ and list_ != "0":
            self.numbering[key] = (list_, level)


def _name(style: Any) -> str:
    name = style.find(f"{W}name")
    return (name.get(f"{W}val", "") if name is not None else "").lower()


def _level(style: Any) -> int:
    """1–9 for a heading style by its outline level or name (「heading 1」「見出し 1」「表題」); 0 for another."""
    label = _name(style)
    if label in ("title", "表題"):
        return 1
    for word in ("heading", "見出し"):
        if label.startswith(word) and label[len(word) :].strip().isdigit():
            return min(9, int(label[len(word) :].strip()) + 1)
    outline = style.find(f"{W}pPr/{W}outlineLvl")
    level = number(outline.get(f"{W}val")) if outline is not None else 9
    return level + 2 if level < 8 else 0


def number(text: str | None) -> int:
    """Return a whole number of an attribute; 0 when it is none."""
    try:
        return int(float(text or "0"))
    except (ValueError, OverflowError):
        return 0
