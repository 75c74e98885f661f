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
