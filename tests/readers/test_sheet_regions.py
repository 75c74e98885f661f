"""Tables that stand apart on a sheet come back apart, with the same cells."""

import io
from typing import Any

import openpyxl
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.readers import xlsx
from madoguchi.readers.limits import Limits
from madoguchi.readers.sheet_regions import Region, regions

# A table as (rows, columns), or parts one below the other or side by side with their gaps before them.
Plan = tuple[str, Any]
TABLES = st.tuples(st.just("table"), st.tuples(st.integers(3, 6), st.integers(2, 5)))


def _together(inner: st.SearchStrategy[Plan]) -> st.SearchStrategy[Plan]:
    gaps = st.lists(st.tuples(st.integers(1, 3), inner), min_size=2, max_size=3)
    return st.tuples(st.sampled_from(["below", "beside"]), gaps)


PLANS: st.SearchStrategy[Plan] = st.recursive(TABLES, _together, max_leaves=6)


def _put(plan: Plan, top: int, left: int, found: list[Region]) -> tuple[int, int]:
    """Put a plan's tables on the sheet; return the first row and column behind them."""
    kind, what = plan
    if kind == "table":
        found.append(Region(top, left, top + what[0] - 1, left + what[1] - 1))
        return top + what[0], left + what[1]
    bottom, right = top, left
    for at, (gap, part) in enumerate(what):
        gap = gap if at else 0
        start = (bottom + gap, left) if kind == "below" else (top, right + gap)
        down, across = _put(part, *start, found)
        bottom, right = (down, max(right, across)) if kind == "below" else (max(bottom, down), across)
    return bottom, right


def sheet_of(plan: Plan) -> tuple[list[Region], list[list[str]]]:
    """Where the tables of a plan stand, and the sheet: words in a table's first row and column, figures else."""
    found: list[Region] = []
    height, width = _put(plan, 0, 0, found)
    rows = [["" for _ in range(width)] for _ in range(height)]
    for number, table in enumerate(found):
        for row in range(table.top, table.bottom + 1):
            for column in range(table.left, table.right + 1):
                is_word = row == table.top or column == table.left
                rows[row][column] = (
                    f"項目{number}の{row}と{column}" if is_word else str(number * 10_000 + row * 100 + column)
                )
    return found, rows


@given(PLANS)
def test_tables_with_gaps_between_them_are_found_apart(plan):
    placed, rows = sheet_of(plan)
    assert sorted(map(vars, regions(rows, {})), key=str) == sorted(map(vars, placed), key=str)


@given(PLANS)
@settings(max_examples=25, deadline=None)
def test_tables_of_a_workbook_come_back_with_their_cells(plan):
    placed, rows = sheet_of(plan)
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for row in rows:
        sheet.append([int(text) if text.isdigit() else text or None for text in row])
    out = io.BytesIO()
    book.save(out)
    read = [block.cells for block in xlsx.read(out.getvalue(), Limits()).blocks if block.kind == "table"]
    wanted = [[row[each.left : each.right + 1] for row in rows[each.top : each.bottom + 1]] for each in placed]
    assert sorted(read) == sorted(wanted)
