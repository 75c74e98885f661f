"""How visible rows use words: counted when something was closed, and not for every row that comes."""

import pytest

from madoguchi.search import statistics
from madoguchi.search.index import Access
from madoguchi.search.lance import LanceIndex
from madoguchi.search.statistics import visible_to
from tests.search.rows import TENANT, row, seen_by

SCOPE = seen_by("staff")


@pytest.fixture
def index(tmp_path, monkeypatch) -> LanceIndex:
    """Twenty rows, which are many here."""
    monkeypatch.setattr(statistics, "MANY_ROWS", 10)
    made = LanceIndex(tmp_path)
    made.put(TENANT, "old", [row(f"r{at}", "年金", "old") for at in range(20)])
    assert visible_to(made, SCOPE).rows == 20
    return made


def test_of_many_rows_one_that_is_added_is_counted_with_the_next_count(index, monkeypatch):
    index.put(TENANT, "new", [row("n", "国保", "new")])
    assert visible_to(index, SCOPE).rows == 20
    monkeypatch.setattr(statistics, "KEPT_SECONDS", 0.0)
    assert visible_to(index, SCOPE).rows == 21


@pytest.mark.req("C8")
@pytest.mark.parametrize(
    "close",
    [
        lambda index: index.remove(TENANT, "old"),
        lambda index: index.change_access(TENANT, {"old": Access("dept:2", 2)}),
        lambda index: index.put(TENANT, "old", [row("r0", "年金", "old")]),
        lambda index: index.drop(TENANT),
    ],
    ids=["removed", "closed", "replaced", "dropped"],
)
def test_what_is_closed_by_another_process_is_counted_no_more(index, tmp_path, close):
    close(LanceIndex(tmp_path))
    assert visible_to(index, SCOPE).rows < 20


def test_of_few_rows_every_change_is_counted(index, monkeypatch):
    monkeypatch.setattr(statistics, "MANY_ROWS", 100)
    index.put(TENANT, "new", [row("n", "国保", "new")])
    assert visible_to(index, SCOPE).rows == 21
