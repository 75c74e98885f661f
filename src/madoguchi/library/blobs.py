"""The bytes of files, each content once an office: `files/<tenant>/<aa>/<sha256>`. No file's name becomes a path."""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from madoguchi import paths
from madoguchi.library.models import Blob
from madoguchi.people.models import Tenant
from madoguchi.readers.blocks import Unreadable


class File(Protocol):
    """Something to read bytes from."""

    def read(self, size: int = -1, /) -> bytes: ...


class Held(Unreadable):
    """The bytes are in quarantine; the message says why and what happens next, in Japanese."""


class TooLarge(Exception):
    """The file is larger than an upload may be."""


@dataclass
class Received:
    """Bytes that have arrived and are not yet kept."""

    path: Path
    sha256: str
    size: int


def path_of(blob: Blob) -> Path:
    """Return where the bytes of a blob stand; raises Held while they are in quarantine."""
    check(blob)
    return place_of(blob)


def check(blob: Blob) -> None:
    """Raise Held while the bytes of a blob, and with them all that was made of them, are in quarantine."""
    if blob.is_held:
        raise Held(why_held(blob))


def why_held(blob: Blob) -> str:
    """Return what a person reads of bytes in quarantine; empty when they are not."""
    if blob.verdict == Blob.Verdict.WAITING:
        return "ファイルは保管していますが、ウイルス検査の結果が出るまでだれも開けません。自動で検査し直します。"
    if blob.verdict == Blob.Verdict.FOUND:
        name = f"（{blob.finding}）" if blob.finding else ""
        return f"ウイルス検査で検出{name}されたため隔離しました。だれも開けません。情報政策の担当者に連絡してください。"
    if blob.verdict == Blob.Verdict.DOUBTED:
        return (
            f"個人番号（マイナンバー）かもしれない番号があります（{blob.finding}）。"
            "個人番号でないと確かめるまで、だれも開けません。"
        )
    if blob.verdict == Blob.Verdict.NUMBERED:
        return (
            f"個人番号（マイナンバー）と思われる番号があるため（{blob.finding}）、登録をやめ、ファイルを削除しました。"
            "お手元のファイルから番号を消して、新しい版として登録してください。"
        )
    if blob.verdict == Blob.Verdict.REMOVED:
        return "隔離していたファイルを管理者が削除しました。必要なら、安全なファイルを新しい版として登録してください。"
    return ""


def place_of(blob: Blob) -> Path:
    """Return where the bytes of a blob stand, held or not: for what keeps them, never for what reads or shows them."""
    return _place(blob.tenant_id, blob.sha256)


@contextmanager
def received(file: File) -> Iterator[Received]:
    """Write what arrives to a temporary file, with its size and SHA-256; raises TooLarge past UPLOAD_MAX_MB.

    The temporary file goes when the block ends, unless `keep` has moved it.
    """
    path = paths.folder("uploads") / secrets.token_hex(16)
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("xb") as out:
            path.chmod(0o600)
            while part := file.read(1 << 20):
                size += len(part)
                if size > settings.UPLOAD_MAX_MB << 20:
                    raise TooLarge
                digest.update(part)
                out.write(part)
            out.flush()
            os.fsync(out.fileno())
        yield Received(path, digest.hexdigest(), size)
    finally:
        path.unlink(missing_ok=True)


def keep(tenant: Tenant, arrived: Received) -> Blob:
    """Keep bytes that arrived; the same bytes are kept once. Call it inside a transaction."""
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    blob, _ = Blob.objects.get_or_create(tenant=tenant, sha256=arrived.sha256, defaults={"size": arrived.size})
    target = place_of(blob)
    if not target.exists():
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        arrived.path.replace(target)
        _fsync(target.parent)
    return blob


def purge(tenant: Tenant) -> int:
    """Remove bytes that no version has needed for a day; return how many files went.

    They go while the office's row is locked, so that an upload of the same bytes comes wholly before or after.
    """
    with transaction.atomic():
        Tenant.objects.select_for_update().get(pk=tenant.pk)
        unneeded = list(
            Blob.objects.filter(
                tenant=tenant, versions=None, copied=None, created_at__lt=timezone.now() - timedelta(days=1)
            )
        )
        for blob in unneeded:
            place_of(blob).unlink(missing_ok=True)
            blob.delete()
    return len(unneeded)


def missing(tenant: Tenant) -> list[Blob]:
    """Return the blobs whose bytes are not there, or not of their size."""
    found = []
    for blob in Blob.objects.filter(tenant=tenant).exclude(verdict__in=Blob.WITHOUT_BYTES):
        path = place_of(blob)
        if not path.is_file() or path.stat().st_size != blob.size:
            found.append(blob)
    return found


def strays(tenant: Tenant) -> list[Path]:
    """Return files that no blob knows: left by a kill between the bytes and the row."""
    known = set(Blob.objects.filter(tenant=tenant).values_list("sha256", flat=True))
    return [path for path in _root(tenant.pk).glob("*/*") if path.name not in known]


def _root(tenant_id: int) -> Path:
    return paths.folder("files") / str(int(tenant_id))


def _place(tenant_id: int, sha256: str) -> Path:
    if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
        raise ValueError("not a SHA-256")
    return _root(tenant_id) / sha256[:2] / sha256


def _fsync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
