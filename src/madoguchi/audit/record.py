"""Writing the record: one chain an office, gapless, one writer at a time."""

import hashlib
import json
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from madoguchi.audit.models import Event
from madoguchi.people.access import Scope

START = "0" * 64


def canonical(event: Event) -> bytes:
    """Return an event as canonical JSON: sorted keys, no spaces, UTF-8, times in UTC with microseconds."""
    at: datetime = event.at.astimezone(timezone.get_fixed_timezone(0))
    body = {
        "tenant": event.tenant_id,
        "number": event.number,
        "at": at.isoformat(timespec="microseconds"),
        "actor": event.actor,
        "action": event.action,
        "target": event.target,
        "detail": event.detail,
    }
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def chained_hash(previous: str, event: Event) -> str:
    """Return SHA-256 (hex) over the previous hash and the event."""
    return hashlib.sha256(previous.encode() + canonical(event)).hexdigest()


def record(tenant_id: int, actor: str, action: str, target: str = "", **detail: Any) -> None:
    """Append an event to the office's chain.

    `detail` holds digests, ids and counts; a text only where a person writes it for the record, as the reason of a
    decision. Inside a transaction the event falls with it: no audit, no act.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            # One writer a chain; SQLite's IMMEDIATE transactions are that already.
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtext('madoguchi.audit'), %s)", [tenant_id])
        last = Event.objects.filter(tenant_id=tenant_id).order_by("-number").values_list("number", "hash").first()
        number, previous = last or (0, START)
        event = Event(
            tenant_id=tenant_id,
            number=number + 1,
            at=timezone.now(),
            actor=actor,
            action=action,
            target=target,
            detail=json.loads(json.dumps(detail, default=str)),
            previous=previous,
        )
        event.hash = chained_hash(previous, event)
        event.save(force_insert=True)


def digest(text: str) -> str:
    """Return the digest under which the record names a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def actor_of(scope: Scope) -> str:
    """Return how the record names who asks in a scope."""
    if scope.user_id is not None:
        return f"user:{scope.user_id}"
    return "operator" if scope.everything else "anybody"
