"""A call to an endpoint, paid and on the record, however it ends: numbers and time; texts only where they are kept."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from madoguchi.audit.record import record
from madoguchi.llm import budget, ledger, routing, token_estimate
from madoguchi.llm.faults import Fault, fault_of
from madoguchi.llm.ledger_sums import FREE
from madoguchi.llm.models import Call, Endpoint, Purpose, Reservation
from madoguchi.llm.wanted import Wanted
from madoguchi.llm.wire import Usage

log = structlog.get_logger(__name__)
# These write no answer that is paid by its tokens.
_SILENT = (Purpose.EMBED, Purpose.RERANK, Purpose.TRANSCRIBE)


@dataclass
class Tally:
    """What a call has come to so far."""

    usage: Usage
    # To which may be added what stands on the record: numbers.
    detail: dict[str, Any]
    # What is sent, as it is sent, where who calls gives it; and how much it is.
    sent: Sequence[str] = ()
    masked: Mapping[str, int] = field(default_factory=dict)
    characters_in: int = 0
    tokens_in: int = 0
    started: float = field(default_factory=time.monotonic)
    first_ms: int | None = None
    characters_out: int = 0
    tokens_out: int = 0
    # What came; only where what was sent is given too.
    written: list[str] = field(default_factory=list)
    # What stands in the ledger once the call has ended.
    call: Call | None = None

    def came(self, piece: str) -> None:
        """Note a piece of the answer."""
        if self.first_ms is None:
            self.first_ms = self.ms()
        self.characters_out += len(piece)
        self.tokens_out += token_estimate.middle(piece)
        if self.sent:
            self.written.append(piece)

    def ms(self) -> int:
        return round((time.monotonic() - self.started) * 1000)


@contextmanager
def on_record(
    endpoint: Endpoint,
    wanted: Wanted,
    *,
    usage: Usage | None = None,
    masked: Mapping[str, int] | None = None,
    texts: Sequence[str] = (),
    max_tokens: int | None = None,
    **detail: Any,
) -> Iterator[Tally]:
    """Pay a call from the budgets and record it when it ends; yields what is noted of it.

    `texts`: all that is sent, for its tokens and for an office that keeps texts; else `characters_in` of `detail`
    counts. `max_tokens`: of the answer. Whatever fails in it comes out as a Fault: `barred` when nothing may go to the
    endpoint, `budget` when it may not be paid.
    """
    # Whoever chose it and whenever: the walls of the network model hold, the allow-list and the stop buttons.
    if routing.why_not_reached(endpoint):
        raise Fault("barred")
    most_in, most_out = _most(wanted, texts, max_tokens, detail)
    tally = _begun(usage, masked, texts, detail)
    department_id = budget.department_of(endpoint.tenant_id, wanted.scope.user_id)
    held: Reservation | None = None
    at, outcome = timezone.now(), "stopped"
    try:
        held = budget.reserve(wanted, endpoint, most_in, most_out, department_id)
        yield tally
        outcome = "done"
    except Exception as error:
        fault = fault_of(error)
        outcome = fault.kind
        log.warning("endpoint.failed", endpoint=endpoint.pk, kind=fault.kind)
        raise fault from None
    finally:
        # All of it or nothing, and one commit.
        with transaction.atomic():
            tokens = ledger.used(tally, outcome, most_in, most_out)
            tally.call = ledger.write(endpoint, wanted, tally, outcome, tokens, department_id=department_id, at=at)
            _pay(held, tally.call)
            _tell(endpoint, wanted, tally, outcome)


def _most(wanted: Wanted, texts: Sequence[str], max_tokens: int | None, detail: Mapping[str, Any]) -> tuple[int, int]:
    """Return the tokens that a call may take at most: in, out."""
    sent = sum(map(token_estimate.most, texts)) if texts else token_estimate.most_of(detail.get("characters_in", 0))
    if detail.get("bytes_in") and wanted.purpose != Purpose.TRANSCRIBE:
        sent += token_estimate.PICTURE
    if max_tokens is None:
        max_tokens = 0 if wanted.purpose in _SILENT else wanted.max_tokens or settings.ANSWER_MAX_TOKENS
    return sent + token_estimate.AROUND, max_tokens


def _begun(
    usage: Usage | None, masked: Mapping[str, int] | None, texts: Sequence[str], detail: dict[str, Any]
) -> Tally:
    characters = detail.get("characters_in", 0)
    likely = sum(map(token_estimate.middle, texts)) if texts else token_estimate.middle_of(characters)
    return Tally(usage or Usage(), detail, texts, masked or {}, characters, likely)


def _pay(held: Reservation | None, call: Call) -> None:
    if held is None:
        return
    if call.tokens_in or call.tokens_out or call.outcome not in FREE:
        budget.settle(held, call.tokens_in + call.tokens_out, call.yen)
    else:
        budget.release(held)


def _tell(endpoint: Endpoint, wanted: Wanted, tally: Tally, outcome: str) -> None:
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
