"""From the bytes of a version to passages that are found: read, cut, announce, ready. Each step may run twice."""

import logging
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NotRequired, TypedDict

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.dispatch import Signal
from django.utils import timezone

from madoguchi import durable
from madoguchi.library import (
    blobs,
    copies,
    corrections,
    dated,
    descriptions,
    events,
    numbers,
    passages,
    readings,
    scanning,
)
from madoguchi.library.models import Blob, Document, Passage, Version
from madoguchi.readers.blocks import Reading, Unreadable, Unsupported
from madoguchi.readers.problems import wants_password

logger = logging.getLogger(__name__)
Status = Version.Status
CUT = (Status.CUTTING, Status.INDEXING, Status.READY)
HELD = (Status.SCANNING, Status.HELD)
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
    # Whether there are files inside, now or before: a half-done ingestion of before knows nothing of them.
    inner: NotRequired[bool]


@durable.workflow()
def ingest(version_id: str) -> str:
    """Take a version from its bytes to the index; return its last status."""
    try:
        outcome = read(version_id)
        if outcome["status"] in HELD:
            return end(version_id, outcome["status"], outcome["reason"])
        untaken = ""
        if outcome["status"] != Status.FAILED:
            untaken = take_out(version_id) if outcome.get("inner") else ""
            if outcome["go_on"]:
                cut(version_id)
            announce(version_id)
        if copies.is_owed(version_id):
            copy(version_id)
        return end(version_id, outcome["status"], (outcome["reason"] + untaken)[:300])
    except Exception as error:
        # Its text may hold words of the document, so only its kind is told.
        logger.error("version %s: ingestion failed: %s", version_id, type(error).__name__)
        return end(version_id, Status.FAILED, UNEXPECTED)


@durable.workflow()
def recut(version_id: str) -> str:
    """Cut and index a version anew: a person corrected what was read, or its folder takes in what is hidden."""
    try:
        cut(version_id)
        announce(version_id)
        if copies.is_owed(version_id):
            copy(version_id)
        return end(version_id, Status.READY, None)
    except Exception as error:
        logger.error("version %s: cutting anew failed: %s", version_id, type(error).__name__)
        return end(version_id, Status.FAILED, UNEXPECTED)


@durable.workflow()
def tell(document_id: str) -> None:
    """Bring the index in step with what changed of a document: place, readers, classification, dates, title, end."""
    tell_index(document_id)


@durable.workflow()
def redate(document_id: str) -> None:
    """Count 「前年度」 and the like anew: the title of a document, or its fiscal year, is another one."""
    date_again(document_id)


@durable.step()
def read(version_id: str) -> Outcome:
    """Have the scanner pass the bytes, read them in the readers' child process, and keep what they hold."""
    version = _version(version_id)
    if version is None:
        return {"go_on": False, "status": Status.FAILED, "reason": ""}
    _set(version_id, status=Status.SCANNING if scanning.is_set() else Status.READING, reason="")
    if version.blob.verdict in Blob.WITHOUT_BYTES and not blobs.place_of(version.blob).exists():
        return {"go_on": False, "status": Status.HELD, "reason": blobs.why_held(version.blob)}
    scanning.await_word(version.blob)
    version.blob = scanning.ask(version.blob)
    if version.blob.is_held:
        return {"go_on": False, "status": status_of_held(version.blob), "reason": blobs.why_held(version.blob)}
    _set(version_id, status=Status.READING)
    if version.media_type == readings.UNKNOWN_KIND:
        version.media_type = readings.named_kind(version)
        _set(version_id, media_type=version.media_type)
    try:
        reading = readings.reading_of(version) if readings.kept(version) else readings.read(version)
    except numbers.Carries as carried:
        return stop(version, carried.where, carried.certain)
    except Unsupported as failure:
        inner = version.document.children.exists()
        return {"go_on": False, "status": Status.UNSUPPORTED, "reason": str(failure)[:300], "inner": inner}
    except Unreadable as failure:
        if wants_password(str(failure)) and readings.stands(version):
            # Somebody gave the password once; without it newer readers cannot read it, so the older reading stays.
            reading = readings.reading_of(version)
            return _went_on(version, reading)
        return {"go_on": False, "status": Status.FAILED, "reason": str(failure)[:300]}
    return _went_on(version, reading)


def stop(version: Version, where: str, certain: bool) -> Outcome:
    """Hold what carries 個人番号, and the archive it came in; only where they stand is told, to whoever may see it."""
    held = numbers.hold(version, where, certain)
    if certain:
        readings.delete(held)
    for blob in held:
        withhold(blob)
    return {"go_on": False, "status": Status.HELD, "reason": blobs.why_held(held[0])[:300]}


def _went_on(version: Version, reading: Reading) -> Outcome:
    _set(str(version.pk), pages=len(reading.pages))
    inner = bool(reading.members) or version.document.children.exists()
    return {"go_on": True, "status": Status.READY, "reason": reading.notice[:300], "inner": inner}


@durable.step()
def copy(version_id: str) -> str:
    """Make the harmless copy that other zones get of a file from the internet; return how, empty when it cannot be."""
    version = _version(version_id)
    return copies.make(version) if version else ""


@durable.step()
def take_out(version_id: str) -> str:
    """Make documents of the files inside a mail or an archive; return what is to be said of those not taken out."""
    from madoguchi.library import members

    version = _version(version_id)
    return members.take_out(version) if version else ""


@durable.step()
def cut(version_id: str) -> int:
    """Cut the version's reading into passages and store them in one transaction; return how many."""
    while True:
        version = _version(version_id)
        if version is None:
            return 0
        _set(version_id, status=Status.CUTTING)
        made_of = _made_of(version)
        rows = _passages(version)
        with transaction.atomic():
            Blob.objects.select_for_update().get(pk=version.blob_id)
            now = _version(version_id)
            if now is not None and _made_of(now) != made_of:
                # Corrected or opened meanwhile: what is stored last must be made of what stands.
                continue
            _store(version, rows)
        return len(rows)


def _made_of(version: Version) -> tuple[object, ...]:
    """Return what decides on the passages of a version besides its reading."""
    document = version.document
    marks = corrections.mark_of(version.blob), descriptions.mark_of(version)
    return *marks, document.folder.reads_hidden, document.title, document.fiscal_year


def _passages(version: Version) -> list[Passage]:
    hidden = version.document.folder.reads_hidden
    reading = readings.reading_of(version)
    whole = replace(reading, blocks=descriptions.beside(version, reading.blocks))
    pieces = passages.cut(whole, settings.PASSAGE_MAX_CHARACTERS, hidden)
    written = dated.written(version.document.title, version.document.fiscal_year, reading.blocks)
    return [
        Passage(
            id=_id_of(version, piece.kind, ordinal),
            tenant_id=version.tenant_id,
            version=version,
            ordinal=ordinal,
            kind=piece.kind,
            heading=piece.heading,
            text=piece.text,
            locator=piece.locator,
            confidence=piece.confidence,
            dates=[] if piece.kind == "described" else dated.dates_of(piece.heading, piece.text, written),
        )
        for ordinal, piece in enumerate(pieces)
    ]


def _id_of(version: Version, kind: str, ordinal: int) -> uuid.UUID:
    # A description must never come under the id of a text that was cited once.
    return uuid.uuid5(version.pk, f"{kind}:{ordinal}" if kind == "described" else str(ordinal))


def _store(version: Version, rows: list[Passage]) -> None:
    # The same ids come again, so what was cited before stays cited; only what is no longer there goes, and what models
    # say, which stands behind the text and moves when that grows.
    own = sum(row.is_citable for row in rows)
    gone = Q(ordinal__gte=own) | Q(kind=Passage.Kind.DESCRIBED)
    Passage.objects.filter(gone, version=version).delete()
    Passage.objects.bulk_create(
        rows,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["kind", "heading", "text", "locator", "confidence", "dates"],
    )


@durable.step()
def date_again(document_id: str) -> int:
    """Set the dates of a document's current passages by what is said of it now; return how many changed."""
    document = Document.objects.select_related("current__blob").filter(pk=document_id, deleted_at=None).first()
    if document is None or document.current is None:
        return 0
    version = document.current
    version.document = document
    written = dated.written(document.title, document.fiscal_year, readings.blocks_of(version))
    changed = []
    own = Passage.objects.filter(version=version).exclude(kind=Passage.Kind.DESCRIBED)
    for passage in own.only("heading", "text", "dates"):
        dates = dated.dates_of(passage.heading, passage.text, written)
        if dates != passage.dates:
            passage.dates = dates
            changed.append(passage)
    Passage.objects.bulk_update(changed, ["dates"], batch_size=500)
    return len(changed)


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
        # Bytes that were found harmful meanwhile come to nobody's sight.
        if version.blob.is_held:
            return
        if document.current is None or document.current.number <= version.number:
            Document.objects.filter(pk=document.pk).update(current=version)
    _send(document.pk, again=True)


@durable.step(retries=4)
def tell_index(document_id: str) -> None:
    """Tell the index how a document stands now."""
    _send(uuid.UUID(document_id))


@durable.step(retries=4)
def end(version_id: str, status: str, reason: str | None) -> str:
    """Set what a version came to; without a reason the one it has stays. What was found meanwhile is in quarantine."""
    version = Version.objects.select_related("blob").filter(pk=version_id).first()
    if version and version.blob.is_held:
        withhold(version.blob)
        status, reason = status_of_held(version.blob), blobs.why_held(version.blob)
    done: dict[str, Any] = {"indexed_at": timezone.now()} if status == Status.READY else {}
    if reason is not None:
        done["reason"] = reason
    _set(version_id, status=status, **done)
    if done:
        _begin_describing(version_id)
    return status


def _begin_describing(version_id: str) -> None:
    """Have the figures of a version described later on, where that is allowed."""
    from madoguchi.library import describing

    version = _version(version_id)
    if version:
        describing.begin(version)


def withhold(blob: Blob) -> None:
    """Say of every version of bytes in quarantine that it is held, and have the index forget what was made of them.

    What is being ingested just now notices by itself.
    """
    with transaction.atomic():
        standing = Version.objects.filter(blob=blob, document__deleted_at=None)
        said = {"status": status_of_held(blob), "reason": blobs.why_held(blob)[:300]}
        standing.exclude(status__in=UNFINISHED).update(**said, indexed_at=None, embedded_at=None)
        documents = list(Document.objects.select_for_update(of=("self",)).filter(current__blob=blob, deleted_at=None))
        for document in documents:
            document.current, document.untold = None, Document.Untold.PLACE
            document.save(update_fields=["current", "untold"])

        transaction.on_commit(lambda: announce_changes(documents, is_withheld=True))


def let_go(blob: Blob) -> int:
    """Take up what waited for bytes that are out of quarantine; return how many versions did."""
    waiting = Version.objects.filter(blob=blob, status__in=HELD, document__deleted_at=None)
    pks = list(waiting.values_list("pk", flat=True))
    Version.objects.filter(pk__in=pks).update(status=Status.QUEUED, reason="")

    def begin() -> None:
        for pk in pks:
            durable.start(ingest, str(pk), once=f"ingest:{pk}")

    transaction.on_commit(begin)
    return len(pks)


def status_of_held(blob: Blob) -> Status:
    """Return what a version of bytes in quarantine is: waiting for the scanner, or held."""
    return Status.SCANNING if blob.verdict == Blob.Verdict.WAITING else Status.HELD


def cut_again(versions: QuerySet[Version]) -> None:
    """Have what has been cut of some versions cut and indexed anew, once the caller's transaction has ended.

    Their status says so within it: should this process die before the work is written down, it is taken up all the
    same.
    """
    standing = versions.filter(status__in=CUT, document__deleted_at=None)
    pks = list(standing.values_list("pk", flat=True))
    Version.objects.filter(pk__in=pks).update(status=Status.CUTTING, indexed_at=None, embedded_at=None)

    def begin() -> None:
        for pk in pks:
            durable.start(recut, str(pk))

    transaction.on_commit(begin)


def announce_changes(documents: Sequence[Document], is_withheld: bool = False) -> None:
    """Tell the index now of changes to documents of one office that are committed; should that fail or this process die
    over it, the written-down work does it again, and should even that not be written down, the documents' marks have it
    done."""
    for document in documents:
        durable.start(tell, str(document.pk))
    standing = list[Document]()
    for document in documents:
        if document.deleted_at or is_withheld:
            _tell_at_once(events.document_removed, [document], document=document)
        else:
            standing.append(document)
    if standing:
        _tell_at_once(events.access_changed, standing, documents=standing)


def _tell_at_once(signal: Signal, changed: Sequence[Document], **what: Any) -> None:
    for _receiver, failure in signal.send_robust(Document, **what):
        if failure:
            named = ", ".join(str(document.pk) for document in changed)
            logger.error("documents %s: the index was not told at once (%s)", named, type(failure).__name__)


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
        document = Document.objects.select_related("current").filter(pk=document_id).first()
        if document is None:
            return
        before = {name: getattr(document, name) for name in TOLD}
        version = document.current
        if document.deleted_at or version is None:
            events.document_removed.send(Document, document=document)
        elif again or document.untold == Document.Untold.WORDS or descriptions.withdrawn(document):
            version.document = document
            events.passages_ready.send(Version, version=version)
        else:
            events.access_changed.send(Document, documents=[document])
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
