"""Word's automatic numbering as it is displayed: 第１条, 1.2, ア, （一）, ①."""

from collections import defaultdict
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_KANJI = "〇一二三四五六七八九"
_AIUEO = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
_IROHA = "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシヱヒモセス"
_ROMAN = (
    *((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL")),
    *((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")),
)
_FULL = str.maketrans("0123456789", "０１２３４５６７８９")


def style_chain(by_id: dict[str, Any], key: str) -> list[Any]:
    """Return a style and those it is based on, nearest first."""
    chain: list[Any] = []
    while key in by_id and len(chain) < 20:
        chain.append(by_id[key])
        based = by_id[key].find(f"{W}basedOn")
        key = based.get(f"{W}val", "") if based is not None else ""
    return chain


class Numbering:
    """The lists of a document; `next` counts."""

    def __init__(self, part: Any | None) -> None:
        # Abstract list -> level -> (format, text such as 「第%1条」, start).
        self._levels: dict[str, dict[int, tuple[str, str, int]]] = {}
        self._abstract: dict[str, str] = {}
        self._starts: dict[tuple[str, int], int] = {}
        self._counts: dict[str, dict[int, int]] = defaultdict(dict)
        self._begun: set[str] = set()
        if part is None:
            return
        for abstract in part.iterfind(f"{W}abstractNum"):
            levels = {}
            for level in abstract.iterfind(f"{W}lvl"):
                levels[_int(level.get(f"{W}ilvl"))] = (
                    _value(level, "numFmt", "decimal"),
                    _value(level, "lvlText", ""),
                    _int(_value(level, "start", "1")),
                )
            self._levels[abstract.get(f"{W}abstractNumId", "")] = levels
        for number in part.iterfind(f"{W}num"):
            key = number.get(f"{W}numId", "")
            self._abstract[key] = _value(number, "abstractNumId", "")
            for override in number.iterfind(f"{W}lvlOverride"):
                start = override.find(f"{W}startOverride")
                if start is not None:
                    self._starts[(key, _int(override.get(f"{W}ilvl")))] = _int(start.get(f"{W}val"))

    def next(self, number: str, level: int) -> str:
        """Return the label of the next paragraph of list `number` at `level` (from 0); empty when it has none."""
        abstract = self._abstract.get(number, "")
        levels = self._levels.get(abstract, {})
        if number == "0" or level not in levels:
            return ""
        counts = self._counts[abstract]
        if number not in self._begun:
            self._begun.add(number)
            for (key, at), start in self._starts.items():
                if key == number:
                    counts[at] = start - 1
        counts[level] = counts.get(level, levels[level][2] - 1) + 1
        for deeper in [at for at in counts if at > level]:
            del counts[deeper]
        style, text, _ = levels[level]
        if style in ("bullet", "none"):
            return "・" if style == "bullet" else ""
        for at in range(level + 1):
            if f"%{at + 1}" in text and at in levels:
                text = text.replace(f"%{at + 1}", shown(counts.get(at, levels[at][2]), levels[at][0]))
        return text.strip()


def shown(number: int, style: str) -> str:
    """Return a number as a Word number format shows it."""
    if style.startswith("decimalEnclosedCircle"):
        return chr(0x2460 + number - 1) if 1 <= number <= 20 else str(number)
    if style.startswith("decimalFullWidth"):
        return str(number).translate(_FULL)
    if style.startswith("aiueo"):
        return _AIUEO[(number - 1) % len(_AIUEO)]
    if style.startswith("iroha"):
        return _IROHA[(number - 1) % len(_IROHA)]
    if style.startswith(("japanese", "ideographDigital", "chineseCounting", "taiwaneseCounting")):
        return kanji(number)
    if style in ("lowerLetter", "upperLetter"):
        letter = chr(97 + (number - 1) % 26)
        return letter if style == "lowerLetter" else letter.upper()
    if style in ("lowerRoman", "upperRoman"):
        roman = _roman(number)
        return roman.lower() if style == "lowerRoman" else roman
    return str(number)


def kanji(number: int) -> str:
    """Return 1–9999 in kanji: 二十三."""
    if not 1 <= number <= 9999:
        return str(number)
    said = ""
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            said += ("" if digit == 1 and name else _KANJI[digit]) + name
    return said


def _roman(number: int) -> str:
    said = ""
    for value, name in _ROMAN:
        while number >= value and len(said) < 20:
            said, number = said + name, number - value
    return said


def _value(element: Any, name: str, default: str) -> str:
    child = element.find(f"{W}{name}")
    return str(child.get(f"{W}val", default)) if child is not None else default


def _int(text: str | None) -> int:
    try:
        return int(text or "0")
    except ValueError:
        return 0
