"""Keeping the index in step with what is served: released content only, after the database has it."""

import uuid
from collections.abc import Iterable, Iterator, Sequence

from django.db import transaction

from madoguchi.faq.models import Entry
from madoguchi.people.access import Scope
from madoguchi.people.models import Tenant
from madoguchi.search.indexing import FaqRow, put_faq, remove_faq
from madoguchi.search.verified import Verified


def row_of(entry: Entry) -> FaqRow:
    """Return a released entry as the index takes it."""
    return FaqRow(
        entry_id=entry.pk,
        tenant_id=entry.tenant_id,
        question=entry.question,
        variants=list(entry.variants),
        answer=entry.answer,
        access_key=entry.access_key,
        classification=entry.classification,
        valid_from=entry.valid_from,
        valid_to=entry.valid_to,
        department=entry.department.name if entry.department else "",
    )


def put(entries: Iterable[Entry]) -> None:
    """Put released entries into the index once the transaction stands."""
    rows = [row_of(entry) for entry in entries]
    if rows:
        transaction.on_commit(lambda: put_faq(rows))


def remove(entry: Entry) -> None:
    """Take an entry out of the index once the transaction stands."""
    transaction.on_commit(lambda: remove_faq(entry.tenant_id, entry.pk))


def served(tenant: Tenant) -> Iterator[FaqRow]:
    """Yield what the index of an office should hold."""
    released = Entry.objects.filter(tenant=tenant, status=Entry.Status.RELEASED).select_related("department")
    for entry in released.iterator():
        yield row_of(entry)


def shown(scope: Scope, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Verified]:
    """Return those of some released entries that a scope sees, as the search page lists them."""
    found = Entry.objects.within(scope).filter(pk__in=ids)
    return {entry.pk: Verified(entry.pk, entry.question, entry.answer) for entry in found}
