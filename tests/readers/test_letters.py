"""Variation sequences, 外字 and old forms come out of every reader as they were written: only a search folds them."""

import io

import openpyxl
import pikepdf
import pytest
from docx import Document

from madoguchi.library.passages import cut
from madoguchi.readers import csv, docx, html, markdown, pdf, text, xlsx
from madoguchi.readers.blocks import Reading
from madoguchi.readers.limits import Limits
from tests.readers import files

# 葛 as 葛城市 writes it, 神 by a standardised variant, a 外字 as CP932 numbers them, and old forms.
SAID = "葛\U000e0100城市の髙橋、山﨑、𠮷田、渡\ue000、神\ufe00社、ｶﾀｶﾅ㈱①"


def word() -> Reading:
    document = Document()
    document.add_paragraph(SAID)
    document.add_table(1, 2).cell(0, 0).text = SAID
    file = io.BytesIO()
    document.save(file)
    return docx.read(file.getvalue(), Limits())


def workbook() -> Reading:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["氏名", "備考"], [SAID, "1"], [SAID, "2"]):
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return xlsx.read(file.getvalue(), Limits())


def page() -> Reading:
    """A page whose font says by ToUnicode what its glyphs mean, as every office program writes them."""
    letters = ["葛\U000e0100", *"城市の髙橋、山﨑、𠮷田、渡\ue000、", "神\ufe00", *"社、ｶﾀｶﾅ㈱①"]
    said = "\n".join(f"<{number:04x}> <{letter.encode('utf-16-be').hex()}>" for number, letter in enumerate(letters, 1))
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def "
        "1 begincodespacerange <0000> <ffff> endcodespacerange "
        f"{len(letters)} beginbfchar\n{said}\nendbfchar endcmap end end"
    )
    file = io.BytesIO()
    with pikepdf.new() as document:
        font = files.japanese_font(document, "Identity-H", cmap.encode())
        document.add_blank_page(page_size=(595, 842))
        made = document.pages[0]
        made.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F0=document.make_indirect(font)))
        codes = "".join(f"{number:04x}" for number in range(1, len(letters) + 1))
        made.Contents = document.make_stream(f"BT /F0 10.5 Tf 1 0 0 1 70 740 Tm <{codes}> Tj ET".encode())
        document.save(file)
    return pdf.read(file.getvalue(), Limits())


READINGS = {
    "docx": word,
    "xlsx": workbook,
    "csv": lambda: csv.read(f"氏名,備考\n{SAID},1\n{SAID},2\n".encode(), Limits()),
    "html": lambda: html.read(f"<html><body><p>{SAID}</p></body></html>".encode(), Limits()),
    "md": lambda: markdown.read(f"# 名簿\n\n{SAID}\n".encode(), Limits()),
    "txt": lambda: text.read(f"{SAID}\n".encode(), Limits()),
    "pdf": page,
}


@pytest.mark.parametrize("kind", READINGS)
def test_a_reader_keeps_every_letter_as_it_was_written(kind):
    reading = READINGS[kind]()
    said = "\n".join([block.text for block in reading.blocks] + [str(block.cells) for block in reading.blocks])
    assert SAID in said.replace("\\ue000", "\ue000")
    # And so does the passage that is shown and cited.
    assert any(SAID in piece.text for piece in cut(reading, 600))


def test_the_letters_of_an_office_own_in_cp932_are_kept():
    (table,) = csv.read("氏名,備考\n渡".encode("cp932") + b"\xf0\x40,1\n" + "髙橋,2\n".encode("cp932"), Limits()).blocks
    assert [row[0] for row in table.cells] == ["氏名", "渡\ue000", "髙橋"]
