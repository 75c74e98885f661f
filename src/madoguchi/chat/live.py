"""Answers while they are written: in the memory of the process that writes, every moment in their rows.

Whoever reads along in the same process is woken at each piece; another process looks at the row. A row whose writer
gave no sign of life for CHAT_BROKEN_SECONDS has lost it: the process was killed.
"""

import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import close_old_connections, connections
from django.utils import timezone

from madoguchi.chat.models import Turn

log = structlog.get_logger(__name__)
State = Turn.State
# Pieces that come closer together than this are shown at once.
GATHERED_SECONDS = 0.05
# How often a reader who hears nothing looks by itself.
LOOK_SECONDS = 0.3


@dataclass(frozen=True)
class Moment:
    """An answer as it stands."""

    text: str
    state: str


class Live:
    """One answer that this process writes."""

    def __init__(self, turn: Turn) -> None:
        self.pk = turn.pk
        self.changed = threading.Condition()
        self.text = self._kept = turn.text
        self.state: str = State.WRITING
        self._saving = threading.Lock()
        self._is_closed = False

    def add(self, piece: str) -> None:
        """Append a piece."""
        with self.changed:
            if not self._is_closed:
                self.text += piece
                self.changed.notify_all()

    def begin_again(self, text: str) -> None:
        """Go back to what stood before: another endpoint writes from the beginning."""
        with self.changed:
            if not self._is_closed:
                self.text = text
                self.changed.notify_all()

    def save(self) -> None:
        """Write the text down if it grew."""
        with self._saving:
            text = self.text
            if text != self._kept and self.state == State.WRITING:
                Turn.objects.filter(pk=self.pk, state=State.WRITING).update(text=text, beat_at=timezone.now())
                self._kept = text

    def end(self, state: str, **fields: object) -> bool:
        """End it once, with what else is to be written down; return whether it had not ended before."""
        with self._saving:
            if self.state != State.WRITING:
                return False
            with self.changed:
                # Nothing is shown from here on that is not written down.
                self._is_closed, text = True, self.text
            Turn.objects.filter(pk=self.pk).update(text=text, state=state, **fields)
            with self.changed:
                self.state = state
                self.changed.notify_all()
        return True


_lives: dict[uuid.UUID, Live] = {}
_mutex = threading.Lock()
_keeper: threading.Thread | None = None


def begin(turn: Turn) -> Live:
    """Take an answer into this process's care: its text is saved, its sign of life given, its stop obeyed."""
    global _keeper
    live = Live(turn)
    with _mutex:
        _lives[turn.pk] = live
        if _keeper is None:
            _keeper = threading.Thread(target=_keep, name="chat-keep", daemon=True)
            _keeper.start()
    return live


def forget(live: Live) -> None:
    """Let go of an answer that has ended, unless another writer has taken it up since."""
    with _mutex:
        if _lives.get(live.pk) is live:
            del _lives[live.pk]


def stop(turn: Turn) -> None:
    """Stop an answer, whichever process writes it: at once here, within CHAT_KEEP_MS there."""
    Turn.objects.filter(pk=turn.pk, state=State.WRITING).update(stop_asked=True)
    if live := _lives.get(turn.pk):
        live.end(State.STOPPED)
    else:
        settle(turn.pk)


def settle(pk: uuid.UUID) -> bool:
    """Mark an answer as broken off if its writer is gone; return whether it was."""
    if pk in _lives:
        return False
    silent = timezone.now() - timedelta(seconds=settings.CHAT_BROKEN_SECONDS)
    lost = Turn.objects.filter(pk=pk, state=State.WRITING, beat_at__lt=silent)
    return bool(lost.update(state=State.BROKEN))


def moments(pk: uuid.UUID) -> Iterator[Moment]:
    """Yield an answer as it stands, at each change and at least every LOOK_SECONDS, last as it ended.

    Whole states, never pieces: whoever comes late, or again, loses nothing and doubles nothing.
    """
    while now := _now(pk):
        yield now
        if now.state != State.WRITING:
            return
        _wait(pk, now)


def _now(pk: uuid.UUID) -> Moment | None:
    if live := _lives.get(pk):
        with live.changed:
            if live.state == State.WRITING:
                return Moment(live.text, State.WRITING)
    settle(pk)
    row = Turn.objects.filter(pk=pk).values_list("text", "state").first()
    return Moment(*row) if row else None


def _wait(pk: uuid.UUID, seen: Moment) -> None:
    live = _lives.get(pk)
    if live is None:
        time.sleep(LOOK_SECONDS)
        return
    with live.changed:
        live.changed.wait_for(lambda: (live.text, live.state) != (seen.text, seen.state), LOOK_SECONDS)
    time.sleep(GATHERED_SECONDS)


def _keep() -> None:
    """Save what grew, give signs of life and obey stops from elsewhere, as long as anything is written here."""
    global _keeper
    beaten = time.monotonic()
    while True:
        with _mutex:
            lives = list(_lives.values())
            if not lives:
                _keeper = None
                break
        try:
            for live in lives:
                live.save()
            pks = [live.pk for live in lives]
            if time.monotonic() - beaten >= settings.CHAT_BROKEN_SECONDS / 4:
                beaten = time.monotonic()
                Turn.objects.filter(pk__in=pks, state=State.WRITING).update(beat_at=timezone.now())
            asked = set(Turn.objects.filter(pk__in=pks, stop_asked=True).values_list("pk", flat=True))
            for live in lives:
                if live.pk in asked:
                    live.end(State.STOPPED)
        except Exception as fault:
            # What could not be saved now is saved at the next turn.
            log.error("chat.keep_failed", type=type(fault).__name__)
            close_old_connections()
        time.sleep(settings.CHAT_KEEP_MS / 1000)
    connections.close_all()
