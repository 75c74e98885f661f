"""What every adapter of the `Index` port must do. A second engine is one more line in ADAPTERS."""

import random
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from madoguchi.search import lance, lance_tables
from madoguchi.search.index import LOTS, Access, Index, lot_of
from madoguchi.search.lance import LanceIndex
from tests.search.rows import TENANT, TODAY, row, seen_by, unit
from tests.soak import size

# By name: how to open the index over a folder that may hold one already.
ADAPTERS: dict[str, Callable[[Path], Index]] = {"lance": LanceIndex}

ROWS_OF_A_DOCUMENT = 30


@pytest.fixture(params=ADAPTERS)
def open_index(request, tmp_path) -> Callable[[], Index]:
    """Open the index of this test once more, as another process would."""
    return lambda: ADAPTERS[request.param](tmp_path)


@pytest.fixture
def index(open_index) -> Index:
    return open_index()


def ids(found) -> list[str]:
    return sorted(one.id for one in found)


def by_words(index: Index, condition, words: str = "年金") -> list[str]:
    return ids(index.by_words(condition, "words", words.split(), 100))


def near(index: Index, condition, vector, limit: int = 10) -> list[str]:
    return [one.id for one in index.by_vector(condition, vector, limit, index.count(condition))]


def test_a_document_is_replaced_as_a_whole_and_no_other(index):
    index.put(TENANT, "d1", [row("a1"), row("a2"), row("a3")])
    index.put(TENANT, "d2", [row("b1", document="d2")])
    index.put(TENANT, "d1", [row("a2", "国保"), row("a4")])
    assert by_words(index, seen_by("staff")) == ["a4", "b1"]
    assert index.documents(TENANT) == {"d1": {"a2", "a4"}, "d2": {"b1"}}
    index.put(TENANT, "d1", [])
    assert index.documents(TENANT) == {"d2": {"b1"}}


@pytest.mark.req("J1")
def test_what_is_done_twice_is_there_once(index):
    rows = [row("a", "年金", vector=unit(1)), row("b", "国保", vector=unit(2))]
    for _ in range(2):
        index.put(TENANT, "d1", rows)
        index.set_vectors(TENANT, {"a": unit(3)})
        index.change_access(TENANT, {"d1": Access("staff", 2)})
    assert index.count(seen_by("staff")) == 2
    assert near(index, seen_by("staff"), unit(3)) == ["a", "b"]
    for _ in range(2):
        index.remove(TENANT, "d1")
    assert index.documents(TENANT) == {}


def test_a_text_that_stays_keeps_its_vectors_under_another_id(index):
    index.put(TENANT, "d1", [replace(row("a", "年金", vector=unit(1)), title_vector=unit(5)), row("b", "国保")])
    assert index.without_vectors(TENANT, "d1", 10) == ["b"]
    index.set_vectors(TENANT, {"b": unit(2), "gone": unit(3)})
    index.put(TENANT, "d1", [row("c", "年金"), row("d", "国保"), row("e", "税")])
    assert index.without_vectors(TENANT, "d1", 10) == ["e"]
    [found] = index.by_vector(seen_by("staff"), unit(1), 1, 3)
    assert found.id == "c"
    assert np.allclose(found.title_vector, unit(5))
    assert index.count(replace(seen_by(everything=True), tenant=TENANT + 1)) == 0


def test_a_row_without_a_vector_is_found_by_words_and_takes_no_place_among_the_nearest(index):
    index.put(TENANT, "d1", [row(f"bare{at}", "年金") for at in range(20)])
    index.put(TENANT, "d2", [row(f"full{at}", "国保", "d2", vector=unit(at)) for at in range(5)])
    assert len(by_words(index, seen_by("staff"))) == 20
    assert near(index, seen_by("staff"), unit(3), 5)[0] == "full3"
    assert sorted(near(index, seen_by("staff"), unit(3), 25)) == [f"full{at}" for at in range(5)]


@pytest.mark.req("C9")
def test_what_many_documents_demand_changes_at_once(index, open_index):
    for name in ("d1", "d2", "d3"):
        index.put(TENANT, name, [row(f"{name}-{at}", document=name, vector=unit(at)) for at in range(5)])
    demands = {"d1": Access("dept:2", 3, fiscal_year=2025), "d2": Access("staff", 4), "gone": Access("staff", 1)}
    index.change_access(TENANT, demands)
    stand = open_index().demands(TENANT)
    assert stand == {"d1": {demands["d1"]}, "d2": {demands["d2"]}, "d3": {Access("staff", 1)}}
    assert by_words(open_index(), seen_by("staff", classification=3)) == [f"d3-{at}" for at in range(5)]
    assert len(near(index, seen_by("staff", "dept:2"), unit(1), 20)) == 15


@pytest.mark.req("C9")
def test_a_change_of_access_is_one_step_for_all_rows_of_a_document(index, open_index):
    index.put(TENANT, "d1", [row(str(at), vector=unit(at)) for at in range(ROWS_OF_A_DOCUMENT)])
    index.put(TENANT, "d2", [row("other", document="d2")])
    reader, seen, stop = open_index(), set(), threading.Event()

    def read() -> None:
        while not stop.is_set():
            # Old and new key at once: each answer is of one moment, so no row is missing or doubled.
            seen.add(reader.count(seen_by("staff", "dept:2")))

    thread = threading.Thread(target=read)
    thread.start()
    try:
        for at in range(6):
            index.change_access(TENANT, {"d1": Access("dept:2" if at % 2 == 0 else "staff", 1)})
            assert index.count(seen_by("dept:2")) == (ROWS_OF_A_DOCUMENT if at % 2 == 0 else 0)
    finally:
        stop.set()
        thread.join()
    assert seen == {ROWS_OF_A_DOCUMENT + 1}
    wanted = Access("folder:3", 3, TODAY, TODAY, "folder:3", "総務部", 2026, "pdf")
    index.change_access(TENANT, {"d1": wanted})
    assert index.demands(TENANT) == {"d1": {wanted}, "d2": {Access("staff", 1)}}


@pytest.mark.req("C2")
@pytest.mark.parametrize("way", ["words", "vector", "sample", "count"])
def test_every_way_of_asking_keeps_every_part_of_a_condition(index, way):
    day = timedelta(days=1)
    rows = {
        "open": row("open", document="open", folder="folder:1", department="課", fiscal_year=2026, file_type="pdf"),
        "class": row("class", document="class", classification=4),
        "key": row("key", document="key", key="dept:2"),
        "past": row("past", document="past", valid_to=TODAY - day),
        "coming": row("coming", document="coming", valid_from=TODAY + day),
        "faq": row("faq", document="faq", kind="faq"),
        "described": row("described", document="described", kind="described"),
    }
    for name, one in rows.items():
        index.put(TENANT, name, [replace(one, vector=unit(len(name)))])
    index.put(TENANT + 1, "theirs", [row("theirs", document="theirs", vector=unit(1))])

    def found(condition) -> list[str] | int:
        if way == "count":
            return index.count(condition)
        if way == "words":
            return ids(index.by_words(condition, "words", ["年金"], 50))
        if way == "vector":
            return ids(index.by_vector(condition, unit(1), 50, 9))
        return ids(index.sample(condition, 50))

    def wanted(*names: str) -> list[str] | int:
        return len(names) if way == "count" else sorted(names)

    base = seen_by("staff", classification=3)
    assert found(base) == wanted("open", "faq", "described")
    assert found(replace(base, kind="passage")) == wanted("open")
    assert found(replace(base, kind="passage", with_described=True)) == wanted("open", "described")
    assert found(replace(base, kind="faq")) == wanted("faq")
    for narrowed in ({"folders": ("folder:1",)}, {"departments": ("課",)}, {"fiscal_years": (2026,)}):
        assert found(replace(base, **narrowed)) == wanted("open")
    assert found(replace(base, file_types=("pdf", "docx"))) == wanted("open")
    assert found(replace(base, file_types=("docx",))) == wanted()
    assert found(seen_by()) == wanted()
    assert found(replace(base, keys=frozenset({"sta'ff"}))) == wanted()
    assert found(seen_by(everything=True)) == wanted(*rows)


def test_a_share_of_the_lots_is_the_same_share_of_any_scope(index):
    index.put(TENANT, "d1", [row(str(at)) for at in range(400)])
    half = seen_by("staff", lots=LOTS // 2)
    assert ids(index.sample(half, 400)) == sorted(str(at) for at in range(400) if lot_of(str(at)) < LOTS // 2)
    assert 150 < index.count(half) < 250


def test_an_office_is_current_until_words_are_cut_otherwise(index, open_index, monkeypatch):
    assert index.is_current(TENANT)
    index.put(TENANT, "d1", [row("a")])
    assert open_index().is_current(TENANT)
    monkeypatch.setattr("madoguchi.search.tokens.edition", lambda: "another")
    assert not open_index().is_current(TENANT)
    index.note_edition(TENANT)
    assert open_index().is_current(TENANT)
    index.drop(TENANT)
    assert open_index().documents(TENANT) == {}
    assert index.is_current(TENANT)


def test_tidying_changes_nothing_that_is_found(index, open_index):
    for at in range(70):
        index.put(TENANT, f"d{at}", [row(f"r{at}", document=f"d{at}", vector=unit(at))])
    for at in range(0, 70, 7):
        index.remove(TENANT, f"d{at}")
    words, meaning = by_words(index, seen_by("staff")), near(index, seen_by("staff"), unit(8), 20)
    for _again in range(2):
        index.tidy(TENANT)
        for each in (index, open_index()):
            assert by_words(each, seen_by("staff")) == words
            assert near(each, seen_by("staff"), unit(8), 20) == meaning
        # What comes after it is found at once, and so after the next.
        index.put(TENANT, "after", [row("after", "年金", "after", vector=unit(8))])
        words, meaning = by_words(index, seen_by("staff")), near(index, seen_by("staff"), unit(8), 20)
        assert "after" in words and "after" in meaning
    if isinstance(index, LanceIndex):
        assert not lance_tables.has_new_rows(index._table(TENANT))


def test_tidying_beside_a_writer_loses_nothing(index, open_index):
    writer, tidy = open_index(), threading.Thread(target=lambda: [index.tidy(TENANT) for _ in range(3)])
    for at in range(40):
        index.put(TENANT, f"d{at}", [row(f"r{at}", document=f"d{at}", vector=unit(at))])
    tidy.start()
    for at in range(60):
        writer.put(TENANT, f"d{at}", [row(f"r{at}-{n}", document=f"d{at}", vector=unit(at)) for n in range(2)])
    tidy.join()
    assert open_index().documents(TENANT) == {f"d{at}": {f"r{at}-0", f"r{at}-1"} for at in range(60)}
    assert len(by_words(open_index(), seen_by("staff"))) == 100
    assert open_index().count(seen_by("staff")) == 120


@pytest.mark.req("C8")
def test_whatever_closes_a_row_changes_the_mark_that_memories_stand_under(open_index):
    """And what only adds rows or vectors may leave it, also for another process."""
    index, other = open_index(), open_index()
    index.put(TENANT, "d1", [row("r1"), row("r2")])
    index.put(TENANT, "d2", [row("r3", document="d2")])
    before = other.narrowed(TENANT)
    index.put(TENANT, "d3", [row("r4", document="d3")])
    index.set_vectors(TENANT, {"r1": unit(1)})
    index.tidy(TENANT)
    assert other.narrowed(TENANT) == before
    marks = [before]
    index.put(TENANT, "d1", [row("r1")])
    marks.append(other.narrowed(TENANT))
    index.change_access(TENANT, {"d1": Access("dept:2", 2)})
    marks.append(other.narrowed(TENANT))
    index.remove(TENANT, "d2")
    marks.append(other.narrowed(TENANT))
    index.drop(TENANT)
    marks.append(other.narrowed(TENANT))
    assert len(set(marks)) == 5


@pytest.mark.req("C2")
def test_the_approximate_vector_index_brings_no_row_that_is_forbidden_and_as_many_as_are_asked_for(index, monkeypatch):
    """Of the engine that has such an index: wide scopes of large offices go through it."""
    made = {"APPROXIMATE_FROM": 500, "PARTITIONS": 16, "LEAST_PROBES": 8, "PROBED_ROWS": 1}
    for name, value in made.items():
        monkeypatch.setattr(lance_tables, name, value)
    for name, value in {"PARTITIONS": 16, "EXACT_ROWS": 50}.items():
        monkeypatch.setattr(lance, name, value)
    question, middle = unit(0), unit(1)
    # Nearer to the question than anything that is open, so that a filter after the search would leave nothing.
    hidden = [row(f"h{at}", "年金", "hidden", "dept:2", question) for at in range(600)]
    opened = [row(f"o{at}", "年金", "open", "staff", unit(100 + at) * 0.9 + middle * 0.1) for at in range(600)]
    index.put(TENANT, "hidden", hidden)
    index.put(TENANT, "open", opened)
    index.tidy(TENANT)
    if isinstance(index, LanceIndex):
        indexed = {column for one in index._table(TENANT).list_indices() for column in one.columns}
        assert "vector" in indexed
    # Rows that the vector index has not taken up yet.
    index.put(TENANT, "late", [row(f"l{at}", "年金", "late", "dept:2", question) for at in range(60)])
    index.put(TENANT, "later", [row("new", "年金", "later", "staff", unit(7))])
    scope = seen_by("staff")
    visible = index.count(scope)
    assert visible == 601
    for asked in (question, unit(7), middle):
        found = index.by_vector(scope, asked, 100, visible)
        assert len(found) == 100
        assert {one.document for one in found} <= {"open", "later"}
    assert index.by_vector(scope, unit(7), 1, visible)[0].id == "new"
    # A few open rows among nearer ones, though asked through the approximate index: k is filled all the same.
    index.change_access(TENANT, {"open": Access("staff", 4)})
    index.put(TENANT, "few", [row(f"f{at}", "年金", "few", "staff", unit(900 + at)) for at in range(30)])
    few = seen_by("staff", classification=3)
    found = index.by_vector(few, question, 31, index.count(few))
    assert ids(found) == sorted(["new", *(f"f{at}" for at in range(30))])


WRITER = """
import sys
from pathlib import Path
import django
django.setup()
from dataclasses import replace
from madoguchi.search.index import Access
from tests.search.rows import TENANT, row, unit
from tests.search.test_contract import ADAPTERS, ROWS_OF_A_DOCUMENT
index = ADAPTERS[sys.argv[1]](Path(sys.argv[2]))
turn, number = sys.argv[3], 0
print("ready", flush=True)
while True:
    number += 1
    name = f"d{number % 4}"
    rows = [row(f"{name}-{turn}-{number}-{at}", f"版 語{at}", name) for at in range(ROWS_OF_A_DOCUMENT)]
    index.put(TENANT, name, rows)
    index.set_vectors(TENANT, {one.id: unit(at) for at, one in enumerate(rows)})
    index.change_access(TENANT, {name: Access("staff", 1 + number % 2)})
    if number % 4 == 0:
        index.remove(TENANT, "d3")
        index.tidy(TENANT)
"""


@pytest.mark.req("J1")
@pytest.mark.req("J7")
def test_a_writer_killed_at_any_moment_leaves_whole_documents_and_a_second_writing_makes_all_right(
    request, index, open_index, tmp_path
):
    adapter = request.node.callspec.params["open_index"]
    index.put(TENANT, "still", [row("still", "静か", "still", vector=unit(1))])
    waits = random.Random(4)
    for turn in range(size(2, 100)):
        command = [sys.executable, "-c", WRITER, adapter, str(tmp_path), str(turn)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            assert writer.stdout and writer.stdout.readline() == b"ready\n"
            with pytest.raises(subprocess.TimeoutExpired):
                writer.wait(waits.uniform(0.05, 0.9))
            writer.kill()
        left = open_index()
        for document, rows in left.documents(TENANT).items():
            # Whole and of one writing, wherever the kill came.
            assert len(rows) == (1 if document == "still" else ROWS_OF_A_DOCUMENT)
            assert len({name.rpartition("-")[0] for name in rows}) == 1
        assert all(len(demand) == 1 for demand in left.demands(TENANT).values())
        assert by_words(left, seen_by("staff"), "静か") == ["still"]
    database = {f"d{at}": [row(f"last-{at}-{n}", f"版 語{n}", f"d{at}") for n in range(5)] for at in range(3)}
    for document in set(left.documents(TENANT)) - database.keys() - {"still"}:
        left.remove(TENANT, document)
    for document, rows in database.items():
        left.put(TENANT, document, rows)
    fresh = open_index()
    assert fresh.documents(TENANT) == {
        "still": {"still"},
        **{document: {one.id for one in rows} for document, rows in database.items()},
    }
    # By every way of asking nothing is doubled or left over.
    assert len(fresh.by_words(seen_by("staff"), "words", ["版"], 500)) == 15
    assert fresh.count(seen_by("staff")) == 16
    fresh.tidy(TENANT)
    assert len(fresh.by_words(seen_by("staff"), "words", ["版"], 500)) == 15
