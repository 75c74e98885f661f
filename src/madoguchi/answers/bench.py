"""Measuring answers against questions whose answer, document and page are known."""

import json
import statistics
import time
from collections import Counter
from pathlib import Path
from typing import Any

from madoguchi.answers.ask import answer_of
from madoguchi.answers.check import is_confirmed
from madoguchi.answers.figures import Evidence, figures
from madoguchi.answers.words import content_words
from madoguchi.library.models import Document
from madoguchi.people.access import Scope


class BadCases(Exception):
    """A file of cases that cannot be read; the message says which line, in Japanese."""


def cases(path: Path) -> list[dict[str, Any]]:
    """Return the cases of a file, one a line: {question, target_answer, document, page}; raises BadCases."""
    found: list[dict[str, Any]] = []
    for number, line in enumerate(path.read_text("utf-8-sig").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            case = json.loads(line)
            found.append({"target_answer": "", "document": "", "page": None, **case, "question": str(case["question"])})
        except (ValueError, KeyError, TypeError):
            raise BadCases(f"{number}行目: question を持つJSONではありません。") from None
    if not found:
        raise BadCases("質問がありません。")
    return found


def measure(scope: Scope, path: Path) -> dict[str, Any]:
    """Ask every question of a file and return the figures, each a share of the cases (0–1) unless named otherwise.

    `document@k`, `page@k`: the right document or page is among the sources; `first_*`: the first citation is it.
    `words`: share of the target's content words that the answer has; `figures`: the same of numbers, amounts and dates.
    `confirmed`: share of sentences confirmed in their sources. `modes` counts cases; times are milliseconds.
    """
    names = _names(scope)
    rows: list[dict[str, float]] = []
    modes: Counter[str] = Counter()
    took: list[float] = []
    for case in cases(path):
        began = time.perf_counter()
        answer = answer_of(scope, case["question"])
        took.append((time.perf_counter() - began) * 1000)
        modes[answer["mode"]] += 1
        rows.append(_row(case, answer, names))
    kinds = dict.fromkeys(kind for row in rows for kind in row)
    means = {kind: statistics.fmean(row[kind] for row in rows if kind in row) for kind in kinds}
    took.sort()
    return {
        "cases": len(rows),
        **{kind: round(mean, 3) for kind, mean in means.items()},
        "modes": dict(modes),
        "p50_ms": round(took[len(took) // 2]),
        "p95_ms": round(took[min(len(took) - 1, int(len(took) * 0.95))]),
    }


def _names(scope: Scope) -> dict[str, set[str]]:
    return {
        str(document.pk): {document.file_name, document.title, document.file_name.rsplit(".", 1)[0]}
        for document in Document.objects.within(scope)
    }


def _row(case: dict[str, Any], answer: dict[str, Any], names: dict[str, set[str]]) -> dict[str, float]:
    sentences, sources = answer["sentences"], answer["sources"]
    row: dict[str, float] = {"answered": float(answer["mode"] != "none")}
    if case["document"]:
        wanted = str(case["document"]).rsplit("/", 1)[-1]
        right = {source["n"] for source in sources if wanted in names.get(source["document"], set())}
        exact = {
            source["n"]
            for source in sources
            if source["n"] in right and case["page"] in (None, "", source["locator"].get("page"))
        }
        first = next((sentence["citations"][0] for sentence in sentences if sentence["citations"]), None)
        row |= {"document@k": float(bool(right)), "first_document": float(first in right)}
        if case["page"]:
            row |= {"page@k": float(bool(exact)), "first_page": float(first in exact)}
    if case["target_answer"]:
        target = str(case["target_answer"])
        if words := content_words(target):
            row["words"] = len(words & content_words(answer["answer"])) / len(words)
        if stated := figures(target):
            said = Evidence([answer["answer"]])
            row["figures"] = sum(said.holds(figure) for figure in stated) / len(stated)
    if sentences and answer["mode"] in ("composed", "quoted"):
        checked = [is_confirmed(sentence["citations"], sentence["checks"]) for sentence in sentences]
        row["confirmed"] = sum(checked) / len(checked)
    return row
