"""A call to an endpoint on the record, however it ends: numbers and time, no text."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog

from madoguchi.audit.record import record
from madoguchi.llm.faults import fault_of
from madoguchi.llm.models import Call, Endpoint
from madoguchi.llm.wanted import Wanted
from madoguchi.llm.wire import Usage

log = structlog.get_logger(__name__)


@dataclass
class Tally:
    """What a call has come to so far."""

    usage: Usage
    # To which may be added what stands on the record: numbers.
    detail: dict[str, Any]
    started: float = field(default_factory=time.monotonic)
    first_ms: int | None = None
    characters_out: int = 0
    # What stands in the ledger once the call has ended.
    call: Call | None = None

    def came(self, piece: str) -> None:
        """Note a piece of the answer."""
        if self.first_ms is None:
            self.first_ms = self.ms()
        self.characters_out += len(piece)

    def ms(self) -> int:
        return round((time.monotonic() - self.started) * 1000)


@contextmanager
def on_record(
    endpoint: Endpoint,
    wanted: Wanted,
    *,
    usage: Usage | None = None,
    masked: Mapping[str, int] | None = None,
    **detail: Any,
) -> Iterator[Tally]:
    """Record a call when it ends; yields what is noted of it. Whatever fails in it comes out as a Fault."""
    tally = Tally(usage or Usage(), detail)
    outcome = "stopped"
    try:
        yield tally
        outcome = "done"
    except Exception as error:
        fault = fault_of(error)
        outcome = fault.kind
        log.warning("endpoint.failed", endpoint=endpoint.pk, kind=fault.kind)
        raise fault from None
    finally:
        if tally.characters_out or tally.first_ms is not None:
            tally.detail["characters_out"] = tally.characters_out
        record(
            endpoint.tenant_id,
            wanted.actor,
            "model.called",
            f"endpoint:{endpoint.pk}",
            purpose=wanted.purpose,
            model=endpoint.model,
            **tally.detail,
            ms=tally.ms(),
            outcome=outcome,
        )
