"""ZIP files: what is in them is listed and taken out as data; what would hurt is refused."""

import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from madoguchi.readers import zip as zip_reader
from madoguchi.readers.blocks import Unreadable
from madoguchi.readers.limits import Limits
from madoguchi.readers.problems import Problem
from madoguchi.readers.read import media_type, member, read_file
from tests.readers.files import archive

LIMITS = Limits()
# Names that would lead a careless program astray -> what is shown of them.
TRICKS = {
    "../../../../etc/cron.d/x": "etc/cron.d/x",
    "/etc/passwd": "etc/passwd",
    "C:\\Windows\\win.ini": "C:/Windows/win.ini",
    "..\\..\\boot.ini": "boot.ini",
    "\\\\server\\share\\x.txt": "server/share/x.txt",
    "a/./b/../c.txt": "a/b/c.txt",
    "名前\u202etxt.exe": "名前txt.exe",
    "か\u3099.txt": "が.txt",
    "様式.TXT": "様式.TXT",
    "様式.txt": "様式.txt",
    "CON": "CON",
    "~/.ssh/authorized_keys": "~/.ssh/authorized_keys",
    "$(id).txt": "$(id).txt",
    "-o x": "-o x",
}


def made(names: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as writer:
        for name, data in names.items():
            writer.writestr(name, data)
    return out.getvalue()


def special(name: str, mode: int, content: bytes) -> tuple[zipfile.ZipInfo, bytes]:
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, mode << 16
    return info, content


def snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.lstat().st_size, path.lstat().st_mtime_ns) for path in folder.rglob("*")}


def test_a_zip_lists_what_is_in_it_and_gives_each_file(tmp_path):
    path = archive(
        tmp_path / "様式集.zip", {"要綱/第1号様式.docx": b"PK", "要綱/": b"", "一覧.csv": "名,数\n".encode()}
    )
    assert media_type(path, path.name) == "application/zip"
    reading = read_file(path, path.name)
    assert [(block.kind, block.text) for block in reading.blocks] == [
        ("paragraph", "ZIPに入っているファイル（2件）"),
        ("list_item", "要綱/第1号様式.docx"),
        ("list_item", "一覧.csv"),
    ]
    assert [(each.name, each.size) for each in reading.members] == [("要綱/第1号様式.docx", 2), ("一覧.csv", 8)]
    assert member(path, path.name, 1) == "名,数\n".encode()


@pytest.mark.parametrize("coding", ["cp932", "utf-8"])
def test_names_without_the_mark_of_utf8_are_read(coding):
    name = "令和８年度　予算表.txt"
    placeholder = "x" * len(name.encode(coding))
    content = made({placeholder: b"1"}).replace(placeholder.encode(), name.encode(coding))
    assert [each.name for each in zip_reader.read(content, LIMITS).members] == [name]


@pytest.mark.req("E5")
def test_names_are_data_and_nothing_is_written_by_them(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    path = tmp_path / "in" / "悪い名前.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as writer:
        for name in [*TRICKS, f"{outside}/absolute.txt", "in/../../outside/x"]:
            writer.writestr(name, b"content of " + name.encode())
        writer.writestr("nul\0.txt.exe", b"nul")
        writer.writestr(*special("link", stat.S_IFLNK | 0o777, str(outside).encode()))
        writer.writestr(*special("link/through.txt", stat.S_IFREG | 0o644, b"through"))
        writer.writestr(*special("device", stat.S_IFBLK | 0o666, b"x"))
        writer.writestr(*special("pipe", stat.S_IFIFO | 0o666, b"x"))
    places = (tmp_path, Path("/etc"), Path.cwd())
    before = [snapshot(place) if place != Path.cwd() else sorted(place.iterdir()) for place in places]
    reading = read_file(path, path.name)
    names = [each.name for each in reading.members]
    for number, name in enumerate(TRICKS):
        assert names[number] == TRICKS[name]
        assert member(path, path.name, number) == b"content of " + name.encode()
    assert "link" not in names and "device" not in names and "pipe" not in names
    assert "link/through.txt" in names
    assert "リンクなど、ファイルではないもの3件は取り出しません" in reading.notice
    assert all("\0" not in name and ".." not in name.split("/") and not name.startswith("/") for name in names)
    after = [snapshot(place) if place != Path.cwd() else sorted(place.iterdir()) for place in places]
    assert before == after


def test_entries_with_a_password_are_named_and_said(tmp_path):
    content = bytearray(made({"公開.txt": b"open", "秘密.txt": b"secret"}))
    at = content.index("秘密.txt".encode(), content.index(b"PK\x01\x02"))
    content[at - 46 + 8] |= 1
    path = tmp_path / "鍵.zip"
    path.write_bytes(content)
    reading = read_file(path, path.name)
    assert [each.name for each in reading.members] == ["公開.txt"]
    assert "秘密.txt（パスワード付き）" in [block.text for block in reading.blocks]
    assert "パスワード付きのファイル1件は取り出せません" in reading.notice


@pytest.mark.req("E2")
def test_an_entry_that_inflates_a_hundredfold_is_refused(tmp_path):
    path = archive(tmp_path / "爆弾.zip", {"a.txt": bytes(60_000_000)})
    with pytest.raises(Unreadable, match="圧縮率が100倍"):
        read_file(path, path.name)


@pytest.mark.req("E2")
def test_more_than_the_limit_altogether_is_refused(tmp_path, settings):
    settings.READER_MAX_INFLATED_MB = 1
    path = archive(tmp_path / "大.zip", {f"{number}.txt": bytes(300_000) for number in range(4)})
    with pytest.raises(Unreadable, match="展開後1MBを超える"):
        read_file(path, path.name)


@pytest.mark.req("E2")
def test_entries_that_share_their_bytes_are_refused(tmp_path):
    """As the overlapping bomb does: many entries of the directory, one set of bytes."""
    content = made({"a.txt": b"kazami" * 1000, "b.txt": b"kazami" * 1000})
    directory = content.index(b"PK\x01\x02")
    second = content.index(b"PK\x01\x02", directory + 4)
    shared = bytearray(content)
    shared[second + 42 : second + 46] = struct.pack("<I", 0)
    path = tmp_path / "重なり.zip"
    path.write_bytes(shared)
    with pytest.raises(Unreadable, match="重なっている"):
        read_file(path, path.name)


@pytest.mark.req("E2")
def test_a_directory_that_lies_of_a_size_gives_no_more_than_it_says():
    content = bytearray(made({"a.txt": bytes(50_000_000)}))
    at = content.index(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 100)
    with pytest.raises(Problem):
        zip_reader.member(bytes(content), 0, LIMITS)


@pytest.mark.req("E2")
def test_more_entries_than_the_limit_are_refused(tmp_path, settings):
    settings.READER_MAX_ZIP_ENTRIES = 10
    path = archive(tmp_path / "多数.zip", {f"{number}.txt": b"1" for number in range(11)})
    with pytest.raises(Unreadable, match="10個を超える"):
        read_file(path, path.name)


def test_what_a_system_leaves_behind_is_no_file_of_a_person():
    names = {"__MACOSX/._a.txt": b"1", ".DS_Store": b"1", "x/Thumbs.db": b"1", "a.txt": b"1", "空.txt": b""}
    reading = zip_reader.read(made(names), LIMITS)
    assert [each.name for each in reading.members] == ["a.txt"]
    assert "中身が空（0バイト）のファイル1件" in reading.notice


def test_a_damaged_zip_says_so():
    content = bytearray(made({"a.txt": b"kazami" * 100}))
    content[40] ^= 0xFF
    with pytest.raises(Problem) as problem:
        zip_reader.member(bytes(content), 0, LIMITS)
    assert problem.value.key == "broken"
