"""Word files come out with headings, numbering and merged cells."""

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from madoguchi.readers import docx
from madoguchi.readers.blocks import Block
from madoguchi.readers.limits import Limits
from madoguchi.readers.number_formats import kanji, shown
from madoguchi.readers.problems import Problem
from tests.readers import files


def read_docx(tmp_path, document) -> list[Block]:
    document.save(str(tmp_path / "made.docx"))
    return docx.read((tmp_path / "made.docx").read_bytes(), Limits()).blocks


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
    blocks = read_docx(tmp_path, document)
    assert [(block.text, block.hidden) for block in blocks] == [("残る足した", ""), ("隠した", "隠し文字")]


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
        (28, "upperLetter", "BB"),
        (7, "unknown", "7"),
    ],
)
def test_number_formats_of_word(number, style, text):
    assert shown(number, style) == text


def test_kanji_numbers():
    assert [kanji(number) for number in (1, 10, 11, 20, 100, 105, 1234)] == [
        *("一", "十", "十一", "二十", "百", "百五", "千二百三十四")
    ]


def test_an_inflated_size_beyond_the_limit_is_refused(tmp_path):
    path = files.small_docx(tmp_path / "small.docx")
    with pytest.raises(Problem) as problem:
        docx.read(
            files.edited(path, tmp_path / "big.docx", "word/media/a.bin", bytes(3 << 20)).read_bytes(),
            Limits(max_inflated_mb=2),
        )
    assert problem.value.key == "zip-bomb"
