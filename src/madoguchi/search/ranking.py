"""Which rows answer a question best: words and meaning, each measured on one fixed scale and added.

Every number in a score comes from the question and from rows that the condition opens. The engine's own BM25 is used to
choose candidates only, since its statistics count hidden rows; `search.statistics` counts visible ones.
"""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from madoguchi.search.index import Condition, Found, Index, Vector, VectorSpace
from madoguchi.search.question import Question
from madoguchi.search.statistics import Statistics, statistics_of, visible_to

# Candidates from each side.
BY_WORDS = 150
BY_BIGRAMS = 50
BY_VECTOR = 100
# Rows of the narrower condition.
BY_NAME = 100
# BM25 over title, headings and text as one: weighing them apart gained nothing on the visible sets.
K1, B = 1.2, 0.75
# What full agreement of words, or of bigrams, adds to a cosine. Fitted on the visible halves of three sets (see
# docs/benchmarks.md): flat between .10 and .25, so the middle is taken.
WORDS_WEIGHT = 0.15
BIGRAMS_WEIGHT = 0.03
# How much the title's own vector counts beside that of the whole.
TITLE_VECTOR_WEIGHT = 0.5
# About one standard deviation of cosines over a corpus.
YEAR_BONUS = 0.02
# A row that shares no word with the question is a result from this cosine on, or from this share of its bigrams:
# letters at random come as near as .80 to something, and the tenth row of real questions is nearer than .82.
NEAR_ENOUGH = 0.81
BIGRAMS_ENOUGH = 0.3


@dataclass
class Ranked:
    """A row and its score: comparable between rows and questions, never shown to anybody."""

    row: Found
    score: float


# The engine looks for words while the meaning of the question is still being worked out.
_beside = ThreadPoolExecutor(8, thread_name_prefix="search")


def rank(
    index: Index, condition: Condition, question: Question, limit: int, also: Condition | None = None
) -> list[Ranked]:
    """Return up to `limit` rows, best first; equal scores stand by id.

    Rows of `also`, a narrower condition, come too, up to BY_NAME of them beyond the limit.
    """
    # What is quoted or left out changes neither how common words are nor how wide the scope is, and is slow to count.
    scope = replace(condition, holding=(), lacking=())
    by_word = _beside.submit(index.by_words, condition, "words", question.all_words, max(BY_WORDS, limit))
    by_pair = _beside.submit(index.by_words, condition, "bigrams", question.bigrams, max(BY_BIGRAMS, limit))
    visible = visible_to(index, scope)
    if not visible.rows:
        return []
    nearest, named = list[Found](), list[Found]()
    if question.vector is not None:
        nearest = index.by_vector(condition, question.vector, max(BY_VECTOR, limit), visible.rows)
    if also is not None:
        named = index.by_words(also, "words", question.all_words, BY_NAME)
    candidates: dict[str, Found] = {}
    for found in (nearest, named, by_word.result(), by_pair.result()):
        for row in found:
            candidates.setdefault(row.id, row)
    pool = sorted(candidates.values(), key=lambda row: row.id)
    if not pool:
        return []
    counts = _counts(question, pool)
    held = Counter(word for each in counts for word in each)
    statistics = statistics_of(visible, question.all_words, held, [len(row.words) for row in pool])
    nearness = _nearness(question, pool, nearest, condition.space)
    in_words = _words_agreement(question, pool, counts, statistics)
    in_bigrams = _bigrams_agreement(question.bigrams, pool)
    scores = nearness + WORDS_WEIGHT * in_words + BIGRAMS_WEIGHT * in_bigrams
    is_result = (in_words > 0) | (nearness >= NEAR_ENOUGH) | (in_bigrams >= BIGRAMS_ENOUGH)
    if question.years:
        scores += YEAR_BONUS * np.array([row.fiscal_year in question.years for row in pool], np.float32)
    order = sorted(np.flatnonzero(is_result).tolist(), key=lambda at: (-scores[at], pool[at].id))
    names = {row.id for row in named}
    chosen = [*order[:limit], *(at for at in order[limit:] if pool[at].id in names)]
    return [Ranked(pool[at], float(scores[at])) for at in chosen]


def _counts(question: Question, pool: Sequence[Found]) -> list[dict[str, int]]:
    """Return for each row how often it holds which of the question's words."""
    wanted = frozenset(question.all_words)
    return [{word: row.words.count(word) for word in wanted.intersection(row.words)} for row in pool]


def _words_agreement(
    question: Question, pool: Sequence[Found], counts: Sequence[dict[str, int]], statistics: Statistics
) -> Vector:
    """Return for each row its BM25 as a share (0–1) of the most that any row could have for the question's own words.

    What is brought in counts by its weight, and never for more than the words it stands for.
    """
    weights = {word: statistics.weight(word) for word in question.all_words}
    most = sum(weights[word] for word in question.words) * (K1 + 1)
    scores = np.zeros(len(pool), np.float32)
    if not most:
        return scores
    brought = [(one, sum(weights[word] for word in one.own) * (K1 + 1)) for one in question.brought]
    for at, (row, held) in enumerate(zip(pool, counts, strict=True)):
        if not held:
            continue
        norm = K1 * (1 - B + B * len(row.words) / max(1.0, statistics.average_length))
        tells = {word: weights[word] * count * (K1 + 1) / (count + norm) for word, count in held.items()}
        total = sum(tells[word] for word in question.words if word in tells)
        for one, own in brought:
            total += one.weight * min(own, sum(tells.get(word, 0.0) for word in one.words))
        scores[at] = min(1.0, total / most)
    return scores


def _bigrams_agreement(bigrams: Sequence[str], pool: Sequence[Found]) -> Vector:
    """Return for each row the share (0–1) of the question's bigrams it holds, rare ones counting more."""
    if not bigrams:
        return np.zeros(len(pool), np.float32)
    # With the spaces around: a pair must not be found across two others.
    between = [f" {pair} " for pair in bigrams]
    texts = [f" {row.bigrams} " for row in pool]
    holds = np.array([[pair in text for pair in between] for text in texts], np.float32)
    counts = holds.sum(axis=0)
    weights = np.log(1 + (len(pool) - counts + 0.5) / (counts + 0.5))
    shares: Vector = (holds @ weights / weights.sum()).astype(np.float32)
    return shares


def _nearness(question: Question, pool: Sequence[Found], nearest: Sequence[Found], space: VectorSpace) -> Vector:
    """Return for each row its cosine to the question, as the embedded model's would be.

    A row without a vector yet is taken for as near as the farthest of the nearest, so that its words decide.
    """
    vector = question.vector
    if vector is None:
        return np.zeros(len(pool), np.float32)
    floor = min((_cosine(vector, row) for row in nearest), default=0.0)
    cosines = np.array([floor if row.vector is None else _cosine(vector, row) for row in pool], np.float32)
    fitting: Vector = cosines * np.float32(space.scale) + np.float32(space.shift)
    return fitting


def _cosine(vector: Vector, row: Found) -> float:
    if row.vector is None:
        return 0.0
    whole = float(np.dot(vector, row.vector))
    if row.title_vector is None:
        return whole
    title = float(np.dot(vector, row.title_vector))
    return (whole + TITLE_VECTOR_WEIGHT * title) / (1 + TITLE_VECTOR_WEIGHT)
