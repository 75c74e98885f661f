"""Making the index again from the database, and finding where the two disagree. The index holds nothing of its own."""

from collections.abc import Callable, Iterable

from django.db.models import QuerySet

from madoguchi.library.models import Document, Passage
from madoguchi.people.models import Tenant
from madoguchi.search.indexing import FaqRow, access_of, access_of_faq, index_version, put_faq, wordings
from madoguchi.search.lance import the_index

FaqSource = Callable[[Tenant], Iterable[FaqRow]]
_faq_sources: list[FaqSource] = []


def register_faq(source: FaqSource) -> None:
    """Let the domain of verified answers say which rows the index should hold: `source(tenant)`."""
    if source not in _faq_sources:
        _faq_sources.append(source)


def faq_of(tenant: Tenant) -> list[FaqRow]:
    """Return the verified answers that the index of an office should hold."""
    return [row for source in _faq_sources for row in source(tenant)]


def rebuild(tenant: Tenant) -> int:
    """Drop the office's index and make it again; return how many documents it holds. Meaning follows in the background.

    Questions that come meanwhile find what is there already.
    """
    the_index().drop(tenant.pk)
    return _index_all(tenant)


def renew() -> int:
    """Index again each office whose words were cut as an older edition cut them; return how many documents there were.

    Questions go on finding what is there; a text that is the same keeps its vectors. Cut short, it begins again.
    """
    stale = [tenant for tenant in Tenant.objects.all() if not the_index().is_current(tenant.pk)]
    return sum(_renew(tenant) for tenant in stale)


def _renew(tenant: Tenant) -> int:
    count = _index_all(tenant)
    the_index().note_edition(tenant.pk)
    return count


def mend(tenant: Tenant) -> int:
    """Index again each document that disagrees, and take out what is no document's; return how many were touched.

    When words were cut otherwise, that is every document.
    """
    renewed = 0 if the_index().is_current(tenant.pk) else _renew(tenant)
    found = disagreements(tenant)
    wrong = set(found["missing"]) | set(found["extra"]) | set(found["stale"])
    here = {str(document.pk): document for document in indexable(tenant.pk).select_related("current")}
    for one in sorted(wrong):
        if one in here:
            _index(here[one])
        else:
            the_index().remove(tenant.pk, one)
    put_faq([row for row in faq_of(tenant) if str(row.entry_id) in wrong])
    return max(renewed, len(wrong))


def disagreements(tenant: Tenant) -> dict[str, list[str]]:
    """Return ids of documents and FAQ entries: `missing` rows in the index, with `extra` ones in it, or whose rows
    demand something else than they should (`stale`)."""
    there = the_index().documents(tenant.pk)
    wanted: dict[str, set[str]] = {}
    documents = indexable(tenant.pk)
    demands = {str(document.pk): access_of(document) for document in documents}
    passages = Passage.objects.filter(tenant=tenant, version__in=documents.values("current")).values_list(
        "id", "version__document_id"
    )
    for passage, document in passages:
        wanted.setdefault(str(document), set()).add(str(passage))
    for row in faq_of(tenant):
        wanted[str(row.entry_id)] = {f"{row.entry_id}:{number}" for number in range(len(wordings(row)))}
        demands[str(row.entry_id)] = access_of_faq(row)
    stand = the_index().demands(tenant.pk)
    return {
        "missing": sorted(one for one, rows in wanted.items() if rows - there.get(one, set())),
        "extra": sorted(one for one, rows in there.items() if rows - wanted.get(one, set())),
        "stale": sorted(one for one, demand in demands.items() if stand.get(one, {demand}) != {demand}),
    }


def indexable(tenant_id: int) -> QuerySet[Document]:
    """Return the documents of an office whose passages the index should hold."""
    return Document.objects.filter(tenant=tenant_id, deleted_at=None, current__isnull=False)


def _index_all(tenant: Tenant) -> int:
    """Put all that is an office's into the index; return how many documents that were."""
    put_faq(faq_of(tenant))
    documents = list(indexable(tenant.pk).select_related("current"))
    for document in documents:
        _index(document)
    return len(documents)


def _index(document: Document) -> None:
    version = document.current
    if version is not None:
        version.document = document
        index_version(version)
