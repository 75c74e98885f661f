"""What goes by itself in the working process: calls and texts whose time is over, what was held for dead calls."""

import time

import structlog
from django.db import close_old_connections

from madoguchi import durable
from madoguchi.llm import budget, ledger

log = structlog.get_logger(__name__)
PERIOD_SECONDS = 600


def run() -> None:
    """Look at once and every ten minutes, while this process works."""
    while durable.working():
        for duty in (budget.reclaim, ledger.expire):
            try:
                duty()
            except Exception as error:
                log.error("llm.upkeep_failed", kind=type(error).__name__)
            finally:
                close_old_connections()
        for _second in range(PERIOD_SECONDS):
            if not durable.working():
                return
            time.sleep(1)
