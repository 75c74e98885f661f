"""What changed between two texts, line by line, for a person to read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

# Lines that stay as they are and are shown around a change.
AROUND = 3
# Longer lines are not compared by letters: that would take seconds.
LETTERS_COMPARED = 2000


@dataclass(frozen=True)
class Part:
    """A stretch of a line; `changed` where a line that was rewritten differs from what it was."""

    text: str
    changed: bool = False


@dataclass(frozen=True)
class Line:
    """One line: `same`, `removed`, `added`; or `gap`: so many lines that stay are left out."""

    kind: Literal["same", "removed", "added", "gap"]
    parts: Sequence[Part] = ()
    count: int = 0


def lines_changed(before: str, after: str) -> list[Line]:
    """Return two texts as lines that stay, go and come; empty when the texts are the same."""
    old, new = before.splitlines(), after.splitlines()
    if old == new:
        return []
    found = list[Line]()
    # The junk rule of long texts (lines that come often) keeps a text of empty lines quick.
    for kind, a, b, c, d in SequenceMatcher(None, old, new).get_opcodes():
        if kind == "equal":
            found += _plain("same", old[a:b])
        elif kind == "replace" and b - a == d - c:
            pairs = [_rewritten(one, other) for one, other in zip(old[a:b], new[c:d], strict=True)]
            found += [Line("removed", removed) for removed, _added in pairs]
            found += [Line("added", added) for _removed, added in pairs]
        else:
            found += [*_plain("removed", old[a:b]), *_plain("added", new[c:d])]
    return list(_folded(found))


def _plain(kind: Literal["same", "removed", "added"], lines: Sequence[str]) -> list[Line]:
    return [Line(kind, [Part(line)]) for line in lines]


def _rewritten(before: str, after: str) -> tuple[list[Part], list[Part]]:
    """Return a line and what it became, each in stretches that stay and that differ."""
    if max(len(before), len(after)) > LETTERS_COMPARED:
        return [Part(before)], [Part(after)]
    removed, added = list[Part](), list[Part]()
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        removed += [Part(before[a:b], kind != "equal")] if a < b else []
        added += [Part(after[c:d], kind != "equal")] if c < d else []
    return removed, added


def _folded(lines: Sequence[Line]) -> Iterator[Line]:
    """Yield lines with those far from any change as gaps."""
    near = set[int]()
    for place, line in enumerate(lines):
        if line.kind != "same":
            near.update(range(place - AROUND, place + AROUND + 1))
    left_out = 0
    for place, line in enumerate(lines):
        if place not in near:
            left_out += 1
            continue
        if left_out:
            yield Line("gap", count=left_out)
            left_out = 0
        yield line
    if left_out:
        yield Line("gap", count=left_out)
