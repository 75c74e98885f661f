"""What lies inside a mail or an archive goes with it: its place, who may see it, its end. Nothing inside is ever
open to more people than what it came in."""

from datetime import datetime

from django.utils.translation import gettext as _

from madoguchi.library.models import Document
from madoguchi.library.refused import Refused

# What a document inside another has from it and never of its own.
SHARED = ("folder_id", "readers", "valid_from", "valid_to")


def below(document: Document) -> list[Document]:
    """Return the standing documents inside a document, and those inside them, locked."""
    found: list[Document] = []
    for child in _children(document):
        found += [child, *below(child)]
    return found


def follow(document: Document, classification_before: int) -> list[Document]:
    """Bring what is inside a document, already saved, in step with it; return those. Call it in its transaction.

    What was classified higher by itself stays so; what had the classification of the document has it again.
    """
    found: list[Document] = []
    for child in _children(document):
        before = child.classification
        for name in SHARED:
            setattr(child, name, getattr(document, name))
        highest = max(before, document.classification)
        child.classification = document.classification if before == classification_before else highest
        child.untold = max(child.untold, Document.Untold.PLACE)
        child.save(update_fields=[*SHARED, "classification", "access_key", "untold"])
        found += [child, *follow(child, before)]
    return found


def end(documents: list[Document], at: datetime) -> None:
    """Take documents out of sight. Call it in a transaction, and tell the index afterwards."""
    for document in documents:
        document.deleted_at, document.untold = at, Document.Untold.PLACE
        document.save(update_fields=["deleted_at", "untold"])


def refuse_inner(document: Document) -> None:
    """Raise Refused for a document that stands inside another: this is done there."""
    if document.parent:
        text = _("「%s」の中のファイルです。移動・差し替え・閲覧範囲の変更は、その文書で行ってください。")
        raise Refused(text % document.parent.title)


def checked_inner(document: Document) -> None:
    """Raise Refused when a document, about to be saved, would be open to others than the one it stands inside."""
    parent = document.parent
    if parent is None:
        return
    if any(getattr(document, name) != getattr(parent, name) for name in SHARED):
        refuse_inner(document)
    if document.classification < parent.classification:
        text = _("元の文書「%s」の機密性区分より低くはできません。")
        raise Refused(text % parent.title, "classification")


def _children(document: Document) -> list[Document]:
    rows = Document.objects.select_for_update(of=("self",)).filter(parent=document, deleted_at=None)
    return list(rows.order_by("created_at"))
