"""Files that would hurt a careless reader end in a clear status within the limits."""

import json
from pathlib import Path

import pytest

from madoguchi.readers.blocks import Reading, Unreadable, Unsupported
from madoguchi.readers.kinds import DOCX, PDF, XLSX
from madoguchi.readers.pages import page_image
from madoguchi.readers.problems import MESSAGES
from madoguchi.readers.read import media_type, read_file
from tests.readers import files

STATUS = {
    "empty": "空（0バイト）",
    "truncated pdf": "壊れているか、途中で切れて",
    "truncated docx": "壊れているか、途中で切れて",
    "truncated xlsx": "壊れているか、途中で切れて",
    "garbage pdf": "壊れているか、途中で切れて",
    "encrypted pdf": "パスワードで保護",
    "encrypted docx": "パスワードで保護",
    "encrypted xlsx": "パスワードで保護",
    "docx named pdf": "拡張子と中身が異なります",
    "pdf named docx": "拡張子と中身が異なります",
    "pdf named txt": "拡張子と中身が異なります",
    "xlsx named docx": "拡張子と中身が異なります",
    "pdf and html": "二つの形式",
    "html before pdf": "二つの形式",
    "html after pdf": "二つの形式",
    "zip and pdf": "二つの形式",
    "gif and js": "二つの形式",
    "zip bomb": "圧縮率が100倍",
    "zip of many": "10,000個を超える",
    # Python itself tells since 3.11.4.
    "overlapping zip": "重なっている|壊れているか",
    "old word": "変換できませんでした|LibreOffice",
    "billion laughs": "DTD",
    "outside entity": "DTD",
    "outside entity xlsx": "DTD",
    "utf-16 dtd": "DTD",
    "far cell": "セルの数が上限",
    "deep xml": "入れ子が深すぎて",
    "deep html": "入れ子が深すぎて",
    "huge page": "文字が見つかりませんでした",
    "huge image": "文字が見つかりませんでした",
    "null csv": "拡張子と中身が異なります",
    "no text pdf": "文字が見つかりませんでした",
}


@pytest.fixture(scope="module")
def bad(tmp_path_factory) -> dict[str, Path]:
    return files.bad_files(tmp_path_factory.mktemp("bad"))


@pytest.mark.req("E1")
@pytest.mark.req("E2")
@pytest.mark.req("E3")
@pytest.mark.parametrize("kind", STATUS)
def test_a_bad_file_ends_in_a_clear_status(bad, kind):
    with pytest.raises(Unreadable, match=STATUS[kind]) as problem:
        read_file(bad[kind], bad[kind].name)
    said = str(problem.value)
    assert "。" in said and "passwd" not in said and "root:" not in said


def test_every_bad_file_has_its_status_here(bad):
    assert set(bad) - set(STATUS) == {"gzip", "program", "pdf loop"}


@pytest.mark.req("E2")
def test_a_pdf_that_contains_itself_is_read_once(bad):
    assert [block.text for block in read_file(bad["pdf loop"], "loop.pdf").blocks] == ["輪になったPDF"]


@pytest.mark.parametrize("kind", ["gzip", "program"])
def test_a_kind_without_a_reader_is_kept_and_says_so(bad, kind):
    with pytest.raises(Unsupported, match="本文は未対応"):
        read_file(bad[kind], bad[kind].name)


@pytest.mark.req("E2")
def test_a_pdf_of_ten_thousand_pages_is_read_to_the_limit_and_says_so(tmp_path, settings):
    settings.READER_MAX_PAGES = 40
    reading = read_file(files.many_pages_pdf(tmp_path / "long.pdf", 10_000), "long.pdf")
    assert len(reading.pages) == 40
    assert "10,000ページのうち、はじめの40ページ" in reading.notice


@pytest.mark.req("E3")
def test_the_content_decides_what_a_file_is(tmp_path):
    word = files.small_docx(tmp_path / "w.docx")
    assert media_type(word, "文書") == DOCX
    assert media_type(files.small_xlsx(tmp_path / "x.xlsx"), "x.xlsx") == XLSX
    assert media_type(files.pdf(tmp_path / "p.pdf", [files.Page().text(70, 80, "あ")]), "P.PDF") == PDF
    with pytest.raises(Unreadable, match=r"拡張子と中身が異なります（拡張子は「\.pdf」、中身はWord文書）"):
        media_type(word, "申請書.pdf")


@pytest.mark.req("E3")
@pytest.mark.parametrize(
    ("name", "content", "media"),
    [
        ("a.csv", "番号,名前\n1,青\n".encode("cp932"), "text/csv"),
        ("a.md", b"# title\n", "text/markdown"),
        ("a.html", b"<p>x</p>", "text/html"),
        ("a.txt", "あ".encode("utf-16"), "text/plain"),
        ("memo", "メモ".encode(), "text/plain"),
        ("page", b"<!DOCTYPE html><html><body>x</body></html>", "text/html"),
        ("a.txt", "MZ世代とは何か。".encode(), "text/plain"),
        ("a.csv", b"ID3,name\n1,x\n", "text/csv"),
        ("a.pdf", b"\r\n%PDF-1.7\n", "application/pdf"),
        ("a.mp3", b"ID3\x04\x00", "audio/mpeg"),
        ("a.zip", b"PK\x05\x06" + bytes(18), "application/zip"),
    ],
)
def test_kinds_of_text_go_by_their_name(tmp_path, name, content, media):
    (tmp_path / "blob").write_bytes(content)
    assert media_type(tmp_path / "blob", name) == media


@pytest.mark.req("E3")
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b"<!DOCTYPE html><html><body>x</body></html>"),
        ("a.png", b"\xff\xd8\xff\xe0" + bytes(50)),
        ("a.txt", b"\x7fELF" + bytes(50)),
        ("a.xlsx", b"id,name\n"),
        ("a.doc", b"plain"),
        ("a.html", b"just words"),
    ],
)
def test_a_name_that_says_another_kind_is_refused(tmp_path, name, content):
    (tmp_path / "blob").write_bytes(content)
    with pytest.raises(Unreadable, match="拡張子と中身が異なります"):
        media_type(tmp_path / "blob", name)


@pytest.mark.req("E5")
@pytest.mark.parametrize(
    "name", ["../../etc/passwd.docx", "-o x.docx", "$(id).docx", "a\0b.docx", "C:\\x.docx", "が.docx", "/dev/sda.docx"]
)
def test_a_name_is_only_a_name(tmp_path, name):
    # The child gets an open file; the name is looked at for its suffix and never reaches a path or a command line.
    word = files.small_docx(tmp_path / "blob")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert read_file(word, name).blocks
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


@pytest.mark.req("E5")
def test_names_inside_an_archive_write_nothing(tmp_path):
    import zipfile

    word = files.small_docx(tmp_path / "blob.docx")
    with zipfile.ZipFile(word, "a") as made:
        for name in ("../../outside.txt", "/abs.txt", "C:\\drive.txt", "con\0.txt", "word/../up.txt"):
            made.writestr(name, b"x")
    inside = {path.name for path in tmp_path.rglob("*")}
    outside = {path.name for path in tmp_path.parent.iterdir()}
    assert read_file(word, "blob.docx").blocks
    assert {path.name for path in tmp_path.rglob("*")} == inside
    assert {path.name for path in tmp_path.parent.iterdir()} == outside


@pytest.mark.req("E3")
def test_a_page_image_is_drawn_anew_without_metadata(tmp_path):
    import io

    import pikepdf
    from PIL import Image

    path = files.pdf(tmp_path / "p.pdf", [files.Page().text(70, 80, "絵になる文")])
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        document.docinfo["/Author"] = "GEHEIM-AUTHOR"
        document.save(path)
    drawn = page_image(path, 1, 72)
    assert b"GEHEIM" not in drawn
    with Image.open(io.BytesIO(drawn)) as image:
        assert (image.format, image.size, image.info, len(image.getexif())) == ("PNG", (595, 842), {}, 0)
        assert min(image.convert("L").tobytes()) < 100


@pytest.mark.req("E2")
def test_a_page_too_large_to_draw_says_so(bad):
    with pytest.raises(Unreadable, match="大きすぎて画像にできません"):
        page_image(bad["huge page"], 1, 120)
    assert page_image(bad["huge image"], 1, 72).startswith(b"\x89PNG")


@pytest.mark.parametrize("page", [0, 2, -1, 10**9])
def test_a_page_that_is_not_there_says_so(tmp_path, page):
    path = files.pdf(tmp_path / "p.pdf", [files.Page().text(70, 80, "一枚")])
    with pytest.raises(Unreadable, match="そのページはありません"):
        page_image(path, page, 72)


def test_only_pdfs_have_page_images(tmp_path):
    with pytest.raises(Unreadable, match="ページ画像がありません"):
        page_image(files.small_docx(tmp_path / "w.docx"), 1, 72)


@pytest.mark.req("E1")
@pytest.mark.parametrize(
    "answer",
    [
        {"reading": {"blocks": [{"kind": "script", "text": "x", "locator": {}}], "pages": [], "notice": ""}},
        {"reading": {"blocks": [{"kind": "paragraph", "text": 7, "locator": {}}], "pages": [], "notice": ""}},
        {
            "reading": {
                "blocks": [{"kind": "table", "text": "", "locator": {}, "cells": [[1]]}],
                "pages": [],
                "notice": "",
            }
        },
        {"reading": {"blocks": [], "pages": [{"number": "1", "width": 1, "height": 1}], "notice": ""}},
        {"reading": []},
        [],
    ],
)
def test_an_answer_of_the_wrong_shape_is_not_believed(tmp_path, monkeypatch, answer):
    monkeypatch.setattr("madoguchi.readers.read.ask_child", lambda *_: json.dumps(answer).encode())
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(Unreadable, match="異常終了"):
        read_file(tmp_path / "a.txt", "a.txt")


def test_a_reading_survives_being_kept_as_json(tmp_path):
    reading = read_file(files.pdf(tmp_path / "p.pdf", [files.Page().text(70, 80, "保存する文")]), "p.pdf")
    assert Reading.from_json(json.loads(json.dumps(reading.to_json()))).blocks == reading.blocks


@pytest.mark.req("E1")
def test_memory_beyond_the_limit_of_a_reading_says_so(tmp_path, settings):
    settings.READER_MEMORY_MB = 150
    (tmp_path / "big.txt").write_bytes(b"abc\n" * 20_000_000)
    with pytest.raises(Unreadable, match="メモリー（150MB）を超えました"):
        read_file(tmp_path / "big.txt", "big.txt")


@pytest.mark.req("E1")
def test_output_beyond_the_limit_of_a_reading_says_so(tmp_path, settings):
    settings.READER_OUTPUT_MB = 1
    (tmp_path / "big.txt").write_bytes("本文\n".encode() * 300_000)
    with pytest.raises(Unreadable, match="上限（1MB）を超えました"):
        read_file(tmp_path / "big.txt", "big.txt")


@pytest.mark.req("E1")
def test_no_change_of_a_few_bytes_gets_past_the_look_at_a_file(tmp_path):
    # The look at names and first bytes runs in the parent: nothing but a Problem may come out of it.
    import io
    import random

    from madoguchi.readers.detect import kind_of
    from madoguchi.readers.problems import Problem

    chance = random.Random(3)
    sources = [
        files.small_docx(tmp_path / "a.docx"),
        files.small_xlsx(tmp_path / "a.xlsx"),
        files.pdf(tmp_path / "a.pdf", [files.Page().text(70, 80, "文")]),
    ]
    for number in range(600):
        path = sources[number % 3]
        content = bytearray(path.read_bytes())
        for _ in range(chance.choice((1, 5, 100))):
            content[chance.randrange(len(content))] = chance.randrange(256)
        content = content[: chance.choice((len(content), chance.randrange(1, len(content))))]
        try:
            assert kind_of(io.BytesIO(bytes(content)), len(content), path.name, 100)
        except Problem as problem:
            assert problem.key in MESSAGES
