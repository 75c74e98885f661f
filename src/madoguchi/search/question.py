"""A question as the index sees it: its words without those that only ask, what synonyms bring, bigrams, meaning."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial

from madoguchi.llm import embeddings
from madoguchi.search import spelling, synonyms, tokens
from madoguchi.search.index import Vector
from madoguchi.search.spelling import Meant

# Words with which people ask, and which name nothing: any text has them, so they only tell texts apart by chance.
_ASKING = """
    教えて 知りたい 聞きたい 質問 お願い 欲しい 何 何処 何時 誰 幾ら 如何 何故 どう どの どんな どちら どうして
    どうやって 為る 有る 居る 成る 出来る 下さい 頂く 貰う 呉れる 致す 御座る 言う 思う
    事 物 為 時 所 方 様 場合 件 点 其の 此の 彼の 其れ 此れ 其処 此処
"""


# What a word counts that is brought in, beside one of the question's own: by a synonym, and by a guess at what was
# mistyped (`bench.spelling`: the more the better up to here).
SYNONYM_WEIGHT = 0.35
GUESS_WEIGHT = 1.0


@dataclass(frozen=True)
class Brought:
    """Words brought into a question: its own words that they stand for, and what they count beside these."""

    own: tuple[str, ...]
    words: tuple[str, ...]
    weight: float = SYNONYM_WEIGHT


@dataclass(frozen=True)
class Question:
    """A question as the index sees it. Its meaning is worked out when first asked for, while words are looked for."""

    words: tuple[str, ...]
    bigrams: tuple[str, ...]
    meaning: Callable[[], Vector] | None = None
    years: tuple[int, ...] = ()
    brought: tuple[Brought, ...] = ()
    # Words that it writes in kana, or with a letter wrong.
    meant: tuple[Meant, ...] = ()

    @property
    def vector(self) -> Vector | None:
        """Return the vector of its meaning; None when there is none to be had."""
        return self._worked_out[0]

    @property
    def meaning_ms(self) -> int | None:
        """Return the milliseconds that its meaning took; None when it was not asked for."""
        return self._worked_out[1] if self.meaning else None

    @cached_property
    def _worked_out(self) -> tuple[Vector | None, int]:
        began, vector = time.perf_counter(), None
        with suppress(embeddings.EmbeddingUnavailable):
            vector = self.meaning() if self.meaning else None
        return vector, round((time.perf_counter() - began) * 1000)

    @property
    def all_words(self) -> tuple[str, ...]:
        """Return its own words and the brought ones, each once."""
        return tuple(dict.fromkeys([*self.words, *(word for one in self.brought for word in one.words)]))


def embedded(text: str) -> Vector:
    """Return the vector of a text by the embedded model; raises EmbeddingUnavailable."""
    return embeddings.embed_query(text)


def question_of(
    text: str,
    *,
    meaning: Callable[[str], Vector] | None = embedded,
    years: tuple[int, ...] = (),
    groups: tuple[synonyms.Group, ...] | None = None,
) -> Question:
    """Return a question as the index sees it; `meaning` makes the vector of a text, None: by words alone.

    `groups` are the synonyms; None: those that ship.
    """
    groups = synonyms.shipped() if groups is None else groups
    meant = tuple(spelling.meant(text, groups))
    read = _as_read(text, meant)
    every = tokens.words(read)
    telling = [word for word in every if word not in _asking()] or every
    words, bigrams = tuple(dict.fromkeys(telling)), tuple(dict.fromkeys(tokens.bigrams(text)))
    if read != text:
        bigrams = tuple(dict.fromkeys([*bigrams, *tokens.bigrams(read)]))
    # Symbols alone mean nothing, though every text has a vector.
    means = partial(meaning, read) if meaning and (words or bigrams) else None
    brought = _brought(every, words, groups) + _spelt(words, meant)
    return Question(words, bigrams, means, years, brought, meant)


def _as_read(text: str, meant: tuple[Meant, ...]) -> str:
    """Return a question with the words that it writes in kana as texts write them."""
    readings = [one for one in meant if one.is_reading]
    if not readings:
        return text
    plain = tokens.normalised(text)
    for one in reversed(readings):
        plain = plain[: one.start] + one.word + plain[one.end :]
    return plain


def _spelt(words: tuple[str, ...], meant: tuple[Meant, ...]) -> tuple[Brought, ...]:
    """Return what other spellings bring: a word in kanji the pieces of its kana, a typo what was meant."""
    found = []
    for one in meant:
        of, brings = (one.words, one.own) if one.is_reading else (one.own, one.words)
        own = tuple(word for word in of if word in words and word not in brings) or tuple(
            word for word in of if word in words
        )
        if own and (new := tuple(word for word in brings if word not in words)):
            found.append(Brought(own, new, SYNONYM_WEIGHT if one.is_reading else GUESS_WEIGHT))
    return tuple(found)


def _brought(every: list[str], words: tuple[str, ...], groups: tuple[synonyms.Group, ...]) -> tuple[Brought, ...]:
    found = []
    for (start, end), others in synonyms.expansions(every, groups):
        own = tuple(word for word in dict.fromkeys(every[start:end]) if word in words)
        if own and (new := tuple(word for word in others if word not in words)):
            found.append(Brought(own, new))
    return tuple(found)


@lru_cache(maxsize=1)
def _asking() -> frozenset[str]:
    return frozenset(tokens.words(_ASKING))
