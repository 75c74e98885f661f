"""Old and foreign office files come out as docx does, through a LibreOffice that can do nothing else."""

import http.server
import os
import struct
import subprocess
import threading
import zipfile
from pathlib import Path

import pytest

from madoguchi import paths
from madoguchi.cli import doctor
from madoguchi.readers import confine, convert, convert_child, detect, kinds
from madoguchi.readers.blocks import Unreadable, Unsupported
from madoguchi.readers.limits import Limits
from madoguchi.readers.problems import Problem
from madoguchi.readers.read import read_file
from madoguchi.readers.xmlparts import parse

office = pytest.mark.skipif(not convert.available(), reason="no LibreOffice")
LIMITS = Limits(memory_mb=2048, cpu_seconds=60, wall_seconds=90)
_ODF = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:script="urn:oasis:names:tc:opendocument:xmlns:script:1.0" '
    'xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" '
    'xmlns:xlink="http://www.w3.org/1999/xlink"'
)


def odt(path: Path, body: str, before: str = "", **parts: str) -> Path:
    """An ODF text of this body; `parts` are further entries (`Basic__x` for `Basic/x.xml`)."""
    content = (
        f'<?xml version="1.0"?><office:document-content {_ODF} office:version="1.2">{before}'
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    made = {f"{name.replace('__', '/')}.xml": text for name, text in parts.items()}
    entries = "".join(
        f'<m:file-entry m:full-path="{name}" m:media-type="text/xml"/>' for name in ["content.xml", *made]
    )
    manifest = (
        '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><m:file-entry m:full-path="/" '
        f'm:media-type="{kinds.SUFFIXES["odt"]}"/>{entries}</m:manifest>'
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", kinds.SUFFIXES["odt"])
        for name, text in {"content.xml": content, "META-INF/manifest.xml": manifest, **made}.items():
            archive.writestr(name, text)
    return path


def rtf(path: Path, text: str, more: str = "") -> Path:
    """An RTF of one paragraph."""
    codes = "".join(rf"\u{ord(letter) if ord(letter) < 32768 else ord(letter) - 65536}?" for letter in text)
    path.write_text(rf"{{\rtf1\ansi\deff0 {more}{codes}\par}}", "ascii")
    return path


def text_of(path: Path, name: str) -> str:
    return "\n".join(
        block.text + "".join(cell for row in block.cells for cell in row) for block in read_file(path, name).blocks
    )


@pytest.fixture
def server():
    """A server on the loopback and the list of what it was asked."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def parse_request(self) -> bool:
            asked.append(str(self.client_address))
            return False

    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}", asked
    running.shutdown()
    running.server_close()


def made_by_office(source: Path, kind: str, folder: Path) -> Path:
    """`source` as LibreOffice itself writes it in another kind: a true old file."""
    argv = [convert.program(), f"-env:UserInstallation=file://{folder}/p", "--headless", "--norestore"]
    argv += ["--convert-to", kind, "--outdir", str(folder / "out"), str(source)]
    for _ in range(2):  # with a new profile it ends once so as to be started again
        subprocess.run(argv, check=False, env={"HOME": str(folder)}, capture_output=True)
    return folder / "out" / f"{source.stem}.{kind.partition(':')[0]}"


@office
def test_an_old_word_file_keeps_headings_numbers_and_merged_cells(tmp_path):
    from docx import Document

    document = Document()
    document.add_heading("空家対策要綱", 1)
    document.add_paragraph("申請", style="List Number")
    document.add_paragraph("届出", style="List Number")
    table = document.add_table(2, 2)
    for column, word in enumerate(("区分", "額", "甲", "乙")):
        table.cell(column // 2, column % 2).text = word
    document.add_paragraph("以上")
    document.save(str(tmp_path / "a.docx"))
    old = made_by_office(tmp_path / "a.docx", "doc:MS Word 97", tmp_path)
    blocks = read_file(old, "要綱.doc").blocks
    assert [(block.kind, block.text) for block in blocks[:3]] == [
        ("heading", "空家対策要綱"),
        ("list_item", "1.　申請"),
        ("list_item", "2.　届出"),
    ]
    assert [block.cells for block in blocks[3:4]] == [[["区分", "額"], ["甲", "乙"]]]


@office
@pytest.mark.req("E8")
@pytest.mark.parametrize("name", ["-o x.rtf", "$(id).rtf", "`touch x`.rtf", "--help.rtf", "../../x.rtf", "a\nb.rtf"])
def test_a_name_never_reaches_the_converter(tmp_path, name):
    assert text_of(rtf(tmp_path / "stored", "名前は中身だけ"), name) == "名前は中身だけ"
    assert [path.name for path in tmp_path.iterdir()] == ["stored"]


@pytest.mark.req("E8")
def test_the_converter_starts_by_a_fixed_list_with_a_whole_path_of_ours():
    for kind in convert_child.FILTERS:
        argv = convert_child.command("/x/soffice.bin", "/home/own/converting/tmp1", kind)
        assert [word for word in argv[1:] if not word.startswith("-")] == [
            f"{convert_child.FILTERS[kind][1]}:{convert_child.FILTERS[kind][2]}",
            "/home/own/converting/tmp1/out",
            f"/home/own/converting/tmp1/document.{kind}",
        ]


@office
@pytest.mark.req("E8")
def test_a_document_that_asks_for_the_environment_gets_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("MADOGUCHI_CANARY", "canary-of-the-environment")
    monkeypatch.setenv("HOME", "/canary-of-the-home")
    asks = [
        f"vnd.sun.star.expand:{variable}"
        for variable in ("${HOME}", "$MADOGUCHI_CANARY", "${file:///etc/passwd::root}", "$SYSUSERCONFIG")
    ]
    body = "<text:p>本文</text:p>" + "".join(
        f'<text:p><draw:frame svg:width="1cm" svg:height="1cm"><draw:image xlink:href="{ask}"/></draw:frame></text:p>'
        f'<text:section text:name="s{n}"><text:section-source xlink:href="{ask}"/><text:p>節</text:p></text:section>'
        for n, ask in enumerate(asks)
    )
    reading = read_file(odt(tmp_path / "a.odt", body), "a.odt")
    said = str(reading.to_json())
    assert "本文" in said
    assert "canary" not in said and "root:" not in said


@office
@pytest.mark.req("E4")
def test_no_link_picture_section_or_template_of_a_document_is_fetched(tmp_path, server):
    address, asked = server
    body = (
        "<text:p>本文</text:p>"
        f'<text:p><draw:frame svg:width="1cm" svg:height="1cm"><draw:image xlink:href="{address}/a.png" '
        f'xlink:actuate="onLoad"/></draw:frame></text:p><text:section text:name="s"><text:section-source '
        f'xlink:href="{address}/b.odt"/><text:p>節</text:p></text:section>'
        f'<text:p><draw:frame><draw:object-ole xlink:href="{address}/c"/></draw:frame></text:p>'
        '<text:p><draw:frame svg:width="1cm" svg:height="1cm"><draw:image xlink:href="file:///etc/passwd"/>'
        "</draw:frame></text:p>"
    )
    assert "本文" in text_of(odt(tmp_path / "a.odt", body), "a.odt")
    more = (
        rf'{{\*\template {address}/t.dot}}{{\field{{\*\fldinst INCLUDEPICTURE "{address}/p.png"}}{{\fldrslt zu}}}}'
        rf'{{\field{{\*\fldinst INCLUDETEXT "{address}/i.doc"}}{{\fldrslt setsu}}}}'
        rf'{{\field{{\*\fldinst DDEAUTO "{address}" "x" "y"}}{{\fldrslt atai}}}}'
    )
    assert "本文" in text_of(rtf(tmp_path / "b.rtf", "本文", more), "b.rtf")
    assert asked == []


@office
@pytest.mark.req("E6")
def test_a_macro_of_a_document_does_not_run(tmp_path):
    marker = tmp_path / "marker"
    basic = (
        '<?xml version="1.0"?><!DOCTYPE s PUBLIC "x" "module.dtd"><script:module '
        'xmlns:script="http://openoffice.org/2000/script" script:name="M" script:language="StarBasic">'
        f'Sub Main\nOpen "{marker}" For Output As #1\nClose #1\nShell "/bin/touch {marker}"\nEnd Sub</script:module>'
    )
    libraries = (
        '<?xml version="1.0"?><library:libraries xmlns:library="http://openoffice.org/2000/library" '
        'xmlns:xlink="http://www.w3.org/1999/xlink"><library:library library:name="Standard" library:link="false"/>'
        "</library:libraries>"
    )
    library = (
        '<?xml version="1.0"?><library:library xmlns:library="http://openoffice.org/2000/library" '
        'library:name="Standard" library:readonly="false" library:passwordprotected="false">'
        '<library:element library:name="M"/></library:library>'
    )
    events = (
        "<office:scripts><office:event-listeners>"
        + "".join(
            f'<script:event-listener script:language="ooo:script" script:event-name="{event}" '
            'xlink:href="vnd.sun.star.script:Standard.M.Main?language=Basic&amp;location=document"/>'
            for event in ("dom:load", "office:start-app", "office:load-finished", "office:view-created", "dom:unload")
        )
        + "</office:event-listeners></office:scripts>"
    )
    parts = {"Basic__script-lc": libraries, "Basic__Standard__script-lb": library, "Basic__Standard__M": basic}
    assert text_of(odt(tmp_path / "a.odt", "<text:p>本文</text:p>", events, **parts), "a.odt") == "本文"
    assert not marker.exists()


@pytest.mark.req("E4")
@pytest.mark.req("E6")
def test_the_profile_of_a_conversion_forbids_macros_and_links(tmp_path):
    convert_child.profile(str(tmp_path))
    said = (tmp_path / "profile" / "user" / "registrymodifications.xcu").read_text()
    parse(said.encode())
    for name, value in (
        ("MacroSecurityLevel", "3"),
        ("DisableMacrosExecution", "true"),
        ("BlockUntrustedRefererLinks", "true"),
        ("Link", "2"),
        ("Enable", "false"),
    ):
        assert f'oor:name="{name}" oor:op="fuse"><value>{value}</value>' in said


def shut_in(folder: Path, code: str) -> str:
    """What a converter that was taken over could do: Python behind its walls."""
    import sys

    program = os.path.realpath(sys.executable)
    enter = (
        "import os, sys\nfrom madoguchi.readers import confine\nfrom madoguchi.readers.limits import Limits\n"
        f"confine.enter_converter(Limits(memory_mb=512, output_mb=1), {str(folder)!r}, {program!r}, ())\n"
    )
    tried = f"try:\n    {code}\n    print('done')\nexcept OSError as e: print(type(e).__name__)"
    outcome = confine.run([sys.executable, "-I", "-c", enter + tried], LIMITS)
    return outcome.output.decode().strip() or outcome.ending


@pytest.mark.req("E8")
@pytest.mark.skipif(not all(confine.available().values()), reason="this kernel has not both walls")
@pytest.mark.parametrize(
    "code",
    [
        "open('{0}/outside', 'w')",
        "os.unlink('{0}/there')",
        "os.rename('{0}/there', '{0}/folder/there')",
        "os.chmod('{0}/there', 0o777)",
        "os.symlink('/etc/passwd', '{0}/folder/link')",
        "open('/etc/passwd')",
        "open('{0}/there')",
        "import socket; socket.socket(socket.AF_INET)",
        "import socket; socket.socket(socket.AF_INET6)",
        "import socket; socket.socket(socket.AF_NETLINK)",
        "import socket; socket.socket(socket.AF_UNIX).connect('/run/x')",
        "os.fork()",
        "os.execv('/bin/sh', ['sh'])",
        "os.kill(os.getppid(), 9)",
    ],
)
def test_a_converter_that_was_taken_over_reaches_nothing(tmp_path, code):
    (tmp_path / "folder").mkdir()
    (tmp_path / "there").write_text("bleibt")
    assert shut_in(tmp_path / "folder", code.format(tmp_path)) == "PermissionError"
    assert (tmp_path / "there").read_text() == "bleibt"


@pytest.mark.req("E8")
def test_a_converter_may_write_in_its_folder_up_to_the_limit_and_start_threads(tmp_path):
    path = str(tmp_path / "made")
    assert shut_in(tmp_path, f"open({path!r}, 'wb').write(b'x')") == "done"
    assert (tmp_path / "made").read_bytes() == b"x"
    assert shut_in(tmp_path, "import threading; threading.Thread(target=print).start()") == "done"
    code = f"import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); open({path!r}, 'wb').write(bytes(2 << 20))"
    assert shut_in(tmp_path, code) == "OSError"


@pytest.mark.req("E1")
def test_a_conversion_that_hangs_is_killed_and_leaves_nothing(tmp_path, monkeypatch):
    script = tmp_path / "soffice.bin"
    script.write_text("#!/bin/sh\nwhile :; do :; done\n")
    script.chmod(0o755)
    # A shell stands for a LibreOffice that never ends; it needs more of the file system than that may read.
    monkeypatch.setattr(convert, "program", lambda: str(script))
    monkeypatch.setattr(convert, "_command", lambda *_: ["/bin/sh", str(script)])
    with (
        rtf(tmp_path / "a.rtf", "x").open("rb") as file,
        pytest.raises(Problem) as problem,
        convert.converted(file.fileno(), "rtf", Limits(wall_seconds=1)),
    ):
        pass
    assert problem.value.key == "convert-limit"
    assert list(paths.folder("converting").iterdir()) == []


@pytest.mark.req("E5")
def test_a_result_that_is_a_link_is_not_followed(tmp_path):
    (tmp_path / "secret").write_text("geheim")
    (tmp_path / "document.docx").symlink_to(tmp_path / "secret")
    with convert._result(tmp_path / "document.docx", LIMITS) as made:
        assert made is None


def test_what_a_killed_process_left_goes_with_the_next_conversion(tmp_path):
    left = paths.folder("converting") / "left"
    left.mkdir()
    (left / "document.doc").write_text("x")
    with convert._folder() as first:
        assert not left.exists()
        with convert._folder() as second:
            assert first.exists() and second.exists()
    assert not first.exists() and not second.exists()


@pytest.mark.parametrize(("name", "called"), [("a.rtf", "リッチテキスト"), ("b.odt", "OpenDocument文書")])
def test_without_libreoffice_it_says_what_to_do(tmp_path, monkeypatch, name, called):
    monkeypatch.setattr(convert, "program", lambda: "")
    make = rtf if name.endswith("rtf") else odt
    with pytest.raises(Unsupported) as refused:
        read_file(make(tmp_path / name, "本文"), name)
    said = str(refused.value)
    assert said.startswith(f"本文は未対応です（{called}）。") and "保管して" in said and len(said) < 300
    assert "docxかpptxで保存し直して" in said and "libreoffice-writer-nogui" in said


@pytest.mark.parametrize(("program", "said"), [("", "libreoffice-writer-nogui"), ("/x/soffice.bin", "読み取れます")])
def test_doctor_says_whether_old_files_can_be_read(monkeypatch, program, said):
    monkeypatch.setattr(convert, "program", lambda: program)
    check = doctor.converter()
    assert check.ok and said in check.detail


@office
def test_a_home_in_japanese_with_a_space_is_no_hindrance(tmp_path, monkeypatch):
    home = tmp_path / "市役所 1号館"
    home.mkdir()
    monkeypatch.setenv("MADOGUCHI_HOME", str(home))
    assert text_of(rtf(tmp_path / "a.rtf", "読めた"), "a.rtf") == "読めた"


def compound(streams: dict[str, bytes]) -> bytes:
    """A whole OLE storage with these streams right below its root, each at least 4,096 bytes."""
    names = ["Root Entry", *streams]
    body, starts = b"", []
    directory = -(-len(names) // 4)
    at = 1 + directory
    table = [0xFFFFFFFD, *range(2, 1 + directory), 0xFFFFFFFE]
    for content in streams.values():
        content = content.ljust(4096, b"\0").ljust(-(-max(4096, len(content)) // 512) * 512, b"\0")
        starts.append((at, len(content)))
        count = len(content) // 512
        table += [*range(at + 1, at + count), 0xFFFFFFFE]
        body, at = body + content, at + count
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    header = header.ljust(44, b"\0") + struct.pack("<IIIIIIIII", 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0)
    entries = b""
    for number, name in enumerate(names):
        words = name.encode("utf-16-le") + b"\0\0"
        right = number + 1 if 0 < number < len(names) - 1 else 0xFFFFFFFF
        place = struct.pack("<III", 0xFFFFFFFF, right, 0xFFFFFFFF if number else 1)
        start = starts[number - 1] if number else (0xFFFFFFFE, 0)
        entry = words.ljust(64, b"\0") + struct.pack("<HBB", len(words), 2 if number else 5, 1) + place
        entries += entry.ljust(116, b"\0") + struct.pack("<IQ", *start)
    allocation = struct.pack(f"<{len(table)}I", *table).ljust(512, b"\xff")
    return header.ljust(512, b"\xff") + allocation + entries.ljust(directory * 512, b"\0") + body


@pytest.mark.req("E3")
@pytest.mark.parametrize(
    ("stream", "kind"), [("WordDocument", "doc"), ("PowerPoint Document", "ppt"), ("Workbook", "xls"), ("Book", "xls")]
)
def test_the_streams_of_an_old_file_say_what_it_is(tmp_path, stream, kind):
    path = tmp_path / "x"
    # A Word file inside a storage of its own is an embedded object, and the file is no Word file by it.
    path.write_bytes(compound({"1Table": b"", stream: b"", "ObjectPool": b""}))
    with path.open("rb") as file:
        assert detect.kind_of(file, path.stat().st_size, "x", 100) == kinds.SUFFIXES[kind]
        with pytest.raises(Problem) as problem:
            detect.kind_of(file, path.stat().st_size, "x.msg", 100)
    assert problem.value.key == "mismatch"


@pytest.mark.req("E2")
def test_encrypted_old_files_ask_for_their_password(tmp_path):
    word = b"\xec\xa5\xc1\x00" + bytes(7) + b"\x01"
    made = {
        "a.doc": compound({"WordDocument": word}),
        "b.ppt": compound({"PowerPoint Document": b"", "EncryptedSummary": b""}),
    }
    for name, content in made.items():
        (tmp_path / name).write_bytes(content)
    with zipfile.ZipFile(tmp_path / "c.odt", "w") as archive:
        archive.writestr("mimetype", kinds.SUFFIXES["odt"])
        archive.writestr("META-INF/manifest.xml", "<manifest:encryption-data/>")
    for name in [*made, "c.odt"]:
        with pytest.raises(Unreadable, match="パスワードで保護"):
            read_file(tmp_path / name, name)


@pytest.mark.req("E2")
@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_directory_of_an_old_file_is_no_hindrance(tmp_path, seed):
    import random

    chance = random.Random(seed)
    content = bytearray(compound({"1Table": b"", "WordDocument": bytes(20_000)}))
    for _ in range(30):
        content[chance.randrange(8, 2600)] = chance.randrange(256)
    path = tmp_path / "x"
    path.write_bytes(content)
    with path.open("rb") as file:
        try:
            assert detect.kind_of(file, len(content), "x.doc", 100)
        except Problem as problem:
            assert problem.key in ("mismatch", "password", "polyglot")
