"""Keeping the index in step with what is served: released content only, after the database has it."""

from collections.abc import Iterable, Iterator

from django.db import transaction

from madoguchi.faq.models import Entry
from madoguchi.people.models import Tenant
from madoguchi.people.names import in_words
from madoguchi.search.indexing import FaqRow, put_faq, remove_faq


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
        department=in_words(entry.tenant_id, entry.department_id) if entry.department_id else "",
    )


def save_and_tell(*entries: Entry) -> None:
    """Save entries that were released or withdrawn, and bring the index in step once the transaction stands."""
    for entry in entries:
        entry.untold = True
        entry.save()
    transaction.on_commit(lambda: tell(entries))


def tell(entries: Iterable[Entry]) -> None:
    """Bring the index in step with entries as they are. The mark stays on one that changed again meanwhile, and on one
    whose vectors could not be made: `tell_untold` comes back to it."""
    released = [entry for entry in entries if entry.status == Entry.Status.RELEASED]
    whole = put_faq([row_of(entry) for entry in released]) if released else True
    for entry in entries:
        if entry.status != Entry.Status.RELEASED:
            remove_faq(entry.tenant_id, entry.pk)
        elif not whole:
            continue
        Entry.objects.filter(pk=entry.pk, updated_at=entry.updated_at).update(untold=False)


def tell_untold() -> None:
    """Tell the index what it was not told: a kill or a missing embedding came in between."""
    tell(list(Entry.objects.filter(untold=True).select_related("department")))


def served(tenant: Tenant) -> Iterator[FaqRow]:
    """Yield what the index of an office should hold."""
    released = Entry.objects.filter(tenant=tenant, status=Entry.Status.RELEASED).select_related("department")
    for entry in released.iterator():
        yield row_of(entry)
