"""Real files of Japanese offices, where the evaluation data lies beside the repository; and the sample city's."""

import json
from pathlib import Path

import pytest

from madoguchi.cli.main import main
from madoguchi.readers.blocks import Reading, Unsupported
from madoguchi.readers.pages import page_image
from madoguchi.readers.read import read_file
from tests.readers import files
from tests.soak import size

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
CITY = ROOT / "src" / "madoguchi" / "sample_city" / "files"
SETS = ("allganize_ja/pdf", "municipal_files", "digital_agency_gif", "takamatsu_opendata")
KINDS = {".pdf", ".docx", ".xlsx", ".csv", ".html", ".md", ".txt"}
# Books that take a minute each, in the long run alone.
LONG = {"r04_04_03.pdf", "20231102_sesaku3.pdf"}
REAL = [
    path
    for name in SETS
    for path in sorted((DATA / name).rglob("*"))
    if path.suffix in KINDS and (path.name not in LONG or size(0, 1))
]


def text_of(reading: Reading) -> str:
    return "".join(block.text + "".join(cell for row in block.cells for cell in row) for block in reading.blocks)


@pytest.mark.skipif(not REAL, reason="the evaluation data is not beside the repository")
@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_a_real_file_is_read_with_text_and_places(path):
    reading = read_file(path, path.name)
    assert len(text_of(reading)) > 100
    for block in reading.blocks:
        assert block.locator and (block.text or block.cells or block.kind == "figure")
        if path.suffix == ".pdf":
            assert 1 <= block.locator["page"] <= len(reading.pages)
            for x0, top, x1, bottom in block.locator["boxes"]:
                assert 0 <= x0 <= x1 <= 1 and 0 <= top <= bottom <= 1
        if block.kind == "table":
            assert len({len(row) for row in block.cells}) == 1
            assert 0 <= block.header_rows < len(block.cells)


@pytest.mark.skipif(not (DATA / "allganize_ja").exists(), reason="the evaluation data is not beside the repository")
def test_hardly_a_character_of_a_real_pdf_is_lost():
    # What a page says, as PDFium alone gives it, is in the text layer of the reading.
    import pypdfium2

    path = DATA / "allganize_ja" / "pdf" / "r06_06_guideline_itaku.pdf"
    document = pypdfium2.PdfDocument(path)
    reading = read_file(path, path.name)
    for number in (3, 6, 10, 20):
        bare = sorted("".join(document[number - 1].get_textpage().get_text_range().split()))
        ours = sorted("".join("".join(line[4] for line in reading.pages[number - 1].lines).split()))
        assert abs(len(bare) - len(ours)) <= len(bare) * 0.01


@pytest.mark.skipif(not CITY.exists(), reason="the sample city is not made")
def test_every_file_of_the_sample_city_is_read_or_says_that_it_cannot_be():
    unread = []
    for path in sorted(CITY.rglob("*")):
        if path.is_file():
            try:
                assert text_of(read_file(path, path.name))
            except Unsupported:
                unread.append(path.suffix)
    # Slides and the one scanned page wait for their readers.
    assert set(unread) <= {".pptx", ".pdf"} and unread.count(".pdf") <= 1


@pytest.mark.skipif(not CITY.exists(), reason="the sample city is not made")
def test_an_ordinance_and_a_budget_of_the_sample_city_have_their_structure():
    law = read_file(CITY / "公開" / "例規" / "風見市手数料条例.pdf", "x.pdf")
    headings = [block.text for block in law.blocks if block.kind == "heading"]
    assert "第１条（趣旨）" in headings and any(text.startswith("附") for text in headings)
    budget = read_file(CITY / "公開" / "予算・決算" / "令和7年度一般会計予算書.pdf", "x.pdf")
    tables = [block for block in budget.blocks if block.kind == "table"]
    assert len(tables) > 20 and any(table.unit == "千円" for table in tables)
    assert page_image(CITY / "公開" / "例規" / "風見市手数料条例.pdf", 1, 72).startswith(b"\x89PNG")


def test_the_command_prints_blocks_as_json(tmp_path, capsys):
    path = files.small_docx(tmp_path / "条例.docx")
    assert main(["read", str(path), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [(block["kind"], block["level"], block["text"]) for block in said["blocks"]] == [
        ("heading", 1, "第１条"),
        ("paragraph", 0, "この条例は、手数料に関し必要な事項を定める。"),
    ]
    assert set(said["blocks"][0]) >= {"kind", "level", "text", "cells", "locator"}
    assert said["pages"] == 0


def test_the_command_prints_markdown(tmp_path, capsys):
    assert main(["read", str(files.small_xlsx(tmp_path / "表.xlsx")), "--markdown"]) == 0
    assert "| 区分 | 令和6年度 | 令和7年度 |\n| --- | --- | --- |\n| 市税 | 1200 | 1300 |" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["空.pdf", "無い.pdf"])
def test_the_command_says_in_japanese_why_it_cannot(tmp_path, capsys, name):
    (tmp_path / "空.pdf").write_bytes(b"")
    assert main(["read", str(tmp_path / name)]) == 1
    said = capsys.readouterr()
    assert said.out == "" and name in said.err and "Traceback" not in said.err
