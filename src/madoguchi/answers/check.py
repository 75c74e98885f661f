"""Whether what a sentence says stands in the passages it cites: figures, quotes, names, words."""

import re
import unicodedata
from typing import TypedDict

from madoguchi.answers.figures import Evidence, figures
from madoguchi.answers.words import content_words, names
from madoguchi.letters import without_variations
from madoguchi.library.models import Passage

# Below this share of its content words in the material, a sentence is not what the material says.
LEAST_SHARED_WORDS = 0.5
_QUOTED = re.compile(r"[「『]([^「」『』]{4,})[」』]")


class Check(TypedDict):
    """One thing that was looked for: its `kind` (date, yen, number, quote, name, words …), and if it is there."""

    kind: str
    text: str
    found: bool


def material(passage: Passage) -> str:
    """Return what a passage says and stands under: document, headings, text. What a model says proves nothing."""
    if not passage.is_citable:
        return ""
    return "\n".join([passage.version.document.title, *map(str, passage.heading), passage.text])


def check(sentence: str, cited: list[str]) -> list[Check]:
    """Return the checks of a sentence against the material (`material`) of the passages it cites."""
    evidence = Evidence(cited)
    flat = squeezed("\n".join(cited))
    checks: list[Check] = [
        {"kind": figure.kind, "text": figure.text, "found": evidence.holds(figure)} for figure in figures(sentence)
    ]
    for quote in _QUOTED.findall(sentence):
        checks.append({"kind": "quote", "text": quote, "found": squeezed(quote) in flat})
    for name in names(sentence):
        if not any(name in said["text"] for said in checks):
            checks.append({"kind": "name", "text": name, "found": squeezed(name) in flat})
    said = content_words(sentence)
    there = frozenset().union(*(content_words(text) for text in cited)) if cited else frozenset()
    missing = [word for word in said if word not in there and squeezed(word) not in flat]
    if len(said) > 1 and len(missing) > len(said) * (1 - LEAST_SHARED_WORDS):
        checks.append({"kind": "words", "text": "、".join(sorted(missing)[:5]), "found": False})
    return checks


def verbatim(parts: tuple[str, ...], cited: list[str]) -> list[Check]:
    """Return the check of a quote: each of its parts must stand in the material as it is."""
    flat = squeezed("\n".join(cited))
    return [{"kind": "quote", "text": "", "found": all(squeezed(part) in flat for part in parts)}]


def is_confirmed(citations: list[int], checks: list[Check]) -> bool:
    """Return whether a sentence counts as confirmed: it cites something, and all that was looked for is there."""
    return bool(citations) and all(one["found"] for one in checks)


def squeezed(text: str) -> str:
    """Return a text in compatible forms without white space: line breaks of a page do not matter, nor which of the
    shapes of one letter (IVS) is meant."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", without_variations(text)))
