"""Verified answers to a question: the one that answers it, and those to similar questions."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import F

from madoguchi.faq.models import Entry
from madoguchi.library.models import Passage
from madoguchi.people.access import Scope
from madoguchi.search.query import FaqHit, Hit, find_faq

MOST_SUGGESTED = 3
# Passages of the source document that are compared with the answer, when no page is named.
MOST_COMPARED = 300


@dataclass
class Match:
    """What verified answers say to a question. `entry` answers it; `source` is its passage, when the scope sees it."""

    entry: Entry | None = None
    score: float = 0.0
    source: Hit | None = None
    suggestions: list[Entry] = field(default_factory=list)


def look(scope: Scope, question: str) -> Match:
    """Return the verified answer to a question and the entries to suggest, all within a scope."""
    hits = find_faq(scope, question)
    # The index proposes; what may be shown, and what it says, is read here from the database.
    entries = {entry.pk: entry for entry in Entry.objects.within(scope).filter(pk__in=[hit.entry_id for hit in hits])}
    match = match_of(question, hits, entries)
    if match.entry:
        match.source = source_of(scope, match.entry)
    return match


def match_of(question: str, hits: Iterable[FaqHit], entries: Mapping[UUID, Entry]) -> Match:
    """Return what hits make of a question, by the entries that are there; reads no database."""
    match = Match()
    for hit in sorted(hits, key=lambda hit: -hit.score):
        entry = entries.get(hit.entry_id)
        if entry is None:
            continue
        # The question itself, word for word, is answered even when meaning cannot be compared.
        same = plain(question) in {plain(wording) for wording in [entry.question, *entry.variants]}
        if (hit.level == "answer" or same) and match.entry is None:
            match.entry, match.score = entry, hit.score
        elif hit.level != "none" and len(match.suggestions) < MOST_SUGGESTED:
            match.suggestions.append(entry)
    return match


def verified(scope: Scope, question: str) -> tuple[Entry, float] | None:
    """Return the verified answer to a question with its score (0–1), or None."""
    match = look(scope, question)
    return (match.entry, match.score) if match.entry else None


def source_of(scope: Scope, entry: Entry) -> Hit | None:
    """Return the passage an entry rests on, as the source document now stands; None when the scope does not see it."""
    if entry.source_document_id is None:
        return None
    passages = (
        Passage.objects.within(scope)
        .select_related("version__document__folder")
        .filter(version__document_id=entry.source_document_id, version=F("version__document__current"))
        .exclude(kind=Passage.Kind.DESCRIBED)
    )
    if entry.source_page is not None:
        passages = passages.filter(locator__page=entry.source_page)
    said = _pairs(entry.question + entry.answer)
    best = max(passages[:MOST_COMPARED], key=lambda passage: len(said & _pairs(passage.text)), default=None)
    return Hit(passage=best, score=1.0, marks=[]) if best else None


def plain(question: str) -> str:
    """Return a question as it is compared with another: without marks, space and endings of politeness."""
    letters = re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", question).lower())
    return re.sub(r"(?:を?教えてください|ですか|でしょうか|ますか|か)$", "", letters)


def _pairs(text: str) -> set[str]:
    return {text[place : place + 2] for place in range(len(text) - 1)}
