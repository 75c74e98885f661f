"""How much personal data is found, and how much of what is found is personal: `python -m bench.personal [--json]`.

(a) made residents, held set; (b) names of famous people in sentences of Wikipedia, second half, when the data is there;
(c) random numbers of twelve digits without a word, by `my_number`; and the speed.
A label counts as found when spans of its kind hide all of its letters; a span counts as right when it lies, for the
greater part, upon a label of its kind.
"""

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.machine import machine
from bench.made_residents import Label, Made, nobodys, texts
from madoguchi.llm.my_number import found_in
from madoguchi.llm.personal import Personal, find

WIKIPEDIA = Path(__file__).parents[2] / "shared" / "data" / "ner_wikipedia" / "sentences.jsonl"
TEXTS, SEED, NUMBERS = 640, 6, 100_000


@dataclass
class Score:
    """Counts for each kind: labels, those found, those found under any kind, spans, those right."""

    labels: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    hidden: Counter[str] = field(default_factory=Counter)
    spans: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    misses: list[tuple[str, str, str]] = field(default_factory=list)

    def recall(self, kind: str) -> float:
        """Return the share of the labels of a kind that are found; 1 where there are none."""
        return self.found[kind] / self.labels[kind] if self.labels[kind] else 1.0

    def precision(self, kind: str) -> float:
        """Return the share of the spans of a kind that are right; 1 where there are none."""
        return self.right[kind] / self.spans[kind] if self.spans[kind] else 1.0

    def to_json(self) -> dict[str, dict[str, float]]:
        """Return the figures of each kind, and of all of them."""
        return {
            kind: {
                "labels": self.labels[kind],
                "recall": round(self.recall(kind), 4),
                "hidden": round(self.hidden[kind] / self.labels[kind], 4) if self.labels[kind] else 1.0,
                "spans": self.spans[kind],
                "precision": round(self.precision(kind), 4),
            }
            for kind in sorted(self.labels | self.spans)
        }


def score(made: Sequence[Made]) -> Score:
    """Return how the recognisers do on labelled texts; `misses` holds (what is wrong, kind and value, text)."""
    counts = Score()
    for one in made:
        add(counts, one.text, one.labels, find(one.text))
    return counts


def add(counts: Score, text: str, labels: Sequence[Label], found: Sequence[Personal]) -> None:
    """Count one text in."""
    for label in labels:
        counts.labels[label.kind] += 1
        of_kind = [span for span in found if span.kind == label.kind]
        if _hides(text, of_kind, label):
            counts.found[label.kind] += 1
        else:
            counts.misses.append(("missed", f"{label.kind}: {text[label.start : label.end]}", text))
        counts.hidden[label.kind] += _hides(text, found, label)
    for span in found:
        counts.spans[span.kind] += 1
        upon = max(
            (min(span.end, one.end) - max(span.start, one.start) for one in labels if one.kind == span.kind), default=0
        )
        if 2 * upon >= span.end - span.start:
            counts.right[span.kind] += 1
        else:
            counts.misses.append(("false", f"{span.kind}: {text[span.start : span.end]}", text))


def _hides(text: str, spans: Sequence[Personal], label: Label) -> bool:
    return all(
        any(span.start <= at < span.end for span in spans) for at in range(label.start, label.end) if text[at].isalnum()
    )


def famous(half: int) -> dict[str, Any] | None:
    """Return recall of 人名 and false alarms on one half (0 or 1) of the sentences, or None without the data."""
    if not WIKIPEDIA.exists():
        return None
    lines = WIKIPEDIA.read_text().splitlines()
    middle = len(lines) // 2
    rows = [json.loads(line) for line in (lines[:middle], lines[middle:])[half]]
    counts, upon = Score(), Counter[str]()
    others = Counter[str]()
    for row in rows:
        found = find(row["text"])
        labels = [Label("name", *entity["span"]) for entity in row["entities"] if entity["type"] == "人名"]
        add(counts, row["text"], labels, found)
        for span in found:
            if span.kind != "name":
                others[span.kind] += 1
            elif not any(one.start < span.end and span.start < one.end for one in labels):
                kinds = [e["type"] for e in row["entities"] if e["span"][0] < span.end and span.start < e["span"][1]]
                upon[kinds[0] if kinds else "no entity"] += 1
    return {
        "sentences": len(rows),
        "names": counts.labels["name"],
        "recall": round(counts.recall("name"), 4),
        "precision": round(counts.precision("name"), 4),
        "false_upon": dict(upon.most_common()),
        "other_kinds": dict(others),
        "misses": counts.misses,
    }


def stopped(count: int, seed: int) -> dict[str, float]:
    """Return the share of random twelve-digit numbers without a word that stop, and that are asked about.

    Each stands alone in a sentence that says nothing of what it is.
    """
    chance = random.Random(seed)
    stops = asks = 0
    for _ in range(count):
        found = found_in(f"資料に {chance.randrange(10**12):012} とある。")
        stops += any(one.certain for one in found)
        asks += any(not one.certain for one in found)
    return {"numbers": count, "stops": stops / count, "asks": asks / count}


def speed() -> float:
    """Return characters a second over texts of about 10,000 characters, after warming up."""
    made = "\n".join(one.text for one in [*texts("held", 120, 1), *nobodys("held", 60, 1)])
    pieces = [made[at : at + 10_000] for at in range(0, len(made), 10_000)]
    find(pieces[0])
    began = time.perf_counter()
    for piece in pieces:
        find(piece)
    return sum(map(len, pieces)) / (time.perf_counter() - began)


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.personal", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--tune", action="store_true", help="the set to work by and the first half, with every miss")
    options = parser.parse_args()
    which = "tune" if options.tune else "held"
    counts = score([*texts(which, TEXTS, SEED), *nobodys(which, TEXTS // 2, SEED)])
    wikipedia = famous(0 if options.tune else 1)
    misses = [*counts.misses, *(wikipedia.pop("misses") if wikipedia else [])]
    if options.tune:
        for wrong, what, text in misses:
            print(f"{wrong} {what} | {text[:160]!r}")
    results = {
        "machine": machine(),
        "set": which,
        "residents": counts.to_json(),
        "wikipedia": wikipedia,
        "my_number": stopped(NUMBERS, SEED),
        "characters_per_second": round(speed()),
    }
    if options.json:
        json.dump(results, sys.stdout, ensure_ascii=False)
        return 0
    print(results["machine"])
    print(f"{which} set\n{'kind':<16}{'labels':>8}{'recall':>9}{'hidden':>9}{'spans':>8}{'precision':>11}")
    for kind, row in counts.to_json().items():
        print(
            f"{kind:<16}{row['labels']:>8}{row['recall']:>9.3f}{row['hidden']:>9.3f}{row['spans']:>8}{row['precision']:>11.3f}"
        )
    for name in ("wikipedia", "my_number", "characters_per_second"):
        print(name, results[name])
    return 0


if __name__ == "__main__":
    sys.exit(main())
