"""A workbook that lies in a Word file is a document below it, read and found like any other."""

import zipfile

import pytest

from madoguchi.library.models import Document
from tests.readers import files
from tests.readers.test_office_members import word_with

from .test_members import current, inside, read_all

pytestmark = pytest.mark.django_db


def test_an_embedded_workbook_is_a_document_below_the_word_file(add_document, shelf, tmp_path):
    book = files.small_xlsx(tmp_path / "b.xlsx").read_bytes()
    made = word_with(tmp_path / "a.docx", {"embeddings/x.xlsx": ("package", book)})
    version = add_document(shelf, made.read_bytes(), "要綱.docx")
    read_all()
    assert inside(version.document) == ["埋め込み1.xlsx"]
    child = Document.objects.get(parent=version.document)
    assert current(child).status == "ready"
    assert current(child).passages.exists()
    assert version.passages.exists()


def test_word_files_inside_each_other_end_at_the_depth_that_is_allowed(add_document, shelf, tmp_path, settings):
    settings.MEMBERS_MAX_DEPTH = 2
    content = files.small_docx(tmp_path / "0.docx").read_bytes()
    for depth in range(1, 5):
        content = word_with(tmp_path / f"{depth}.docx", {"embeddings/x.docx": ("package", content)}).read_bytes()
    version = add_document(shelf, content, "入れ子.docx")
    read_all()
    assert Document.objects.filter(file_name="埋め込み1.docx").count() == 2
    assert zipfile.is_zipfile(tmp_path / "4.docx")
    deepest = Document.objects.get(parent__parent=version.document)
    assert "2段を超える" in current(deepest).reason
