"""無害化した写し: what other zones get of a file that came from the internet.

The office's own tool makes it (MADOGUCHI_SANITISER). Without one, or when it gives nothing, it is built here from what
was read: the drawn pages as pictures in a PDF, else the text and tables as a plain HTML page. Nothing of the file
itself goes into those. Without any copy the file stays held for these zones.
"""

import io
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from madoguchi import paths
from madoguchi.library import blobs, picture_pdf, programs, readings, scanning, showing
from madoguchi.library.models import Blob, Version
from madoguchi.readers.blocks import Unreadable

log = logging.getLogger(__name__)
# Statuses in which a copy is there, or will not come.
_DONE = (Version.Status.READY, Version.Status.FAILED, Version.Status.UNSUPPORTED)
_NEVER = _("インターネット側から届いた文書です。無害化した写しを作れないため、この端末には保存できません。")
_SOON = _("インターネット側から届いた文書です。無害化した写しを作っています。しばらくしてから開き直してください。")
SUFFIX = {Version.Copy.PICTURES: ".pdf", Version.Copy.TEXT: ".html"}


@dataclass
class Given:
    """What a zone gets of a version: bytes and the name to save them under."""

    blob: Blob
    name: str


def crosses(version: Version, zone: str) -> bool:
    """Return whether a version would come from the internet into a zone inside when it is opened there."""
    return version.zone == Version.Zone.INTERNET and zone != Version.Zone.INTERNET


def given(version: Version, zone: str) -> Given:
    """Return what may be saved of a version in a zone: the file or its harmless copy; raises blobs.Held for neither."""
    blob, name = version.blob, version.document.file_name
    blobs.check(blob)
    if crosses(version, zone):
        if version.copy is None:
            raise blobs.Held(_NEVER if version.status in _DONE else _SOON)
        blob, suffix = version.copy, SUFFIX.get(Version.Copy(version.copied_by))
        blobs.check(blob)
        if suffix:
            name = PurePath(name).stem[:240] + suffix
    return Given(blob, name)


def is_owed(version_id: str) -> bool:
    """Return whether a version is to have a copy: it never changes, so a workflow may go by it."""
    return Version.objects.filter(pk=version_id, zone=Version.Zone.INTERNET).exists()


def make(version: Version) -> str:
    """Make the copy of a version anew and keep it; return how it was made, empty when it cannot be."""
    for way, attempt in ((Version.Copy.TOOL, _by_tool), (Version.Copy.PICTURES, _pictures), (Version.Copy.TEXT, _text)):
        try:
            with attempt(version) as made:
                if made is not None:
                    _keep(version, made, way)
                    return way
        except (Unreadable, blobs.TooLarge) as failure:
            log.info("version %s: no copy by %s (%s)", version.pk, way, type(failure).__name__)
    return ""


def _keep(version: Version, made: BinaryIO, way: Version.Copy) -> None:
    with blobs.received(made) as arrived, transaction.atomic():
        blob = blobs.keep(version.tenant, arrived)
        scanning.await_word(blob)
        Version.objects.filter(pk=version.pk).update(copy=blob, copied_by=way)
    scanning.ask(blob)


@contextmanager
def _by_tool(version: Version) -> Iterator[BinaryIO | None]:
    """Yield what the office's 無害化 tool makes of the file; None without a tool, and when it gives nothing."""
    if not settings.SANITISER:
        yield None
        return
    path = blobs.path_of(version.blob)
    with programs.run(settings.SANITISER, path, settings.SANITISER_SECONDS, settings.UPLOAD_MAX_MB << 20) as ended:
        is_made = ended.ending == "done" and ended.status == 0 and bool(ended.output.read(1))
        ended.output.seek(0)
        if not is_made:
            log.warning("version %s: sanitiser: %s, status %s", version.pk, ended.ending, ended.status)
        yield ended.output if is_made else None


@contextmanager
def _pictures(version: Version) -> Iterator[BinaryIO | None]:
    """Yield a PDF of the version's drawn pages; None when it has none, or more than COPY_MAX_PAGES."""
    drawn = 0 < version.pages <= settings.COPY_MAX_PAGES and readings.stands(version)
    if not drawn or readings.is_locked(version):
        yield None
        return
    pages = (readings.image_of(version, page) for page in range(1, version.pages + 1))
    with tempfile.TemporaryFile(dir=paths.folder("uploads")) as file:
        picture_pdf.write(pages, settings.PAGE_IMAGE_DPI, file, settings.UPLOAD_MAX_MB << 20)
        file.seek(0)
        yield file


@contextmanager
def _text(version: Version) -> Iterator[BinaryIO | None]:
    """Yield an HTML page of what was read of the version; None when there is no text."""
    if not readings.stands(version):
        yield None
        return
    blocks = showing.whole(readings.blocks_of(version), version.document.folder.reads_hidden)
    page = render_to_string("library/copy.html", {"document": version.document, "version": version, "blocks": blocks})
    yield io.BytesIO(page.encode()) if blocks else None
