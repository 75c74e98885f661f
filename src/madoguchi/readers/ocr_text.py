"""Characters as Tesseract read them -> text as Japanese writes it: no spaces between kanji and kana, and likenesses
undone only where the other reading cannot be."""

import re

import numpy as np

from madoguchi.readers import structure
from madoguchi.readers.ocr_engine import Row

_KATAKANA, _KANJI, _HIRAGANA = r"ァ-ヺー", r"一-鿿々〆", r"ぁ-ゖ"
_JAPANESE = rf"[{_KATAKANA}{_KANJI}{_HIRAGANA}、。（）「」・]"
# Between two katakana a kanji of their look is katakana, and the other way round.
_IN_KATAKANA = str.maketrans("一二口力工夕卜八へべぺり", "ーニロカエタトハヘベペリ")
_RULES: list[tuple[re.Pattern[str], str]] = [
    # 「第ー条」, 「ニ十」, 「人ロ」: no word has these.
    (re.compile(rf"(?<=[{_KANJI}])ー(?=[{_KANJI}])"), "一"),
    (re.compile(rf"(?<=[{_KANJI}])ニ(?=[{_KANJI}])"), "二"),
    (re.compile(rf"(?<=[{_KANJI}])ロ(?=[{_KANJI}])"), "口"),
    # 「（△は減）」 over a column of differences.
    (re.compile(r"(?<=[（(])[へヘムハ人](?=は減)"), "△"),
    (re.compile(rf"(?<![{_KATAKANA}])ヘ(?![{_KATAKANA}])"), "へ"),
]
_DASH = re.compile(r"(?<=[条項号章節款目])[一ー|](?=第)")
_BETWEEN_KATAKANA = re.compile(r"(?<=[ァ-ヺー])[一二口力工夕卜八へべぺり](?=[ァ-ヺ])")
# What dirt at an end of a line is taken for, and the edge of a box.
_DIRT = re.compile(rf"^[|｜]+[　 ]*(?={_JAPANESE})|(?<=[{_KANJI}{_HIRAGANA}。、）」])(?:[　 ]*[|｜]|[.'`_~])+$")
_BRACKET = {"(": "（", ")": "）"}
# A gap as wide as this beside the line's height is one that the page has; marks bring half a character of their own.
_WIDE, _WIDE_BY_A_MARK = 0.8, 1.4
_AFTER, _BEFORE = "、。，．,.）)」』】〕・：:", "（(「『【〔・"


def text_of(row: Row, vertical: bool, gaps: list[tuple[int, int]], length: int) -> str:
    """Return the text of a row; a full-width space where the page leaves a character's room.

    `gaps` are the empty stretches along the line that is `length` long, nearly as wide as a character. In horizontal
    writing they count from the row's own edge; in vertical writing the engine does not say where a character stands.
    """
    if vertical:
        return corrected(_spaced([symbol.text for symbol in row.symbols], gaps, length))
    size = row.bottom - row.top
    parts: list[str] = []
    before = None
    for symbol in row.symbols:
        if before is not None:
            least = (_WIDE_BY_A_MARK if before.text[-1] in _AFTER or symbol.text[0] in _BEFORE else _WIDE) * size
            # Where the engine says a character ends is a guess: the gap must be there in the ink.
            if any(
                end - start >= least and before.x1 - size / 2 < (start + end) / 2 < symbol.x0 + size / 2
                for start, end in gaps
            ):
                parts.append("　")
            elif symbol.gap and _is_western(before.text) and _is_western(symbol.text):
                parts.append(" ")
        parts.append(symbol.text)
        before = symbol
    return corrected("".join(parts))


def _spaced(characters: list[str], gaps: list[tuple[int, int]], length: int) -> str:
    """Characters that each take the same room, with the gaps that fit in between; without them when they do not fit."""
    empty = sum(end - start for start, end in gaps)
    if not gaps or length <= empty or not characters:
        return "".join(characters)
    room = (length - empty) / len(characters)
    parts, passed, at = [], 0, 0
    for start, end in gaps:
        place = (start - passed) / room
        if abs(place - round(place)) > 0.3:
            return "".join(characters)
        parts.append("".join(characters[at : round(place)]))
        at = round(place)
        passed += end - start
    return "　".join([*parts, "".join(characters[at:])])


def _is_western(text: str) -> bool:
    return text.isascii() and text.isalpha()


def corrected(text: str) -> str:
    """Return text with the likenesses undone that can be only one thing."""
    text = _BETWEEN_KATAKANA.sub(lambda found: found[0].translate(_IN_KATAKANA), text)
    # 「第三条―第八条」: only a dash stands between the two.
    text = _DASH.sub("―", text)
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    if re.search(_JAPANESE, text):
        text = "".join(_BRACKET.get(character, character) for character in text)
    return _DIRT.sub("", text.strip())


_FIGURE = re.compile(r"[△▲ムへヘ人ハ入厶+\-－(（]{0,2}\d[\d,.:，．]*[%％)）]?")
_MINUS = re.compile(r"^(?:[△▲ム厶][へヘハ人]?|[へヘハ人入]{1,2})(?=\d)")
_POINTS = re.compile(r"[,.:，．]")
_THOUSANDS = re.compile(r"\d{1,3}(?:[,.:，．]\d{3}){2,}")


def is_figure(text: str) -> bool:
    """Whether a cell holds a figure and nothing else."""
    return bool(_FIGURE.fullmatch(text))


def figure(text: str, other: str) -> tuple[str, bool]:
    """Return a figure of a table, and whether a second reading (`other`, digits and points only) has the same digits.

    The Japanese data take commas for points: where the digits agree, the second reading's points are taken. A kana
    before a figure is the △ of a deficit.
    """
    text = _MINUS.sub("△", text)
    head = re.match(r"[^\d]*", text)
    sign, number = (head[0], text[head.end() :]) if head else ("", text)
    tail = re.search(r"\d[\d,.]*", other)
    agree = bool(tail) and _POINTS.sub("", tail[0] if tail else "") == re.sub(r"[^\d]", "", number)
    if tail and agree:
        # After the digits, 「%」 or a bracket.
        number = tail[0].rstrip(",.") + re.sub(r"^[\d,.:，．]*", "", number)
    if _THOUSANDS.fullmatch(re.sub(r"[%％)）]$", "", number)):
        number = _POINTS.sub(",", number)
    return sign + number, agree


def joined(lines: list[str]) -> str:
    """Return the lines of a cell as one text."""
    text = ""
    for line in lines:
        text = structure.join(text, line)
    return text


# How sure the engine is of the weakest character of a line -> the share of such lines that were right, measured
# (`python -m bench.ocr_sureness`). Its own mean is .98 for a line with one character wrong.
_WEAKEST, _RIGHT = (
    (0.0, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 1.0),
    (0.0, 0.05, 0.2, 0.36, 0.55, 0.68, 0.82, 0.93, 1.0),
)


def sureness(row: Row) -> float:
    """Return the chance (0–1) that a row is read without an error."""
    return float(np.interp(row.weakest, _WEAKEST, _RIGHT))


def is_noise(text: str, confidence: float) -> bool:
    """Whether a line says nothing: no letter or digit, or letters that the engine itself doubts."""
    letters = sum(character.isalnum() for character in text)
    return letters == 0 or confidence < 0.4 or (letters == 1 and len(text) == 1 and confidence < 0.6)
