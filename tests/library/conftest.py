"""Folders, and documents that are read."""

import io
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from madoguchi.library import folders, ingest, store
from madoguchi.library.models import Folder, Version
from madoguchi.people.keys import parse

PDF = files("madoguchi.sample_city").joinpath("files/公開/例規/風見市手数料条例.pdf")
CANARY = "ひみつのかなりあ"
GUIDE = "# 手数料\n\n住民票の写しは300円です。\n\n# 窓口\n\n平日の9時から17時まで。\n"
AddDocument = Callable[..., Version]


@pytest.fixture
def staff_folder(office) -> Folder:
    """A top folder of all staff."""
    return folders.folder_of_path(office, "庁内", create=True, readers=["staff"])


@pytest.fixture
def shelf(office, staff_folder) -> Folder:
    """A folder of 高齢福祉課 below it."""
    return folders.folder_of_path(office, "庁内/高齢", create=True, readers=[parse(office, "dept:福祉部/高齢福祉課")])


@pytest.fixture
def add_document(office) -> AddDocument:
    """Put a document in as the operator and read it."""

    def add(folder: Folder, content: str | bytes = GUIDE, name: str = "手引き.md", **fields: object) -> Version:
        data = content.encode() if isinstance(content, str) else content
        version = store.add_file(office, folder, io.BytesIO(data), name, **fields)  # type: ignore[arg-type]
        ingest.ingest(str(version.pk))
        version.refresh_from_db()
        return version

    return add


@pytest.fixture
def pdf() -> bytes:
    """A PDF of several pages with text."""
    return Path(str(PDF)).read_bytes()
