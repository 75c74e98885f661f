"""How far the chance that `find_faq` gives can be trusted: `python -m bench.faq_levels [BEIR folder]`.

Fits the two weights on nine tenths of the questions and looks at the tenth, ten times over, and prints how often
entries above a chance were right, beside the same for the constants in `search/query.py`.
"""

import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.float64]
CHANCES = (0.8, 0.6, 0.3)


def main(folder: Path) -> None:
    """Measure and print."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "madoguchi.conf.settings")
    import django

    django.setup()
    from bench.machine import machine
    from madoguchi.search import query

    features, right = first_entries(folder)
    print(machine())
    fixed = chances(features, np.array([query.FAQ_SCORE, query.FAQ_LEAD, query.FAQ_SHIFT]))
    print("constants", report(fixed, right), sep="\t")
    order = np.random.default_rng(0).permutation(len(right))
    crossed = np.zeros(len(right))
    for fold in range(10):
        held = order[fold::10]
        rest = np.setdiff1d(order, held)
        crossed[held] = chances(features[held], fitted(features[rest], right[rest]))
    print("10-fold", report(crossed, right), sep="\t")
    print("fitted on all", fitted(features, right).round(2), sep="\t")


def first_entries(folder: Path) -> tuple[Rows, Rows]:
    """Return (score, lead) of the first entry for each question, and whether it is right."""
    from madoguchi.search.evaluate import OPEN, collection_of, fill
    from madoguchi.search.lance import LanceIndex
    from madoguchi.search.query import FAQ_UNRELATED
    from madoguchi.search.question import question_of
    from madoguchi.search.ranking import rank

    collection = collection_of(folder)
    rows, right = [], []
    with tempfile.TemporaryDirectory() as place:
        index = LanceIndex(Path(place))
        fill(index, collection)
        for key, text in collection.questions.items():
            best: dict[str, float] = {}
            for one in rank(index, OPEN, question_of(text), 40):
                best.setdefault(one.row.document, one.score)
            (first, score), (_, following) = list(best.items())[:2]
            rows.append((score, score - max(following, FAQ_UNRELATED)))
            right.append(collection.grades.get(key, {}).get(first, 0) > 0)
    return np.array(rows), np.array(right, np.float64)


def chances(features: Rows, weights: Rows) -> Rows:
    """Return the chance of each row."""
    values: Rows = 1 / (1 + np.exp(-(features @ weights[:-1] + weights[-1])))
    return values


def fitted(features: Rows, right: Rows) -> Rows:
    """Return the weights and the shift of a logistic regression, lightly held back."""
    mean, spread = features.mean(axis=0), features.std(axis=0)
    scaled = np.column_stack([(features - mean) / spread, np.ones(len(right))])
    weights = np.zeros(scaled.shape[1])
    for _ in range(3000):
        error = chances(scaled[:, :-1], weights) - right
        weights -= 0.5 / len(right) * (scaled.T @ error + 0.5 * np.append(weights[:-1], 0))
    slopes = weights[:-1] / spread
    return np.append(slopes, weights[-1] - slopes @ mean)


def report(values: Rows, right: Rows) -> str:
    """Return how many entries lie above each chance, and how many of them are right."""
    parts = []
    for chance in CHANCES:
        above = right[values >= chance]
        share = f"{above.mean():.2f}" if len(above) else "-"
        parts.append(f">= {chance}: {len(above)} of {len(right)}, right {share}")
    return "; ".join(parts)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("../shared/data/localgovfaq_amagasaki"))
