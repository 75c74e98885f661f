"""The one way to parse XML of a file from outside: no DTD, no entity, no network, no great depth."""

import io
import mmap
import posixpath
import re
import zipfile
from typing import Any

from lxml import etree

from madoguchi.readers import zip_shape
from madoguchi.readers.limits import Limits
from madoguchi.readers.problems import Problem

_RELATIONS = re.compile(r"(.*/)?_rels/([^/]*)\.rels")
# The strict variant of the format -> the names that everybody writes.
_STRICT = (
    (
        b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    ),
    (b"http://purl.oclc.org/ooxml/presentationml/main", b"http://schemas.openxmlformats.org/presentationml/2006/main"),
    (b"http://purl.oclc.org/ooxml/spreadsheetml/main", b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"),
    (b"http://purl.oclc.org/ooxml/drawingml/", b"http://schemas.openxmlformats.org/drawingml/2006/"),
    (b"http://purl.oclc.org/ooxml/officeDocument/math", b"http://schemas.openxmlformats.org/officeDocument/2006/math"),
    (
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    ),
)


def parse(data: bytes) -> Any:
    """Return the root element. Problem `xml` when it has a DTD, `broken` when it is no XML."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise Problem("nested" if "depth" in str(error) else "broken") from None
    # A DTD in UTF-16 does not show in the bytes.
    if root.getroottree().docinfo.doctype:
        raise Problem("xml")
    return root


class Package:
    """An OOXML file whose size, ratio and DTDs are checked; parts by name."""

    def __init__(self, data: bytes | mmap.mmap, limits: Limits) -> None:
        zip_shape.check(data, limits.max_zip_ratio, limits.max_zip_entries, limits.max_inflated_mb)
        self._archive = zipfile.ZipFile(io.BytesIO(data))
        self._names = set(self._archive.namelist())

    def part(self, name: str) -> Any | None:
        """Return the root of an XML part, or None when there is no such part."""
        if name not in self._names:
            return None
        data = self._archive.read(name)
        if b"http://purl.oclc.org/ooxml/" in data:
            for strict, usual in _STRICT:
                data = data.replace(strict, usual)
        return parse(data)

    def sources(self) -> list[str]:
        """Return the parts that refer to others, by name; the file as a whole is the empty one."""
        found = (_RELATIONS.fullmatch(name) for name in sorted(self._names))
        return [(each[1] or "") + each[2] for each in found if each]

    def related(self, name: str) -> dict[str, tuple[str, str]]:
        """Return what a part refers to inside the file: id -> (the last word of its kind, name of the part)."""
        folder, _, file = name.rpartition("/")
        relations = self.part(f"{folder}/_rels/{file}.rels".lstrip("/"))
        found: dict[str, tuple[str, str]] = {}
        for each in relations if relations is not None else ():
            if each.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, each.get("Target", ""))).lstrip("/")
                found[each.get("Id", "")] = (each.get("Type", "").rpartition("/")[2], target)
        return found

    def content(self, name: str) -> bytes:
        """Return the bytes of a part; empty when there is none."""
        return self._archive.read(name) if name in self._names else b""
