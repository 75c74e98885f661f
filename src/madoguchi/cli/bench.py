"""`madoguchi bench retrieval DIR|faq DIR|answers FILE`: measure on an evaluation set, with the product's own code."""

import argparse
import sys
from pathlib import Path

from madoguchi.cli.main import Failure, print_json


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("kind", choices=["retrieval", "faq", "answers"])
    parser.add_argument(
        "folder",
        type=Path,
        metavar="DIR|FILE",
        help="corpus.jsonl、queries.jsonl、qrels/*.tsv のあるフォルダー（retrieval、faq）。answersは質問のJSON Lines",
    )
    parser.add_argument("--k", default="1,5,10", help="再現率を測る件数（例: 1,5,10）")
    parser.add_argument("--pdf", type=Path, help="ページの本文の代わりに、このフォルダーのPDFを読み取って使う")
    parser.add_argument("--json", action="store_true")


def run(options: argparse.Namespace) -> int:
    """Measure and print the figures."""
    if options.kind == "answers":
        return answers(options)
    import django

    django.setup()
    return faq(options) if options.kind == "faq" else retrieval(options)


def answers(options: argparse.Namespace) -> int:
    """Measure answers on the office's documents by a file of {question, target_answer, document, page}."""
    from madoguchi.cli.start import office, scope_named

    scope, _ = scope_named(office(), None)
    from madoguchi.answers.bench import BadCases, measure

    try:
        figures = measure(scope, options.folder)
    except (OSError, UnicodeDecodeError, BadCases) as error:
        raise Failure(f"評価データを読めません: {error}") from error
    if options.json:
        print_json(figures)
        return 0
    for name, value in figures.items():
        print(name, value, sep="\t")
    return 0


def retrieval(options: argparse.Namespace) -> int:
    """Measure retrieval on a BEIR folder."""
    from madoguchi.llm.embeddings import EmbeddingUnavailable
    from madoguchi.readers.blocks import Unreadable
    from madoguchi.search.evaluate import evaluate

    try:
        depths = sorted({int(part) for part in options.k.split(",")})
    except ValueError:
        print("--k は 1,5,10 のように書いてください。", file=sys.stderr)
        return 2
    try:
        figures = evaluate(options.folder, depths, options.pdf)
    except (OSError, ValueError, KeyError) as error:
        raise Failure(f"評価データを読めません: {error}") from error
    except (EmbeddingUnavailable, Unreadable) as error:
        raise Failure(str(error)) from error
    if options.json:
        print_json(figures)
        return 0
    for kind in ("fused", "lexical", "dense"):
        print(kind, "  ".join(f"{name} {value:.3f}" for name, value in figures[kind].items()), sep="\t")
    print(f"質問 {figures['queries']}、文書 {figures['documents']}")
    print(f"1問あたり p50 {figures['p50_ms']} ms、p95 {figures['p95_ms']} ms")
    return 0


def faq(options: argparse.Namespace) -> int:
    """Measure verified answers on a BEIR folder."""
    from madoguchi.answers.bench_faq import evaluate
    from madoguchi.llm.embeddings import EmbeddingUnavailable

    try:
        figures = evaluate(options.folder)
    except (OSError, ValueError) as error:
        raise Failure(f"評価データを読めません: {error}") from error
    except EmbeddingUnavailable as error:
        raise Failure(str(error)) from error
    if options.json:
        print_json(figures)
        return 0
    ranked = ("sr@1", "sr@5", "p@5", "mrr", "map")
    print("順位", "  ".join(f"{name} {figures[name]:.3f}" for name in ranked), sep="\t")
    print(f"確認済み回答で答えた質問 {figures['answered']:.1%}、誤って答えた質問 {figures['answered_wrong']:.1%}")
    print(f"質問 {figures['queries']}、確認済み回答 {figures['documents']}")
    return 0
