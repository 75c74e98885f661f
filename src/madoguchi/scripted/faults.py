"""What a misbehaving server does, on demand."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from threading import Event
from typing import Literal

from madoguchi.scripted.reply import Wrong

Kind = Literal[
    "status",  # an error of `status`, with `retry_after`
    "redirect",  # 302 to `location`
    "hang-up",  # the connection is reset before any answer
    "stall",  # nothing more after `after` pieces, until the server's gate is set; then the rest
    "cut",  # the connection is closed after `after` pieces
    "quiet-end",  # a stream ends in order after `after` pieces, without saying why
    "malformed",  # broken JSON after `after` pieces
    "error",  # an error inside of a stream after `after` pieces; without a stream, status 500
    "huge",  # pieces without end, whatever limit was asked for
    "endless-line",  # one event, or one body, of `size` bytes
    "usage",  # figures of usage that are `wrong`
    "filter",  # the provider's filter breaks the answer off after `after` pieces
    "refusal",  # the model declines, or the prompt is blocked
    "strange",  # events of unknown types, one with a script, among those that belong there
    "drip",  # the answer byte by byte, `pause` seconds apart, ended early when the server's gate is set
]


@dataclass
class Fault:
    """One fault: what, and for which requests (those whose path holds `path`; `times` of them, None: all)."""

    kind: Kind
    after: int = 0
    status: int = 500
    retry_after: str = ""
    location: str = ""
    size: int = 0
    wrong: Wrong = "negative"
    pause: float = 0.0
    path: str = ""
    times: int | None = None
    # How often it happened.
    happened: int = field(default=0, init=False)

    def fits(self, path: str) -> bool:
        """Whether it happens to the next request for a path."""
        return self.path in path and (self.times is None or self.happened < self.times)


class Broken(Exception):
    """A stream does not go on as it should: `kind` says how."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(kind)
        self.kind = kind


def faulty(pieces: Iterable[str], fault: Fault, gate: Event) -> Iterator[str]:
    """Yield pieces until a fault happens to them; raises Broken where the rest is not pieces any more."""
    if fault.kind == "huge":
        while not gate.is_set():
            yield "窓口" * 500
    left = fault.after
    for piece in pieces:
        if left == 0:
            _happen(fault.kind, gate)
            if fault.kind == "filter":
                return
        left -= 1
        yield piece
    if left >= 0:
        _happen(fault.kind, gate)


def _happen(kind: Kind, gate: Event) -> None:
    if kind == "stall":
        gate.wait()
    elif kind in ("cut", "quiet-end", "malformed", "error", "endless-line"):
        raise Broken(kind)
