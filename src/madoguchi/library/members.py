"""The files inside a mail or an archive become documents of their own: taken out once, in step with their version.

They stand in the folder of what they came in, with its readers, dates and classification. What they are called is
data; their bytes are kept under their content's hash like any upload's, and within the limits of one.
"""

import io
import unicodedata
from datetime import datetime, timedelta
from pathlib import PurePath

from django.conf import settings
from django.db import transaction
from django.db.models import Count, OuterRef, Q, Subquery, Sum
from django.utils import timezone

from madoguchi.library import blobs, family, ingest, readings, store
from madoguchi.library.models import Blob, Document, Version
from madoguchi.people.access import Scope
from madoguchi.readers.blocks import Member, Unreadable
from madoguchi.readers.read import member as bytes_of

TITLE_MAX_CHARACTERS = 300


class _Full(Exception):
    """The outermost file around has no room for one more."""


def take_out(version: Version) -> str:
    """Make documents of the files inside a version, and take away those that only an older version held.

    May run twice: the same bytes under the same name make no second document. Returns what a person should know of
    what was not taken out, in Japanese. A version that is no longer the newest changes nothing.
    """
    try:
        found = readings.reading_of(version).members
    except Unreadable:
        found = []
    if found and _depth(version.document) >= settings.MEMBERS_MAX_DEPTH:
        return f"入れ子が{settings.MEMBERS_MAX_DEPTH}段を超えるため、中のファイル{len(found):,}件は取り出していません。"
    named = list(zip(found, names_of([each.name for each in found]), strict=True))
    if not _remove_others(version, {_folded(name) for _, name in named}):
        return ""
    standing = {_folded(child.file_name) for child in version.document.children.filter(deleted_at=None)}
    failed, full = [], 0
    for number, (inside, name) in enumerate(named):
        try:
            if _folded(name) not in standing and not _room(version.document, inside.size):
                raise _Full
            if not _taken(version, number, inside, name):
                failed.append(name)
        except _Full:
            full += 1
    said = []
    if full:
        limits = f"{settings.MEMBERS_MAX:,}件、合計{settings.MEMBERS_MAX_MB:,}MB"
        said.append(f"中のファイルが上限（{limits}）を超えるため、{full:,}件は取り出していません。")
    if failed:
        said.append(
            f"取り出せないファイルが{len(failed):,}件あります（{failed[0][:40]}{'など' if failed[1:] else ''}）。"
        )
    return "".join(said)


def names_of(names: list[str]) -> list[str]:
    """Return file names for what an archive calls its files: the last part of each, none twice."""
    taken: set[str] = set()
    said = []
    for name in names:
        own = PurePath(store.file_name_of(name))
        candidate, number = str(own), 1
        while _folded(candidate) in taken:
            number += 1
            candidate = f"{own.stem[:230]} ({number}){own.suffix[:20]}"
        taken.add(_folded(candidate))
        said.append(candidate)
    return said


def title_of(name: str, file_name: str) -> str:
    """Return the title of a file inside: its path in the archive and its name without the suffix."""
    path = unicodedata.normalize("NFC", name).replace("\\", "/").split("/")[:-1]
    folders = [store.file_name_of(part) for part in path if part.strip(". ")]
    return " › ".join([*folders, PurePath(file_name).stem])[-TITLE_MAX_CHARACTERS:]


def shown(scope: Scope, document: Document) -> list[Document]:
    """Return what a scope sees inside a document, each with its newest version as `newest`."""
    found = list(Document.objects.within(scope).filter(parent=document).order_by("created_at", "title"))
    versions = Version.objects.within(scope).filter(document__in=found).order_by("number")
    newest = {version.document_id: version for version in versions}
    for each in found:
        each.newest = newest.get(each.pk)  # type: ignore[attr-defined]
    return found


def around(scope: Scope, document: Document) -> Document | None:
    """Return the mail or archive that a document came in, as far as a scope sees it."""
    return Document.objects.within(scope).filter(pk=document.parent_id).first() if document.parent_id else None


def _taken(version: Version, number: int, inside: Member, name: str) -> bool:
    """Take one file out; return whether there is one to take. Raises _Full."""
    if inside.size > settings.UPLOAD_MAX_MB << 20:
        return False
    try:
        content = bytes_of(blobs.path_of(version.blob), version.document.file_name, number)
        if not content:
            return False
        with blobs.received(io.BytesIO(content)) as arrived, transaction.atomic():
            fits = _keep(version, blobs.keep(version.tenant, arrived), inside.name, name)
    except (Unreadable, blobs.TooLarge):
        return False
    if not fits:
        raise _Full
    return True


def _keep(version: Version, blob: Blob, path: str, name: str) -> bool:
    """Make the document, or the next version of it, unless these bytes stand there already; return whether it fits."""
    parent = _locked(version)
    if parent is None:
        return True
    inner = Document.objects.filter(parent=parent, file_name__iexact=name)
    child = inner.filter(deleted_at=None).first()
    if child is None:
        # Somebody took it out of sight since this version came: it does not come back by being read again.
        if inner.filter(deleted_at__gte=version.uploaded_at, versions__blob=blob).exists():
            return True
        # Looked at again behind the office's lock that `blobs.keep` holds: others may be unpacking at the same time.
        if not _room(parent, blob.size):
            return False
        child = Document.objects.create(
            tenant=parent.tenant,
            folder=parent.folder,
            parent=parent,
            title=title_of(path, name),
            file_name=name,
            classification=parent.classification,
            readers=parent.readers,
            department_name=parent.department_name,
            fiscal_year=parent.fiscal_year,
            valid_from=parent.valid_from,
            valid_to=parent.valid_to,
        )
    last = child.versions.order_by("-number").first()
    if last is None or last.blob_id != blob.pk:
        store.next_version(child, blob, version.uploaded_by, version.zone)
    return True


def _remove_others(version: Version, names: set[str]) -> bool:
    """Take out of sight what no longer is inside; return whether the version is the one that says so."""
    with transaction.atomic():
        parent = _locked(version)
        if parent is None:
            return False
        gone: list[Document] = []
        for child in Document.objects.filter(parent=parent, deleted_at=None):
            if _folded(child.file_name) not in names:
                gone += [child, *family.below(child)]
        # A moment before this version came, so that a later one may bring it back.
        family.end(gone, min(timezone.now(), _before(version)))
        transaction.on_commit(lambda: ingest.announce_changes(gone))
    return True


def _before(version: Version) -> datetime:
    return version.uploaded_at - timedelta(microseconds=1)


def _locked(version: Version) -> Document | None:
    """Return the document of a version, locked; None when it is gone or a newer version is its current one."""
    rows = Document.objects.select_for_update(of=("self",)).select_related("folder", "tenant", "current")
    document = rows.filter(pk=version.document_id, deleted_at=None).first()
    if document is None or (document.current and document.current.number > version.number):
        return None
    return document


def _room(document: Document, size: int) -> bool:
    """Return whether the outermost file around has room for one more inside, by count and by bytes."""
    root = document
    while root.parent:
        root = root.parent
    inside = Q()
    for depth in range(1, settings.MEMBERS_MAX_DEPTH + 1):
        inside |= Q(**{"__".join(["parent"] * depth): root})
    newest = Version.objects.filter(document=OuterRef("pk")).order_by("-number").values("blob__size")[:1]
    rows = Document.objects.filter(inside, deleted_at=None).annotate(its=Subquery(newest))
    held = rows.aggregate(count=Count("pk"), bytes=Sum("its"))
    return held["count"] < settings.MEMBERS_MAX and (held["bytes"] or 0) + size <= settings.MEMBERS_MAX_MB << 20


def _depth(document: Document) -> int:
    depth = 0
    while document.parent:
        depth, document = depth + 1, document.parent
    return depth


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
