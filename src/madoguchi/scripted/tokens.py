"""Tokens by a simple rule, and what a provider would have kept of an earlier prompt."""

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass

# A token is a run of Latin letters, up to three digits, or one other character.
_TOKEN = re.compile(r"[A-Za-z]+|[0-9]{1,3}|\S")
# A picture counts as a small one does.
PICTURE_TOKENS = 85
# Shorter beginnings of a prompt are not kept, as with the providers.
KEPT_FROM = 1024


@dataclass
class Usage:
    """Tokens of a call: `input` all of the prompt, of it `cached` read from what was kept and `stored` kept now."""

    input: int
    cached: int = 0
    stored: int = 0
    output: int = 0


def tokens(text: str) -> int:
    """Return how many tokens a text has."""
    return sum(1 for _ in _TOKEN.finditer(text))


def first_tokens(text: str, count: int) -> str:
    """Return a text up to so many tokens."""
    for number, match in enumerate(_TOKEN.finditer(text)):
        if number == count:
            return text[: match.start()]
    return text


class Kept:
    """The beginnings of prompts that a server has seen."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, ...]] = set()
        self._lock = threading.Lock()

    def usage(self, parts: Sequence[str], kept_parts: int, pictures: int = 0) -> Usage:
        """Return the usage of a prompt, and keep its first `kept_parts` parts."""
        sizes = [tokens(part) for part in parts]
        usage = Usage(sum(sizes) + PICTURE_TOKENS * pictures)
        with self._lock:
            for end in range(kept_parts, 0, -1):
                if (size := sum(sizes[:end])) < KEPT_FROM:
                    break
                if tuple(parts[:end]) in self._seen:
                    usage.cached = size
                    break
                usage.stored = max(usage.stored, size)
            usage.stored = max(0, usage.stored - usage.cached)
            self._seen.update(tuple(parts[:end]) for end in range(1, kept_parts + 1) if sum(sizes[:end]) >= KEPT_FROM)
        return usage
