"""Changing verified answers: who may, saving a revision, releasing one, withdrawing."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from madoguchi.audit.record import record
from madoguchi.faq import index
from madoguchi.faq.models import CONTENT, Entry, Revision, readable_in
from madoguchi.people.access import Scope
from madoguchi.people.models import Classification, User


class Outdated(Exception):
    """Somebody else saved in the meantime; `newest` is what they saved."""

    def __init__(self, newest: Revision) -> None:
        super().__init__(newest.number)
        self.newest = newest


@dataclass
class Draft:
    """What is to be saved. The fields are those of `Content`, with the department and the dates."""

    question: str
    answer: str
    variants: list[str] = field(default_factory=list)
    access_key: str = "staff"
    classification: int = Classification.C2
    source_document_id: UUID | None = None
    source_page: int | None = None
    department_id: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None

    def content(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in CONTENT}


def own_departments(scope: Scope) -> list[int]:
    """Return the departments whose key a scope holds: a post there or below."""
    return [int(key[5:]) for key in scope.keys if key.startswith("dept:") and "+" not in key and key[5:].isdecimal()]


def editable(scope: Scope, user: User) -> QuerySet[Entry]:
    """Return the entries a person may edit: readable, and of a department of theirs; any for an administrator.

    Administration is not reading: an administrator edits only what they hold the key of. Dates hide nothing here.
    """
    entries = Entry.objects.filter(readable_in(scope), tenant_id=scope.tenant_id)
    return entries if user.is_administrator else entries.filter(department_id__in=own_departments(scope))


def listed(scope: Scope, user: User) -> QuerySet[Entry]:
    """Return what a person finds in the list: what is released to them, and what they may edit."""
    return Entry.objects.filter(
        Q(pk__in=Entry.objects.within(scope).values("pk")) | Q(pk__in=editable(scope, user).values("pk"))
    )


def revisions(entry: Entry, scope: Scope) -> QuerySet[Revision]:
    """Return the revisions of an entry that a scope may read: each had an audience of its own."""
    return entry.revisions.filter(readable_in(scope), tenant_id=scope.tenant_id).select_related("saved_by")


def create(tenant_id: int, draft: Draft, user: User) -> Entry:
    """Save a new entry as a draft."""
    with transaction.atomic():
        entry = Entry(
            tenant_id=tenant_id,
            department_id=draft.department_id,
            valid_from=draft.valid_from,
            valid_to=draft.valid_to,
            **draft.content(),
        )
        entry.save()
        _revise(entry, draft, user)
        record(tenant_id, f"user:{user.pk}", "faq.saved", f"faq:{entry.pk}", number=entry.number)
    return entry


def save(entry: Entry, draft: Draft, user: User, based_on: int) -> Entry:
    """Save a change as a new revision; what is released stays served until a person releases again.

    `based_on` is the number the person saw; raises Outdated when another was saved since.
    """
    with transaction.atomic():
        current = Entry.objects.select_for_update().get(pk=entry.pk)
        if current.number != based_on:
            raise Outdated(current.revisions.get(number=current.number))
        current.number += 1
        current.department_id = draft.department_id
        if current.status != Entry.Status.RELEASED:
            for name, value in draft.content().items():
                setattr(current, name, value)
            current.valid_from, current.valid_to = draft.valid_from, draft.valid_to
        current.save()
        _revise(current, draft, user)
        record(current.tenant_id, f"user:{user.pk}", "faq.saved", f"faq:{current.pk}", number=current.number)
    return current


def release(entry: Entry, user: User, number: int) -> Entry:
    """Release a revision: it is served from now on. `number` is what the person read; raises Outdated."""
    with transaction.atomic():
        current = Entry.objects.select_for_update(of=("self",)).select_related("department").get(pk=entry.pk)
        if current.number != number:
            raise Outdated(current.revisions.get(number=current.number))
        revision = current.revisions.get(number=number)
        for name in CONTENT:
            setattr(current, name, getattr(revision, name))
        current.valid_from, current.valid_to = revision.valid_from, revision.valid_to
        current.status, current.released_number = Entry.Status.RELEASED, number
        current.released_by, current.released_at = user, timezone.now()
        index.save_and_tell(current)
        record(current.tenant_id, f"user:{user.pk}", "faq.released", f"faq:{current.pk}", number=number)
    return current


def withdraw(entry: Entry, user: User) -> Entry:
    """Take an entry back: it is no longer served."""
    with transaction.atomic():
        current = Entry.objects.select_for_update().get(pk=entry.pk)
        number = current.released_number
        newest = current.revisions.get(number=current.number)
        for name in CONTENT:
            setattr(current, name, getattr(newest, name))
        current.valid_from, current.valid_to = newest.valid_from, newest.valid_to
        current.status, current.released_number = Entry.Status.WITHDRAWN, None
        index.save_and_tell(current)
        record(current.tenant_id, f"user:{user.pk}", "faq.withdrawn", f"faq:{current.pk}", number=number)
    return current


def _revise(entry: Entry, draft: Draft, user: User | None) -> Revision:
    return Revision.objects.create(
        tenant_id=entry.tenant_id,
        entry=entry,
        number=entry.number,
        saved_by=user,
        valid_from=draft.valid_from,
        valid_to=draft.valid_to,
        **draft.content(),
    )
