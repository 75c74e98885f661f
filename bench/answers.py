"""How good answers are without a model: quotes and verified answers over the sample city, as the operator asks.

`python -m bench.answers [--all]`; the sample city is loaded first, into `MADOGUCHI_HOME` or else a temporary home.
Questions lie in two halves by a hash of their text: what is tuned is tuned on `tuned`, and `held back` tells whether it
was learned by heart. `--all` names every question that did not come out right in `tuned`.
"""

import csv
import hashlib
import os
import re
import sys
import tempfile
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
ANSWERED = (
    ROOT / "tools/sample_city/texts/questions.csv",
    ROOT / "tools/sample_city/numbers/questions.csv",
    ROOT / "bench/questions/rows.csv",
)
UNANSWERABLE = ROOT / "bench/questions/unanswerable.csv"
HALVES = ("tuned", "held back")
SEARCHED = 5


@dataclass(frozen=True)
class Case:
    """A question; `path`, `page` and `answer` are empty when no document of the city says it."""

    question: str
    path: str = ""
    page: str = ""
    answer: str = ""

    @property
    def half(self) -> str:
        """Return the half that a question lies in, whatever else is in the file."""
        return HALVES[hashlib.sha256(self.question.encode()).digest()[0] % 2]


@dataclass(frozen=True)
class Outcome:
    """What came of a case: its mode, and each measure as true or false."""

    case: Case
    mode: str
    measures: dict[str, bool]
    said: str


def main(arguments: list[str]) -> None:
    """Ask every question and print the figures of both halves."""
    with tempfile.TemporaryDirectory(prefix="madoguchi-answers-") as fresh:
        os.environ.setdefault("MADOGUCHI_HOME", fresh)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "madoguchi.conf.settings")
        from bench.machine import machine

        scope = scope_of_the_city()
        print(machine())
        outcomes = [measured(scope, case) for case in cases()]
    for half in HALVES:
        report(half, [one for one in outcomes if one.case.half == half])
    if "--all" in arguments:
        for one in outcomes:
            if one.case.half == HALVES[0] and not all(one.measures.values()):
                failed = ", ".join(name for name, true in one.measures.items() if not true)
                print(f"\n{one.case.question} [{one.mode}; not {failed}]\n  {one.case.answer}\n{one.said}")


def scope_of_the_city() -> Any:
    """Load the sample city when it is not there, meaning included, and return its operator's scope."""
    from madoguchi import durable
    from madoguchi.cli.demo import load
    from madoguchi.cli.start import office, start

    start()
    from madoguchi.people.access import scope_of_operator
    from madoguchi.sample_city.load import is_complete

    if not is_complete():
        load()
        durable.wait(queue="embed")
        durable.stop()
    return scope_of_operator(office())


def cases() -> list[Case]:
    """Return all cases: those with an answer, then those without."""
    found = []
    for path in ANSWERED:
        rows = csv.DictReader(path.open(encoding="utf-8-sig"))
        found += [Case(row["question"], row["path"], row["page"], row["answer"]) for row in rows]
    return found + [Case(row["question"]) for row in csv.DictReader(UNANSWERABLE.open(encoding="utf-8-sig"))]


def measured(scope: Any, case: Case) -> Outcome:
    """Ask one question and measure what comes."""
    from madoguchi.answers.ask import answer_of
    from madoguchi.search.query import find

    answer = answer_of(scope, case.question)
    mode, texts = str(answer["mode"]), [str(sentence["text"]) for sentence in answer["sentences"]]
    said = "\n".join(f"  > {text}" for text in texts)
    if not case.answer:
        return Outcome(case, mode, {"said to be nowhere": mode == "none"}, said)
    hits = find(scope, case.question, k=SEARCHED).hits
    right = [hit.path == case.path and case.page in ("", str(hit.passage.locator.get("page", ""))) for hit in hits]
    whole = says("\n".join(texts), case.answer)
    owners = {document.department_name for document in _documents(scope, case.path)}
    measures = {
        "page@1": any(right[:1]),
        f"page@{SEARCHED}": any(right),
        "first quote says it": says(next(iter(texts), ""), case.answer),
        "some quote says it": any(says(text, case.answer) for text in texts),
        "the answer says it": whole,
        "department of the document": any(owner.endswith(answer["department"] or "-") for owner in owners),
    }
    if mode == "verified":
        measures["verified is right"] = whole
    return Outcome(case, mode, measures, said)


def _documents(scope: Any, path: str) -> list[Any]:
    from madoguchi.library.models import Document

    folder, name = path.rsplit("/", 1)
    named = Document.objects.within(scope).filter(file_name=name, folder__name=folder.rsplit("/", 1)[-1])
    return list(named)


def says(text: str, expected: str) -> bool:
    """Return whether a text says what is expected: its very words, or every figure that tells something.

    Asides in brackets are not asked for. A count of one (「1通300円」) only says by what the rest is counted, and a
    small numeral alone (「第3配備」) tells nothing without its words.
    """
    from madoguchi.answers.figures import Evidence, Figure, figures

    main_part = re.sub(r"[（(][^（()）]*[)）]", "", expected)
    if plain(main_part) in plain(text):
        return True

    def telling(figure: Figure) -> bool:
        lone = figure.kind == "number" and not figure.unit and figure.value in range(10)
        return not lone and not (figure.kind == "number" and figure.value == 1)

    told = [figure for figure in figures(main_part) if telling(figure)]
    evidence = Evidence([text])
    return bool(told) and all(evidence.holds(figure) or evidence.holds(without_year(figure)) for figure in told)


def without_year(figure: Any) -> Any:
    """Return the day of a date, of whatever year: a notice of this autumn need not name it. Other figures stay."""
    if figure.kind != "date" or figure.value[1] is None:
        return figure
    return replace(figure, value=(None, *figure.value[1:]))


def plain(text: str) -> str:
    """Return a text as it is compared: compatible forms, no space."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def report(half: str, outcomes: list[Outcome]) -> None:
    """Print the figures of one half."""
    print(f"\n{half}")
    for name, some in (
        ("answered", [one for one in outcomes if one.case.answer]),
        ("unanswerable", [one for one in outcomes if not one.case.answer]),
    ):
        modes = ", ".join(f"{mode} {count}" for mode, count in sorted(Counter(one.mode for one in some).items()))
        print(f"  {len(some)} {name}: {modes}")
        for measure in dict.fromkeys(measure for one in some for measure in one.measures):
            values = [one.measures[measure] for one in some if measure in one.measures]
            print(f"    {measure}: {sum(values)} of {len(values)} ({sum(values) / len(values):.2f})")


if __name__ == "__main__":
    main(sys.argv[1:])
