"""What changed between two revisions, for a person to read."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from madoguchi.faq.models import Revision

# Longer texts are compared by lines: letters would take seconds.
COMPARED_BY_LETTERS = 3000


@dataclass(frozen=True)
class Piece:
    """A stretch of text: `same`, `added` or `removed`."""

    kind: str
    text: str


def pieces(before: str, after: str) -> list[Piece]:
    """Return two texts as stretches that are the same, were removed, were added."""
    by_letters = max(len(before), len(after)) <= COMPARED_BY_LETTERS
    old: Sequence[str] = before if by_letters else before.splitlines(keepends=True)
    new: Sequence[str] = after if by_letters else after.splitlines(keepends=True)
    found: list[Piece] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(Piece("same", "".join(old[a:b])))
            continue
        if a < b:
            found.append(Piece("removed", "".join(old[a:b])))
        if c < d:
            found.append(Piece("added", "".join(new[c:d])))
    return found


@dataclass(frozen=True)
class Change:
    """One revision with what it changed; `question` and `answer` are None when they did not."""

    revision: Revision
    question: list[Piece] | None
    variants: list[Piece] | None
    answer: list[Piece] | None
    # Of the first one there is nothing before.
    is_first: bool


def history(revisions: Sequence[Revision]) -> list[Change]:
    """Return revisions, newest first, each compared with the one before it."""
    changes: list[Change] = []
    for place, revision in enumerate(revisions):
        before = revisions[place + 1] if place + 1 < len(revisions) else None
        if before is None:
            changes.append(Change(revision, None, None, None, True))
            continue
        changes.append(
            Change(
                revision,
                _changed(before.question, revision.question),
                _changed("\n".join(before.variants), "\n".join(revision.variants)),
                _changed(before.answer, revision.answer),
                False,
            )
        )
    return changes


def _changed(before: str, after: str) -> list[Piece] | None:
    return None if before == after else pieces(before, after)
