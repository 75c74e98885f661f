"""PDFs with a text layer come out in order, with structure and places."""

import pytest

from madoguchi.readers import pdf
from madoguchi.readers.blocks import Block, Reading
from madoguchi.readers.limits import Limits
from tests.readers import files
from tests.readers.files import Page

LONG = (
    "この計画は、市民が安心して暮らすことのできるまちをつくるため、今後十年間に取り組む施策の方向を定めるものである。"
    * 4
)


def read(tmp_path, pages: list[Page]) -> Reading:
    return pdf.read(files.pdf(tmp_path / "made.pdf", pages).read_bytes(), Limits())


def texts(reading: Reading, kind: str = "") -> list[str]:
    return [block.text for block in reading.blocks if not kind or block.kind == kind]


def tables(reading: Reading) -> list[Block]:
    return [block for block in reading.blocks if block.kind == "table"]


def test_lines_that_fill_their_column_are_one_paragraph(tmp_path):
    reading = read(tmp_path, [files.paragraph_page(LONG)])
    assert texts(reading) == [LONG]
    (block,) = reading.blocks
    assert block.kind == "paragraph" and block.locator["page"] == 1
    assert len(block.locator["boxes"]) == len(reading.pages[0].lines)
    for x0, top, x1, bottom in block.locator["boxes"]:
        assert 0.1 < x0 < x1 < 0.9 and 0.05 < top < bottom < 0.5


def test_a_short_line_ends_a_paragraph(tmp_path):
    page = Page()
    for number, line in enumerate([LONG[:40], "短い行で終わる。", "　" + LONG[:39], LONG[39:79]]):
        page.text(70, 100 + number * 17, line)
    assert texts(read(tmp_path, [page])) == [LONG[:40] + "短い行で終わる。", LONG[:79]]


def test_two_columns_are_read_one_after_the_other(tmp_path):
    page = Page().text(70, 80, "二段組みの広報紙の見出しがここに全幅で置かれる", 20)
    left, right = (
        "左の段の文章は左から先に読まれなければならない。" * 8,
        "右の段の文章は左の段のあとに読まれるべきである。" * 8,
    )
    for number in range(10):
        page.text(70, 140 + number * 16, left[number * 19 : number * 19 + 19])
        page.text(320, 140 + number * 16, right[number * 19 : number * 19 + 19])
    reading = read(tmp_path, [page])
    assert texts(reading)[1:] == [left[:190], right[:190]]
    assert reading.blocks[0].kind == "heading"


def test_running_heads_and_page_numbers_are_dropped(tmp_path):
    pages = []
    for number in range(1, 7):
        page = files.paragraph_page(f"{number}枚目。" + LONG)
        pages.append(page.text(200, 30, "風見市総合計画").text(290, 800, f"- {number + 3} -"))
    reading = read(tmp_path, pages)
    said = "".join(texts(reading))
    assert "風見市総合計画" not in said and "- 4 -" not in said and "6枚目。" in said
    # The text layer over the image keeps them.
    assert any(line[4] == "風見市総合計画" for line in reading.pages[0].lines)


def test_what_changes_from_page_to_page_at_the_top_is_text(tmp_path):
    amounts = ["8.5億円", "12.0億円", "3.1億円", "3.1億円", "40.2億円", "7.7億円"]
    pages = []
    for number, amount in enumerate(amounts, 1):
        page = files.paragraph_page(f"{number}枚目。" + LONG)
        page.text(60, 30, f"風見市　令和8年度　{number + 3}ページ").text(300, 45, f"令和5年度補正予算額　{amount}")
        pages.append(page)
    said = "".join(texts(read(tmp_path, pages)))
    assert [said.count(amount) for amount in dict.fromkeys(amounts)] == [1] * 5
    assert "風見市" not in said


def test_a_chapter_named_at_the_top_of_its_pages_is_said_once(tmp_path):
    pages = []
    for number in range(1, 9):
        chapter = f"第{1 + number // 4}章　総論"
        page = files.paragraph_page(f"{number}枚目。" + LONG).text(200, 30, chapter)
        pages.append(page.text(70, 70, chapter, 18) if number in (1, 4) else page)
    said = "".join(texts(read(tmp_path, pages)))
    assert said.count("第1章") == 1 and said.count("第2章") == 1


def test_a_deck_with_one_line_at_the_top_of_each_page_keeps_it(tmp_path):
    reading = read(tmp_path, [Page().text(70, 40, "同じ題のスライド", 20) for _ in range(5)])
    assert texts(reading) == ["同じ題のスライド"] * 5


def test_headings_are_told_by_size_and_numbering(tmp_path):
    page = Page().text(70, 90, "第１章　総論", 18).text(70, 130, "１　計画の目的", 14)
    page.text(70, 160, LONG[:40]).text(70, 176, LONG[40:80]).text(70, 210, "（１）計画の期間", 14)
    page.text(70, 240, LONG[:40]).text(70, 256, LONG[40:80]).text(70, 290, "２　計画の位置付け", 14)
    page.text(70, 320, LONG[:40])
    found = [(block.text, block.level) for block in read(tmp_path, [page]).blocks if block.kind == "heading"]
    assert [text for text, _ in found] == ["第１章　総論", "１　計画の目的", "（１）計画の期間", "２　計画の位置付け"]
    assert [level for _, level in found] == [1, 2, 3, 2]


def test_articles_paragraphs_and_items_of_a_law_are_structure(tmp_path):
    lines = [
        ("第１章　総則", 200),
        ("（目的）", 80),
        ("第１条　この条例は、手数料の徴収について必要な事項を定めることを目的とする。", 70),
        ("（定義）", 80),
        ("第２条　この条例において、次の各号に掲げる用語の意義は、当該各号に定める。", 70),
        ("（１）　住民　市の区域内に住所を有する者をいう。", 80),
        ("（２）　証明　市長が行うものをいう。", 80),
        ("２　前項の規定にかかわらず、市長は、別に定めることができる。", 70),
        ("第３条の２　市長は、規則を定める。", 70),
        ("附　則", 100),
        ("この条例は、公布の日から施行する。", 80),
    ]
    page = Page()
    for number, (line, x) in enumerate(lines):
        page.text(x, 80 + number * 20, line)
    blocks = read(tmp_path, [page]).blocks
    assert [(block.kind, block.text[:9]) for block in blocks] == [
        ("heading", "第１章　総則"),
        ("heading", "第１条（目的）"),
        ("paragraph", "この条例は、手数料"),
        ("heading", "第２条（定義）"),
        ("paragraph", "この条例において、"),
        ("list_item", "（１）　住民　市の"),
        ("list_item", "（２）　証明　市長"),
        ("list_item", "２　前項の規定にか"),
        ("heading", "第３条の２"),
        ("paragraph", "市長は、規則を定め"),
        ("heading", "附　則"),
        ("paragraph", "この条例は、公布の"),
    ]
    levels = {block.text: block.level for block in blocks if block.kind == "heading"}
    assert levels["第１章　総則"] < levels["第１条（目的）"] == levels["第３条の２"]
    assert levels["附　則"] == levels["第１章　総則"]


def test_an_article_named_in_running_text_is_no_heading(tmp_path):
    page = Page()
    for number, line in enumerate(
        [
            "市は、地方自治法その他の法令及び個人情報の保護に関する法律の規定並びに",
            "第３条の規定に基づき、必要な措置を講ずるものとする。",
        ]
    ):
        page.text(70, 100 + number * 17, line)
    assert [block.kind for block in read(tmp_path, [page]).blocks] == ["paragraph"]


def budget_page(rows: list[tuple[str, str, str]], header: bool = True) -> Page:
    """A table with a two-row header whose first cell is merged down and whose second is merged across."""
    page = Page().text(70, 60, "第１表　歳入歳出予算").text(420, 60, "（単位：千円）")
    xs, top, height = [70.0, 250.0, 380.0, 510.0], 80.0, 20.0
    ys = [top + height * number for number in range(len(rows) + 3 if header else len(rows) + 1)]
    at = 0
    if header:
        page.text(100, ys[0] + 10, "款").text(340, ys[0] + 5, "予算額").text(290, ys[1] + 5, "本年度").text(
            420, ys[1] + 5, "前年度"
        )
        page.line(xs[1], ys[1], xs[3], ys[1])
        page.line(xs[2], ys[1], xs[2], ys[2])
        for x in (xs[0], xs[1], xs[3]):
            page.line(x, ys[0], x, ys[2])
        page.line(xs[0], ys[0], xs[3], ys[0])
        at = 2
    page.grid(xs, ys[at:])
    for number, row in enumerate(rows):
        for x, cell in zip(xs, row, strict=False):
            page.text(x + 5, ys[at + number] + 5, cell)
    return page


def test_a_ruled_table_has_its_cells_header_unit_and_caption(tmp_path):
    reading = read(tmp_path, [budget_page([("市税", "1,200", "1,100"), ("地方譲与税", "300", "△20")])])
    (table,) = tables(reading)
    assert table.cells == [
        ["款", "予算額", "予算額"],
        ["款", "本年度", "前年度"],
        ["市税", "1,200", "1,100"],
        ["地方譲与税", "300", "△20"],
    ]
    assert (table.header_rows, table.unit, table.text) == (2, "千円", "第１表　歳入歳出予算")
    (box,) = table.locator["boxes"]
    assert box == pytest.approx([70 / 595, 80 / 842, 510 / 595, 160 / 842], abs=0.002)
    # The table's text is not repeated as paragraphs.
    assert len(reading.blocks) == 1


def test_a_table_that_goes_on_over_the_page_repeats_its_header(tmp_path):
    first = budget_page([(f"款{number}", str(number), "0") for number in range(30)])
    second = budget_page([("款30", "30", "0"), ("款31", "31", "0")], header=False)
    second._content = [line for line in second._content if "3a" not in line and "30d0" not in line][2:]
    one, two = tables(read(tmp_path, [first, second]))
    assert two.cells[:2] == one.cells[:2]
    assert two.cells[2:] == [["款30", "30", "0"], ["款31", "31", "0"]]
    assert (two.header_rows, two.unit, two.text) == (2, "千円", one.text)


def test_a_table_open_at_its_sides_is_closed(tmp_path):
    page = Page()
    for y in (100, 120, 140, 160):
        page.line(70, y, 500, y)
    for x in (200, 350):
        page.line(x, 100, x, 160)
    for row, words in enumerate([("区分", "今年", "昨年"), ("出生", "10", "12"), ("転入", "30", "28")]):
        for x, word in zip((75, 210, 360), words, strict=True):
            page.text(x, 105 + row * 20, word)
    (table,) = tables(read(tmp_path, [page]))
    assert table.cells == [["区分", "今年", "昨年"], ["出生", "10", "12"], ["転入", "30", "28"]]


def test_a_frame_around_text_is_no_table(tmp_path):
    page = Page().grid([60, 530], [90, 200])
    for number in range(3):
        page.text(70, 100 + number * 17, LONG[number * 40 : number * 40 + 40])
    reading = read(tmp_path, [page])
    assert texts(reading) == [LONG[:120]] and not tables(reading)


def test_a_turned_page_is_read_as_shown(tmp_path):
    import pikepdf

    path = files.pdf(tmp_path / "turned.pdf", [Page().text(70, 80, "回転したページの文字")])
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        document.pages[0].Rotate = 90
        document.save(path)
    reading = pdf.read(path.read_bytes(), Limits())
    page = reading.pages[0]
    assert (page.width, page.height) == (842, 595)
    assert "".join(texts(reading)) == "回転したページの文字"
    assert all(0 <= value <= 1 for block in reading.blocks for box in block.locator["boxes"] for value in box)


def test_pages_without_text_are_named(tmp_path):
    reading = read(tmp_path, [Page().text(70, 80, "文字のある頁"), Page()])
    assert "文字のないページ（2）" in reading.notice
    assert [page.number for page in reading.pages] == [1, 2]


def test_the_bars_of_a_chart_are_no_table(tmp_path):
    page = Page().text(70, 60, "活用状況の推移").grid([100, 200, 300, 400], [100, 130, 160, 190])
    for row in range(3):
        for column in range(3):
            page.text(130 + 100 * column, 110 + 30 * row, f"{row * 30 + column}.5")
    assert not tables(read(tmp_path, [page]))
