"""Word's automatic numbering as it is displayed: which list a paragraph belongs to, and what its next label is."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from madoguchi.readers.number_formats import custom, shown

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# Fonts whose letters are signs: what a letter stands for is the font's own affair.
_SIGN_FONTS = ("symbol", "wingdings", "webdings")
_BULLETS = {"o": "○", "l": "●", "n": "■", "u": "◆", "p": "□", "q": "□", "m": "○", "r": "□"}


@dataclass(frozen=True)
class Level:
    """A level of a list: its format, text such as 「第%1条」, first number, the level that restarts it (0: every outer
    one; -1: none), and whether outer numbers are shown as 1, 2, 3 whatever their own format."""

    style: str
    text: str
    start: int
    restart: int
    legal: bool
    pattern: str
    bullet: str


def style_chain(by_id: dict[str, Any], key: str) -> list[Any]:
    """Return a style and those it is based on, nearest first."""
    chain: list[Any] = []
    while key in by_id and len(chain) < 20:
        chain.append(by_id[key])
        based = by_id[key].find(f"{W}basedOn")
        key = based.get(f"{W}val", "") if based is not None else ""
    return chain


class Numbering:
    """The lists of a document; `next` counts. `links` says which list a numbering style uses: style -> list."""

    def __init__(self, part: Any | None, links: dict[str, str] | None = None) -> None:
        # Abstract list -> level -> Level; list -> its own levels.
        self._levels: dict[str, dict[int, Level]] = {}
        self._own: dict[str, dict[int, Level]] = {}
        self._abstract: dict[str, str] = {}
        self._starts: dict[tuple[str, int], int] = {}
        # Abstract list -> paragraph style -> level.
        self._styles: dict[str, dict[str, int]] = {}
        self._counts: dict[str, dict[int, int]] = defaultdict(dict)
        self._begun: set[str] = set()
        if part is None:
            return
        linked: dict[str, str] = {}
        for abstract in part.iterfind(f"{W}abstractNum"):
            key = abstract.get(f"{W}abstractNumId", "")
            self._levels[key] = {_int(level.get(f"{W}ilvl")): _level(level) for level in abstract.iterfind(f"{W}lvl")}
            self._styles[key] = {
                _value(level, "pStyle", ""): _int(level.get(f"{W}ilvl")) for level in abstract.iterfind(f"{W}lvl")
            }
            if style := _value(abstract, "numStyleLink", ""):
                linked[key] = (links or {}).get(style, "")
        for number in part.iterfind(f"{W}num"):
            key = number.get(f"{W}numId", "")
            self._abstract[key] = _value(number, "abstractNumId", "")
            for override in number.iterfind(f"{W}lvlOverride"):
                at = _int(override.get(f"{W}ilvl"))
                start, level = override.find(f"{W}startOverride"), override.find(f"{W}lvl")
                if level is not None:
                    self._own.setdefault(key, {})[at] = _level(level)
                if start is not None:
                    self._starts[(key, at)] = _int(start.get(f"{W}val"))
        # A list that is defined by a numbering style has its levels with that style's list.
        for key, number in linked.items():
            target = self._abstract.get(number, "")
            if target and target != key:
                self._abstract = {
                    num: target if abstract == key else abstract for num, abstract in self._abstract.items()
                }

    def level_of(self, number: str, style: str) -> int:
        """Return at which level of a list a paragraph style stands; 0 when the list does not say."""
        return self._styles.get(self._abstract.get(number, ""), {}).get(style, 0)

    def next(self, number: str, level: int) -> str:
        """Return the label of the next paragraph of list `number` at `level` (from 0); empty when it has none."""
        abstract = self._abstract.get(number, "")
        levels = self._levels.get(abstract, {}) | self._own.get(number, {})
        if number == "0" or level not in levels:
            return ""
        counts = self._counts[abstract]
        if number not in self._begun:
            self._begun.add(number)
            for (key, at), start in self._starts.items():
                if key == number:
                    counts[at] = start - 1
        for at in range(level):
            # An outer level that was never numbered shows its first number.
            counts.setdefault(at, levels[at].start if at in levels else 1)
        counts[level] = counts.get(level, levels[level].start - 1) + 1
        for deeper in [at for at in counts if at > level]:
            restart = levels[deeper].restart if deeper in levels else 0
            if restart == 0 or (restart > 0 and level < restart):
                del counts[deeper]
        own = levels[level]
        if own.style in ("bullet", "none"):
            return own.bullet if own.style == "bullet" else ""
        text = own.text
        for at in range(level + 1):
            if f"%{at + 1}" in text and at in levels:
                each, count = levels[at], counts.get(at, levels[at].start)
                style = "decimal" if own.legal and at < level else each.style
                said = custom(count, each.pattern) if each.pattern else shown(count, style)
                text = text.replace(f"%{at + 1}", said)
        return text.strip()


def _level(element: Any) -> Level:
    style, pattern = _value(element, "numFmt", ""), ""
    if not style or style == "custom":
        formats = list(element.iter(f"{W}numFmt"))
        pattern = next((each.get(f"{W}format") for each in formats if each.get(f"{W}format")), "")
        style = formats[-1].get(f"{W}val", "decimal") if formats else "decimal"
    text = _value(element, "lvlText", "")
    fonts = element.find(f"{W}rPr/{W}rFonts")
    font = (fonts.get(f"{W}ascii", "") if fonts is not None else "").lower()
    bullet = text.strip()[:1]
    if not bullet or "\ue000" <= bullet <= "\uf8ff":
        bullet = "・"
    elif font.startswith(_SIGN_FONTS) or bullet == "o":
        bullet = _BULLETS.get(bullet, "・")
    restart = element.find(f"{W}lvlRestart")
    return Level(
        style,
        text,
        _int(_value(element, "start", "1")),
        (_int(restart.get(f"{W}val")) or -1) if restart is not None else 0,
        element.find(f"{W}isLgl") is not None,
        pattern,
        bullet,
    )


def _value(element: Any, name: str, default: str) -> str:
    child = element.find(f"{W}{name}")
    return str(child.get(f"{W}val", default)) if child is not None else default


def _int(text: str | None) -> int:
    try:
        return int(text or "0")
    except ValueError:
        return 0
