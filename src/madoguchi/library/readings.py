"""What a reader made of a version, kept beside the bytes: a zip, so that one page opens without the others.

Everything under `derived/` can be made again from the bytes. While these are in quarantine, every verb here but
`forget` raises blobs.Held.
"""

import hashlib
import json
import secrets
import zipfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings

from madoguchi import paths
from madoguchi.library import blobs, corrections, numbers
from madoguchi.library.models import Blob, Version
from madoguchi.readers.blocks import EDITION, Block, Page, Reading, Unreadable
from madoguchi.readers.read import media_type, read_file

UNKNOWN_KIND = "application/octet-stream"
NOT_DRAWN = "パスワードで保護されているため、ページの画像は表示しません。"


def read(version: Version, password: str = "") -> Reading:
    """Read a version's file in the readers' child process, keep the result, and return it as it was read.

    Raises Unsupported or Unreadable as the readers do, and numbers.Carries, keeping nothing, when it holds 個人番号.
    The password is kept nowhere: what it opened is.
    """
    reading = read_file(blobs.path_of(version.blob), version.document.file_name, password)
    if not version.blob.holds_no_number:
        numbers.check(reading, version.document.file_name)
    if password:
        reading.notice = " ".join(part for part in (reading.notice, NOT_DRAWN) if part)
    _keep(_place(version), reading, locked=bool(password))
    return reading


def kept(version: Version) -> bool:
    """Return whether a version's reading is already there, as readers read today."""
    return _head(version).get("edition") == EDITION


def forget(version: Version) -> None:
    """Remove everything derived from a version's bytes."""
    blob = version.blob
    for path in _folder(version).glob(f"{blob.sha256}*"):
        path.unlink(missing_ok=True)


def delete(gone: Sequence[Blob]) -> None:
    """Delete the bytes of some blobs, and everything that was derived from them, for good."""
    for blob in gone:
        blobs.place_of(blob).unlink(missing_ok=True)
        for version in Version.objects.filter(blob=blob).select_related("blob"):
            forget(version)


def stands(version: Version) -> bool:
    """Return whether a version was ever read, be it by older readers."""
    return _place(version).exists()


def is_locked(version: Version) -> bool:
    """Return whether a version was read with a password, so that no page of it can be drawn without."""
    return bool(_head(version).get("locked"))


def reading_of(version: Version) -> Reading:
    """Return the blocks and pages of a version, as persons have corrected them; read again when they are not kept."""
    place = _place(version)
    if place.exists():
        with zipfile.ZipFile(place) as archive:
            head = json.loads(archive.read("reading.json"))
            pages = [json.loads(archive.read(f"{number}.json")) for number in head["pages"]]
        reading = Reading.from_json({**head, "pages": pages})
    else:
        reading = read(version)
    reading.blocks = corrections.apply(version.blob, reading.blocks)
    return reading


def blocks_as_read(version: Version) -> list[Block]:
    """Return the blocks of a version as the reader made them, without its pages."""
    place = _place(version)
    if not place.exists():
        return read(version).blocks
    with zipfile.ZipFile(place) as archive:
        head = json.loads(archive.read("reading.json"))
    return Reading.from_json({**head, "pages": []}).blocks


def blocks_of(version: Version) -> list[Block]:
    """Return the blocks of a version as persons have corrected them, without its pages."""
    return corrections.apply(version.blob, blocks_as_read(version))


def page_of(version: Version, number: int) -> Page | None:
    """Return one page of a version with its lines; None when it has no such page."""
    place = _place(version)
    if not place.exists():
        return next((page for page in read(version).pages if page.number == number), None)
    with zipfile.ZipFile(place) as archive:
        try:
            data = archive.read(f"{number}.json")
        except KeyError:
            return None
    return Page(**json.loads(data))


def image_of(version: Version, page: int) -> bytes:
    """Return a page drawn as PNG, drawn once; raises Unreadable."""
    place = _image_place(version, page)
    if place.exists():
        return place.read_bytes()
    from madoguchi.readers.pages import page_image

    data = page_image(blobs.path_of(version.blob), page, settings.PAGE_IMAGE_DPI)
    _write(place, data)
    return data


def named_kind(version: Version) -> str:
    """Return what kind a version's file is; one that is not what its name says is kept, and its reading says why it
    fails. Of bytes in quarantine nothing is known."""
    try:
        return media_type(blobs.path_of(version.blob), version.document.file_name)[:100]
    except Unreadable:
        return UNKNOWN_KIND


def _folder(version: Version) -> Path:
    return paths.folder("derived") / str(int(version.tenant_id)) / version.blob.sha256[:2]


def _image_place(version: Version, page: int) -> Path:
    blobs.check(version.blob)
    return _folder(version) / f"{version.blob.sha256}-{int(page)}-{settings.PAGE_IMAGE_DPI}.png"


def _place(version: Version) -> Path:
    blobs.check(version.blob)
    # The same bytes under another kind of name are read otherwise.
    kind = hashlib.sha256(version.media_type.encode()).hexdigest()[:8]
    return _folder(version) / f"{version.blob.sha256}-{kind}.zip"


def _head(version: Version) -> dict[str, Any]:
    """What is said of a kept reading, without reading it: its edition, and whether a password opened the file."""
    place = _place(version)
    if not place.exists():
        return {}
    with zipfile.ZipFile(place) as archive:
        # Older readings say it with their blocks.
        name = "head.json" if "head.json" in archive.namelist() else "reading.json"
        return dict(json.loads(archive.read(name)))


def _keep(place: Path, reading: Reading, locked: bool = False) -> None:
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    reading_json: dict[str, Any] = {
        "blocks": [asdict(block) for block in reading.blocks],
        "notice": reading.notice,
        "members": [asdict(member) for member in reading.members],
        "pages": [page.number for page in reading.pages],
    }
    draft = place.with_name(f".{secrets.token_hex(8)}")
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("head.json", json.dumps({"edition": EDITION, "locked": locked}))
        archive.writestr("reading.json", json.dumps(reading_json, ensure_ascii=False))
        for page in reading.pages:
            archive.writestr(f"{page.number}.json", json.dumps(asdict(page), ensure_ascii=False))
    draft.replace(place)


def _write(place: Path, data: bytes) -> None:
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = place.with_name(f".{secrets.token_hex(8)}")
    draft.write_bytes(data)
    draft.replace(place)
