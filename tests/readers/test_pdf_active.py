"""PDFs that would act, fetch or never end: nothing runs, nobody is called, and reading ends within its limits."""

import socket
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from madoguchi.readers import pdf
from madoguchi.readers.blocks import Unreadable
from madoguchi.readers.limits import Limits
from madoguchi.readers.pages import page_image
from madoguchi.readers.pdf_document import Document
from madoguchi.readers.read import read_file
from tests.readers import files, pdf_files
from tests.readers.pdf_files import Page

SEEN = "ふつうの本文です。"


class Listener:
    """A server on the loopback that counts who calls."""

    def __init__(self) -> None:
        self.calls = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            called, _ = self._socket.accept()
            with called:
                if called.recv(16) == b"stop":
                    return
                self.calls += 1

    def close(self) -> int:
        """Return how many called; the last is this call itself."""
        with socket.create_connection(("127.0.0.1", self.port)) as last:
            last.sendall(b"stop")
        self._thread.join()
        self._socket.close()
        return self.calls


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    if made._thread.is_alive():
        made.close()


def active(path: Path, port: int, marker: Path) -> Path:
    """A PDF that asks in every way known here to fetch from a port and to make a marker file."""
    url = f"http://127.0.0.1:{port}"

    def edit(document: pikepdf.Pdf) -> None:
        script = f"app.launchURL('{url}/js', true); this.submitForm('{url}/form'); util.printd('x', new Date());"
        pdf_files.field(document, "name", "山田太郎", "氏名")
        widget = document.Root.AcroForm.Fields[0]
        run = Dictionary(S=Name.JavaScript, JS=script)
        widget.AA = Dictionary(F=run, C=run, K=run, V=run)
        launch = Dictionary(S=Name.Launch, F=f"touch {marker}", Win=Dictionary(F="cmd", P=f"/c echo > {marker}"))
        document.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=script, Next=Array([launch]))
        document.Root.AA = Dictionary(WC=run, WS=run, DP=launch)
        document.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array(["start", run])))
        document.pages[0].AA = Dictionary(O=launch, C=Dictionary(S=Name.URI, URI=f"{url}/uri"))
        form = (
            f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "{url}/xxe"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
            f'<xdp:xdp xmlns:xdp="http://ns.adobe.com/xdp/"><template xmlns="http://www.xfa.org/schema/xfa-template/3.3/">'
            f'<subform><image href="{url}/image"/><event><script>xfa.host.gotoURL("{url}/xfa")</script></event>&e;&f;'
            f"</subform></template></xdp:xdp>"
        )
        document.Root.AcroForm.XFA = document.make_stream(form.encode())
        fetched = document.make_stream(b"")
        fetched.Type, fetched.Subtype, fetched.Width, fetched.Height = Name.XObject, Name.Image, 8, 8
        fetched.ColorSpace, fetched.BitsPerComponent = Name.DeviceGray, 8
        fetched.F = Dictionary(FS=Name.URL, F=f"{url}/image")
        document.pages[0].Resources.XObject.I1 = fetched
        document.pages[0].contents_add(b"q 9 0 0 9 0 0 cm /I1 Do Q")

    return pdf_files.pdf(path, [Page().text(70, 80, SEEN)], edit)


@pytest.mark.req("E4")
@pytest.mark.req("E6")
def test_scripts_actions_forms_and_links_of_a_pdf_are_never_followed(tmp_path, listener):
    marker = tmp_path / "marker"
    path = active(tmp_path / "active.pdf", listener.port, marker)
    # Outside the walls of the child, too: the reader itself must not try.
    reading = pdf.read(path.read_bytes(), Limits())
    assert [block.text for block in reading.blocks] == [SEEN, "氏名：山田太郎"]
    assert [block.text for block in read_file(path, "active.pdf").blocks] == [SEEN, "氏名：山田太郎"]
    assert page_image(path, 1, 50)
    assert listener.close() == 0 and not marker.exists()


@pytest.mark.req("E6")
def test_no_engine_for_scripts_or_xfa_comes_with_the_pdf_library():
    import pypdfium2_raw as pdfium
    from pypdfium2.version import PDFIUM_INFO

    assert not {"V8", "XFA"} & set(PDFIUM_INFO.flags)
    assert not hasattr(pdfium, "FPDF_LoadXFA") or "XFA" not in PDFIUM_INFO.flags


@pytest.mark.req("E9")
def test_a_character_map_outside_the_file_is_not_opened(tmp_path):
    outside = tmp_path / "evil.pickle.gz"
    outside.write_bytes(b"cos\nsystem\n(S'touch " + str(tmp_path / "marker").encode() + b"'\ntR.")

    def edit(document: pikepdf.Pdf) -> None:
        document.pages[0].Resources.Font.F0.Encoding = Name("/" + str(tmp_path / "evil"))

    path = pdf_files.pdf(tmp_path / "map.pdf", [Page().text(70, 80, SEEN)], edit)
    try:
        said = "".join(block.text for block in read_file(path, "map.pdf").blocks)
    except Unreadable as problem:
        said = str(problem)
    assert "touch" not in said and not (tmp_path / "marker").exists()


def raw(path: Path, objects: list[bytes], trailer: bytes = b"") -> Path:
    """Write a PDF of these objects (the first is the root) as they are, with a table of where they stand."""
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    more = trailer.replace(b"START", b"%d" % start)
    out += b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, more, start)
    path.write_bytes(out)
    return path


def stream(content: bytes, keys: bytes = b"") -> bytes:
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(content), keys, content)


_ROOT, _PAGES = b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
_PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R%s>>"


def bombs(folder: Path) -> dict[str, Path]:
    """PDFs that go round in rings, or grow."""
    zeros = zlib.compress(b"0 " * 25_000_000, 6)
    twice = zlib.compress(zlib.compress(b"\0" * 80_000_000, 6), 6)
    deep = b"[" * 100_000 + b"]" * 100_000
    flate = b"/Filter/FlateDecode"
    below = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X%d %d 0 R>>>>"
    forms = [stream(b"/X%d Do " % (at + 1) * 10, below % (at + 1, at + 6)) for at in range(12)]
    return {
        "xref ring": raw(folder / "a.pdf", [_ROOT, _PAGES, _PAGE % b"", stream(b"")], b"/Prev START"),
        "stream ring": raw(folder / "b.pdf", [_ROOT, _PAGES, _PAGE % b"", b"4 0 R"]),
        "length of itself": raw(
            folder / "c.pdf", [_ROOT, _PAGES, _PAGE % b"", b"<</Length 4 0 R>>stream\nBT ET\nendstream"]
        ),
        "object stream ring": raw(
            folder / "d.pdf",
            [_ROOT, _PAGES, _PAGE % b"", stream(b"4 0 <<>>", b"/Type/ObjStm/N 1/First 4/Extends 4 0 R")],
        ),
        "tree ring": raw(folder / "e.pdf", [_ROOT, b"<</Type/Pages/Kids[2 0 R 2 0 R 2 0 R]/Count 999999>>"]),
        "deep arrays": raw(folder / "f.pdf", [_ROOT, _PAGES, _PAGE % b"/Deep " + deep, stream(b"")]),
        "deep content": raw(folder / "g.pdf", [_ROOT, _PAGES, _PAGE % b"", stream(b"q " * 500_000 + deep)]),
        "inflated content": raw(folder / "h.pdf", [_ROOT, _PAGES, _PAGE % b"", stream(zeros, flate)]),
        "inflated twice": raw(
            folder / "i.pdf", [_ROOT, _PAGES, _PAGE % b"", stream(twice, b"/Filter[/FlateDecode/FlateDecode]")]
        ),
        "forms of forms": raw(
            folder / "j.pdf",
            [_ROOT, _PAGES, _PAGE % b"/Resources<</XObject<</X0 5 0 R>>>>", stream(b"/X0 Do"), *forms, stream(b"")],
        ),
        "bookmark ring": raw(
            folder / "k.pdf",
            [
                b"<</Type/Catalog/Pages 2 0 R/Outlines 5 0 R>>",
                _PAGES,
                _PAGE % b"",
                stream(b""),
                b"<</First 6 0 R/Last 6 0 R>>",
                b"<</Title(a)/Parent 5 0 R/Next 6 0 R/First 6 0 R>>",
            ],
        ),
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> dict[str, Path]:
    return bombs(tmp_path_factory.mktemp("bombs"))


@pytest.mark.req("E2")
@pytest.mark.parametrize(
    "kind",
    [
        "xref ring",
        "stream ring",
        "length of itself",
        "object stream ring",
        "tree ring",
        "deep arrays",
        "deep content",
        "inflated content",
        "inflated twice",
        "forms of forms",
        "bookmark ring",
    ],
)
def test_a_pdf_that_goes_round_or_grows_ends_with_a_clear_word(made, settings, kind):
    settings.READER_CPU_SECONDS = 3
    with pytest.raises(Unreadable, match=r"文字が見つかり|壊れて|上限|メモリー|異常終了|入れ子"):
        read_file(made[kind], "bomb.pdf")


@pytest.mark.req("E2")
def test_bookmarks_that_go_round_are_listed_once(made, tmp_path):
    def edit(document: pikepdf.Pdf) -> None:
        pdf_files.bookmarks(document, [(1, "甲", 1), (1, "乙", 1)])
        first = document.Root.Outlines.First
        first.Next.Next = first

    path = pdf_files.pdf(tmp_path / "ring.pdf", [Page().text(70, 80, SEEN)], edit)
    with Document(path.read_bytes()) as document:
        assert [title for _, title, _ in document.bookmarks()] == ["甲", "乙"]


@pytest.mark.req("E2")
def test_a_page_of_too_many_objects_is_read_all_the_same(tmp_path):
    page = Page().text(70, 80, SEEN)
    page.raw("0 0 m 9 9 l S\n" * 60_000)
    (block, *_) = read_file(files.pdf(tmp_path / "plan.pdf", [page]), "plan.pdf").blocks
    assert block.text == SEEN
