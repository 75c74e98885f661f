"""Keeping the index in step with what is served: released content only, after the database has it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import transaction

from madoguchi.faq.models import Entry

if TYPE_CHECKING:
    from madoguchi.search.indexing import FaqRow


def row_of(entry: Entry) -> "FaqRow":
    """Return a released entry as the index takes it."""
    from madoguchi.search.indexing import FaqRow

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
    from madoguchi.search.indexing import put_faq

    rows = [row_of(entry) for entry in entries]
    if rows:
        transaction.on_commit(lambda: put_faq(rows))


def remove(entry: Entry) -> None:
    """Take an entry out of the index once the transaction stands."""
    from madoguchi.search.indexing import remove_faq

    transaction.on_commit(lambda: remove_faq(entry.tenant_id, entry.pk))
