"""Keeping the index in step with the library and the verified answers: words at once, meaning in the background."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
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
# Verified answers whose vectors are asked for at once.
FAQ_BATCH = 32


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


def access_changed(documents: Sequence[Document], **_: Any) -> None:
    """Change what the rows of documents of one office demand, all at once; who lost the right finds nothing from the
    next question on."""
    tenant_id = documents[0].tenant_id
    the_index().change_access(tenant_id, {str(document.pk): access_of(document) for document in documents})
    model = model_in_use(tenant_id)
    for document in documents:
        version = document.current
        # Of a lower class now, perhaps: an endpoint may have its texts.
        may_have = model.endpoint is not None and document.classification <= model.max_classification
        if may_have and version is not None and missing_texts(version, model, BATCH):
            Version.objects.filter(pk=version.pk).update(embedded_at=None)
            durable.start(embed, str(version.pk), queue="embed", once=f"embed:{version.pk}")


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
    if version.embedded_at and missing_texts(version, model_in_use(version.tenant_id), BATCH):
        # Made again from nothing: upkeep goes on when the endpoint fails in between.
        Version.objects.filter(pk=version.pk).update(embedded_at=None)
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
    model = model_in_use(version.tenant_id)
    texts = missing_texts(version, model, BATCH)
    give_vectors(texts, model)
    return len(texts)


@durable.step(retries=3)
def finish(version_id: str) -> None:
    """Note that a version can be found by meaning, and tidy the index."""
    version = _current(version_id)
    if version is None or missing_texts(version, model_in_use(version.tenant_id), BATCH):
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


def missing_texts(version: Version, model: Model, limit: int) -> dict[str, str]:
    """Return up to `limit` texts of a document's current version that have no vector of a model, and may have one, by
    the id of their passage."""
    document = version.document
    ids = the_index().without_vectors(version.tenant_id, str(document.pk), limit, model.space, model.max_classification)
    passages = Passage.objects.filter(version=version).in_bulk([uuid.UUID(one) for one in ids])
    texts = {str(pk): text_of(document, passage) for pk, passage in passages.items()}
    # The database knows of a raised class before the index does.
    return {pk: text for pk, text in texts.items() if model.may_have(document.classification, text)}


def give_vectors(texts: Mapping[str, str], model: Model) -> None:
    """Make the vectors of texts and put them into the index, by the ids of their passages."""
    if texts:
        vectors = model.passages(list(texts.values()))
        the_index().set_vectors(model.tenant_id, dict(zip(texts, vectors, strict=True)), model.space)


def _current(version_id: str) -> Version | None:
    """Return a version when it is still its document's current one: rows of another are not ours to fill."""
    version = Version.objects.select_related("document").filter(pk=version_id, document__deleted_at=None).first()
    return version if version and version.document.current_id == version.pk else None


# --- verified answers


def put_faq(rows: list[FaqRow], model: Model | None = None) -> bool:
    """Put verified answers of one office into the index, each wording of a question as a row; return whether with
    vectors of a model (None: the one in use). Once that fails, the others come by words alone."""
    if not rows:
        return True
    model, whole = model or model_in_use(rows[0].tenant_id), True
    for start in range(0, len(rows), FAQ_BATCH):
        part = rows[start : start + FAQ_BATCH]
        made = faq_rows(part, model) if whole else by_words(part)
        for row, ones in made:
            the_index().put(row.tenant_id, str(row.entry_id), ones, model.space)
        whole = whole and all(one.vector is not None for row, _wording, one in _with_vectors(made, model))
    return whole


def faq_rows(rows: list[FaqRow], model: Model) -> list[tuple[FaqRow, list[Row]]]:
    """Return verified answers with their rows in the index, one for each wording, with vectors when they can be had."""
    made = by_words(rows)
    may_have = _with_vectors(made, model)
    if not may_have:
        return made
    try:
        titles = model.passages([wording for _row, wording, _one in may_have])
        wholes = model.passages([whole_of(row, wording) for row, wording, _one in may_have])
    except embeddings.EmbeddingUnavailable as error:
        log.warning("faq.without_vectors", reason=str(error))
    else:
        for (_row, _wording, one), title, whole in zip(may_have, titles, wholes, strict=True):
            one.title_vector, one.vector = title, whole
    return made


def lacking_vectors(rows: list[FaqRow], model: Model) -> list[FaqRow]:
    """Return the verified answers that are in the index and have no vectors of a model, and may have some."""
    return [
        row
        for row in rows
        if any(model.may_have(row.classification, whole_of(row, wording)) for wording in wordings(row))
        and the_index().without_vectors(row.tenant_id, str(row.entry_id), 1, model.space, model.max_classification)
    ]


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


def whole_of(row: FaqRow, wording: str) -> str:
    """Return what is embedded of a verified answer under one of its wordings."""
    return f"{wording}\n{row.answer}"


def by_words(rows: list[FaqRow]) -> list[tuple[FaqRow, list[Row]]]:
    """Return verified answers with their rows in the index, without vectors."""
    return [(row, _faq_rows(row)) for row in rows]


def _with_vectors(made: list[tuple[FaqRow, list[Row]]], model: Model) -> list[tuple[FaqRow, str, Row]]:
    """Return the rows of verified answers that may have vectors, each with its wording."""
    return [
        (row, wording, one)
        for row, ones in made
        for wording, one in zip(wordings(row), ones, strict=True)
        if model.may_have(row.classification, whole_of(row, wording))
    ]


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
            bigrams=tokens.bigrams(text := whole_of(row, wording)),
            digest=digest(text),
        )
        for number, wording in enumerate(wordings(row))
    ]
