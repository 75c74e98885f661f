"""What models were used for in a month, by endpoint, model, purpose, department, app or person, from the ledger."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Any

from madoguchi.llm.ledger_sums import FREE, calls_of
from madoguchi.llm.models import Call, Purpose

# How a call is named when it belongs to nobody and nothing.
NONE = "（なし）"
_NAMES: dict[str, Callable[[Call], str]] = {
    "endpoint": lambda call: call.endpoint_name,
    "model": lambda call: call.model,
    "purpose": lambda call: str(dict(Purpose.choices).get(call.purpose, call.purpose)),
    "department": lambda call: str(call.department or NONE),
    "app": lambda call: call.app or NONE,
    "user": lambda call: call.user.name if call.user else call.actor,
}


@dataclass
class Row:
    """What one of them came to. `yen` is None while none of its calls has a price; `first_ms`: the median."""

    name: str
    calls: int = 0
    failed: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    yen: Decimal | None = None
    first_ms: int | None = None
    waits: list[int] = field(default_factory=list, repr=False)

    def to_json(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "waits"}


def by(tenant_id: int, month: date, what: str) -> list[Row]:
    """Return a row for each of `what` (a key of _NAMES) that was used in a month, the dearest first."""
    rows: dict[str, Row] = {}
    calls = calls_of(tenant_id, month).select_related("department", "user").order_by()
    for call in calls.iterator():
        name = _NAMES[what](call)
        row = rows.setdefault(name, Row(name))
        row.calls += 1
        row.failed += call.outcome in FREE or call.outcome not in ("done", "stopped")
        row.tokens_in += call.tokens_in
        row.tokens_out += call.tokens_out
        if call.yen is not None:
            row.yen = (row.yen or Decimal(0)) + call.yen
        if call.first_ms is not None:
            row.waits.append(call.first_ms)
    for row in rows.values():
        row.first_ms = round(median(row.waits)) if row.waits else None
        row.waits = []
    return sorted(rows.values(), key=lambda row: (-(row.yen or 0), -row.calls, row.name))
