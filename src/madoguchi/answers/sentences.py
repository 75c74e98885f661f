"""A stream of text into sentences with their citations, however the pieces are cut."""

import re
from dataclasses import dataclass, field

# Marks of a citation: [1], ［１］, 【1】, [1,2], [1-3].
_CITATION = re.compile(r"\s*[\[［【]\s*(\d{1,3}(?:\s*[,、，・\-–~〜]\s*\d{1,3})*)\s*[\]］】]")
_RANGE = re.compile(r"(\d+)\s*[\-–~〜]\s*(\d+)")
_OPEN_CITATION = re.compile(r"\s*(?:[\[［【][\s\d,、，・\-–~〜]*(?:[\]］】]\s*|\Z))*")
_ENDS = "。！？!?"
_OPENING, _CLOSING = "「『（(", "」』）)"
# Markdown that a model writes though it was asked not to.
_MARKS = re.compile(r"^\s*(?:#{1,6}\s+|[-*+・]\s+|>\s+|\d{1,2}[.)]\s+)|\*\*|`")
# A bracket that never closes does not hold the text back for ever.
_LONGEST = 400


@dataclass(frozen=True)
class Sentence:
    """One sentence without its marks, and the numbers it cited, in order, each once."""

    text: str
    citations: tuple[int, ...]


@dataclass
class Splitter:
    """Takes pieces as they come and gives each sentence when it is whole; `known` are the numbers that exist."""

    known: frozenset[int]
    _rest: str = field(default="", init=False)

    def feed(self, piece: str) -> list[Sentence]:
        """Return the sentences that this piece completes."""
        self._rest += piece
        done: list[Sentence] = []
        while (end := _end_of_first(self._rest)) is not None:
            done.extend(self._sentence(self._rest[:end]))
            self._rest = self._rest[end:]
        return done

    def close(self) -> list[Sentence]:
        """Return what is left when the text ends."""
        rest, self._rest = self._rest, ""
        return self._sentence(rest)

    def _sentence(self, raw: str) -> list[Sentence]:
        text, citations = cited(raw, self.known)
        return [Sentence(text, citations)] if re.search(r"\w", text) else []


def cited(raw: str, known: frozenset[int]) -> tuple[str, tuple[int, ...]]:
    """Return a text without its citation marks, and the known numbers they named. Invented numbers are dropped."""
    numbers: list[int] = []
    for match in _CITATION.finditer(raw):
        listed = _RANGE.sub(lambda span: _spelled(int(span[1]), int(span[2])), match[1])
        numbers.extend(int(number) for number in re.findall(r"\d+", listed))
    text = _MARKS.sub("", _CITATION.sub("", raw)).strip()
    return text, tuple(dict.fromkeys(number for number in numbers if number in known))


def _spelled(first: int, last: int) -> str:
    return ",".join(str(number) for number in range(first, min(last, first + 20) + 1))


def _end_of_first(text: str) -> int | None:
    """Return where the first sentence ends, its citations included; None when more text may still belong to it."""
    depth = 0
    for place, character in enumerate(text):
        if character in _OPENING:
            depth += 1
        elif character in _CLOSING:
            depth = max(0, depth - 1)
        if character == "\n" and text[:place].strip():
            return place + 1
        if character in _ENDS and (depth == 0 or place > _LONGEST):
            match = _OPEN_CITATION.match(text, place + 1)
            end = match.end() if match else place + 1
            if text[place + 1 : place + 2] and text[place + 1] in _CLOSING + _ENDS:
                continue
            # At the very end of what came, a citation may still follow.
            return end if end < len(text) else None
    return None


def sentences(text: str) -> list[str]:
    """Return the sentences of a finished text, each as it stands there."""
    found: list[str] = []
    rest = text
    while (end := _end_of_first(rest)) is not None:
        found.append(rest[:end].strip())
        rest = rest[end:]
    return [sentence for sentence in [*found, rest.strip()] if sentence]
