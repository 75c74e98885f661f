"""Measuring verified answers on a BEIR folder taken as released ones: title the question, text the answer.

The index is one that is thrown away and no database is read, so it needs no office; what is asked of the index and
what is decided on its rows are the product's own functions.
"""

import re
import tempfile
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import fmean
from typing import Any

from madoguchi.answers.ask import BadQuestion, certain, checked
from madoguchi.faq.index import row_of
from madoguchi.faq.match import match_of
from madoguchi.faq.models import Entry
from madoguchi.llm import embeddings
from madoguchi.people.models import Classification
from madoguchi.search.evaluate import OPEN, TENANT, read_folder
from madoguchi.search.indexing import faq_rows
from madoguchi.search.lance import LanceIndex
from madoguchi.search.query import find_faq_in
from madoguchi.search.spaces import Model
from madoguchi.search.understand import understood

RELEASED = replace(OPEN, kind="faq")
# Entries of a ranking that count for MRR and MAP.
RANKED = 100
_FIRST_SENTENCE = re.compile(r"[^。！？!?\n]*[。！？!?]?")


@dataclass
class Measured:
    """One number a question that has a right entry, for each kind of figure."""

    success_at_1: list[float] = field(default_factory=list)
    success_at_5: list[float] = field(default_factory=list)
    precision_at_5: list[float] = field(default_factory=list)
    reciprocal: list[float] = field(default_factory=list)
    average_precision: list[float] = field(default_factory=list)

    def add(self, ranking: Sequence[str], right: set[str]) -> None:
        """Count one question: entries as ranked, against those that are right (at least one)."""
        places = [place for place, entry in enumerate(ranking, start=1) if entry in right]
        first = places[0] if places else 0
        self.success_at_1.append(float(first == 1))
        self.success_at_5.append(float(1 <= first <= 5))
        self.precision_at_5.append(sum(place <= 5 for place in places) / 5)
        self.reciprocal.append(1 / first if first else 0.0)
        found = sum(number / place for number, place in enumerate(places, start=1))
        self.average_precision.append(found / len(right))

    def to_json(self) -> dict[str, float]:
        """Return {sr@1, sr@5, p@5, mrr, map}, means rounded to four places."""
        values = {
            "sr@1": self.success_at_1,
            "sr@5": self.success_at_5,
            "p@5": self.precision_at_5,
            "mrr": self.reciprocal,
            "map": self.average_precision,
        }
        return {name: round(fmean(rows), 4) for name, rows in values.items()}


def evaluate(folder: Path) -> dict[str, Any]:
    """Return {sr@1, sr@5, p@5, mrr, map, answered, answered_wrong, queries, documents} of a BEIR folder.

    The first five are means over the questions with an entry of a grade above 0; `answered` and `answered_wrong` are
    shares of all questions. Raises OSError, ValueError (Japanese) and EmbeddingUnavailable.
    """
    documents, questions, grades = read_folder(folder)
    embeddings.embed_query("準備")
    entries, names = entries_of(documents)
    measured, answered, wrong = Measured(), 0, 0
    with tempfile.TemporaryDirectory(prefix="madoguchi-bench-") as place:
        index = LanceIndex(Path(place))
        made = faq_rows([row_of(entry) for entry in entries.values()], Model(1))
        index.load(TENANT, [row for _, rows in made for row in rows])
        for key, question in questions.items():
            right = {document for document, grade in grades.get(key, {}).items() if grade > 0}
            if right:
                ranking = [names[hit.entry_id] for hit in find_faq_in(index, RELEASED, question, RANKED)]
                measured.add(ranking, right)
            given = given_to(index, question, entries)
            answered += given is not None
            wrong += given is not None and names[given.pk] not in right
    return {
        **measured.to_json(),
        "answered": round(answered / len(questions), 4),
        "answered_wrong": round(wrong / len(questions), 4),
        "queries": len(questions),
        "documents": len(documents),
    }


def given_to(index: LanceIndex, question: str, entries: dict[uuid.UUID, Entry]) -> Entry | None:
    """Return the entry that a person who asks this is given as the verified answer."""
    try:
        question = checked(question)
    except BadQuestion:
        return None
    match = match_of(question, find_faq_in(index, RELEASED, question), entries)
    return certain(match, understood(question, RELEASED.on).plain).entry


def entries_of(documents: Sequence[tuple[str, str, str]]) -> tuple[dict[uuid.UUID, Entry], dict[uuid.UUID, str]]:
    """Return documents as released entries that no database has, and the document of each; empty ones are left out."""
    entries, names = {}, {}
    for number, (document, title, text) in enumerate(documents):
        question = title.strip() or first_sentence(text)
        if question:
            # The order of the file decides between equals.
            key = uuid.UUID(int=number)
            entries[key] = Entry(
                pk=key,
                tenant_id=TENANT,
                question=question,
                answer=text,
                access_key="staff",
                classification=Classification.C1,
                status=Entry.Status.RELEASED,
            )
            names[key] = document
    return entries, names


def first_sentence(text: str) -> str:
    """Return a text up to its first full stop or line's end."""
    found = _FIRST_SENTENCE.match(text.strip())
    return found[0].strip() if found else ""
