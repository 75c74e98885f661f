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
    parser.add_argument(
        "--zone",
        choices=["internal", "lgwan", "internet"],
        default="internal",
        help="どこから届いたファイルか。internet なら、ほかの接続区分には無害化した写しを渡す",
    )
    parser.add_argument("--replace", action="store_true", help="同じ名前の文書を新しい版で置き換える")
    parser.add_argument("--json", action="store_true")


def run(options: argparse.Namespace) -> int:
    """Take the files in, wait until each is read and indexed, and say what came of it; 1 when one failed."""
    tenant = start() or make_office()
    from madoguchi import durable
    from madoguchi.library import store
    from madoguchi.library.ingest import UNFINISHED

    files = list(walk(options.paths))
    shelves = Shelves(tenant, options)
    # From the first file on, this process reads, unless another does the work of this home.
    durable.launch(worker=True)
    taken = [(str(path), take(shelves, path, place)) for path, place in files]
    versions = [version for _, version in taken if not isinstance(version, Line)]
    durable.wait(store.start_ingestion(version) for version in versions if version.status in UNFINISHED)
    if durable.working():
        # Nobody else would give figures their descriptions and passages their meaning.
        durable.wait(queue="describe")
        durable.wait(queue="embed")
    lines = [version if isinstance(version, Line) else result(path, version) for path, version in taken]
    if options.json:
        print_json({"documents": [asdict(line) for line in lines]})
    else:
        for line in lines:
            print(f"{line.status}\t{line.path}\t{line.passages}\t{line.reason}".rstrip())
    return end(1 if any(line.status in ("failed", "scanning", "held") for line in lines) else 0)


class Shelves:
    """The library's folders that the files go to, made when missing: a new one gets the readers, else `staff`."""

    def __init__(self, tenant: "Tenant", options: argparse.Namespace) -> None:
        from madoguchi.people.keys import parse_all
        from madoguchi.people.models import Classification

        self.tenant, self.top = tenant, options.folder
        self.replace, self.zone = options.replace, options.zone
        self.known: dict[str, tuple[Folder, bool]] = {}
        try:
            self.readers = parse_all(tenant, options.readers)
            self.classification = Classification.named(options.classification) if options.classification else None
        except ValueError as error:
            raise Failure(str(error)) from None

    def at(self, place: str) -> "tuple[Folder, bool]":
        """Return the folder for files of a place below the one that was named, and whether it is new."""
        from madoguchi.library.folders import folder_of_path
        from madoguchi.library.refused import Refused

        name = "/".join(part for part in (self.top, place) if part)
        if name not in self.known:
            try:
                self.known[name] = folder_of_path(self.tenant, name), False
            except Refused:
                if not self.readers:
                    print(f"フォルダー「{name}」を作りました。新しい最上位の閲覧者は職員全員です。", file=sys.stderr)
                self.known[name] = (
                    folder_of_path(
                        self.tenant,
                        name,
                        create=True,
                        readers=self.readers or ["staff"],
                        classification=self.classification or 1,
                    ),
                    True,
                )
        return self.known[name]


def take(shelves: Shelves, path: Path, place: str) -> "Version | Line":
    """Put one file in; return its version, or why it was not taken."""
    from madoguchi.library import store
    from madoguchi.library.refused import Refused

    try:
        folder, is_new = shelves.at(place)
        with path.open("rb") as file:
            return store.add_file(
                shelves.tenant,
                folder,
                file,
                path.name,
                classification=shelves.classification,
                readers=[] if is_new else shelves.readers,
                zone=shelves.zone,
                replace=shelves.replace,
            )
    except store.SameContent as same:
        return same.version
    except store.NameTaken:
        reason = "同じ名前の文書が登録済みです。新しい版で置き換えるときは --replace を付けてください。"
    except (Refused, OSError) as refusal:
        reason = str(refusal)
    return Line(None, str(path), "failed", reason, 0, 0)


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


def result(path: str, version: "Version") -> Line:
    """Return what came of a file, as it stands now."""
    version.refresh_from_db()
    passages = version.passages.count()
    return Line(str(version.document_id), path, version.status, version.reason, version.pages, passages)
