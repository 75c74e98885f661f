"""Circuit breakers: an endpoint that failed several times in a row is left alone for a while.

Each process learns by its own failures. After the rest one call is let through, and its end decides.
"""

import threading
from typing import Any

from django.conf import settings

from madoguchi.llm.clients import identity, is_resting, rest, works
from madoguchi.llm.faults import Fault
from madoguchi.llm.models import Endpoint

# What says something of the endpoint, and not of one text or of us.
_ITS_OWN = ("timeout", "unreachable", "server", "busy", "cut", "empty", "unreadable", "key")
_failures: dict[tuple[Any, ...], int] = {}
_lock = threading.Lock()


def is_open(endpoint: Endpoint) -> bool:
    """Whether an endpoint is left alone now."""
    return is_resting(endpoint)


def failed(endpoint: Endpoint, fault: Fault) -> None:
    """Note a failure; the BREAKER_FAILURES-th in a row opens the breaker for BREAKER_SECONDS, or as the server asks."""
    if fault.kind not in _ITS_OWN:
        return
    with _lock:
        count = _failures[identity(endpoint)] = _failures.get(identity(endpoint), 0) + 1
    if count >= settings.BREAKER_FAILURES:
        rest(endpoint, fault, max(settings.BREAKER_SECONDS, min(fault.retry_after or 0, settings.BREAKER_MOST_SECONDS)))


def succeeded(endpoint: Endpoint) -> None:
    """Note that an endpoint answered."""
    with _lock:
        _failures.pop(identity(endpoint), None)
    works(endpoint)
