"""Word and Excel files come out with headings, numbering, merged cells and header paths."""

from typing import Any

import openpyxl
import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from madoguchi.readers import docx, xlsx
from madoguchi.readers.blocks import Block
from madoguchi.readers.docx_numbering import kanji, shown
from madoguchi.readers.limits import Limits
from madoguchi.readers.problems import Problem
from tests.readers import files


def read_docx(tmp_path, document) -> list[Block]:
    document.save(str(tmp_path / "made.docx"))
    return docx.read((tmp_path / "made.docx").read_bytes(), Limits()).blocks


def read_xlsx(tmp_path, book, limits: Limits | None = None) -> list[Block]:
    book.save(tmp_path / "made.xlsx")
    return xlsx.read((tmp_path / "made.xlsx").read_bytes(), limits or Limits()).blocks


def active(book) -> Any:
    """The first sheet."""
    return book.active


def test_headings_by_style_and_by_article(tmp_path):
    document = Document()
    document.add_heading("印鑑条例", 0)
    document.add_heading("総則", 1)
    for text in ("（目的）", "第１条　この条例は、印鑑の登録を定める。", "（１）　登録", "※ 別に定める。"):
        document.add_paragraph(text)
    blocks = read_docx(tmp_path, document)
    assert [(block.kind, block.level, block.text) for block in blocks] == [
        ("heading", 1, "印鑑条例"),
        ("heading", 2, "総則"),
        ("heading", 3, "第１条（目的）"),
        ("paragraph", 0, "この条例は、印鑑の登録を定める。"),
        ("list_item", 2, "（１）　登録"),
        ("note", 0, "※ 別に定める。"),
    ]
    assert blocks[3].locator == {"heading": ["印鑑条例", "総則", "第１条（目的）"]}


def test_a_table_repeats_merged_cells_and_binds_its_caption_and_unit(tmp_path):
    document = Document()
    document.add_paragraph("表１　歳入")
    document.add_paragraph("（単位：千円）")
    table = document.add_table(4, 3)
    for row, words in enumerate([("款", "予算額", ""), ("", "本年度", "前年度"), ("市税", "12", "11"), ("", "3", "4")]):
        for column, word in enumerate(words):
            table.cell(row, column).text = word
    table.cell(0, 0).merge(table.cell(1, 0))
    table.cell(0, 1).merge(table.cell(0, 2))
    table.cell(2, 0).merge(table.cell(3, 0))
    (block,) = read_docx(tmp_path, document)
    assert block.cells == [
        ["款", "予算額", "予算額"],
        ["款", "本年度", "前年度"],
        ["市税", "12", "11"],
        ["市税", "3", "4"],
    ]
    assert (block.text, block.unit, block.header_rows) == ("表１　歳入", "千円", 2)


def test_the_final_text_is_read_and_deletions_stay_out(tmp_path):
    document = Document()
    paragraph = document.add_paragraph("残る")
    for markup in (
        '<w:ins %s w:id="1" w:author="a"><w:r><w:t>足した</w:t></w:r></w:ins>',
        '<w:del %s w:id="2" w:author="a"><w:r><w:delText>消した</w:delText></w:r></w:del>',
        "<w:r %s><w:rPr><w:vanish/></w:rPr><w:t>隠した</w:t></w:r>",
        "<w:r %s><w:instrText>PAGE</w:instrText></w:r>",
    ):
        paragraph._p.append(parse_xml(markup % nsdecls("w")))
    assert [block.text for block in read_docx(tmp_path, document)] == ["残る足した"]


def test_automatic_numbers_are_shown_as_word_shows_them(tmp_path):
    document = Document()
    for text in ("申請", "届出"):
        document.add_paragraph(text, style="List Number")
    document.add_paragraph("印", style="List Bullet")
    assert [block.text for block in read_docx(tmp_path, document)] == ["1.　申請", "2.　届出", "・印"]


@pytest.mark.parametrize(
    ("number", "style", "text"),
    [
        (3, "decimalFullWidth", "３"),
        (2, "aiueoFullWidth", "イ"),
        (2, "irohaFullWidth", "ロ"),
        (21, "japaneseCounting", "二十一"),
        (4, "decimalEnclosedCircle", "④"),
        (9, "lowerRoman", "ix"),
        (28, "upperLetter", "B"),
        (7, "unknown", "7"),
    ],
)
def test_number_formats_of_word(number, style, text):
    assert shown(number, style) == text


def test_kanji_numbers():
    assert [kanji(number) for number in (1, 10, 11, 20, 100, 105, 1234)] == [
        *("一", "十", "十一", "二十", "百", "百五", "千二百三十四")
    ]


def test_merged_headers_of_a_sheet_become_paths(tmp_path):
    book = openpyxl.Workbook()
    sheet = active(book)
    sheet.title = "歳入"
    for row in (
        ["令和7年度 歳入予算"],
        ["（単位：千円）"],
        [None, "歳入", None, "備考"],
        ["区分", "市税", "交付税", None],
        ["当初", 100, 200, "なし"],
        ["補正", 10, None, "第１号"],
        ["※ 四捨五入による。"],
    ):
        sheet.append(row)
    sheet.merge_cells("B3:C3")
    sheet.merge_cells("D3:D4")
    table, note = read_xlsx(tmp_path, book)
    assert table.cells == [
        ["区分", "歳入 > 市税", "歳入 > 交付税", "備考"],
        ["当初", "100", "200", "なし"],
        ["補正", "10", "", "第１号"],
    ]
    assert (table.text, table.unit, table.header_rows) == ("令和7年度 歳入予算", "千円", 1)
    assert table.locator == {"sheet": "歳入", "range": "A3:D6"}
    assert (note.kind, note.text) == ("note", "※ 四捨五入による。")


def test_tables_apart_on_a_sheet_are_found_apart(tmp_path):
    book = openpyxl.Workbook()
    sheet = active(book)
    for row, words in enumerate([("品目", "数"), ("紙", 1), ("缶", 2)], 1):
        for column, word in enumerate(words):
            sheet.cell(row, 1 + column, word)
            sheet.cell(row, 5 + column, f"{word}右")
            sheet.cell(row + 6, 1 + column, f"{word}下")
    ranges = [block.locator["range"] for block in read_xlsx(tmp_path, book) if block.kind == "table"]
    assert ranges == ["A1:B3", "E1:F3", "A7:B9"]


def test_dates_figures_and_leading_zeros_are_shown_plainly(tmp_path):
    import datetime

    book = openpyxl.Workbook()
    active(book).append(["番号", "日", "割合", "数"])
    active(book).append(["0012", datetime.date(2026, 4, 1), 0.25, 1234567.0])
    (table,) = read_xlsx(tmp_path, book)
    assert table.cells[1] == ["0012", "2026-04-01", "0.25", "1234567"]


def test_hidden_sheets_are_left_out_and_named(tmp_path):
    book = openpyxl.Workbook()
    active(book).append(["見える"])
    hidden = book.create_sheet("裏")
    hidden.append(["見えない"])
    hidden.sheet_state = "hidden"
    book.save(tmp_path / "made.xlsx")
    reading = xlsx.read((tmp_path / "made.xlsx").read_bytes(), Limits())
    assert "見えない" not in str(reading.to_json())
    assert "非表示のシート「裏」" in reading.notice


def test_cells_beyond_the_limit_are_left_out_and_named(tmp_path):
    book = openpyxl.Workbook()
    active(book).append(["一", "二"])
    large = book.create_sheet("大")
    for number in range(20):
        large.append([number, number])
    book.save(tmp_path / "made.xlsx")
    reading = xlsx.read((tmp_path / "made.xlsx").read_bytes(), Limits(max_cells=10))
    assert "シート「大」は範囲が大きすぎる" in reading.notice and len(reading.blocks) == 2


def test_an_inflated_size_beyond_the_limit_is_refused(tmp_path):
    path = files.small_docx(tmp_path / "small.docx")
    with pytest.raises(Problem) as problem:
        docx.read(
            files.edited(path, tmp_path / "big.docx", "word/media/a.bin", bytes(3 << 20)).read_bytes(),
            Limits(max_inflated_mb=2),
        )
    assert problem.value.key == "zip-bomb"


def test_formulas_that_were_never_calculated_are_named(tmp_path):
    book = openpyxl.Workbook()
    for row in (["区分", "数", "増減"], ["甲", 3, "=B2-1"], ["乙", 4, "=B3-1"]):
        active(book).append(row)
    book.save(tmp_path / "made.xlsx")
    reading = xlsx.read((tmp_path / "made.xlsx").read_bytes(), Limits())
    assert "計算式のセル（2個）" in reading.notice and reading.blocks[0].cells[1] == ["甲", "3", ""]
