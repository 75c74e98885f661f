"""What the working process does by itself: continue what was left, remove what its time has come for."""

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.db import close_old_connections

from madoguchi import durable
from madoguchi.library import ingest, quarantine, store
from madoguchi.people.models import Tenant

logger = logging.getLogger(__name__)
PERIOD_SECONDS = 600
_duties: list[Callable[[], object]] = []


def register(duty: Callable[[], object]) -> None:
    """Have a domain below the library look after what is its own as often."""
    if duty not in _duties:
        _duties.append(duty)


def run() -> None:
    """Look after the library at once and every ten minutes, while this process works."""
    while durable.working():
        for duty in (once, *_duties):
            try:
                duty()
            except Exception as error:
                logger.error("upkeep failed: %s: %s", durable.name_of(duty), type(error).__name__)
            finally:
                close_old_connections()
        for _ in range(PERIOD_SECONDS):
            if not durable.working():
                return
            time.sleep(1)


def once() -> None:
    """Start unfinished ingestions that nobody has written down, ask the scanner again, purge, and forget old durable
    history."""
    ingest.continue_unfinished()
    quarantine.ask_again()
    for tenant in Tenant.objects.all():
        store.purge(tenant)
    durable.forget(settings.DURABLE_HISTORY_DAYS)
