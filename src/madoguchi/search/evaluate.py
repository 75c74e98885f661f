"""Measuring retrieval on a BEIR folder (`corpus.jsonl`, `queries.jsonl`, `qrels/*.tsv`) with the product's own code:
the same words, index, statistics and fusion, in an index of its own that is thrown away.
"""

import json
import math
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from madoguchi.llm import embeddings
from madoguchi.search import tokens
from madoguchi.search.index import Access, Condition, Row
from madoguchi.search.indexing import digest
from madoguchi.search.lance import LanceIndex
from madoguchi.search.question import question_of
from madoguchi.search.ranking import Ranked, rank

# Texts of a corpus are cut like passages; what is cut from one document counts as it.
WINDOW_CHARACTERS = 600
OVERLAP_CHARACTERS = 100
# Rows asked for, of which the first of each document counts.
ROWS = 200
TENANT = 1
OPEN = Condition(TENANT, frozenset(), 5, date(2026, 4, 1), everything=True)


@dataclass
class Collection:
    """Documents as (id, title, [(place in the document, text)]), questions, and grades by question and document."""

    documents: list[tuple[str, str, list[str]]]
    questions: dict[str, str]
    grades: dict[str, dict[str, int]]


@dataclass
class Measured:
    """Means over the questions that have a right document."""

    ndcg: list[float] = field(default_factory=list)
    reciprocal: list[float] = field(default_factory=list)
    recall: dict[int, list[float]] = field(default_factory=dict)

    def add(self, ranking: Sequence[str], grades: dict[str, int], depths: Iterable[int]) -> None:
        """Count one question: documents as ranked, against its grades."""
        right = {document for document, grade in grades.items() if grade > 0}
        if not right:
            return
        gains = [grades.get(document, 0) for document in ranking[:10]]
        ideal = sorted(grades.values(), reverse=True)[:10]
        self.ndcg.append(_discounted(gains) / _discounted(ideal))
        place = next((at for at, document in enumerate(ranking[:10], start=1) if document in right), 0)
        self.reciprocal.append(1 / place if place else 0.0)
        for depth in depths:
            self.recall.setdefault(depth, []).append(len(right.intersection(ranking[:depth])) / len(right))

    def to_json(self) -> dict[str, float]:
        """Return {ndcg@10, mrr@10, recall@k…}, rounded to four places."""
        values = {"ndcg@10": self.ndcg, "mrr@10": self.reciprocal}
        values |= {f"recall@{depth}": rows for depth, rows in self.recall.items()}
        return {name: round(sum(rows) / max(1, len(rows)), 4) for name, rows in values.items()}


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(at + 2) for at, gain in enumerate(gains))


def collection_of(folder: Path) -> Collection:
    """Read a BEIR folder, its texts in windows; raises as `read_folder` does."""
    texts, questions, grades = read_folder(folder)
    return Collection([(key, title, windows(text)) for key, title, text in texts], questions, grades)


def read_folder(folder: Path) -> tuple[list[tuple[str, str, str]], dict[str, str], dict[str, dict[str, int]]]:
    """Return documents as (id, title, text), questions by id, and grades by question and document.

    Raises OSError, or ValueError, in Japanese, for a line that is not as it should be and where nothing is to measure.
    """
    documents = [
        (row["_id"], row.get("title") or "", row.get("text") or "")
        for row in _lines(folder / "corpus.jsonl", needed=("_id",))
    ]
    questions = {row["_id"]: row["text"] for row in _lines(folder / "queries.jsonl", needed=("_id", "text"))}
    grades: dict[str, dict[str, int]] = {}
    for file in sorted((folder / "qrels").glob("*.tsv")):
        for line in file.read_text().splitlines():
            parts = line.split("\t")
            if len(parts) >= 3 and parts[-1].strip().lstrip("-").isdigit() and parts[0] in questions:
                grades.setdefault(parts[0], {})[parts[-2]] = int(parts[-1])
    if not documents:
        raise ValueError("corpus.jsonl に文書がありません。")
    if not any(grade > 0 for graded in grades.values() for grade in graded.values()):
        raise ValueError("qrels/*.tsv に、queries.jsonl の質問への正解がありません。")
    return documents, questions, grades


def _lines(path: Path, needed: Sequence[str]) -> list[dict[str, str]]:
    rows = []
    # By line feeds alone: JSON allows other separators of lines inside a text.
    for number, line in enumerate(path.read_text("utf-8-sig").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            missing = [name for name in needed if name not in row]
            rows.append({name: str(row[name]) for name in ("_id", "title", "text") if row.get(name) is not None})
        except (ValueError, AttributeError, TypeError):
            raise ValueError(f"{path.name} の{number}行目がJSONの1件ではありません。") from None
        if missing:
            raise ValueError(f"{path.name} の{number}行目に {'、'.join(missing)} がありません。")
    return rows


def windows(text: str) -> list[str]:
    """Return a text in overlapping windows of at most 600 characters."""
    step = WINDOW_CHARACTERS - OVERLAP_CHARACTERS
    starts = range(0, max(1, len(text) - OVERLAP_CHARACTERS), step)
    return [text[start : start + WINDOW_CHARACTERS] for start in starts]


def fill(index: LanceIndex, collection: Collection, *, vectors: bool = True) -> None:
    """Put a collection into an index, each document under its title."""
    index.load(TENANT, rows_of(collection, embeddings.embed_passages if vectors else None))


def rows_of(collection: Collection, passages: Callable[[list[str]], embeddings.Array] | None) -> list[Row]:
    """Return a collection as rows of an index; `passages` makes vectors of texts, None: by words alone."""
    texts = [f"{title}\n{part}" for _, title, parts in collection.documents for part in parts]
    wholes: list[Any] = [None] * len(texts)
    titles: list[Any] = [None] * len(collection.documents)
    if passages is not None:
        wholes = list(passages(texts))
        titles = list(passages([title for _, title, _ in collection.documents]))
    access, rows, at = Access("staff", 1), list[Row](), 0
    for (document, title, parts), title_vector in zip(collection.documents, titles, strict=True):
        title_words = tokens.words(title)
        for number, part in enumerate(parts):
            rows.append(
                Row(
                    id=f"{document}\t{number}",
                    kind="passage",
                    document=document,
                    access=access,
                    words=[*title_words, *tokens.words(part)],
                    bigrams=tokens.bigrams(texts[at]),
                    digest=digest(texts[at]),
                    vector=wholes[at],
                    title_vector=title_vector if title else None,
                )
            )
            at += 1
    return rows


def measure(collection: Collection, depths: Sequence[int], index: LanceIndex) -> dict[str, Any]:
    """Return {fused, lexical, dense: {ndcg@10, mrr@10, recall@k}, p50_ms, p95_ms, queries, documents}."""
    kinds = {"fused": Measured(), "lexical": Measured(), "dense": Measured()}
    took = []
    for key, text in collection.questions.items():
        began = time.perf_counter()
        question = question_of(text)
        ranked = rank(index, OPEN, question, ROWS)
        took.append((time.perf_counter() - began) * 1000)
        grades = collection.grades.get(key, {})
        kinds["fused"].add(documents_of(ranked), grades, depths)
        kinds["lexical"].add(documents_of(rank(index, OPEN, replace(question, meaning=None), ROWS)), grades, depths)
        only_meaning = replace(question, words=(), bigrams=(), brought=())
        kinds["dense"].add(documents_of(rank(index, OPEN, only_meaning, ROWS)), grades, depths)
    return {
        **{name: measured.to_json() for name, measured in kinds.items()},
        "p50_ms": round(float(np.percentile(took, 50)), 1),
        "p95_ms": round(float(np.percentile(took, 95)), 1),
        "queries": len(kinds["fused"].ndcg),
        "documents": len(collection.documents),
    }


def documents_of(ranked: Iterable[Ranked]) -> list[str]:
    """Return documents by their best row."""
    return list(dict.fromkeys(one.row.document for one in ranked))


def evaluate(folder: Path, depths: Sequence[int], pdf_folder: Path | None = None) -> dict[str, Any]:
    """Measure a BEIR folder; with `pdf_folder`, its page texts are what our readers make of the PDFs there."""
    collection = collection_of(folder)
    if pdf_folder is not None:
        collection = replace(collection, documents=pages_of(collection, pdf_folder))
    embeddings.embed_query("準備")
    with tempfile.TemporaryDirectory(prefix="madoguchi-bench-") as place:
        index = LanceIndex(Path(place))
        fill(index, collection)
        return measure(collection, depths, index)


def pages_of(collection: Collection, pdf_folder: Path) -> list[tuple[str, str, list[str]]]:
    """Return the documents of a page-level collection (`file.pdf#p3`) as our readers and our cutting make them."""
    from django.conf import settings

    from madoguchi.library.passages import cut
    from madoguchi.readers.read import read_file

    wanted: dict[str, dict[int, tuple[str, str]]] = {}
    for document, title, _ in collection.documents:
        name, _, page = document.rpartition("#p")
        wanted.setdefault(name, {})[int(page)] = (document, title)
    pages: list[tuple[str, str, list[str]]] = []
    for name, places in wanted.items():
        texts: dict[int, list[str]] = {}
        for piece in cut(read_file(pdf_folder / name, name), settings.PASSAGE_MAX_CHARACTERS):
            # What the headings say belongs to the passage, in the product as here.
            text = "\n".join([*piece.heading, piece.text])
            texts.setdefault(piece.locator.get("page", 0), []).append(text)
        pages += [(document, title, texts.get(page, [""])) for page, (document, title) in places.items()]
    return pages
