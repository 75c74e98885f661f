"""Tokens that stand for personal data in one call to a model, and the way back.

A token is 「［氏名1-K7Q2］」: what it stands for, a number, and four random letters of its own. Brackets of full
width mean nothing to Markdown and HTML and stand nowhere else inside, so that two tokens never overlap. What a text
holds that looks like a token is masked too: no text can bring a token of its own into a call.
"""

import re
import secrets
from collections.abc import Iterable

from madoguchi.llm.personal import KINDS, Personal, find

# Without letters that are taken for one another (0 O, 1 I, 2 Z, 5 S, 8 B).
_LETTERS = "ACDEFGHJKLMNPQRTUVWXY34679"
_CODE = 4
_TOKEN = re.compile(r"［[^［］\n]{1,24}-[A-Z0-9]{4}］")
# What a token is called whose kind has no name, and one for what looks like a token.
_OTHER, _LOOKALIKE = "秘匿", "符号"


class Masks:
    """The tokens of one call: the same value has the same token in all of its texts."""

    def __init__(self) -> None:
        self._tokens: dict[tuple[str, str], str] = {}
        self._values: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def __repr__(self) -> str:
        """Say how many of what are masked, never what."""
        return f"Masks({', '.join(f'{label}: {count}' for label, count in self.counts().items())})"

    def counts(self) -> dict[str, int]:
        """Return how many values of what (氏名, 住所, …) have a token: what a record may hold."""
        return dict(self._counts)

    def mask(
        self, text: str, found: Iterable[Personal] | None = None, extra: Iterable[tuple[int, int, str]] = ()
    ) -> str:
        """Return a text with a token for each span of personal data.

        `found` is what `personal.find` says of this text (asked when it is not given), `extra` (start, end, kind) what
        is to be masked besides. Spans that overlap become one, of the kind of the longest.
        """
        spans = [(one.start, one.end, one.kind) for one in (find(text) if found is None else found)]
        spans += extra
        spans += [(*match.span(), _LOOKALIKE) for match in _TOKEN.finditer(text)]
        masked, at = list[str](), 0
        for start, end, kind in _joined(spans, len(text)):
            masked += (text[at:start], self._token(kind, text[start:end]))
            at = end
        return "".join((*masked, text[at:]))

    def restore(self, text: str) -> str:
        """Return a text with the values of this call's tokens; whatever is no exact token stays as it is."""
        return _TOKEN.sub(lambda match: self._values.get(match[0], match[0]), text)

    def restoring(self) -> "Restoring":
        """Return what restores a stream of pieces; every text of the call is masked before."""
        return Restoring(self)

    def begins_token(self, text: str) -> bool:
        """Whether a text is the beginning, and not the whole, of one of this call's tokens."""
        return any(len(text) < len(token) and token.startswith(text) for token in self._values)

    def _token(self, kind: str, value: str) -> str:
        label = kind if kind == _LOOKALIKE else KINDS.get(kind, _OTHER)
        if (label, value) not in self._tokens:
            self._counts[label] = number = self._counts.get(label, 0) + 1
            code = "".join(secrets.choice(_LETTERS) for _ in range(_CODE))
            token = f"［{label}{number}-{code}］"
            self._tokens[label, value], self._values[token] = token, value
        return self._tokens[label, value]


class Restoring:
    """Restores an answer that comes in pieces, which may part a token anywhere.

    Only what may still become a token of the call is held back: less than one token.
    """

    def __init__(self, masks: Masks) -> None:
        self._masks, self._held = masks, ""

    def feed(self, piece: str) -> str:
        """Return what can be shown once a piece has come."""
        text = self._held + piece
        at = text.rfind("［")
        if at < 0 or not self._masks.begins_token(text[at:]):
            at = len(text)
        self._held = text[at:]
        return self._masks.restore(text[:at])

    def end(self) -> str:
        """Return what was held back when the stream ends."""
        held, self._held = self._held, ""
        return self._masks.restore(held)


def _joined(spans: Iterable[tuple[int, int, str]], length: int) -> Iterable[tuple[int, int, str]]:
    """Return spans in order, those that overlap as one with the kind of the longest; empty ones are left out."""
    joined = list[tuple[int, int, str]]()
    longest = 0
    for start, end, kind in sorted((max(0, start), min(end, length), kind) for start, end, kind in spans):
        if start >= end:
            continue
        if joined and start < joined[-1][1]:
            before = joined[-1]
            kept = kind if end - start > longest else before[2]
            longest = max(longest, end - start)
            joined[-1] = (before[0], max(before[1], end), kept)
        else:
            joined.append((start, end, kind))
            longest = end - start
    return joined
