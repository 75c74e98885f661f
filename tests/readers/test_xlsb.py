"""Binary workbooks are read for their values; what cannot be checked in them is said."""

import zipfile

import pytest

from madoguchi.readers import xlsb
from madoguchi.readers.blocks import Unreadable
from madoguchi.readers.limits import Limits
from madoguchi.readers.problems import Problem
from madoguchi.readers.read import media_type, read_file
from tests.readers import files, sheet_files

CELLS: dict[tuple[int, int], str | float] = {
    (0, 0): "令和7年度 歳入",
    (2, 0): "款",
    (2, 1): "予算額",
    (3, 1): "本年度",
    (3, 2): "前年度",
    (4, 0): "市税",
    (4, 1): 1234.0,
    (4, 2): 1200.5,
    (5, 0): "交付税",
    (5, 1): 50.0,
    (5, 2): 60.0,
}
MERGED = [(2, 3, 0, 0), (2, 2, 1, 2)]


def book() -> bytes:
    return sheet_files.xlsb({"歳入": (0, CELLS, MERGED), "裏": (2, {(0, 0): "見えない"}, [])})


def test_values_merged_cells_and_hidden_sheets_of_a_binary_workbook_are_read():
    reading = xlsb.read(book(), Limits())
    (table,) = [block for block in reading.blocks if block.kind == "table"]
    assert table.cells == [
        ["款", "予算額", "予算額"],
        ["款", "本年度", "前年度"],
        ["市税", "1234", "1200.5"],
        ["交付税", "50", "60"],
    ]
    assert (table.header_rows, table.locator["range"]) == (2, "A3:C6")
    assert sorted(table.spans) == [[0, 0, 2, 1], [0, 1, 1, 2]]
    assert {(block.text, block.hidden) for block in reading.blocks if block.hidden and block.kind == "paragraph"} == {
        ("見えない", "非表示のシート（再表示の一覧にも出ないもの）")
    }


@pytest.mark.req("E7")
def test_hidden_rows_and_columns_of_a_binary_workbook_are_marked():
    made = sheet_files.xlsb({"歳入": (0, CELLS, MERGED)}, hidden_rows=(5,), hidden_columns=(2,))
    blocks = xlsb.read(made, Limits()).blocks
    (seen,) = [block for block in blocks if block.kind == "table" and not block.hidden]
    assert seen.cells == [["款", "予算額"], ["款", "本年度"], ["市税", "1234"]]
    hidden = {block.hidden: f"{block.text}{block.cells}" for block in blocks if block.hidden}
    assert "交付税" in hidden["非表示の行"]
    assert "1200.5" in hidden["非表示の列"]


@pytest.mark.req("E7")
def test_what_cannot_be_checked_in_a_binary_workbook_is_said(tmp_path):
    (tmp_path / "a.xlsb").write_bytes(book())
    notice = read_file(tmp_path / "a.xlsb", "a.xlsb").notice
    for what in ("コメント", "白い文字", "表示形式"):
        assert what in notice
    assert "非表示のシート「裏」があります" in notice


@pytest.mark.req("E3")
def test_the_content_of_a_binary_workbook_decides(tmp_path):
    (tmp_path / "a").write_bytes(book())
    assert media_type(tmp_path / "a", "a.xlsb").endswith("sheet.binary.macroenabled.12")
    with pytest.raises(Unreadable, match="拡張子と中身が異なります"):
        media_type(tmp_path / "a", "a.xlsx")


@pytest.mark.req("E2")
def test_two_cells_far_apart_do_not_take_the_memory_of_all_between():
    far = sheet_files.xlsb({"a": (0, {(0, 0): 1.0, (1_048_575, 16_383): 2.0}, [])})
    with pytest.raises(Problem) as problem:
        xlsb.read(far, Limits())
    assert problem.value.key == "cells"


@pytest.mark.req("E2")
@pytest.mark.parametrize("length", [3, 40, 90])
def test_a_sheet_that_is_cut_short_ends_in_a_clear_status(tmp_path, length):
    (tmp_path / "a.xlsb").write_bytes(book())
    with zipfile.ZipFile(tmp_path / "a.xlsb") as whole:
        sheet = whole.read("xl/worksheets/sheet1.bin")
    made = files.edited(tmp_path / "a.xlsb", tmp_path / "b.xlsb", "xl/worksheets/sheet1.bin", sheet[:length])
    try:
        reading = read_file(made, "b.xlsb")
    except Unreadable as problem:
        assert "壊れている" in str(problem) or "文字が見つかりません" in str(problem)
    else:
        assert reading.notice
