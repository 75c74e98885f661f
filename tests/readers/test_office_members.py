"""Files inside Word, PowerPoint and Excel files become members, as mail attachments do; a chart's workbook does not."""

import io
import struct
import zipfile
from pathlib import Path

import openpyxl
import pytest

from madoguchi.readers import docx, pptx, xlsx
from madoguchi.readers.limits import Limits
from madoguchi.readers.problems import Problem
from madoguchi.readers.read import member, read_file
from tests.readers import files
from tests.readers.decks import deck, relations, slide, title
from tests.readers.ole_writer import ole

BODY = (
    b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>'
    + "本文".encode()
    + b"</w:t></w:r></w:p></w:body></w:document>"
)


def native(label: str, content: bytes) -> bytes:
    """An OLE object in which the Packager wraps a file."""
    name = label.encode("cp932") + b"\0"
    said = b"\x02\0" + name + b"C:\\Users\\" + name + bytes(4) + struct.pack("<I", len(name)) + name
    said += struct.pack("<I", len(content)) + content
    return ole({"\x01Ole10Native": struct.pack("<I", len(said)) + said})


def word_with(path: Path, inside: dict[str, tuple[str, bytes]]) -> Path:
    """A docx whose document refers to parts: name -> (kind of relation, bytes)."""
    links = {f"r{at}": (kind, name) for at, (name, (kind, _)) in enumerate(inside.items())}
    files.docx_of(path, BODY)
    with zipfile.ZipFile(path, "a") as made:
        made.writestr("word/_rels/document.xml.rels", relations(links))
        for name, (_, content) in inside.items():
            made.writestr(f"word/{name}", content)
    return path


def inside(path: Path) -> dict[str, bytes]:
    reading = read_file(path, path.name)
    found = {each.name: member(path, path.name, at) for at, each in enumerate(reading.members)}
    assert [each.size for each in reading.members] == [len(content) for content in found.values()]
    return found


@pytest.fixture
def book(tmp_path) -> bytes:
    return files.small_xlsx(tmp_path / "inner.xlsx").read_bytes()


@pytest.fixture
def letter(tmp_path) -> bytes:
    return files.small_docx(tmp_path / "inner.docx").read_bytes()


def test_embedded_documents_come_out_as_they_are(tmp_path, book, letter):
    made = word_with(
        tmp_path / "a.docx",
        {
            "embeddings/Microsoft_Excel_Worksheet2.xlsx": ("package", book),
            "embeddings/Microsoft_Word_Document10.docx": ("package", letter),
        },
    )
    assert inside(made) == {"埋め込み1.xlsx": book, "埋め込み2.docx": letter}


@pytest.mark.req("E5")
def test_what_the_packager_wraps_keeps_its_name(tmp_path, book):
    wrapped = {
        "embeddings/oleObject1.bin": ("oleObject", native("手数料一覧.csv", "番号,額\n1,300\n".encode("cp932"))),
        "embeddings/oleObject2.bin": ("oleObject", native("..\\..\\表.xlsx", book)),
    }
    found = inside(word_with(tmp_path / "a.docx", wrapped))
    assert found == {"手数料一覧.csv": "番号,額\n1,300\n".encode("cp932"), "表.xlsx": book}


def test_an_ole_object_that_holds_a_file_in_a_stream_gives_it(tmp_path, book):
    wrapped = {
        "embeddings/oleObject1.bin": ("oleObject", ole({"Package": book, "\x01CompObj": b"x" * 80})),
        "embeddings/oleObject2.bin": ("oleObject", ole({"Workbook": bytes(5000), "\x01CompObj": b"x" * 80})),
    }
    found = inside(word_with(tmp_path / "a.docx", wrapped))
    assert found["埋め込み1.xlsx"] == book
    assert list(found) == ["埋め込み1.xlsx", "埋め込み2.xls"]


@pytest.mark.req("E6")
@pytest.mark.parametrize(
    "content",
    [
        native("setup.exe", b"MZ\x90\x00" + bytes(100)),
        native("領収書.pdf", b"MZ\x90\x00" + bytes(100)),
        ole({"Equation Native": bytes(100)}),
        ole({"\x01Ole10Native": b"\xff\xff\xff\xff\x02\0abc"}),
        ole({"\x01Ole10Native": struct.pack("<I", 20) + b"\x02\0a\0b\0" + struct.pack("<II", 0, 0xFFFFFFFF)}),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        b"\0\1\2\3" * 100,
    ],
)
def test_what_is_no_file_that_is_read_is_left_and_counted(tmp_path, content):
    reading = read_file(word_with(tmp_path / "a.docx", {"embeddings/oleObject1.bin": ("oleObject", content)}), "a.docx")
    assert reading.members == []
    assert "埋め込まれたもの1件" in reading.notice
    assert [block.text for block in reading.blocks] == ["本文"]


def test_the_workbook_of_a_chart_is_no_file_of_its_own(tmp_path, book):
    made = word_with(tmp_path / "a.docx", {"charts/chart1.xml": ("chart", b"<c/>")})
    with zipfile.ZipFile(made, "a") as more:
        more.writestr("word/charts/_rels/chart1.xml.rels", relations({"x": ("package", "../embeddings/b.xlsx")}))
        more.writestr("word/embeddings/b.xlsx", book)
    reading = read_file(made, "a.docx")
    assert (reading.members, reading.notice) == ([], "")


def test_inserted_documents_are_members_too(tmp_path, letter):
    page = "<html><body><p>差し込んだページ</p></body></html>".encode()
    saved = b"MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + page
    made = word_with(
        tmp_path / "a.docx",
        {
            "afchunk1.docx": ("aFChunk", letter),
            "afchunk2.html": ("aFChunk", page),
            "afchunk3.rtf": ("aFChunk", b"{\\rtf1 x}"),
            "afchunk4.mht": ("aFChunk", saved),
        },
    )
    assert set(inside(made)) == {"差し込み1.docx", "差し込み2.html", "差し込み3.eml", "差し込み4.rtf"}


def test_slides_and_sheets_hold_files_as_well(tmp_path, book, letter):
    show = deck(tmp_path / "a.pptx", slide(title("題")), of_first={"o": ("package", "../embeddings/x.xlsx")})
    with zipfile.ZipFile(show, "a") as made:
        made.writestr("ppt/embeddings/x.xlsx", book)
    assert inside(show) == {"埋め込み1.xlsx": book}
    own = openpyxl.Workbook()
    assert own.active is not None
    own.active["A1"] = "一覧"
    out = io.BytesIO()
    own.save(out)
    (tmp_path / "b.xlsx").write_bytes(out.getvalue())
    with zipfile.ZipFile(tmp_path / "b.xlsx", "a") as made:
        made.writestr("xl/worksheets/_rels/sheet1.xml.rels", relations({"o": ("package", "../embeddings/y.docx")}))
        made.writestr("xl/embeddings/y.docx", letter)
    assert inside(tmp_path / "b.xlsx") == {"埋め込み1.docx": letter}


@pytest.mark.req("E4")
def test_a_link_to_a_file_outside_is_not_followed(tmp_path):
    made = deck(tmp_path / "a.pptx", slide(title("題")), of_first={"o": ("package", "http://127.0.0.1:9/x.xlsx")})
    reading = read_file(made, "a.pptx")
    assert (reading.members, reading.notice) == ([], "")


@pytest.mark.parametrize("reader", [docx, pptx, xlsx])
def test_a_number_that_stands_for_no_file_is_a_broken_file(tmp_path, reader):
    made = files.small_docx(tmp_path / "a.docx").read_bytes()
    with pytest.raises(Problem) as problem:
        reader.member(made, 0, Limits())
    assert problem.value.key == "broken"


def test_a_file_under_a_password_inside_waits_for_it_as_a_document_of_its_own(tmp_path):
    locked = ole({"EncryptionInfo": bytes(5000), "EncryptedPackage": bytes(5000)})
    made = word_with(tmp_path / "a.docx", {"embeddings/oleObject1.bin": ("oleObject", locked)})
    assert inside(made) == {"埋め込み1": locked}
