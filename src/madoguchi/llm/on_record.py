"""A call to an endpoint on the record, however it ends: numbers and time, no text."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog

from madoguchi.audit.record import actor_of, record
from madoguchi.llm.faults import fault_of
from madoguchi.llm.models import Endpoint
from madoguchi.people.access import Scope

log = structlog.get_logger(__name__)


@contextmanager
def on_record(
    endpoint: Endpoint, purpose: str, scope: Scope, actor: str = "", **detail: Any
) -> Iterator[dict[str, Any]]:
    """Record a call when it ends; yields its detail, to which may be added. Whatever fails in it comes out as a Fault.

    `actor` is who makes it when that is not the person of the scope.
    """
    outcome, started = "stopped", time.monotonic()
    try:
        yield detail
        outcome = "done"
    except Exception as error:
        fault = fault_of(error)
        outcome = fault.kind
        log.warning("endpoint.failed", endpoint=endpoint.pk, kind=fault.kind)
        raise fault from None
    finally:
        record(
            scope.tenant_id,
            actor or actor_of(scope),
            "model.called",
            f"endpoint:{endpoint.pk}",
            purpose=purpose,
            model=endpoint.model,
            **detail,
            ms=round((time.monotonic() - started) * 1000),
            outcome=outcome,
        )
