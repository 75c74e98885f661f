"""Words and character bigrams of Japanese text, as index and questions both see it.

Words: Sudachi mode A, normalised forms (spelling variants, 送り仮名 and 異体字 meet), without particles, auxiliaries,
symbols and space. Bigrams catch what the dictionary cuts wrongly: names, new words, parts of compounds. How letters are
folded for both, `madoguchi.letters` knows.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version

from madoguchi import eras
from madoguchi.dictionary import CHUNK_CHARACTERS, tokenizer
from madoguchi.letters import Rule, alike, folded, folded_with_places, in_one_kana, replaced

# Raised when the same text comes to other words or bigrams than before: what is indexed is then indexed again.
EDITION = 2

# Parts of speech that carry no meaning of their own.
DROPPED = frozenset({"助詞", "助動詞", "補助記号", "記号", "空白"})
# A longer word is no word: base64, a ruled line.
WORD_MAX_CHARACTERS = 40

_DIGITS = {digit: number for number, digit in enumerate("〇一二三四五六七八九")}
_UNITS = {"十": 10, "百": 100, "千": 1000}
# 第十二条, 三十日, 令和元年: Chinese numerals before what is counted.
_CHINESE_NUMBER = re.compile(
    rf"(?:(?<=第)|{'|'.join(f'(?<={name})' for name in eras.NAMES)})([〇一二三四五六七八九十百千元]+)"
)
_COUNTED = re.compile(r"([〇一二三四五六七八九十百千]+)(?=[年月日条項号章節款編回人円時歳])")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_ERA = re.compile(r"(?<![a-z0-9])([rhs])(?=\d{1,2}(?:[./年]|$))")
_BREAK = re.compile(r"[\n。]")
# 外字 of the private use areas are letters, to whoever has them.
_RUN = re.compile("(?:[^\\W_]|[\ue000-\uf8ff\U000f0000-\U0010fffd])+")


@dataclass(frozen=True)
class Word:
    """A word of a text: as it is searched, and where it stands (characters, end exclusive) in the text as given."""

    form: str
    start: int
    end: int


@dataclass(frozen=True)
class Piece:
    """What the dictionary cuts from a normalised text: as it is written, read (katakana) and searched (or empty)."""

    written: str
    reading: str
    form: str
    # Whether the dictionary has it.
    known: bool
    is_noun: bool

    @property
    def dropped(self) -> bool:
        """Whether it carries no meaning of its own: a particle, a symbol, a space."""
        return not self.form


def normalised(text: str) -> str:
    """Return a text as it is compared: letters folded, numbers in digits."""
    plain = folded(text)
    for pattern, replacement in _RULES:
        plain = pattern.sub(replacement, plain)
    return plain


@lru_cache(maxsize=1)
def edition() -> str:
    """Return what the words of a text depend on besides it: this module's edition and the dictionary's."""
    return f"{EDITION} {version('sudachidict-core')}"


def _digits(match: re.Match[str]) -> str:
    text = match[1]
    if text == "元":
        return "1"
    if not any(unit in text for unit in _UNITS):
        return "".join(str(_DIGITS[digit]) for digit in text) if "元" not in text else text
    total, current = 0, 0
    for character in text:
        if character in _UNITS:
            total += (current or 1) * _UNITS[character]
            current = 0
        elif character in _DIGITS:
            current = current * 10 + _DIGITS[character]
        else:
            return text
    return str(total + current)


_RULES: list[Rule] = [
    (_THOUSANDS, lambda _: ""),
    (_CHINESE_NUMBER, _digits),
    (_COUNTED, _digits),
    (_ERA, lambda match: eras.named_era(match[1]).name),
]


def words(text: str) -> list[str]:
    """Return the words of a text, in order, as the index holds them."""
    return [
        form
        for chunk in _chunks(normalised(text))
        for morpheme in tokenizer().tokenize(chunk)
        if morpheme.part_of_speech()[0] not in DROPPED and (form := _form(morpheme.normalized_form()))
    ]


def pieces(text: str) -> list[Piece]:
    """Return all that the dictionary cuts a text to, in order."""
    found = []
    for chunk in _chunks(normalised(text)):
        for morpheme in tokenizer().tokenize(chunk):
            kind = morpheme.part_of_speech()[0]
            form = "" if kind in DROPPED else _form(morpheme.normalized_form())
            is_noun = kind in ("名詞", "接尾辞")
            found.append(Piece(morpheme.surface(), morpheme.reading_form(), form, not morpheme.is_oov(), is_noun))
    return found


def located_words(text: str) -> list[Word]:
    """Return the words of a text with their places in it, for marking what matched."""
    plain, places = replaced(*folded_with_places(text), _RULES)
    found, start = [], 0
    for chunk in _chunks(plain):
        for morpheme in tokenizer().tokenize(chunk):
            form = _form(morpheme.normalized_form())
            if form and morpheme.part_of_speech()[0] not in DROPPED:
                end = start + morpheme.end()
                last = places[end] if end < len(places) else len(text)
                first = places[start + morpheme.begin()]
                found.append(Word(form, first, max(last, first + 1)))
        start += len(chunk)
    return found


def _form(form: str) -> str:
    # A token is one word to the engine's white-space tokenizer, whatever the dictionary makes of it.
    form = in_one_kana(alike("".join(form.split()).lower()))
    return form if len(form) <= WORD_MAX_CHARACTERS else ""


def bigrams(text: str) -> list[str]:
    """Return the pairs of neighbouring letters of a text; a lone letter stands for itself."""
    found: list[str] = []
    for run in _RUN.findall(alike(normalised(text))):
        found += [run[at : at + 2] for at in range(len(run) - 1)] if len(run) > 1 else [run]
    return found


def _chunks(text: str) -> Iterator[str]:
    start = 0
    while len(text) - start > CHUNK_CHARACTERS:
        ends = [match.end() for match in _BREAK.finditer(text, start + CHUNK_CHARACTERS // 2, start + CHUNK_CHARACTERS)]
        end = ends[-1] if ends else start + CHUNK_CHARACTERS
        yield text[start:end]
        start = end
    if start < len(text):
        yield text[start:]
