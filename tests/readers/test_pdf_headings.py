"""The headings of a PDF: none from a table of contents, one level for each kind, nothing said twice."""

import pytest

from madoguchi.readers import contents, pdf, pdf_levels, pdf_notes, pdf_scan, structure
from madoguchi.readers.blocks import Reading
from madoguchi.readers.limits import Limits
from madoguchi.readers.pdf_document import Document
from tests.readers import files
from tests.readers.files import Page

TEXT = "この計画は、市民が安心して暮らすことのできるまちをつくるための施策を定めるもの"


def read(tmp_path, pages: list[Page]) -> Reading:
    return pdf.read(files.pdf(tmp_path / "made.pdf", pages).read_bytes(), Limits())


def headings(reading: Reading) -> list[tuple[int, str]]:
    return [(block.level, block.text) for block in reading.blocks if block.kind == "heading"]


def paths(reading: Reading) -> dict[str, list[str]]:
    """The headings above each text, by the text's beginning."""
    above: list[tuple[int, str]] = []
    found = {}
    for block in reading.blocks:
        if block.kind == "heading":
            above = [one for one in above if one[0] < block.level] + [(block.level, block.text)]
        else:
            found[block.text[:6]] = [text for _, text in above]
    return found


def lines(*rows: tuple[str, float], left: float = 70, top: float = 90) -> Page:
    """A page of these lines with these sizes, a line of space between them."""
    page = Page()
    for text, size in rows:
        page.text(left, top, text, size)
        top += size * 2.4
    return page


def plan(contents_page: Page) -> list[Page]:
    """A title page, the contents, and two 編 of two 節 each."""
    pages = [Page().text(150, 300, "風見市地域防災計画", 28).text(250, 600, "風　見　市", 16), contents_page]
    for part in (1, 2):
        rows = [(f"第{part}編 災害の対策その{part}", 18.0)]
        for section in (1, 2):
            rows += [(f"第{section}節 対策の{part}の{section}", 14), (f"本文{part}の{section}。{TEXT}。", 10.5)]
        pages.append(lines(*rows))
    return pages


def entries(*rows: tuple[str, str], title: str = "目　次") -> Page:
    page = Page().text(260, 70, title, 16)
    for number, (text, behind) in enumerate(rows):
        page.text(70, 120 + number * 18, text).text(480, 120 + number * 18, behind)
    return page


LISTED = (
    ("第1編 災害の対策その1", "3"),
    ("第1節 対策の1の1", "3"),
    ("第2節 対策の1の2", "3"),
    ("第2編 災害の対策その2", "4"),
    ("第1節 対策の2の1", "4"),
    ("第2節 対策の2の2", "4"),
)


def test_lines_of_the_contents_stand_above_nothing(tmp_path):
    reading = read(tmp_path, plan(entries(*LISTED)))
    assert headings(reading) == [
        (1, "風見市地域防災計画"),
        (2, "目　次"),
        (2, "第1編 災害の対策その1"),
        (3, "第1節 対策の1の1"),
        (3, "第2節 対策の1の2"),
        (2, "第2編 災害の対策その2"),
        (3, "第1節 対策の2の1"),
        (3, "第2節 対策の2の2"),
    ]
    assert paths(reading)["本文2の1。"] == ["風見市地域防災計画", "第2編 災害の対策その2", "第1節 対策の2の1"]
    (listed,) = [block for block in reading.blocks if block.kind == "paragraph" and "第1編" in block.text]
    assert listed.text.count("\n") == 5 and len(listed.locator["boxes"]) >= 6 and listed.locator["page"] == 2


def test_contents_without_page_numbers_end_where_the_body_says_their_first_line_again(tmp_path):
    rows = ["目次", "第１編 総則（第１条）", "第２編 予算", "第１章 予算の編成（第２条―第３条）", "附則"]
    body = ["第１編 総則", "第１条　この規則は、財務について定める。", "第２編 予算", "第１章 予算の編成"]
    body += [
        "第２条　予算は、市長が編成する。",
        "第３条　予算は、毎年度定める。",
        "附則",
        "この規則は、公布の日から施行する。",
    ]
    page = lines(("○風見市財務規則", 16), *((row, 10.5) for row in rows + body))
    reading = read(tmp_path, [page])
    assert headings(reading) == [
        (1, "○風見市財務規則"),
        (2, "目次"),
        (2, "第１編 総則"),
        (4, "第１条"),
        (2, "第２編 予算"),
        (3, "第１章 予算の編成"),
        (4, "第２条"),
        (4, "第３条"),
        (3, "附則"),
    ]


def test_three_lines_with_rising_page_numbers_are_contents_without_a_title(tmp_path):
    pages = plan(entries(*LISTED, title="この計画のあらまし"))
    assert [text for _, text in headings(read(tmp_path, pages))].count("第1編 災害の対策その1") == 1
    assert contents.find([(1, "第1章 総則　1"), (1, "第2章 計画　9"), (1, "第3章 推進　20")]) == [(-1, 0, 3)]
    assert contents.find([(1, "第1章 総則　1"), (1, "第2章 計画　9")]) == []
    # Figures of a list do not rise as page numbers do.
    assert contents.find([(1, "市税　920"), (1, "交付税　310"), (1, "市債　45"), (1, "その他　50")]) == []


def test_a_list_of_the_headings_that_follow_is_no_heading(tmp_path):
    names = ["（１）方向性の整理", "（２）回線の統合", "（３）支援の仕組み"]
    pages = [files.paragraph_page(TEXT * 6), lines(("第１章 今後の取組", 24), *((name, 16) for name in names))]
    pages += [lines((name, 16), (f"本文{number}。{TEXT}。", 10.5)) for number, name in enumerate(names)]
    reading = read(tmp_path, pages)
    assert headings(reading) == [(1, "第１章 今後の取組"), *((2, name) for name in names)]
    assert paths(reading)["本文0。この"] == ["第１章 今後の取組", names[0]]


def test_the_lines_of_a_title_are_one_title(tmp_path):
    cover = Page().text(240, 200, "令和8年度", 26).text(150, 290, "風見市一般会計予算書", 26)
    cover.text(240, 380, "（第1号）", 26).text(250, 600, "令和8年6月提出", 14).text(250, 650, "風見市長", 14)
    pages = [cover, lines(("歳入の部の見積り", 16), (TEXT + "。", 10.5), (TEXT + "。", 10.5))]
    assert headings(read(tmp_path, pages)) == [(1, "令和8年度風見市一般会計予算書（第1号）"), (2, "歳入の部の見積り")]


def test_a_heading_in_the_size_of_numbered_ones_ends_the_one_before(tmp_path):
    pages = plan(entries(*LISTED))
    pages.append(lines(("資料編", 18), ("資料の本文。" + TEXT + "。", 10.5)))
    reading = read(tmp_path, pages)
    assert paths(reading)["資料の本文。"] == ["風見市地域防災計画", "資料編"]


def test_what_stands_between_one_and_two_is_part_of_one(tmp_path):
    rows = [("事項別明細書", 18), ("1 総括", 14), ("（歳入）", 14), (f"甲。{TEXT}。", 10.5), ("（歳出）", 14)]
    rows += [(f"乙。{TEXT}。", 10.5), ("2 歳入", 14), (f"丙。{TEXT}。", 10.5)]
    found = paths(read(tmp_path, [lines(*rows)]))
    assert found["乙。この計画"] == ["事項別明細書", "1 総括", "（歳出）"]
    assert found["丙。この計画"] == ["事項別明細書", "2 歳入"]


def test_a_heading_said_again_at_the_top_of_the_next_page_is_said_once(tmp_path):
    pages = [lines(("第１章 総則", 18), ("１ 目的", 14), (TEXT + "。", 10.5))]
    pages.append(lines(("第１章 総則", 18), (f"続き。{TEXT}。", 10.5), ("２ 期間", 14), (f"期間。{TEXT}。", 10.5)))
    pages.append(lines(("第２章 計画", 18), ("１ 目的", 14), (f"別。{TEXT}。", 10.5)))
    reading = read(tmp_path, pages)
    assert [text for _, text in headings(reading)] == ["第１章 総則", "１ 目的", "２ 期間", "第２章 計画", "１ 目的"]
    assert paths(reading)["続き。この計"] == ["第１章 総則", "１ 目的"]


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        ("○議長（山田太郎君）", True),
        ("○議長（山田太郎君）　これより会議を開きます。", True),
        ("◎福祉部長　お答えします。", True),
        ("○12番（佐藤花子議員）", True),
        ("〇河野大臣： ただいまから", True),
        ("○風見市議会委員会条例（平成3年条例第9号）", False),
        ("○ 代表的な嗜好品であること", False),
        ("○風見市手数料条例", False),
    ],
)
def test_who_speaks_in_minutes_is_told_from_headings(text, speaks):
    assert structure.is_speaker(text) is speaks


def test_speakers_in_large_letters_are_no_headings(tmp_path):
    rows = [
        ("日程第1 会期の決定", 16),
        ("○議長（山田太郎君）", 14),
        (f"本文。{TEXT}。", 10.5),
        ("○12番（佐藤花子議員）", 14),
    ]
    assert headings(read(tmp_path, [lines(*rows, (TEXT + "。", 10.5))])) == [(1, "日程第1 会期の決定")]


def test_a_page_number_of_the_contents_at_the_foot_of_the_page_is_kept(tmp_path):
    pages = [Page().text(70, 100, TEXT).text(290, 800, str(number)) for number in range(1, 5)]
    pages[1].text(70, 770, "資料3 災害時の応援協定").text(480, 770, "25")
    pages[2].text(70, 770, "資料5 初動の点検表").text(480, 770, "26")
    said = "".join(block.text for block in read(tmp_path, pages).blocks)
    assert "応援協定　25" in said and "点検表　26" in said


def test_levels_stay_close_and_never_let_an_outer_heading_stand_inside():
    # Styles that do not stand above each other share a level; the outer one still ends the inner one.
    chapter, section, label = (20, 36, 0), (30, 28, 0), (0, 24, 0)
    found = pdf_levels.levels([(label, "前書き"), (chapter, "第1章"), (section, "第1節"), (label, "要点")], 21)
    assert found == {chapter: 1, section: 2, label: 3}
    assert pdf_levels.levels([(chapter, "第1章"), (label, "要点")], 21) == {chapter: 1, label: 2}


@pytest.mark.parametrize(
    ("text", "number"), [("１　目的", 1), ("(12) 期間", 12), ("十二 雑則", 12), ("第二十章", 20), ("目的", 0)]
)
def test_the_number_of_a_heading_is_read(text, number):
    assert pdf_levels.number_of(text) == number


def test_the_style_of_a_line_is_not_asked_of_the_gap_in_its_middle(tmp_path):
    page = Page().text(70, 90, "日程第1", 12.4).text(127, 90, "会の決定", 12.4)
    with Document(files.pdf(tmp_path / "made.pdf", [page]).read_bytes()) as document:
        opened = pdf.Opened(document, pdf_scan.Eye(Limits()), pdf_notes.Form(document))
        (line,) = pdf._sheet(opened, 0).lines
    assert line.text == "日程第1 会の決定" and line.font and line.size == pytest.approx(12.4, abs=0.01)
