"""Documents of an office, with passages, as the library and the index hold them."""

import uuid

from madoguchi.library.models import Blob, Document, Folder, Passage, Version
from madoguchi.people.models import Classification
from madoguchi.search import indexing
from madoguchi.search.lance import the_index


def folder(office, name: str, readers: list[str]) -> Folder:
    return Folder.objects.create(tenant=office, name=name, readers=readers)


def document(place: Folder, title: str, *texts: str, department: str = "", **fields) -> Document:
    """Make a document whose passages are the texts, one a page; a text that begins with 「表:」 is a table."""
    fields.setdefault("classification", Classification.C1)
    made = Document(
        tenant=place.tenant, folder=place, title=title, file_name=f"{title}.pdf", department_name=department, **fields
    )
    made.save()
    blob = Blob.objects.create(tenant=place.tenant, sha256=uuid.uuid4().hex * 2, size=1)
    version = Version.objects.create(
        tenant=place.tenant,
        document=made,
        number=1,
        blob=blob,
        media_type="application/pdf",
        status="ready",
        pages=len(texts),
    )
    Passage.objects.bulk_create(
        Passage(
            id=uuid.uuid5(version.pk, str(number)),
            tenant=place.tenant,
            version=version,
            ordinal=number,
            kind="table" if text.startswith("表:") else "text",
            heading=[],
            text=text.removeprefix("表:"),
            locator={"page": number + 1, "boxes": [[0.1, 0.1, 0.9, 0.2]]},
        )
        for number, text in enumerate(texts)
    )
    made.current = version
    made.save()
    put(version)
    return made


def put(version: Version) -> None:
    """Put a version into the index; its meaning would follow in the background."""
    rows = indexing.rows_of(version.document, list(version.passages.all()))
    the_index().put(version.tenant_id, str(version.document_id), rows)
