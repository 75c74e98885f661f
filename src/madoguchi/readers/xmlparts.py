"""The one way to parse XML of a file from outside: no DTD, no entity, no network, no great depth."""

import io
import mmap
import zipfile
from typing import Any

from lxml import etree

from madoguchi.readers import kinds
from madoguchi.readers.limits import Limits
from madoguchi.readers.problems import Problem


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
        kinds.check_zip(data, limits.max_zip_ratio, limits.max_zip_entries, limits.max_inflated_mb)
        self._archive = zipfile.ZipFile(io.BytesIO(data))
        self._names = set(self._archive.namelist())

    def part(self, name: str) -> Any | None:
        """Return the root of an XML part, or None when there is no such part."""
        return parse(self._archive.read(name)) if name in self._names else None

    def content(self, name: str) -> bytes:
        """Return the bytes of a part; empty when there is none."""
        return self._archive.read(name) if name in self._names else b""
