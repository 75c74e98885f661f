"""Words as the dictionary cuts them (Sudachi, mode C), for finding names and addresses."""

from dataclasses import dataclass
from functools import lru_cache

from madoguchi.dictionary import CHUNK_CHARACTERS, looked_up, tokenizer


@dataclass(frozen=True)
class Word:
    """A word of a text: as written, where it stands (letters, end exclusive), part of speech, whether it is known."""

    text: str
    start: int
    end: int
    kind: tuple[str, ...]
    is_known: bool

    @property
    def is_name(self) -> bool:
        """Whether the dictionary takes it for a name of a person here."""
        return self.kind[2] == "人名"

    @property
    def is_surname(self) -> bool:
        """Whether it is a surname, and no given name, here."""
        return self.is_name and self.kind[3] == "姓"

    @property
    def is_given(self) -> bool:
        """Whether it is a given name here."""
        return self.is_name and self.kind[3] == "名"

    @property
    def is_place(self) -> bool:
        """Whether it is the name of a place here."""
        return self.kind[2] == "地名"

    @property
    def is_noun(self) -> bool:
        """Whether it is a noun or what is put before or behind one."""
        return self.kind[0] in ("名詞", "接尾辞", "接頭辞", "形状詞")


def cut(text: str) -> list[Word]:
    """Return the words of a text, in order, spaces and signs among them."""
    from sudachipy import SplitMode

    found, start, mine = list[Word](), 0, tokenizer()
    while start < len(text):
        end = min(len(text), start + CHUNK_CHARACTERS)
        if end < len(text):
            end = max(text.rfind("\n", start, end), text.rfind("。", start, end)) + 1 or end
        found += (
            Word(one.surface(), start + one.begin(), start + one.end(), one.part_of_speech(), not one.is_oov())
            for one in mine.tokenize(text[start:end], SplitMode.C)
        )
        start = end
    return found


@lru_cache(maxsize=20_000)
def kinds_of_name(word: str) -> frozenset[str]:
    """Return what a word is as a name of persons, among whatever else it is: 姓, 名, 一般, or nothing."""
    kinds = (one.part_of_speech() for one in looked_up(word))
    return frozenset(kind[3] for kind in kinds if kind[2] == "人名")


def is_a_name(word: str) -> bool:
    """Return whether the dictionary has a word as a name of persons."""
    return bool(kinds_of_name(word))
