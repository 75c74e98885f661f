"""Passages made up for the benches of search, as an office of many years has them.

Words are those of the sample city and of the synonyms, the commonest first, and behind them names that no dictionary
knows, each as frequent as its place in the list says (Zipf). Vectors lie in clusters. Folders differ in size; a
document has a folder, a class, a department, a fiscal year, and some have opening and closing days.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

DOCUMENT_ROWS = 40
FOLDERS = 1_000
WORDS_OF_A_ROW = (40, 120)
# Words behind those that are real: names, numbers, what occurs in one document only.
NAMES = 40_000
CLUSTERS = 3_000
DIMENSIONS = 384
# How far a vector lies from the middle of its cluster, and a question's from the passage that answers it.
SPREAD, QUESTION_SPREAD = 0.9, 0.6
TODAY = date(2026, 4, 1)
PART = 10_000

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Office:
    """`rows` passages, the same for the same number; arrays hold one entry a document."""

    rows: int
    folder: npt.NDArray[np.int64]
    classification: npt.NDArray[np.int64]
    opens: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]

    @property
    def documents(self) -> int:
        """Return how many documents there are."""
        return len(self.folder)

    def keys(self, share: float) -> frozenset[str]:
        """Return keys of folders that hold about so large a share of the documents."""
        sizes, held, keys = Counter(self.folder.tolist()), 0, set()
        for folder in np.random.default_rng(3).permutation(sorted(sizes)).tolist():
            if held + sizes[folder] <= share * self.documents:
                held += sizes[folder]
                keys.add(f"folder:{folder}")
        return frozenset(keys)

    def open_to(self, keys: frozenset[str], classification: int) -> npt.NDArray[np.bool_]:
        """Return which rows (rows,) somebody with these keys may see today: the truth of the engine's condition."""
        held = np.isin(self.folder, [int(key.partition(":")[2]) for key in keys])
        seen = held & (self.classification <= classification) & (self.opens <= 0) & (self.ends >= 0)
        return seen[np.arange(self.rows) // DOCUMENT_ROWS]


def office_of(rows: int) -> Office:
    """Return the office with so many passages. Days count from TODAY: 3 of 100 open later, 5 have ended."""
    random = np.random.default_rng(11)
    documents = -(-rows // DOCUMENT_ROWS)
    sizes = random.lognormal(0, 1.2, FOLDERS)
    return Office(
        rows,
        random.choice(FOLDERS, documents, p=sizes / sizes.sum()),
        random.choice([1, 2, 3], documents, p=[0.6, 0.3, 0.1]),
        np.where(random.random(documents) < 0.03, 30, -3_000),
        np.where(random.random(documents) < 0.05, -30, 3_000),
    )


@lru_cache(maxsize=1)
def real_words() -> tuple[str, ...]:
    """Return the words of the sample city and the synonyms as the index holds them, the commonest first."""
    from madoguchi.search import tokens

    city = files("madoguchi.sample_city")
    texts = [one.read_text("utf-8") for one in city.iterdir() if one.name.endswith(".csv")]
    texts.append(files("madoguchi.search").joinpath("synonyms.tsv").read_text("utf-8"))
    counts = Counter(word for text in texts for word in tokens.words(text))
    return tuple(word for word, _ in counts.most_common())


@lru_cache(maxsize=1)
def vocabulary() -> tuple[str, ...]:
    """Return the real words and the names behind them."""
    random = np.random.default_rng(7)
    letters = [chr(code) for code in range(0x4E00, 0x5600)]
    names = {"".join(random.choice(letters, random.integers(2, 5))) for _ in range(NAMES)}
    return (*real_words(), *sorted(names.difference(real_words())))


def rows_of(office: Office, begin: int = 0, end: int | None = None) -> Iterator[Any]:
    """Yield the rows of an office, in the order of their documents."""
    from madoguchi.search.index import Access, Row

    words, stop = vocabulary(), office.rows if end is None else end
    for start in range(begin - begin % PART, stop, PART):
        picks, vectors = _words(start), vectors_of(start)
        for at in range(max(start, begin), min(start + PART, stop)):
            document = at // DOCUMENT_ROWS
            text = [words[pick] for pick in picks[at - start]]
            joined = "".join(text)
            access = Access(
                access_key=f"folder:{office.folder[document]}",
                classification=int(office.classification[document]),
                valid_from=_day(office.opens[document], open_below=-1_000),
                valid_to=_day(office.ends[document], open_above=1_000),
                folder=f"folder:{office.folder[document]}",
                department=f"課{office.folder[document] % 40}",
                fiscal_year=2015 + document % 12,
                file_type=("pdf", "docx", "xlsx")[document % 3],
            )
            yield Row(
                id=f"{at}",
                kind="passage",
                document=f"d{document}",
                access=access,
                words=text,
                bigrams=[one + other for one, other in pairwise(joined)],
                digest=f"{at}",
                vector=vectors[at - start],
            )


def _day(offset: int, *, open_below: int = -(10**6), open_above: int = 10**6) -> date | None:
    return TODAY + timedelta(days=int(offset)) if open_below < offset < open_above else None


@lru_cache(maxsize=1)
def _words(start: int) -> list[npt.NDArray[np.int64]]:
    random = np.random.default_rng((start, 1))
    chances = np.cumsum(1 / np.arange(1, len(vocabulary()) + 1))
    lengths = random.integers(*WORDS_OF_A_ROW, PART)
    picks = np.searchsorted(chances / chances[-1], random.random(int(lengths.sum())))
    return np.split(picks, np.cumsum(lengths)[:-1])


@lru_cache(maxsize=2)
def vectors_of(start: int) -> Floats:
    """Return vectors (PART, 384) of the rows from `start`, a multiple of PART, on."""
    random = np.random.default_rng((start, 2))
    return _near(_middles()[random.integers(0, CLUSTERS, PART)], SPREAD, random)


@lru_cache(maxsize=1)
def _middles() -> Floats:
    return _near(np.zeros((CLUSTERS, DIMENSIONS), np.float32), 1.0, np.random.default_rng(13))


def _near(middles: Floats, spread: float, random: np.random.Generator) -> Floats:
    moved = middles + spread / np.sqrt(DIMENSIONS) * random.standard_normal(middles.shape, np.float32)
    near: Floats = (moved / np.linalg.norm(moved, axis=1, keepdims=True)).astype(np.float32)
    return near


def question_texts(many: int) -> list[str]:
    """Return questions of three to five real words, seldom the commonest, as people put them."""
    random = np.random.default_rng(5)
    words = real_words()[20:]
    chances = 1 / np.sqrt(np.arange(20, 20 + len(words)))
    asked = [random.choice(words, random.integers(3, 6), replace=False, p=chances / chances.sum()) for _ in range(many)]
    return ["の".join(one) + "について教えてください" for one in asked]


def question_vectors(rows: int, many: int) -> Floats:
    """Return vectors (many, 384), each near that of some passage."""
    random = np.random.default_rng(6)
    return np.concatenate(
        [
            _near(vectors_of(at - at % PART)[at % PART][None], QUESTION_SPREAD, random)
            for at in random.integers(0, rows, many).tolist()
        ]
    )


def nearest(rows: int, questions: Floats, seen: npt.NDArray[np.bool_], many: int) -> list[set[str]]:
    """Return for each question the ids of the `many` nearest rows of those seen, by looking at every one."""
    best = np.full((len(questions), many), -np.inf, np.float32)
    ids = np.zeros((len(questions), many), np.int64)
    for start in range(0, rows, PART):
        stop = min(rows, start + PART)
        scores = questions @ vectors_of(start)[: stop - start].T
        scores[:, ~seen[start:stop]] = -np.inf
        both = np.concatenate([best, scores], axis=1)
        names = np.concatenate([ids, np.broadcast_to(np.arange(start, stop), scores.shape)], axis=1)
        order = np.argsort(-both, axis=1)[:, :many]
        best, ids = np.take_along_axis(both, order, axis=1), np.take_along_axis(names, order, axis=1)
    return [{f"{one}" for one in names[score > -np.inf]} for names, score in zip(ids, best, strict=True)]
