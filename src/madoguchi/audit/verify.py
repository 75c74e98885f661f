"""Proving that the record is whole."""

from collections.abc import Iterator
from dataclasses import dataclass

from madoguchi.audit.models import Event
from madoguchi.audit.record import START, chained_hash


@dataclass(frozen=True)
class Verdict:
    """What a walk over one office's chain found. `bad` is the first number that does not fit, None when all do."""

    tenant_id: int
    events: int
    bad: int | None
    reason: str
    head: str


def verify(tenant_id: int) -> Verdict:
    """Walk the chain from its start; numbers must have no gap and each hash must follow from the one before."""
    previous, expected = START, 1
    for event in events(tenant_id):
        reason = ""
        if event.number != expected:
            reason = f"番号{expected}の記録がありません"
        elif event.previous != previous:
            reason = f"番号{event.number}が直前の記録につながりません"
        elif event.hash != chained_hash(previous, event):
            reason = f"番号{event.number}の内容が書き換えられています"
        if reason:
            return Verdict(tenant_id, expected - 1, expected, reason, previous)
        previous, expected = event.hash, expected + 1
    return Verdict(tenant_id, expected - 1, None, "", previous)


def events(tenant_id: int) -> Iterator[Event]:
    """Yield an office's events in order, a few at a time."""
    yield from Event.objects.filter(tenant_id=tenant_id).order_by("number").iterator(chunk_size=1000)
