"""Search over many passages: `python -m bench.search_scale [--rows 10000 100000 300000] [--seconds 20]`.

For each number of passages an index is built in another process, and then asked here by somebody who may see 1 % of it
and by somebody who may see half: whole questions beside the bare calls of the engines that they need (one to embed, one
for words, one for bigrams, one for the vector), the part of the words alone, recall of the vectors against looking at
every row, 50 persons at once beside an ingestion, and other readers for 50,000 passages. Prints a line as JSON for each
number, and a table and a chart at the end; exits 1 when a figure falls short of what is wanted.
"""

import argparse
import json
import multiprocessing
import os
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bench.made_passages import DOCUMENT_ROWS, TODAY, nearest, office_of, question_texts, question_vectors, rows_of

TENANT = 1
QUESTIONS = 40
RECALL_AT = 50
SEARCHERS = 50
# Seconds between two questions of one of the 50, who also reads what was found.
PAUSE = 10.0
CHANGED_ROWS = 50_000
# Share of the documents in the folders of a person, and the highest class he may see.
PERSONS = {"1%": (0.0125, 2), "50%": (0.56, 3)}
# (part of the figures' names, what is the most or, of recall, the least)
WANTED = {"times_bare": 1.5, "words_p95_ms": 60, "recall": 0.98, "rss_mb": 1_000, "crowd_times_idle": 3, "change_s": 10}


def main(sizes: Sequence[int], seconds: float) -> int:
    """Measure each number of passages, print, and say whether all is as wanted."""
    from bench.machine import machine

    print(machine(), flush=True)
    lines = []
    for rows in sizes:
        with tempfile.TemporaryDirectory(prefix="madoguchi-bench-") as place:
            # Each in a process of its own, so that the memory of one is not taken for that of the other.
            figures = {"rows": rows, **alone(build, Path(place), rows), **alone(measure, Path(place), rows, seconds)}
        print(json.dumps(figures), flush=True)
        lines.append(figures)
    print("\n".join([*table(lines), "", *plot(lines)]))
    missed = [text for figures in lines for text in misses(figures)]
    for text in missed:
        print("missed:", text)
    return 1 if missed else 0


def alone(work: Callable[..., dict[str, Any]], *values: Any) -> dict[str, Any]:
    """Run in a fresh process."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=set_up) as pool:
        return pool.submit(work, *values).result()


def set_up() -> None:
    """Make Django ready."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "madoguchi.conf.settings")
    import django

    django.setup()


def build(place: Path, rows: int) -> dict[str, Any]:
    """Load and tidy an index, and keep beside it which rows are truly the nearest."""
    from madoguchi.search.lance import LanceIndex

    office, index = office_of(rows), LanceIndex(place)
    made = rows_of(office)
    began = time.perf_counter()
    index.load(TENANT, made)
    index.tidy(TENANT)
    took = time.perf_counter() - began
    disk = sum(file.stat().st_size for file in place.rglob("*") if file.is_file())
    return {
        "rows_a_second": round(rows / took),
        "disk_mb": round(disk / 1e6),
        "build_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def measure(place: Path, rows: int, seconds: float) -> dict[str, Any]:
    """Return the figures of an index that is built."""
    from madoguchi.llm import embeddings
    from madoguchi.search.index import Condition
    from madoguchi.search.lance import LanceIndex
    from madoguchi.search.question import question_of
    from madoguchi.search.ranking import rank

    embeddings.embed_query("準備")
    index, office = LanceIndex(place), office_of(rows)
    texts = question_texts(QUESTIONS)
    conditions = {
        name: Condition(TENANT, office.keys(share), level, TODAY, kind="passage")
        for name, (share, level) in PERSONS.items()
    }
    found: dict[str, Any] = {}
    for name, condition in conditions.items():

        def whole(text: str, condition: Condition = condition) -> None:
            rank(index, condition, question_of(text), 30)

        def words(text: str, condition: Condition = condition) -> None:
            rank(index, condition, question_of(text, meaning=None), 30)

        asked = [(text, question_of(text)) for text in texts]
        visible = index.count(condition)
        ours, theirs = beside(whole, texts, partial(bare, index, condition, visible), asked)
        found |= {
            f"{name} visible": visible,
            f"{name} p50_ms": quantile(ours, 50),
            f"{name} p95_ms": quantile(ours, 95),
            f"{name} bare_p95_ms": quantile(theirs, 95),
            f"{name} times_bare": round(float(np.percentile(ours, 95) / np.percentile(theirs, 95)), 2),
            f"{name} words_p95_ms": quantile(beside(words, texts)[0], 95),
        }
    # What the process holds after it has answered everything, before truth is made beside it.
    found["rss_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    questions = question_vectors(rows, QUESTIONS)
    for name, condition in conditions.items():
        truth = nearest(rows, questions, office.open_to(condition.keys, condition.classification), RECALL_AT)
        visible = index.count(condition)
        shares = []
        for vector, right in zip(questions, truth, strict=True):
            got = {one.id for one in index.by_vector(condition, vector, RECALL_AT, visible)}
            shares.append(len(got & right) / max(1, len(right)))
        found[f"{name} recall"] = round(float(np.mean(shares)), 4)
    found |= change(place, office)
    return found | crowd(place, rows, conditions["50%"], texts, seconds)


def bare(index: Any, condition: Any, visible: int, asked: tuple[str, Any]) -> None:
    """Ask the engines what a question needs, ids only and by the quickest door, and nothing else."""
    from madoguchi.llm import embeddings
    from madoguchi.search.lance import EXACT_ROWS
    from madoguchi.search.lance_filter import match, where
    from madoguchi.search.lance_loop import wait
    from madoguchi.search.lance_tables import probes_of

    (text, question), table, filtered = asked, index._open_to(condition), where(condition)
    embeddings.embed_query(text)

    def ask(query: Any, score: str) -> None:
        wait(query.where(filtered).select(["id", score]).limit(100).to_arrow())

    for words in (match("words", question.all_words), match("bigrams", question.bigrams)):
        ask(table.query().nearest_to_text(words), "_score")
    near = table.query().nearest_to(question.vector).column("vector").distance_type("dot")
    ask(
        near.bypass_vector_index()
        if visible <= EXACT_ROWS
        else near.nprobes(probes_of(index._table(TENANT).count_rows())),
        "_distance",
    )


def beside(ask: Callable[[Any], None], questions: Sequence[Any], *other: Any) -> tuple[list[float], list[float]]:
    """Return the seconds of each question, and of the same asked in the other way, turn by turn."""
    pairs = [(ask, questions, took := list[float]()), *([(*other, (theirs := list[float]()))] if other else [])]
    for at in range(-5, len(questions)):
        for way, asked, seconds in pairs:
            began = time.perf_counter()
            way(asked[at])
            if at >= 0:
                seconds.append(time.perf_counter() - began)
    return took, theirs if other else []


def quantile(seconds: Sequence[float], percent: int) -> float:
    """Return a percentile in milliseconds."""
    return round(float(np.percentile(seconds, percent)) * 1000, 1)


def crowd(place: Path, rows: int, condition: Any, texts: Sequence[str], seconds: float) -> dict[str, Any]:
    """Return what 50 persons wait who ask every ten seconds, alone and beside an ingestion in another process."""
    idle, errors = together(place, condition, texts, seconds)
    context = multiprocessing.get_context("spawn")
    stop, written = context.Event(), context.Value("i", 0)
    writer = context.Process(target=ingest, args=(place, rows, stop, written))
    writer.start()
    while not written.value and writer.is_alive():
        time.sleep(0.1)
    began, first = time.perf_counter(), written.value
    busy, more = together(place, condition, texts, seconds)
    documents, took = written.value - first, time.perf_counter() - began
    stop.set()
    writer.join()
    return {
        "crowd_idle_p95_ms": quantile(idle, 95),
        "crowd_p95_ms": quantile(busy, 95),
        "crowd_times_idle": round(float(np.percentile(busy, 95) / np.percentile(idle, 95)), 2),
        "crowd_questions": len(busy),
        "crowd_errors": len(errors) + len(more) + abs(writer.exitcode or 0),
        "ingested_documents_a_second": round(documents / took, 1),
    }


def together(place: Path, condition: Any, texts: Sequence[str], seconds: float) -> tuple[list[float], list[str]]:
    """Return the seconds of the questions that 50 threads ask in a while, and the errors."""
    from madoguchi.search.lance import LanceIndex
    from madoguchi.search.question import question_of
    from madoguchi.search.ranking import rank

    index, took, errors, over = LanceIndex(place), list[float](), list[str](), threading.Event()

    def person(number: int) -> None:
        random = np.random.default_rng(number)
        while not over.wait(random.exponential(PAUSE)):
            began = time.perf_counter()
            try:
                if not rank(index, condition, question_of(str(random.choice(texts))), 30):
                    errors.append("nothing found")
            except Exception as error:
                errors.append(repr(error))
            took.append(time.perf_counter() - began)

    rank(index, condition, question_of(texts[0]), 30)
    threads = [threading.Thread(target=person, args=(number,)) for number in range(SEARCHERS)]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    over.set()
    for thread in threads:
        thread.join()
    for text in sorted(set(errors)):
        print("error:", text[:300], file=sys.stderr)
    return took, errors


def ingest(place: Path, rows: int, stop: Any, written: Any) -> None:
    """Put documents in, one after another, as `madoguchi worker` does: words, then vectors, then tidying.

    The embedding is made as always, and thrown away: the vectors are those of the made passages.
    """
    set_up()
    from django.conf import settings

    from madoguchi.llm import embeddings
    from madoguchi.search.lance import LanceIndex

    os.nice(settings.WORKER_NICE)
    office, index, document = office_of(rows), LanceIndex(place), 0
    while not stop.is_set():
        begin = document * DOCUMENT_ROWS % (rows - DOCUMENT_ROWS)
        made = [replace(row, id=f"new{document}-{row.id}") for row in rows_of(office, begin, begin + DOCUMENT_ROWS)]
        vectors = {row.id: row.vector for row in made}
        index.put(TENANT, f"new{document}", [replace(row, document=f"new{document}", vector=None) for row in made])
        embeddings.embed_passages(["".join(row.words) for row in made])
        index.set_vectors(TENANT, vectors)
        index.tidy(TENANT)
        document += 1
        written.value = document


def change(place: Path, office: Any) -> dict[str, Any]:
    """Let a person read folders of 50,000 passages (or a third of what is there): how soon, and how many rows.

    A folder's readers stand in the database, never in rows, so the change is one of the keys that he asks with.
    """
    from madoguchi.search.index import Condition
    from madoguchi.search.lance import LanceIndex

    index = LanceIndex(place)
    keys = office.keys(min(0.33, CHANGED_ROWS / office.rows))
    seen = office.open_to(keys, 3)
    before, after = (Condition(TENANT, frozenset(held), 3, TODAY) for held in (["folder:none"], keys))
    wrong = int(index.count(before) != 0)
    began = time.perf_counter()
    wrong += int(index.count(after) != int(seen.sum()))
    return {"change_rows": int(seen.sum()), "change_s": round(time.perf_counter() - began, 3), "change_wrong": wrong}


def misses(figures: dict[str, Any]) -> list[str]:
    """Return what falls short, in words."""
    found = [
        f"{figures['rows']} rows: {name} {figures[name]}" for name in ("crowd_errors", "change_wrong") if figures[name]
    ]
    for name, value in figures.items():
        limit = WANTED.get(name.split()[-1])
        if limit is not None and (value < limit if name.endswith("recall") else value > limit):
            found.append(f"{figures['rows']} rows: {name} {value}, wanted {limit}")
    return found


def table(lines: Sequence[dict[str, Any]]) -> list[str]:
    """Return the figures of all sizes as a table, one line a figure."""
    rows = ["| passages | " + " | ".join(f"{one['rows']:,}" for one in lines) + " |", "| --- " * (len(lines) + 1) + "|"]
    return rows + [
        f"| {name} | " + " | ".join(str(one[name]) for one in lines) + " |" for name in lines[0] if name != "rows"
    ]


def plot(lines: Sequence[dict[str, Any]]) -> list[str]:
    """Return how questions grow with the passages, as a chart for a Markdown page."""
    most = max(one[f"{name} p95_ms"] for one in lines for name in PERSONS)
    return [
        "```mermaid",
        "xychart-beta",
        f"    x-axis [{', '.join(str(one['rows']) for one in lines)}]",
        f'    y-axis "whole question p50, ms" 0 --> {round(most)}',
        *(f"    line [{', '.join(str(one[f'{name} p50_ms']) for one in lines)}]" for name in PERSONS),
        "```",
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 300_000])
    parser.add_argument("--seconds", type=float, default=20)
    asked = parser.parse_args()
    sys.exit(main(asked.rows, asked.seconds))
