"""A text as the recognisers of personal data read it: one width, one dash, one space, forms of letters in use.

What has no width is left out; every letter keeps its place in the text as it was given. Also what stands over and
before a place in it: the header of its column, the words on its line.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from madoguchi.letters import FORMS
from madoguchi.llm import my_number_patterns as signs

_UNSEEN = re.compile(f"[{signs.UNSEEN}]")
_SPACES = frozenset(signs.SPACES)
_BREAKS = frozenset(signs.BREAKS)
# A long vowel, a wave and an underline are no dashes between words; between digits a long vowel is.
_DASHES = frozenset(signs.DASHES) - frozenset("ーｰ〜～~_＿")
_BORDERS = frozenset("│┃｜¦￤")
_VOICED = {"ﾞ": "\u3099", "ﾟ": "\u309a", "\u3099": "\u3099", "\u309a": "\u309a"}
_LONG = re.compile(r"(?<=[\dA-Za-z)])ー(?=\n?[\d(])")
_KANJI_DIGITS = str.maketrans(signs.KANJI)
# 〇九〇, 一二三四: digits of one number. A single 一 is a word, and 二十 is no row of digits.
_DIGIT_RUN = re.compile(r"[〇零○一二三四五六七八九]{3,}(?![十百千万])")
# Labels of forms that are spread over their field: 氏　名, 住　　所.
_SPREAD = re.compile(
    r"(?<![一-龠ァ-ヶ])(?:氏 +名|住 +所|電 +話(?: *番 *号)?|連 *絡 +先|携 +帯|生 *年 *月 +日|生 +年 *月 *日|"
    r"本 +籍|世 *帯 +主|世 +帯 *主|"
    r"申 *請 +者|届 *出 +人|フ *リ +ガ *ナ|ふ *り +が *な|口 *座 +番 *号|続 +柄|性 +別|年 +齢|職 +業)(?![一-龠ァ-ヶ])"
)
# So many letters of a line may hold the label of what follows.
_REACH = 40
# A line of at most so many letters may be the label of the line below.
_LABEL_LINE = 24
_QUOTED = re.compile(r'"[^"]*"')
_RULE = re.compile(r"[-|:+= ]+")


@dataclass(frozen=True)
class Plain:
    """A text as it is read (`text`), the same with rows of 漢数字 as digits (`digits`, letter for letter).

    `starts[i]` and `ends[i]` are the place of letter i in the original, in characters, end exclusive.
    """

    text: str
    digits: str
    starts: list[int]
    ends: list[int]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the place in the original of letters from `start` to `end` (exclusive, not empty)."""
        return self.starts[start], self.ends[end - 1]


def read(text: str) -> Plain:
    """Return a text as the recognisers read it."""
    letters, starts, ends = list[str](), list[int](), list[int]()
    for at, written in enumerate(text):
        if written in _VOICED and letters:
            joined = unicodedata.normalize("NFC", letters[-1] + _VOICED[written])
            if len(joined) == 1:
                letters[-1], ends[-1] = joined, at + 1
                continue
        for letter in _letter(written):
            letters.append(letter)
            starts.append(at)
            ends.append(at + 1)
    spread = {
        at
        for label in _SPREAD.finditer("".join(letters))
        for at in range(label.start(), label.end())
        if letters[at] == " "
    }
    if spread:
        kept = [at for at in range(len(letters)) if at not in spread]
        letters = [letters[at] for at in kept]
        starts, ends = [starts[at] for at in kept], [ends[at] for at in kept]
    plain = _LONG.sub("-", "".join(letters))
    return Plain(plain, _DIGIT_RUN.sub(lambda run: run[0].translate(_KANJI_DIGITS), plain), starts, ends)


@lru_cache(maxsize=20_000)
def _letter(written: str) -> str:
    """Return how one character is read: mostly one letter, none for what has no width, three for ℡."""
    if written in _BREAKS:
        return "\n"
    if written == "\t":
        return written
    if _UNSEEN.match(written):
        return ""
    if written in _SPACES:
        return " "
    if written in _DASHES:
        return "-"
    if written in _BORDERS:
        return "|"
    category = unicodedata.category(written)
    # Half of a pair, as broken JSON and shells bring it, is no text to the dictionary.
    if category == "Cs":
        return "\ufffd"
    # ① is a mark of a list and ² a mark of a note.
    if category == "No":
        return written
    return "".join(FORMS.get(letter, letter) for letter in unicodedata.normalize("NFKC", written))


@dataclass(frozen=True)
class Cell:
    """A cell of a table in a text: its place (end exclusive) and the header of its column."""

    start: int
    end: int
    header: str


def cells(plain: str, is_header: re.Pattern[str]) -> list[Cell]:
    """Return the cells below the headers of tables (tabs, |, commas), in order.

    A first line is headers when none of its cells holds a long number and at least two match `is_header`.
    """
    found = list[Cell]()
    rows = list[list[tuple[int, int]]]()
    for start, end in [*_lines(plain), (len(plain), len(plain))]:
        row = _row(plain, start, end)
        if rows and len(row) == len(rows[0]) and row:
            if not _RULE.fullmatch(plain, start, end):
                rows.append(row)
            continue
        found += _below(plain, rows, is_header)
        rows = [row] if row else []
    return found


def _lines(plain: str) -> Iterator[tuple[int, int]]:
    start = 0
    while (end := plain.find("\n", start)) >= 0:
        yield start, end
        start = end + 1
    yield start, len(plain)


def _row(plain: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the places of the cells of a line, without spaces and quotes, or none when it is no row of a table."""
    line = plain[start:end]
    for sign, least in (("\t", 1), ("|", 1), (",", 2)):
        if line.count(sign) >= least:
            bounds = [-1, *(at for at, letter in enumerate(_unquoted(line)) if letter == sign), len(line)]
            return [_trimmed(plain, start + a + 1, start + b) for a, b in pairwise(bounds)]
    return []


def _unquoted(line: str) -> str:
    """Return a line of as many letters, with those between quotes blanked out."""
    return _QUOTED.sub(lambda quoted: " " * len(quoted[0]), line) if '"' in line else line


def _trimmed(plain: str, start: int, end: int) -> tuple[int, int]:
    cell = plain[start:end]
    start += len(cell) - len(cell.lstrip(' "'))
    return start, max(start, end - len(cell) + len(cell.rstrip(' "')))


def _below(plain: str, rows: list[list[tuple[int, int]]], is_header: re.Pattern[str]) -> Iterator[Cell]:
    if len(rows) < 2:
        return
    headers = [plain[start:end] for start, end in rows[0]]
    if sum(bool(is_header.search(header)) for header in headers) < 2 or any(re.search(r"\d{4}", h) for h in headers):
        return
    for row in rows[1:]:
        for (start, end), header in zip(row, headers, strict=True):
            yield Cell(start, end, header)


def words_before(plain: str, at: int, cell: Cell | None = None) -> str:
    """Return the words that may name what stands at a place: on its line, or the short line above it.

    In a column with a header these are the header and what stands before it in its own cell.
    """
    if cell is not None:
        return f"{cell.header} {plain[cell.start : at]}"
    start = max(plain.rfind("\n", 0, at) + 1, at - _REACH)
    before = plain[start:at]
    if before.strip(" :|\t(") or start == 0:
        return before
    above = plain[max(0, start - 2 * _REACH) : start].rstrip()
    above = above[above.rfind("\n") + 1 :]
    return f"{above} {before}" if len(above) <= _LABEL_LINE else before
