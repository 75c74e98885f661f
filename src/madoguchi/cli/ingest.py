"""`madoguchi ingest`: files and folders into the library, to the end."""

import argparse
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from madoguchi.cli.main import Failure, print_json
from madoguchi.cli.start import end, start

if TYPE_CHECKING:
    from madoguchi.library.models import Folder, Version
    from madoguchi.people.models import Tenant

DEFAULT_FOLDER = "取り込み"


@dataclass
class Line:
    """What came of one file."""

    id: str | None
    path: str
    status: str
    reason: str
    pages: int
    passages: int


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help="ファイルまたはフォルダー")
    parser.add_argument("--folder", default=DEFAULT_FOLDER, help="書庫のフォルダー（例: 公開/例規）")
    parser.add_argument("--classification", help="機密性区分: 1, 2, 3C, 3B, 3A")
    parser.add_argument("--readers", nargs="+", metavar="KEY", default=[], help="閲覧者: public, staff, dept:福祉部 …")
    parser.add_argument("--replace", action="store_true", help="同じ名前の文書を新しい版で置き換える")
    parser.add_argument("--json", action="store_true")


def run(options: argparse.Namespace) -> int:
    """Take the files in, wait until each is read and indexed, and say what came of it; 1 when one failed."""
    tenant = start() or make_office()
    from madoguchi import durable
    from madoguchi.library import store
    from madoguchi.people.keys import parse_all
    from madoguchi.people.models import Classification

    try:
        readers = parse_all(tenant, options.readers)
        classification = Classification.named(options.classification) if options.classification else None
    except ValueError as error:
        raise Failure(str(error)) from None
    files = list(walk(options.paths))
    versions: list[tuple[str, Version | Line]] = []
    folders: dict[str, tuple[Folder, bool]] = {}
    for path, place in files:
        name = "/".join(part for part in (options.folder, place) if part)
        try:
            if name not in folders:
                folders[name] = folder_of(tenant, name, readers, classification)
            folder, is_new = folders[name]
            with path.open("rb") as file:
                version = store.add_file(
                    tenant,
                    folder,
                    file,
                    path.name,
                    classification=classification,
                    readers=[] if is_new else readers,
                    replace=options.replace,
                )
            versions.append((str(path), version))
        except store.SameContent as same:
            versions.append((str(path), same.version))
        except (store.Refused, OSError) as refusal:
            versions.append((str(path), Line(None, str(path), "failed", str(refusal), 0, 0)))
    durable.wait(store.start_ingestion(version) for _, version in versions if unfinished(version))
    if durable.working():
        # Nobody else would give these passages their meaning.
        durable.wait(queue="embed")
    lines = [result(path, version) for path, version in versions]
    if options.json:
        print_json({"documents": [asdict(line) for line in lines]})
    else:
        for line in lines:
            print(f"{line.status}\t{line.path}\t{line.passages}\t{line.reason}".rstrip())
    return end(1 if any(line.status == "failed" for line in lines) else 0)


def make_office() -> "Tenant":
    """Make the office of a fresh home."""
    from madoguchi.people.models import Tenant

    return Tenant.objects.create(slug="office", name="自治体")


def walk(paths: list[str]) -> Iterator[tuple[Path, str]]:
    """Yield each file with the folder it lies in below the one that was named; hidden ones are left out."""
    for text in paths:
        path = Path(text)
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                inner = file.relative_to(path)
                if file.is_file() and not any(part.startswith(".") for part in inner.parts):
                    yield file, "/".join(unicodedata.normalize("NFC", part) for part in inner.parts[:-1])
        elif path.is_file():
            yield path, ""
        else:
            raise Failure(f"ファイルがありません: {text}")


def folder_of(tenant: "Tenant", name: str, readers: list[str], classification: int | None) -> "tuple[Folder, bool]":
    """Return the library's folder of a path and whether it is new: a new one gets the readers, else `staff`."""
    from madoguchi.library.folders import Refused, folder_of_path

    try:
        return folder_of_path(tenant, name), False
    except Refused:
        if not readers and "/" not in name:
            print(
                f"フォルダー「{name}」を作ります。閲覧者の指定がないため、最上位の閲覧者は職員全員です。",
                file=sys.stderr,
            )
        made = folder_of_path(
            tenant, name, create=True, readers=readers or ["staff"], classification=classification or 1
        )
        return made, True


def unfinished(version: "Version | Line") -> bool:
    """Return whether a version still waits to be read."""
    from madoguchi.library.ingest import UNFINISHED

    return not isinstance(version, Line) and version.status in UNFINISHED


def result(path: str, version: "Version | Line") -> Line:
    """Return what came of a file, as it stands now."""
    if isinstance(version, Line):
        return version
    version.refresh_from_db()
    return Line(str(version.document_id), path, version.status, version.reason, version.pages, version.passages.count())
