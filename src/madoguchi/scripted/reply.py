"""An answer on its way: what each protocol puts into its own form, and the parts that all of them share."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from madoguchi.scripted.asked import JSON, Answer, Asked, Call
from madoguchi.scripted.tokens import Usage, first_tokens, tokens

# How an answer ends. filter: the provider's filter broke it off; refusal: the model declines before any text.
End = Literal["stop", "length", "filter", "refusal"]
Wrong = Literal["", "negative", "absurd", "words", "absent"]


class Reply:
    """One answer to one request. `pieces` is read once; `end` and `usage.output` are right once it was."""

    def __init__(self, asked: Asked, answer: Answer, usage: Usage, *, end: End = "stop", wrong: Wrong = "") -> None:
        self.asked, self.answer, self.usage, self.end, self.wrong = asked, answer, usage, end, wrong
        self.limit = asked.max_tokens

    def pieces(self) -> Iterator[str]:
        """Yield the text up to the limit of tokens."""
        if self.end == "refusal":
            return
        for piece in self.answer.pieces:
            left = None if self.limit is None else self.limit - self.usage.output
            sent = piece if left is None else first_tokens(piece, left)
            self.usage.output += tokens(sent)
            if sent:
                yield sent
            if sent != piece:
                self.end = "length"
                return

    def calls(self) -> tuple[Call, ...]:
        """Return the calls that come after the text; none when it was broken off."""
        if self.end != "stop":
            return ()
        self.usage.output += sum(tokens(one.name + arguments(one)) for one in self.answer.calls)
        return self.answer.calls

    def figures(self, right: JSON) -> JSON:
        """Return the part of an answer that holds its usage, spoilt or left out where it is to be wrong."""
        if self.wrong == "absent":
            return {}
        changes: dict[str, Callable[[int], Any]] = {
            "negative": lambda figure: -figure - 1,
            "absurd": lambda figure: 10**30 + figure,
            "words": lambda figure: f"{figure} tokens",
        }
        return _changed(right, changes[self.wrong]) if self.wrong in changes else right


@dataclass(frozen=True)
class Protocol:
    """One provider's form: reads requests (body, model of the address), and writes answers, events and errors."""

    read: Callable[[JSON, str], Asked]
    whole: Callable[[Reply], JSON]
    events: Callable[[Reply], Iterator[bytes]]
    # Status and words.
    error: Callable[[int, str], JSON]
    # An error inside of a stream.
    error_event: Callable[[], bytes]


def arguments(call: Call) -> str:
    """Return the arguments of a call as JSON text."""
    return json.dumps(call.arguments, ensure_ascii=False)


def halves(text: str) -> tuple[str, str]:
    """Return a text in two: arguments come in pieces too."""
    return text[: len(text) // 2], text[len(text) // 2 :]


def event(body: JSON, name: str = "") -> bytes:
    """Return one server-sent event."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(body, ensure_ascii=False)}\n\n".encode()


def _changed(value: Any, change: Callable[[int], Any]) -> Any:
    if isinstance(value, dict):
        return {name: _changed(inner, change) for name, inner in value.items()}
    return change(value) if isinstance(value, int) else value
