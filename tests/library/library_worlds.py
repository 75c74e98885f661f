"""The folders and documents of a random world, stored with one page each."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from madoguchi.library import blobs, models, readings
from madoguchi.readers.blocks import Block, Page, Reading
from tests.people import oracle
from tests.people.worlds import Built

SHA = "ab" * 32
PNG = b"\x89PNG\r\n\x1a\n"


@dataclass
class Shelves:
    """A world's library as stored: rows by the world's numbers."""

    folders: dict[int, models.Folder]
    documents: dict[int, models.Document]
    passages: dict[int, models.Passage]

    def numbers(self, rows) -> set[int]:
        """The world's numbers of some documents."""
        pks = {row.pk for row in rows}
        return {number for number, document in self.documents.items() if document.pk in pks}


def word_of(number: int) -> str:
    """A word that stands in one document only."""
    return f"ことば{number}ひみつ"


def build_library(world: oracle.World, built: Built) -> Shelves:
    """Store folders and documents; the bytes, the reading and the image are the same for all."""
    tenant = built.tenant
    folders: dict[int, models.Folder] = {}
    for each in world.folders:
        folders[each.number] = models.Folder.objects.create(
            tenant=tenant,
            parent=None if each.parent is None else folders[each.parent],
            name=f"棚{each.number}",
            readers=built.keys(each.readers),
            classification=each.classification,
        )
    documents: dict[int, models.Document] = {}
    passages: dict[int, models.Passage] = {}
    for number, paper in enumerate(world.documents):
        document = models.Document.objects.create(
            tenant=tenant,
            folder=folders[paper.folder],
            title=word_of(number),
            file_name=f"{number}.pdf",
            readers=built.keys(paper.readers),
            classification=paper.classification,
            valid_from=paper.begins,
            valid_to=paper.ends,
            deleted_at=timezone.make_aware(datetime(2026, 1, 1)) if paper.deleted else None,
        )
        documents[number] = document
        passages[number] = _version_with_passage(document, number)
    return Shelves(folders, documents, passages)


def _version_with_passage(document: models.Document, number: int) -> models.Passage:
    blob, _ = models.Blob.objects.get_or_create(tenant=document.tenant, sha256=f"{number:064x}", defaults={"size": 3})
    version = models.Version.objects.create(
        tenant=document.tenant,
        document=document,
        number=1,
        blob=blob,
        media_type="application/pdf",
        status="ready",
        pages=1,
        indexed_at=timezone.now(),
    )
    models.Document.objects.filter(pk=document.pk).update(current=version)
    path = blobs.path_of(blob)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"pdf")
    if not readings.kept(version):
        text = word_of(number)
        block = Block("paragraph", text, {"page": 1, "boxes": [[0.1, 0.1, 0.9, 0.2]]})
        page = Page(1, 595, 842, [(0.1, 0.1, 0.9, 0.2, text)])
        readings._keep(readings._place(version), Reading([block], [page]))
        readings._write(readings._image_place(version, 1), PNG)
    return models.Passage.objects.create(
        id=version.pk,
        tenant=document.tenant,
        version=version,
        ordinal=0,
        text=word_of(number),
        locator={"page": 1, "boxes": [[0.1, 0.1, 0.9, 0.2]]},
    )
