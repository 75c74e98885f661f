"""Why a file was not read says what happened, what is kept and what to do, for each kind in its own words."""

import zipfile

import pikepdf
import pytest

from madoguchi.readers.blocks import Unreadable, Unsupported
from madoguchi.readers.read import read_file
from tests.readers import files

# kind: (name, Unsupported?, what happened, what to do)
SAID = {
    "scan": ("お知らせ.pdf", True, "画像だけの文書", "元のWordやExcelなど"),
    "heic": ("写真.heic", False, "HEIC形式の画像を開けません", "JPEGかPNGで保存し直して"),
    "mp3": ("会議.mp3", True, "音声 mp3", "書き起こしの文書"),
    "mp4": ("研修.mp4", True, "動画 mp4", "書き起こしの文書"),
    "7z": ("様式.7z", True, "7z", "ZIPにまとめ直して登録"),
    "rar": ("様式.rar", True, "RAR", "展開して1件ずつ登録"),
    "lzh": ("様式.lzh", True, "LZH", "ZIPにまとめ直して登録"),
    "cab": ("様式.cab", True, "CAB", "ZIPにまとめ直して登録"),
    "tar": ("様式.tar", True, "tar", "ZIPにまとめ直して登録"),
    "gz": ("様式.tar.gz", True, "gz", "ZIPにまとめ直して登録"),
    "mail": ("通知.eml", False, "壊れている", "保存し直して"),
    "slides": ("研修.pptx", False, "壊れている", "保存し直して"),
    "ichitaro": ("起案.jtd", False, "壊れている", "保存し直して"),
    "renamed": ("申請書.docx", False, "拡張子は「.docx」、中身はPDF", "正しい拡張子に直す"),
    "locked": ("名簿.pdf", False, "パスワードで保護", "パスワードを外したもの"),
}


@pytest.fixture
def made(tmp_path):
    blank = files.pdf(tmp_path / "blank.pdf", [files.Page()]).read_bytes()
    lock = pikepdf.Encryption(owner="owner", user="user")
    slides = tmp_path / "slides"
    with zipfile.ZipFile(slides, "w") as archive:
        main = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
        archive.writestr("[Content_Types].xml", f'<Types><Override ContentType="{main}"/></Types>')
    return {
        "scan": blank,
        "heic": b"\x00\x00\x00\x20ftypheic" + bytes(60),
        "mp3": b"ID3\x03" + bytes(60),
        "mp4": b"\x00\x00\x00\x20ftypisom" + bytes(60),
        "7z": b"7z\xbc\xaf\x27\x1c" + bytes(60),
        "rar": b"Rar!\x1a\x07\x01\0" + bytes(60),
        "lzh": b"\x24\x3f-lh5-" + bytes(60),
        "cab": b"MSCF\0\0\0\0" + bytes(60),
        "tar": "様式.txt".encode().ljust(257, b"\0") + b"ustar\x0000" + bytes(300),
        "gz": b"\x1f\x8b\x08\0" + bytes(60),
        "mail": "通知です。\n\n本文".encode(),
        "slides": slides.read_bytes(),
        "ichitaro": files.compound_file(["Root Entry", "JSRV_SegmentInformation"]),
        "renamed": files.pdf(tmp_path / "p.pdf", [files.Page().text(70, 80, "申請書")]).read_bytes(),
        "locked": files.pdf(tmp_path / "l.pdf", [files.Page().text(70, 80, "秘密")], encryption=lock).read_bytes(),
    }


@pytest.mark.parametrize("kind", SAID)
def test_a_file_that_is_not_read_says_why_and_what_to_do(made, tmp_path, kind):
    name, unsupported, happened, do = SAID[kind]
    path = tmp_path / "stored"
    path.write_bytes(made[kind])
    with pytest.raises(Unreadable) as refused:
        read_file(path, name)
    said = str(refused.value)
    assert happened in said
    assert do in said
    assert "保管して" in said
    assert isinstance(refused.value, Unsupported) == unsupported
    assert ("本文は未対応" in said) == unsupported
    # The column that keeps it holds 300 characters; cut short, it would not say what to do.
    assert len(said) < 300
