"""Words and character bigrams of Japanese text, as index and questions both see it.

Words: Sudachi mode A, normalised forms (spelling variants, 送り仮名 and 異体字 meet), without particles, auxiliaries,
symbols and space. Bigrams catch what the dictionary cuts wrongly: names, new words, parts of compounds.
"""

import re
import threading
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

# Parts of speech that carry no meaning of their own.
DROPPED = frozenset({"助詞", "助動詞", "補助記号", "記号", "空白"})
# Sudachi takes 49,149 bytes at once; a character is at most 4. Texts are cut at line ends or 。 where they can be.
CHUNK_CHARACTERS = 8_000
# A longer word is no word: base64, a ruled line.
WORD_MAX_CHARACTERS = 40

# Old and variant forms in names of people and places, to the form that is searched.
_FORMS = str.maketrans(
    "髙﨑𠮷濵濱邉邊齋齊斎淸德增瀨槗榮澤廣國條惠眞龍", "高崎吉浜浜辺辺斉斉斉清徳増瀬橋栄沢広国条恵真竜"
)
_DIGITS = {digit: number for number, digit in enumerate("〇一二三四五六七八九")}
_UNITS = {"十": 10, "百": 100, "千": 1000}
# 第十二条, 三十日, 令和元年: Chinese numerals before what is counted.
_CHINESE_NUMBER = re.compile(r"(?:(?<=第)|(?<=令和)|(?<=平成)|(?<=昭和))([〇一二三四五六七八九十百千元]+)")
_COUNTED = re.compile(r"([〇一二三四五六七八九十百千]+)(?=[年月日条項号章節款編回人円時歳])")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_ERA = re.compile(r"(?<![a-z0-9])(r|h|s)(?=\d{1,2}(?:[./年]|$))")
# A character with the marks that combine with it: ｶﾞ is one.
_CLUSTER = re.compile(r".[\u0300-\u036f\u3099\u309aﾞﾟ]*", re.DOTALL)
_ERAS = {"r": "令和", "h": "平成", "s": "昭和"}
_BREAK = re.compile(r"[\n。]")
_RUN = re.compile(r"[^\W_]+")

_local = threading.local()
_dictionary: Any = None
_loading = threading.Lock()


@dataclass(frozen=True)
class Word:
    """A word of a text: as it is searched, and where it stands (characters, end exclusive) in the text as given."""

    form: str
    start: int
    end: int


def _tokenizer() -> Any:
    """Return this thread's tokenizer over the process's one dictionary; the first call takes half a second."""
    global _dictionary
    if not hasattr(_local, "tokenizer"):
        from sudachipy import Dictionary, SplitMode

        with _loading:
            if _dictionary is None:
                _dictionary = Dictionary()
        _local.tokenizer = _dictionary.tokenizer(SplitMode.A)
    return _local.tokenizer


def normalised(text: str) -> str:
    """Return a text as it is compared: NFKC, small letters, plain forms of characters, numbers in digits."""
    text = unicodedata.normalize("NFKC", text).lower().translate(_FORMS)
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def _normalised_with_places(text: str) -> tuple[str, list[int]]:
    """Return `normalised(text)` and, for each of its characters, the place in the text that it came from."""
    plain, places = "", list[int]()
    for cluster in _CLUSTER.finditer(text):
        form = unicodedata.normalize("NFKC", cluster[0]).lower().translate(_FORMS)
        plain += form
        places += [cluster.start()] * len(form)
    for pattern, replacement in _RULES:
        parts, kept, last = list[str](), list[int](), 0
        for match in pattern.finditer(plain):
            form = replacement(match)
            parts += [plain[last : match.start()], form]
            kept += places[last : match.start()]
            # A number may change its length: its characters spread over those it was written with.
            scale = (match.end() - match.start()) / max(1, len(form))
            kept += [places[match.start() + int(at * scale)] for at in range(len(form))]
            last = match.end()
        plain, places = "".join(parts) + plain[last:], kept + places[last:]
    return plain, places


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


_RULES: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = [
    (_THOUSANDS, lambda _: ""),
    (_CHINESE_NUMBER, _digits),
    (_COUNTED, _digits),
    (_ERA, lambda match: _ERAS[match[1]]),
]


def words(text: str) -> list[str]:
    """Return the words of a text, in order, as the index holds them."""
    return [
        form
        for chunk in _chunks(normalised(text))
        for morpheme in _tokenizer().tokenize(chunk)
        if morpheme.part_of_speech()[0] not in DROPPED and (form := _form(morpheme.normalized_form()))
    ]


def located_words(text: str) -> list[Word]:
    """Return the words of a text with their places in it, for marking what matched."""
    plain, places = _normalised_with_places(text)
    found, start = [], 0
    for chunk in _chunks(plain):
        for morpheme in _tokenizer().tokenize(chunk):
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
    form = "".join(form.split()).lower()
    return form if len(form) <= WORD_MAX_CHARACTERS else ""


def bigrams(text: str) -> list[str]:
    """Return the pairs of neighbouring letters of a text; a lone letter stands for itself."""
    found: list[str] = []
    for run in _RUN.findall(normalised(text)):
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
