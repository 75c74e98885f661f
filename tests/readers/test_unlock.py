"""An Office file under a password is read with it, within all limits; without it, or with another, it says so."""

import hashlib
import io
import re
import struct
import zipfile
from pathlib import Path

import olefile
import pytest
from msoffcrypto.format.ooxml import OOXMLFile
from msoffcrypto.method.ecma376_agile import ECMA376Agile
from msoffcrypto.method.rc4 import DocumentRC4

from madoguchi.readers import confine, convert, unlock
from madoguchi.readers.blocks import Unreadable
from madoguchi.readers.problems import Problem
from madoguchi.readers.read import media_type, read_file, takes_password
from tests.readers import files, sheet_files
from tests.readers.decks import deck, slide, title
from tests.readers.ole_writer import ole
from tests.readers.sheet_files import word
from tests.readers.test_convert import made_by_office

PASSWORD = "かざみ-7Q"


def locked(content: bytes, password: str = PASSWORD) -> bytes:
    """An OOXML file (or any bytes) under a password."""
    out = io.BytesIO()
    file = OOXMLFile.__new__(OOXMLFile)
    file.type, file.file = "plain", io.BytesIO(content)
    file.encrypt(password, out)
    return out.getvalue()


def random_text() -> str:
    return "".join(hashlib.sha256(bytes([at])).hexdigest() for at in range(200))


def sheet(password: str = PASSWORD) -> bytes:
    rows = b"".join(word(row, column, f"手数料{row}{column}") for row in range(3) for column in range(2))
    return sheet_files.locked_xls({"歳入": (0, rows)}, password)


def locked_doc(plain: Path) -> bytes:
    """An old Word file under RC4 as Word writes it: what says how stands before its tables, all of which move on."""
    with olefile.OleFileIO(str(plain)) as storage:
        streams = {"/".join(path): storage.openstream(path).read() for path in storage.listdir()}
    main = bytearray(streams["WordDocument"])
    (flags,) = struct.unpack_from("<H", main, 10)
    tables = "1Table" if flags & 0x200 else "0Table"
    salt, proof = bytes(range(16)), bytes(range(100, 116))

    def crypted(data: bytes) -> bytes:
        return DocumentRC4.decrypt(PASSWORD, salt, io.BytesIO(data)).read()

    how = struct.pack("<HH", 1, 1) + salt + crypted(proof + hashlib.md5(proof).digest())
    for at in range(154, 154 + 8 * struct.unpack_from("<H", main, 152)[0], 8):
        start, length = struct.unpack_from("<II", main, at)
        if length:
            struct.pack_into("<I", main, at, start + len(how))
    struct.pack_into("<H", main, 10, flags | 0x100)
    struct.pack_into("<I", main, 14, len(how))
    whole = bytes(main).ljust(4096, b"\0")
    streams["WordDocument"] = whole[:0x44] + crypted(whole)[0x44:]
    streams[tables] = how + crypted(how + streams[tables])[len(how) :]
    return ole(streams)


@pytest.fixture(scope="module")
def office(tmp_path_factory) -> dict[str, Path]:
    """One protected file of each kind, each says 「手数料」."""
    folder = tmp_path_factory.mktemp("locked")
    # The library that locks them here spoils a file of less than 4,096 bytes.
    slides = deck(folder / "plain.pptx", slide(title("手数料の改定")), more={"ppt/more.txt": random_text()})
    small = {
        "a.docx": locked(files.small_docx(folder / "plain.docx").read_bytes()),
        "b.xlsx": locked(files.small_xlsx(folder / "plain.xlsx").read_bytes()),
        "c.pptx": locked(slides.read_bytes()),
        "d.xls": sheet(),
    }
    for name, content in small.items():
        (folder / name).write_bytes(content)
    return {name: folder / name for name in small}


def said(path: Path, name: str, password: str = "") -> str:
    return "\n".join(f"{block.text} {block.cells}" for block in read_file(path, name, password).blocks)


@pytest.mark.parametrize("name", ["a.docx", "b.xlsx", "c.pptx", "d.xls"])
def test_a_protected_file_is_read_with_its_password_only(office, name):
    path = office[name]
    assert takes_password(path, name)
    for password, why in (("", "パスワードで保護されています"), ("かざみ-7q", "パスワードが違います")):
        with pytest.raises(Unreadable, match=why):
            read_file(path, name, password)
    assert re.search("手数料|歳入|市税", said(path, name, PASSWORD))


@pytest.mark.skipif(not convert.available(), reason="no LibreOffice")
def test_a_protected_old_word_file_is_converted_once_it_is_open(tmp_path):
    plain = made_by_office(files.small_docx(tmp_path / "a.docx"), "doc:MS Word 97", tmp_path)
    (tmp_path / "locked.doc").write_bytes(locked_doc(plain))
    assert takes_password(tmp_path / "locked.doc", "locked.doc")
    with pytest.raises(Unreadable, match="パスワードで保護されています"):
        read_file(tmp_path / "locked.doc", "locked.doc")
    assert "手数料" in said(tmp_path / "locked.doc", "locked.doc", PASSWORD)


def test_the_password_stands_in_no_command_line(office, monkeypatch):
    started = []
    run = confine.run

    def noted(argv, *rest, **more):
        started.append(argv)
        return run(argv, *rest, **more)

    monkeypatch.setattr(confine, "run", noted)
    assert said(office["a.docx"], "a.docx", PASSWORD)
    assert len(started) == 2
    assert PASSWORD not in str(started)


def test_what_excel_opens_without_asking_is_read_without_asking(tmp_path):
    (tmp_path / "a.xls").write_bytes(sheet("VelvetSweatshop"))
    (tmp_path / "b.xlsx").write_bytes(locked(files.small_xlsx(tmp_path / "x.xlsx").read_bytes(), "VelvetSweatshop"))
    assert "手数料" in said(tmp_path / "a.xls", "a.xls")
    assert said(tmp_path / "b.xlsx", "b.xlsx")


def test_a_password_that_is_not_wanted_changes_nothing(tmp_path):
    plain = files.small_docx(tmp_path / "a.docx")
    assert not takes_password(plain, "a.docx")
    assert said(plain, "a.docx", PASSWORD) == said(plain, "a.docx")


@pytest.mark.req("E2")
def test_a_bomb_under_a_password_is_a_bomb(tmp_path):
    bomb = files.docx_of(tmp_path / "bomb.docx", b"<w/>", word__media=bytes(60_000_000))
    (tmp_path / "a.docx").write_bytes(locked(bomb.read_bytes()))
    with pytest.raises(Unreadable, match="圧縮率が100倍"):
        read_file(tmp_path / "a.docx", "a.docx", PASSWORD)


@pytest.mark.req("E2")
def test_what_comes_out_may_not_be_larger_than_the_limit(office, settings):
    settings.READER_OUTPUT_MB = 0
    with pytest.raises(Unreadable, match="上限（0MB）"):
        read_file(office["a.docx"], "a.docx", PASSWORD)


@pytest.mark.req("E2")
@pytest.mark.parametrize("rounds", ["1000001", "4000000000", "-1", ""])
def test_a_password_is_not_hashed_without_end(office, rounds):
    content = office["a.docx"].read_bytes()
    tampered = re.sub(rb'spinCount="100000"', f'spinCount="{rounds}"'.encode().ljust(18, b" "), content)
    # The stream is as long as it was: what grew is taken from the blanks of its XML.
    grown = len(tampered) - len(content)
    at = tampered.index(b"saltSize", tampered.index(b"spinCount"))
    tampered = tampered[:at] + tampered[at:].replace(b"\n" + b" " * grown, b"\n", 1) if grown > 0 else tampered
    assert len(tampered) == len(content)
    with pytest.raises(Problem) as problem:
        unlock.unlocked(tampered, PASSWORD)
    assert problem.value.key == "locked-otherwise"


@pytest.mark.req("E4")
def test_how_a_file_is_locked_may_name_nothing_outside(office):
    content = office["a.docx"].read_bytes()
    head = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    swapped = content.replace(head, b'<!DOCTYPE e SYSTEM "file:///etc/passwd">'.ljust(len(head)))
    assert swapped != content
    with pytest.raises(Problem) as problem:
        unlock.unlocked(swapped, PASSWORD)
    assert problem.value.key == "xml"


@pytest.mark.req("E3")
def test_what_lies_under_a_password_must_be_what_its_name_says(tmp_path):
    (tmp_path / "a.xlsx").write_bytes(locked(files.small_docx(tmp_path / "w.docx").read_bytes()))
    with pytest.raises(Unreadable, match="拡張子と中身が異なります"):
        read_file(tmp_path / "a.xlsx", "a.xlsx", PASSWORD)


def test_a_lock_within_a_lock_is_not_opened(tmp_path):
    inner = locked(files.small_docx(tmp_path / "w.docx").read_bytes())
    out = io.BytesIO()
    # The library refuses what is no ZIP: here is one that holds the inner file.
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("[Content_Types].xml", b"<x/>")
        made.writestr("inner.docx", inner)
    (tmp_path / "a.docx").write_bytes(locked(out.getvalue()))
    with pytest.raises(Unreadable, match="拡張子と中身が異なります"):
        read_file(tmp_path / "a.docx", "a.docx", PASSWORD)


@pytest.mark.parametrize("length", [600, 5000, 20_000])
def test_a_protected_file_that_is_cut_short_ends_in_a_clear_status(office, tmp_path, length):
    (tmp_path / "cut.docx").write_bytes(office["a.docx"].read_bytes()[:length])
    with pytest.raises(Unreadable, match=r"壊れているか|パスワード|異なります"):
        read_file(tmp_path / "cut.docx", "cut.docx", PASSWORD)


def test_the_kind_of_a_protected_file_waits_for_its_password(office):
    with pytest.raises(Unreadable, match="パスワードで保護"):
        media_type(office["d.xls"], "d.xls")


def test_the_rounds_that_office_writes_are_within_the_limit():
    assert ECMA376Agile.generate_encryption_parameters("x")[0].spinCount < unlock._MAX_ROUNDS
