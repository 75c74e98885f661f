"""Personal data (個人情報) in a text: names, addresses, telephones and numbers that lead to a person.

Found by the dictionary's parts of speech, by labels and headers, and by shapes; nothing leaves the process. What it
cannot know is said in docs/guard.md. My Numbers are not found here: they stop a text (`my_number`).
"""

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from madoguchi.llm.personal_addresses import addresses
from madoguchi.llm.personal_dates import behind_names, birth_dates
from madoguchi.llm.personal_name_patterns import HEADER
from madoguchi.llm.personal_names import names
from madoguchi.llm.personal_numbers import numbers
from madoguchi.llm.personal_sensitive import PERSON, sensitive_words
from madoguchi.llm.personal_text import cells, read
from madoguchi.llm.personal_words import cut

# What each kind is called.
KINDS = {
    "name": "氏名",
    "address": "住所",
    "phone": "電話",
    "mail": "メール",
    "birth_date": "生年月日",
    "account": "口座番号",
    "pension": "基礎年金番号",
    "insured": "被保険者番号",
    "licence": "免許証番号",
    "passport": "旅券番号",
    "residence_card": "在留カード番号",
    "resident_code": "住民票コード",
    "plate": "車両番号",
    "card": "カード番号",
}
# A person is beside a word when no more letters lie between.
_BESIDE = 60
_SENTENCE = re.compile(r"[。\n]")


@dataclass(frozen=True)
class Personal:
    """A piece of personal data: its kind (a key of `KINDS`) and its place, in characters, `end` exclusive."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class Span:
    """A word of 要配慮個人情報: what it tells of (病歴, 障害, …) and its place, in characters, `end` exclusive."""

    kind: str
    start: int
    end: int


def find(text: str) -> list[Personal]:
    """Return the personal data in a text, in its order; none overlaps another."""
    plain = read(text)
    table = cells(plain.text, HEADER)
    found = [*numbers(plain, table), *birth_dates(plain, table)]
    words = cut(plain.text)
    found += addresses(plain, words, table, found)
    kept = _apart(plain.text, found)
    persons = names(plain, words, table, kept)
    kept = _apart(plain.text, [*kept, *persons, *behind_names(plain, persons)])
    return [Personal(kind, *plain.original(start, end)) for kind, start, end in sorted(kept, key=lambda one: one[1])]


def is_sensitive(text: str) -> list[Span]:
    """Return the words of 要配慮個人情報 that stand beside a person; the caller decides what follows.

    「障害者手帳の申請窓口」 speaks of nobody; 「母は統合失調症で入院中」 does.
    """
    plain = read(text)
    found = list(sensitive_words(plain.text))
    if not found:
        return []
    persons = sorted(
        [(match.start(), match.end()) for match in PERSON.finditer(plain.text)]
        + [(one.start, one.end) for one in find(plain.text) if one.kind in ("name", "birth_date")]
    )
    starts = [start for start, _ in persons]
    return [
        Span(kind, *plain.original(start, end))
        for kind, start, end in found
        if _stands_beside(plain.text, persons, starts, start, end)
    ]


def _stands_beside(text: str, persons: list[tuple[int, int]], starts: list[int], start: int, end: int) -> bool:
    """Whether a person is spoken of in the sentence of a word, in the one before, or close by on another line."""
    at = bisect_left(starts, start)
    for first, last in persons[max(0, at - 2) : at + 2]:
        between = text[last:start] if last <= start else text[end:first]
        if len(between) <= _BESIDE and len(_SENTENCE.findall(between)) <= (1 if last <= start else 0):
            return True
    return False


def _apart(text: str, found: Iterable[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """Return spans without overlaps: of two, what was found first stays, and what is left of the other."""
    kept = list[tuple[str, int, int]]()
    starts = list[int]()
    for kind, start, end in found:
        at = bisect_left(starts, start)
        if at and kept[at - 1][2] > start:
            start = kept[at - 1][2]
        if at < len(kept) and kept[at][1] < end:
            end = kept[at][1]
        # One letter and signs are no value.
        if sum(map(str.isalnum, text[start:end])) < 2 and not (kind == "name" and start < end):
            continue
        kept.insert(at, (kind, start, end))
        starts.insert(at, start)
    return kept
