"""How the rows that a scope sees use words: counted on a sample of them, and remembered until any row changes; of many
rows, until one is taken out or demands something else, and a while at most.

Document frequencies of the engine count hidden rows; by them, who may not see a document could learn that it is there.
"""

import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, replace
from math import log
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from madoguchi.search.index import LOTS, Condition, Index

# Visible rows on which words are counted: all of them when there are not more.
SAMPLE = 400
# Scopes that are remembered of an index, some 100 KB each.
MOST_REMEMBERED = 64
# Of so many rows a few that are added change nothing that a sample tells: these are counted again after so long. To
# count half of 300,000 takes as long as to look for the words.
MANY_ROWS = 5_000
KEPT_SECONDS = 30.0


@dataclass(frozen=True)
class Visible:
    """The rows that a condition opens: how many, and a sample's words as sorted hashes with the rows that hold each."""

    rows: int
    sampled: int = 0
    average_length: float = 0.0
    words: npt.NDArray[np.int64] | None = None
    holding: npt.NDArray[np.int64] | None = None
    # Of the index when they were counted, and when that was (monotonic seconds).
    version: str = ""
    narrowed: str = ""
    counted: float = 0.0

    def sampled_with(self, word: str) -> int:
        """Return how many rows of the sample hold a word."""
        if self.words is None or self.holding is None or not len(self.words):
            return 0
        key = hash(word)
        at = int(np.searchsorted(self.words, key))
        return int(self.holding[at]) if at < len(self.words) and self.words[at] == key else 0


@dataclass(frozen=True)
class Statistics:
    """How the visible rows use the words of a question. `held` counts rows by word, as if counted on all `rows`."""

    rows: int
    average_length: float
    held: Mapping[str, float]

    def weight(self, word: str) -> float:
        """Return how much a word tells (the inverse document frequency of BM25)."""
        held = min(self.held.get(word, 0.0), float(self.rows))
        return log(1 + (self.rows - held + 0.5) / (held + 0.5))


_remembered: "WeakKeyDictionary[Any, OrderedDict[Hashable, Visible]]" = WeakKeyDictionary()
_remembering = threading.Lock()


def visible_to(index: Index, condition: Condition) -> Visible:
    """Return what there is to know of the rows that a condition opens.

    It is kept under the whole condition and the state of the index: another scope misses it, and so does whatever
    closes a row. Nothing that is kept comes of a row that the condition no longer opens.
    """
    # Asked for before counting: what is written meanwhile then counts as written after it.
    narrowed, version = index.narrowed(condition.tenant), index.version(condition.tenant)
    with _remembering:
        kept = _remembered.setdefault(index, OrderedDict())
        seen = kept.get(condition)
        if seen is not None and _holds(seen, version, narrowed):
            kept.move_to_end(condition)
            return seen
    seen = replace(_counted(index, condition), version=version, narrowed=narrowed, counted=time.monotonic())
    with _remembering:
        kept[condition] = seen
        kept.move_to_end(condition)
        while len(kept) > MOST_REMEMBERED:
            kept.popitem(last=False)
    return seen


def _holds(seen: Visible, version: str, narrowed: str) -> bool:
    if seen.version == version:
        return True
    lately = time.monotonic() - seen.counted < KEPT_SECONDS
    return seen.rows >= MANY_ROWS and seen.narrowed == narrowed and lately


def _counted(index: Index, condition: Condition) -> Visible:
    rows = index.count(condition)
    if not rows:
        return Visible(0)
    share = condition if rows <= SAMPLE else replace(condition, lots=max(1, LOTS * SAMPLE // rows))
    sample = index.sample(share, 4 * SAMPLE)
    if not sample:
        return Visible(rows)
    holding = Counter(hash(word) for row in sample for word in set(row.words))
    words = np.array(sorted(holding), np.int64)
    return Visible(
        rows,
        len(sample),
        sum(len(row.words) for row in sample) / len(sample),
        words,
        np.array([holding[word] for word in words.tolist()], np.int64),
    )


def statistics_of(
    visible: Visible, words: Collection[str], in_pool: Mapping[str, int], pool_lengths: Collection[int]
) -> Statistics:
    """Return the statistics of the visible rows for the words of a question.

    A word that is rarer than a sample tells is held by as many rows at least as candidates show (`in_pool`).
    """
    scale = visible.rows / max(1, visible.sampled)
    held = {word: max(visible.sampled_with(word) * scale, float(in_pool.get(word, 0))) for word in words}
    average = visible.average_length if visible.sampled else sum(pool_lengths) / max(1, len(pool_lengths))
    return Statistics(visible.rows, average, held)
