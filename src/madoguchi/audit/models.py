"""The record of what was done: one hash-chained row an event, appended only."""

from typing import ClassVar

from django.db import models

from madoguchi.people.models import TenantModel


class Event(TenantModel):
    """One thing done. `hash` is SHA-256 over the previous hash and this event as canonical JSON."""

    number = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    # Who: `user:7`, `operator`, `anybody`, `system`.
    actor = models.CharField(max_length=50)
    # What: `sign-in`, `document.opened`, `answer.given` …
    action = models.CharField(max_length=50)
    # On what: `document:<id>`.
    target = models.CharField(max_length=100, blank=True)
    # Digests and ids, never the text of persons.
    detail = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ("tenant", "number")
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "number"], name="event_number")]
