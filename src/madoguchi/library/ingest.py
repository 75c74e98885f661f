"""From the bytes of a version to passages that are found: read, cut, announce, ready. Each step may run twice."""

import logging
import uuid
from typing import Any, TypedDict

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from madoguchi import durable
from madoguchi.library import events, passages, readings
from madoguchi.library.models import Document, Passage, Version
from madoguchi.readers.blocks import Unreadable, Unsupported

logger = logging.getLogger(__name__)
Status = Version.Status
UNFINISHED = (Status.QUEUED, Status.READING, Status.CUTTING, Status.INDEXING)
# What the index holds of a document besides its passages.
TOLD = (
    "current_id",
    "deleted_at",
    "title",
    "file_name",
    "access_key",
    "folder_id",
    "classification",
    "department_name",
    "fiscal_year",
    "valid_from",
    "valid_to",
    "untold",
)
UNEXPECTED = "読み取り中に問題が起きました。再試行してください。"


class Outcome(TypedDict):
    """What reading came to: go on to cut, or stop with a status and its reason."""

    go_on: bool
    status: str
    reason: str


@durable.workflow()
def ingest(version_id: str) -> str:
    """Take a version from its bytes to the index; return its last status."""
    try:
        outcome = read(version_id)
        if outcome["go_on"]:
            cut(version_id)
        elif outcome["status"] == Status.FAILED:
            return end(version_id, Status.FAILED, outcome["reason"])
        announce(version_id)
        return end(version_id, outcome["status"], outcome["reason"])
    except Exception as error:
        # Its text may hold words of the document, so only its kind is told.
        logger.error("version %s: ingestion failed: %s", version_id, type(error).__name__)
        return end(version_id, Status.FAILED, UNEXPECTED)


@durable.workflow()
def tell(document_id: str) -> None:
    """Bring the index in step with what changed of a document: place, readers, classification, dates, title, end."""
    tell_index(document_id)


@durable.step()
def read(version_id: str) -> Outcome:
    """Read the bytes in the readers' child process and keep what they hold."""
    version = _version(version_id)
    if version is None:
        return {"go_on": False, "status": Status.FAILED, "reason": ""}
    _set(version_id, status=Status.READING, reason="")
    try:
        reading = readings.reading_of(version) if readings.kept(version) else readings.read(version)
    except Unsupported as failure:
        return {"go_on": False, "status": Status.UNSUPPORTED, "reason": str(failure)[:300]}
    except Unreadable as failure:
        return {"go_on": False, "status": Status.FAILED, "reason": str(failure)[:300]}
    _set(version_id, pages=len(reading.pages))
    return {"go_on": True, "status": Status.READY, "reason": reading.notice[:300]}


@durable.step()
def cut(version_id: str) -> int:
    """Cut the version's reading into passages and store them in one transaction; return how many."""
    version = _version(version_id)
    if version is None:
        return 0
    _set(version_id, status=Status.CUTTING)
    hidden = version.document.folder.reads_hidden
    pieces = passages.cut(readings.reading_of(version), settings.PASSAGE_MAX_CHARACTERS, hidden)
    rows = [
        Passage(
            id=uuid.uuid5(version.pk, str(ordinal)),
            tenant_id=version.tenant_id,
            version=version,
            ordinal=ordinal,
            kind=piece.kind,
            heading=piece.heading,
            text=piece.text,
            locator=piece.locator,
            confidence=piece.confidence,
        )
        for ordinal, piece in enumerate(pieces)
    ]
    with transaction.atomic():
        # The same ids come again, so what was cited before stays cited; only what is no longer there goes.
        Passage.objects.filter(version=version, ordinal__gte=len(rows)).delete()
        Passage.objects.bulk_create(
            rows,
            batch_size=500,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["kind", "heading", "text", "locator", "confidence"],
        )
    return len(rows)


@durable.step(retries=4)
def announce(version_id: str) -> None:
    """Make the version its document's current one and have it indexed: the index holds a document's current version."""
    _set(version_id, status=Status.INDEXING)
    with transaction.atomic():
        version = _version(version_id)
        if version is None:
            return
        rows = Document.objects.select_for_update(of=("self",)).select_related("current")
        document = rows.get(pk=version.document_id)
        if document.current is None or document.current.number <= version.number:
            Document.objects.filter(pk=document.pk).update(current=version)
    _send(document.pk, again=True)


@durable.step(retries=4)
def tell_index(document_id: str) -> None:
    """Tell the index how a document stands now."""
    _send(uuid.UUID(document_id))


@durable.step(retries=4)
def end(version_id: str, status: str, reason: str) -> str:
    """Set what a version came to."""
    done = {"indexed_at": timezone.now()} if status == Status.READY else {}
    _set(version_id, status=status, reason=reason, **done)
    return status


def announce_change(document: Document) -> None:
    """Tell the index now of a change that is committed; should that fail or this process die over it, the written-down
    work does it again, and should even that not be written down, the document's mark has it done."""
    durable.start(tell, str(document.pk))
    signal = events.document_removed if document.deleted_at else events.access_changed
    for _receiver, failure in signal.send_robust(Document, document=document):
        if failure:
            logger.error("document %s: the index was not told at once (%s)", document.pk, type(failure).__name__)


def continue_unfinished() -> int:
    """Start what is unfinished and whose work is nowhere written down, as a kill between a commit and the start of its
    work leaves it: ingestions, and changes that the index was not told of. Return how many were unfinished."""
    versions = Version.objects.filter(status__in=UNFINISHED, document__deleted_at=None).values_list("pk", flat=True)
    for pk in versions:
        durable.start(ingest, str(pk), once=f"ingest:{pk}")
    documents = Document.objects.filter(untold__gt=Document.Untold.NOTHING).values_list("pk", flat=True)
    for pk in documents:
        durable.start(tell, str(pk), once=f"tell:{pk}")
    return len(versions) + len(documents)


def _send(document_id: uuid.UUID, again: bool = False) -> None:
    """Tell the index how a document stands: with `again` or a new title all its passages, else what they demand.

    Told once more when the document changed meanwhile: whoever writes to the index last looks last, so it ends as the
    document stands.
    """
    while True:
        before = Document.objects.filter(pk=document_id).values(*TOLD).first()
        document = Document.objects.select_related("current").filter(pk=document_id).first()
        if document is None or before is None:
            return
        version = document.current
        if document.deleted_at:
            events.document_removed.send(Document, document=document)
        elif version and (again or document.untold == Document.Untold.WORDS):
            version.document = document
            events.passages_ready.send(Version, version=version)
        elif version:
            events.access_changed.send(Document, document=document)
        if Document.objects.filter(pk=document_id, **before).update(untold=Document.Untold.NOTHING):
            return


def _version(version_id: str) -> Version | None:
    """Return a version with its document and blob; None when its document has been deleted meanwhile."""
    return (
        Version.objects.select_related("document__folder", "blob")
        .filter(pk=version_id, document__deleted_at=None)
        .first()
    )


def _set(version_id: str, **fields: Any) -> None:
    Version.objects.filter(pk=version_id).update(**fields)
