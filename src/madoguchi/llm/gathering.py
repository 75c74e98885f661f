"""Events of a stream that came together, made fewer before they are read: what reads them costs 200 µs an event.

While few streams run, each event passes as it comes. The more run in this process, the longer each waits between two
readings, so that all together stay below STREAM_READINGS_A_SECOND; what came meanwhile becomes one event.
"""

import json
from typing import Any

from django.conf import settings

# An event that does not end within so many bytes is passed on in parts.
_MOST_BYTES = 1_000_000
_END = b"\n\n"
# Of how many streams in this process; `llm.pump` counts them.
running = 0


class Gathered:
    """The events of one stream."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> bytes:
        """Take bytes as they came; return those of whole events, joined where many streams run."""
        data = self._rest + data
        if b"\r" in data or len(data) > _MOST_BYTES:
            self._rest = b""
            return data
        whole, end, self._rest = data.rpartition(_END)
        if not self.pause():
            return whole + end
        events = whole.split(_END) if end else []
        return b"".join(event + _END for event in _joined(events))

    def end(self) -> bytes:
        """Return what never became a whole event."""
        return self._rest

    def pause(self) -> float:
        """Return how many seconds to wait before the next reading."""
        return running / settings.STREAM_READINGS_A_SECOND if running > settings.STREAMS_UNGATHERED else 0.0


def _joined(events: list[bytes]) -> list[bytes]:
    """Return events with neighbours that only carry on a text made one."""
    if len(events) < 2:
        return events
    joined = list[bytes]()
    open_one: dict[str, Any] | None = None
    for event in events:
        said = _text_of(event)
        if open_one is not None and said is not None and said.get("id") == open_one.get("id"):
            open_one["choices"][0]["delta"]["content"] += said["choices"][0]["delta"]["content"]
            continue
        if open_one is not None:
            joined.append(_event(open_one))
        open_one = said
        if said is None:
            joined.append(event)
    if open_one is not None:
        joined.append(_event(open_one))
    return joined


def _event(said: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(said, ensure_ascii=False).encode()


def _text_of(event: bytes) -> dict[str, Any] | None:
    """Return an event that only carries on the text of the one choice, else None."""
    if not event.startswith(b"data: {") or b"\n" in event:
        return None
    try:
        said = json.loads(event[6:])
        (choice,) = said["choices"]
        delta = choice["delta"]
        carries_on = (
            type(delta["content"]) is str
            and len(delta) == 1
            and choice.get("finish_reason") is None
            and choice.get("logprobs") is None
            and not said.get("usage")
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return said if carries_on else None
