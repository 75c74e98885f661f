"""Keeping the index in step with the library and the verified answers: words at once, meaning in the background."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from typing import Any

import structlog
from django.db.models import F
from django.utils import timezone

from madoguchi import durable, memory
from madoguchi.library.models import Document, Passage, Version
from madoguchi.llm import embeddings
from madoguchi.search import tokens
from madoguchi.search.index import Access, Row
from madoguchi.search.lance import the_index
from madoguchi.search.spaces import Model, model_in_use

log = structlog.get_logger(__name__)
# Passages whose vectors are made and kept in one durable step.
BATCH = 64


@dataclass
class FaqRow:
    """A released verified answer as the index takes it."""

    entry_id: uuid.UUID
    tenant_id: int
    question: str
    variants: list[str]
    answer: str
    access_key: str
    classification: int
    valid_from: date | None = None
    valid_to: date | None = None
    department: str = ""


# --- documents


def passages_ready(version: Version, **_: Any) -> None:
    """Put a version's passages into the index and have their vectors made."""
    index_version(version)


def access_changed(document: Document, **_: Any) -> None:
    """Change what the document's rows demand; who lost the right finds nothing from the next question on."""
    the_index().change_access(document.tenant_id, str(document.pk), access_of(document))


def document_removed(document: Document, **_: Any) -> None:
    """Take the document out."""
    the_index().remove(document.tenant_id, str(document.pk))


def index_version(version: Version) -> None:
    """Make a version's passages the rows of its document, found by words at once, and start their embedding.

    May be called again: rows with the same text keep their vectors.
    """
    document = version.document
    rows = rows_of(document, list(Passage.objects.filter(version=version)))
    the_index().put(version.tenant_id, str(document.pk), rows)
    durable.start(embed, str(version.pk), queue="embed", once=f"embed:{version.pk}")


def access_of(document: Document) -> Access:
    """Return what a document demands of a scope, and what it can be narrowed by."""
    return Access(
        access_key=document.access_key,
        classification=document.classification,
        valid_from=document.valid_from,
        valid_to=document.valid_to,
        folder=f"folder:{document.folder_id}",
        department=document.department_name,
        fiscal_year=document.fiscal_year or 0,
        file_type=PurePath(document.file_name).suffix.lstrip(".").lower(),
    )


def rows_of(document: Document, passages: Sequence[Passage]) -> list[Row]:
    """Return the rows of a document's passages, without vectors."""
    access, title = access_of(document), tokens.words(document.title)
    return [
        Row(
            id=str(passage.pk),
            kind="passage" if passage.is_citable else "described",
            document=str(document.pk),
            access=access,
            words=[*title, *tokens.words("\n".join(passage.heading)), *tokens.words(passage.text)],
            bigrams=tokens.bigrams(text := text_of(document, passage)),
            digest=digest(text),
        )
        for passage in passages
    ]


def text_of(document: Document, passage: Passage) -> str:
    """Return what is embedded of a passage: where it stands, then what it says."""
    return "\n".join([document.title, *passage.heading, passage.text])


def digest(text: str) -> str:
    """Return the digest under which the index knows an embedded text."""
    return hashlib.sha256(text.encode()).hexdigest()


# --- meaning


@durable.workflow()
def embed(version_id: str) -> int:
    """Give every row of a version's document its vector; return how many were made."""
    made = 0
    while count := embed_batch(version_id):
        made += count
    finish(version_id)
    return made


@durable.step(retries=3)
def embed_batch(version_id: str) -> int:
    """Make the vectors of up to 64 rows that have none; return how many. Run again, it makes those still missing."""
    version = _current(version_id)
    if version is None:
        return 0
    document, model = version.document, model_in_use(version.tenant_id)
    ids = _missing(version, model, BATCH)
    passages = Passage.objects.filter(version=version).in_bulk([uuid.UUID(one) for one in ids])
    if not passages:
        return 0
    texts = [text_of(document, passage) for passage in passages.values()]
    vectors = dict(zip(map(str, passages), model.passages(texts), strict=True))
    the_index().set_vectors(version.tenant_id, vectors, model.space)
    return len(passages)


@durable.step(retries=3)
def finish(version_id: str) -> None:
    """Note that a version can be found by meaning, and tidy the index."""
    version = _current(version_id)
    if version is None or _missing(version, model_in_use(version.tenant_id), 1):
        return
    Version.objects.filter(pk=version.pk).update(embedded_at=timezone.now())
    the_index().tidy(version.tenant_id)
    memory.give_back()


def embed_unfinished() -> None:
    """Start the embedding of every current version that is indexed and not embedded."""
    waiting = Version.objects.filter(
        status=Version.Status.READY, embedded_at=None, document__deleted_at=None, document__current=F("pk")
    ).values_list("pk", flat=True)
    for pk in waiting:
        durable.start(embed, str(pk), queue="embed", once=f"embed:{pk}")


def _missing(version: Version, model: Model, limit: int) -> list[str]:
    """Return ids of passages of a version's document that have no vector, and may have one, of a model."""
    return the_index().without_vectors(
        version.tenant_id, str(version.document_id), limit, model.space, model.max_classification
    )


def _current(version_id: str) -> Version | None:
    """Return a version when it is still its document's current one: rows of another are not ours to fill."""
    version = Version.objects.select_related("document").filter(pk=version_id, document__deleted_at=None).first()
    return version if version and version.document.current_id == version.pk else None


# --- verified answers


def put_faq(rows: list[FaqRow], model: Model | None = None) -> bool:
    """Put verified answers of one office into the index, each wording of a question as a row; return whether with
    vectors of a model (None: the one in use)."""
    if not rows:
        return True
    model = model or model_in_use(rows[0].tenant_id)
    made = faq_rows(rows, model)
    for row, ones in made:
        the_index().put(row.tenant_id, str(row.entry_id), ones, model.space)
    may_have = [one for _, ones in made for one in ones if one.access.classification <= model.max_classification]
    return all(one.vector is not None for one in may_have)


def faq_rows(rows: list[FaqRow], model: Model) -> list[tuple[FaqRow, list[Row]]]:
    """Return verified answers with their rows in the index, one for each wording, with vectors when they can be had."""
    made = [(row, _faq_rows(row)) for row in rows]
    pairs = [(row, wording) for row in rows for wording in wordings(row)]
    every = zip(pairs, (one for _, ones in made for one in ones), strict=True)
    may_have = [(row, wording, one) for (row, wording), one in every if row.classification <= model.max_classification]
    if not may_have:
        return made
    try:
        titles = model.passages([wording for _row, wording, _one in may_have])
        wholes = model.passages([f"{wording}\n{row.answer}" for row, wording, _one in may_have])
    except embeddings.EmbeddingUnavailable as error:
        log.warning("faq.without_vectors", reason=str(error))
    else:
        for (_row, _wording, one), title, whole in zip(may_have, titles, wholes, strict=True):
            one.title_vector, one.vector = title, whole
    return made


def remove_faq(tenant_id: int, entry_id: uuid.UUID) -> None:
    """Take a verified answer out of the index."""
    the_index().remove(tenant_id, str(entry_id))


def wordings(row: FaqRow) -> list[str]:
    """Return the question of an entry in all its words, each once."""
    return list(dict.fromkeys([row.question, *row.variants]))


def access_of_faq(row: FaqRow) -> Access:
    """Return what a verified answer demands of a scope."""
    return Access(
        access_key=row.access_key,
        classification=row.classification,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        department=row.department,
    )


def _faq_rows(row: FaqRow) -> list[Row]:
    access = access_of_faq(row)
    answer = tokens.words(row.answer)
    return [
        Row(
            id=f"{row.entry_id}:{number}",
            kind="faq",
            document=str(row.entry_id),
            access=access,
            words=[*tokens.words(wording), *answer],
            bigrams=tokens.bigrams(text := f"{wording}\n{row.answer}"),
            digest=digest(text),
        )
        for number, wording in enumerate(wordings(row))
    ]
