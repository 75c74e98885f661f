"""Tables of PDFs: merged cells, tables that go on, figures in columns without lines; and what is no table."""

from madoguchi.readers import pdf
from madoguchi.readers.blocks import Block
from madoguchi.readers.limits import Limits
from tests.readers import files
from tests.readers.files import Page
from tests.readers.test_pdf import budget_page

TOWNS = ("風見町", "中央町", "港町", "桜台", "北原")
ENDS = (260.0, 340.0, 420.0, 500.0)


def tables(tmp_path, pages: list[Page]) -> list[Block]:
    reading = pdf.read(files.pdf(tmp_path / "made.pdf", pages).read_bytes(), Limits())
    return [block for block in reading.blocks if block.kind == "table"]


def right(page: Page, x1: float, top: float, figure: str) -> None:
    """Write a figure that ends at a place; the font of these pages has only wide characters."""
    page.text(x1 - 10.0 * len(figure), top, figure, 10)


def people_page() -> Page:
    page = Page().text(70, 60, "町別世帯数及び人口", 10)
    for middle, year in ((260, "令和７年"), (420, "令和６年")):
        page.text(middle - 20, 100, year, 10)
    page.text(70, 115, "町名", 10)
    for x1, word in zip(ENDS, ("世帯数", "人口", "世帯数", "人口"), strict=True):
        page.text(x1 - len(word) * 10, 115, word, 10)
    for number, town in enumerate(TOWNS):
        top = 130 + 15 * number
        page.text(70, top, town, 10)
        for column, x1 in enumerate(ENDS):
            right(page, x1, top, f"{number + 1},{column}00" if number % 2 else f"{column + 1}{number}0")
    return page


def test_merged_cells_of_a_ruled_table_are_said_as_spans(tmp_path):
    (table,) = tables(tmp_path, [budget_page([("市税", "1,200", "1,100"), ("地方譲与税", "300", "△20")])])
    assert table.spans == [[0, 0, 2, 1], [0, 1, 1, 2]]


def test_a_table_that_goes_on_says_so_and_keeps_the_merged_cells_of_its_header(tmp_path):
    first = budget_page([(f"款{number}", str(number), "0") for number in range(30)])
    second = budget_page([("款30", "30", "0"), ("款31", "31", "0")], header=False)
    second._content = [line for line in second._content if "3a" not in line and "30d0" not in line][2:]
    one, two = tables(tmp_path, [first, second])
    assert (one.continues, two.continues) == (False, True)
    assert two.spans == one.spans


def test_figures_in_columns_without_lines_are_a_table_with_its_header_of_two_rows(tmp_path):
    (table,) = tables(tmp_path, [people_page()])
    assert table.header_rows == 2
    assert table.cells[:2] == [
        ["町名", "令和７年", "令和７年", "令和６年", "令和６年"],
        ["町名", "世帯数", "人口", "世帯数", "人口"],
    ]
    assert table.cells[2:4] == [["風見町", "100", "200", "300", "400"], ["中央町", "2,000", "2,100", "2,200", "2,300"]]
    assert table.spans == [[0, 0, 2, 1], [0, 1, 1, 2], [0, 3, 1, 2]]
    assert table.text == "町別世帯数及び人口"


def test_an_empty_place_in_a_column_of_figures_stays_empty(tmp_path):
    page = Page().text(70, 100, "年度", 10)
    for x1, word in zip(ENDS[:3], ("図書館", "公民館", "体育館"), strict=True):
        page.text(x1 - 30, 100, word, 10)
    for number in range(4):
        page.text(70, 115 + 15 * number, f"令和{number + 1}年度", 10)
        for column, x1 in enumerate(ENDS[:3]):
            if (number, column) != (2, 1):
                right(page, x1, 115 + 15 * number, f"{number}{column}7")
    (table,) = tables(tmp_path, [page])
    assert table.cells[0] == ["年度", "図書館", "公民館", "体育館"]
    assert table.cells[3] == ["令和3年度", "207", "", "227"]


def test_contents_with_page_numbers_are_no_table(tmp_path):
    page = Page().text(70, 60, "目次", 14)
    for number in range(8):
        page.text(70, 100 + 18 * number, f"第{number + 1}章", 10).text(120, 100 + 18 * number, "計画の策定……", 10)
        right(page, 480, 100 + 18 * number, str(number * 3 + 1))
        right(page, 520, 100 + 18 * number, str(number * 3 + 2))
    assert not tables(tmp_path, [page])


def test_two_columns_of_text_and_a_list_of_names_are_no_table(tmp_path):
    page = Page()
    for number in range(10):
        page.text(60, 100 + 16 * number, "この計画は市民が安心して暮らすことのできる", 10)
        page.text(310, 100 + 16 * number, "まちをつくるため今後十年間に取り組む施策を", 10)
    for number, name in enumerate(("市長　山田太郎", "副市長　鈴木花子", "教育長　佐藤一郎")):
        page.text(60, 400 + 16 * number, "風見市", 10).text(300, 400 + 16 * number, name, 10)
    assert not tables(tmp_path, [page])


def test_figures_that_end_at_no_common_place_are_no_table(tmp_path):
    page = Page()
    for number in range(6):
        top = 100 + 15 * number
        page.text(70, top, "測定値", 10)
        for column in range(3):
            right(page, 200 + 110 * column + (number * 37 + column * 23) % 60, top, str(100 + number))
    assert not tables(tmp_path, [page])


def test_a_table_goes_on_though_one_of_its_columns_is_empty_there(tmp_path):
    xs = [70.0, 200.0, 350.0, 510.0]
    first = Page().grid(xs, [80.0 + 20 * number for number in range(38)])
    second = Page().grid(xs, [80.0, 100.0, 120.0])
    for x, word in zip(xs, ("番号", "名称", "備考"), strict=False):
        first.text(x + 5, 85, word)
    for number in range(1, 37):
        first.text(75, 85 + 20 * number, str(number)).text(205, 85 + 20 * number, "風見公園")
    for number in range(2):
        second.text(75, 85 + 20 * number, str(number + 37)).text(205, 85 + 20 * number, "港公園")
    _, two = tables(tmp_path, [first, second])
    assert two.continues
    assert two.cells == [["番号", "名称", "備考"], ["37", "港公園", ""], ["38", "港公園", ""]]


def card_page(x0: float = 70.0, page: Page | None = None, title: str = "歳入の状況（単位：千円）") -> Page:
    """A ruled header and under it a box of labels and a box of figures, no line between rows or figures."""
    page = page or Page()
    xs = [x0, x0 + 15, x0 + 90, x0 + 150, x0 + 200]
    page.grid([xs[0], xs[4]], [80.0, 100.0]).text(xs[0] + 10, 85, title, 9)
    page.grid([xs[0], xs[2], xs[3], xs[4]], [100.0, 120.0])
    page.grid([xs[0], xs[2], xs[4]], [120.0, 200.0])
    # The label of the third and fourth row stands beside theirs.
    page.grid([xs[0], xs[1]], [150.0, 180.0]).text(xs[0] + 4, 153, "内", 9).text(xs[0] + 4, 168, "訳", 9)
    for x, word in zip(xs[1:4], ("区分", "決算額", "構成比"), strict=True):
        page.text(x + 5, 105, word, 9)
    for number, label in enumerate(("地方税", "地方交付税", "普通交付税", "特別交付税", "合計")):
        top = 122 + 15 * number
        page.text(xs[1] + 2 if number in (2, 3) else xs[0] + 2, top, label, 9)
        right(page, xs[3] - 2, top, f"{number + 1}00")
        right(page, xs[4] - 2, top, f"{number}.1" if number != 3 else "-")
    return page


def test_rows_between_two_lines_are_told_apart_where_labels_and_figures_stand_level(tmp_path):
    page = Page().grid([70.0, 200.0, 300.0, 400.0], [80.0, 100.0, 205.0])
    for x, word in zip((75, 205, 305), ("町名", "世帯数", "人口"), strict=True):
        page.text(x, 85, word, 10)
    for number, town in enumerate(TOWNS):
        page.text(75, 105 + 18 * number, town, 10)
        right(page, 295, 105 + 18 * number, f"{number + 1}0")
        right(page, 395, 105 + 18 * number, f"{number + 2}5")
    (table,) = tables(tmp_path, [page])
    assert table.header_rows == 1
    assert table.cells == [
        ["町名", "世帯数", "人口"],
        *([town, f"{number + 1}0", f"{number + 2}5"] for number, town in enumerate(TOWNS)),
    ]


def test_a_box_of_figures_is_parted_by_the_columns_of_its_header_and_takes_its_title_and_unit(tmp_path):
    (table,) = tables(tmp_path, [card_page()])
    assert (table.text, table.unit, table.header_rows) == ("歳入の状況", "千円", 1)
    assert table.cells == [
        ["区分", "区分", "決算額", "構成比"],
        ["地方税", "地方税", "100", "0.1"],
        ["地方交付税", "地方交付税", "200", "1.1"],
        ["内訳", "普通交付税", "300", "2.1"],
        ["内訳", "特別交付税", "400", "-"],
        ["合計", "合計", "500", "4.1"],
    ]
    assert [3, 0, 2, 1] in table.spans


def test_tables_that_hang_together_are_parted_where_the_header_of_the_labels_begins_again(tmp_path):
    page = card_page(270.0, card_page(), title="歳出の状況（単位：百万円）")
    left, right_one = tables(tmp_path, [page])
    assert (left.text, right_one.text) == ("歳入の状況", "歳出の状況")
    assert (left.unit, right_one.unit) == ("千円", "百万円")
    assert left.cells == right_one.cells


def test_a_label_written_once_for_some_rows_stays_in_the_first_of_them(tmp_path):
    page = Page().grid([70.0, 150.0, 250.0, 350.0], [80.0, 100.0, 205.0])
    for x, word in zip((75, 155, 255), ("款", "項", "予算額"), strict=True):
        page.text(x, 85, word, 10)
    page.text(75, 105, "市税", 10).text(75, 159, "使用料", 10)
    for number, town in enumerate(TOWNS):
        page.text(155, 105 + 18 * number, town, 10)
        right(page, 345, 105 + 18 * number, f"{number + 1}0")
    (table,) = tables(tmp_path, [page])
    assert [row[0] for row in table.cells] == ["款", "市税", "", "", "使用料", ""]


def test_words_that_wrap_and_figures_without_labels_of_their_own_stay_in_their_cell(tmp_path):
    page = Page().grid([70.0, 200.0, 300.0], [80.0, 100.0, 160.0, 220.0])
    page.text(75, 85, "手数料の種類", 10).text(205, 85, "金額", 10)
    for number, words in enumerate(("住民票の写しの", "交付に関する", "証明書")):
        page.text(75, 105 + 18 * number, words, 10)
    right(page, 295, 123, "300")
    page.text(75, 183, "利用料（時間による）", 10)
    for number in range(3):
        right(page, 295, 165 + 18 * number, f"{number + 1}00")
    (table,) = tables(tmp_path, [page])
    assert table.cells == [
        ["手数料の種類", "金額"],
        ["住民票の写しの交付に関する証明書", "300"],
        ["利用料（時間による）", "100 200 300"],
    ]


def test_columns_that_only_the_body_parts_are_all_kept(tmp_path):
    page = Page().grid([70.0, 200.0, 400.0], [80.0, 100.0]).grid([70.0, 200.0, 300.0, 400.0], [100.0, 205.0])
    page.text(75, 85, "町名", 10).text(205, 85, "世帯数と人口", 10)
    for number, town in enumerate(TOWNS):
        page.text(75, 105 + 18 * number, town, 10)
        right(page, 295, 105 + 18 * number, f"{number + 1}0")
        right(page, 395, 105 + 18 * number, f"{number + 2}5")
    (table,) = tables(tmp_path, [page])
    assert table.cells[:2] == [["町名", "世帯数と人口", "世帯数と人口"], ["風見町", "10", "25"]]
    assert [row[2] for row in table.cells[1:]] == ["25", "35", "45", "55", "65"]


def test_words_at_the_right_of_the_figures_stay_in_the_table(tmp_path):
    page = Page().grid([70.0, 160.0, 240.0, 400.0], [80.0, 100.0, 205.0])
    for x, word in zip((75, 165, 245), ("区分", "金額", "説明"), strict=True):
        page.text(x, 85, word, 10)
    for number, town in enumerate(TOWNS):
        page.text(75, 105 + 18 * number, town, 10)
        right(page, 235, 105 + 18 * number, f"{number + 1}0")
        if number != 2:
            page.text(245, 105 + 18 * number, "庁舎の修繕に要する経費", 10)
    (table,) = tables(tmp_path, [page])
    assert [row[2] for row in table.cells] == [
        "説明",
        *["庁舎の修繕に要する経費"] * 2,
        "",
        *["庁舎の修繕に要する経費"] * 2,
    ]
