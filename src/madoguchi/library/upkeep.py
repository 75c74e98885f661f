"""What the working process does by itself: continue what was left, remove what its time has come for."""

from collections.abc import Callable

from django.conf import settings

from madoguchi import durable
from madoguchi.library import ingest, quarantine, store
from madoguchi.people.models import Tenant

PERIOD_SECONDS = 600
_duties: list[Callable[[], object]] = []


def register(duty: Callable[[], object]) -> None:
    """Have a domain below the library look after what is its own as often."""
    if duty not in _duties:
        _duties.append(duty)


def run() -> None:
    """Look after the library at once and every ten minutes, while this process works."""
    durable.repeat(PERIOD_SECONDS, once, *_duties)


def once() -> None:
    """Start unfinished ingestions that nobody has written down, ask the scanner again, purge, and forget old durable
    history."""
    ingest.continue_unfinished()
    quarantine.ask_again()
    for tenant in Tenant.objects.all():
        store.purge(tenant)
    durable.forget(settings.DURABLE_HISTORY_DAYS)
