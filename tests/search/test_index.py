"""What any index engine must do: filter inside, replace at once, fail closed."""

import subprocess
import sys
import threading
from datetime import date, timedelta

import numpy as np
import pytest

from madoguchi.search.index import Access, Condition
from madoguchi.search.lance import LanceIndex
from madoguchi.search.lance_filter import where
from tests.search.rows import TENANT, TODAY, row, seen_by, unit
from tests.soak import size


def ids(found) -> list[str]:
    return sorted(one.id for one in found)


def by_words(index: LanceIndex, condition: Condition, words: str = "年金") -> list[str]:
    return ids(index.by_words(condition, "words", words.split(), 100))


@pytest.mark.req("C2")
def test_each_demand_of_a_row_stands_in_the_engines_own_condition():
    condition = seen_by(
        "staff", "it's", classification=3, folders=("folder:9",), departments=("総務部",), fiscal_years=(2026,)
    )
    days = (TODAY - date(1970, 1, 1)).days
    assert where(condition) == (
        "tenant = 1 AND access_key IN ('it''s', 'staff') AND classification <= 3"
        f" AND valid_from <= {days} AND valid_to >= {days}"
        " AND folder IN ('folder:9') AND department IN ('総務部') AND fiscal_year IN (2026)"
    )


@pytest.mark.req("C2")
def test_a_row_is_found_only_when_all_its_demands_are_met(index):
    index.put(TENANT, "d1", [row("open")])
    index.put(TENANT, "d2", [row("secret", document="d2", classification=4)])
    index.put(TENANT, "d3", [row("theirs", document="d3", key="dept:2")])
    index.put(TENANT, "d4", [row("past", document="d4", valid_to=TODAY - timedelta(days=1))])
    index.put(TENANT, "d5", [row("coming", document="d5", valid_from=TODAY + timedelta(days=1))])
    index.put(TENANT, "d6", [row("last-day", document="d6", valid_from=TODAY, valid_to=TODAY)])
    assert by_words(index, seen_by("staff", classification=3)) == ["last-day", "open"]
    assert by_words(index, seen_by("staff", "dept:2", classification=5)) == ["last-day", "open", "secret", "theirs"]
    assert index.count(seen_by("staff", classification=3)) == 2


@pytest.mark.req("N1")
def test_an_office_does_not_find_what_is_anothers(index):
    index.put(1, "d1", [row("ours")])
    index.put(2, "d1", [row("theirs")])
    assert by_words(index, seen_by("staff", tenant=1)) == ["ours"]
    assert by_words(index, seen_by(tenant=2, everything=True)) == ["theirs"]
    assert by_words(index, seen_by("staff", tenant=3)) == []


def test_no_keys_open_nothing(index):
    index.put(TENANT, "d1", [row("a"), row("empty", key="")])
    assert by_words(index, seen_by()) == []
    assert index.by_vector(seen_by(), unit(1), 10, 2) == []
    assert index.count(seen_by()) == 0
    assert where(seen_by()) == "false"


def test_keys_and_filters_are_texts_whatever_they_hold(index):
    hostile = "x') OR ('1'='1"
    index.put(TENANT, "d'1", [row("quoted", document="d'1", key=hostile)])
    index.put(TENANT, "d2", [row("other", document="d2", key="dept:1")])
    assert by_words(index, seen_by(hostile)) == ["quoted"]
    assert by_words(index, seen_by("dept:1", departments=(hostile,))) == []
    index.remove(TENANT, "d'1")
    assert by_words(index, seen_by(hostile, "dept:1")) == ["other"]


@pytest.mark.req("C2")
def test_what_a_row_must_hold_and_lack_narrows_the_scope_and_never_opens_more(index):
    index.put(TENANT, "d1", [row("both", "住民票 廃車"), row("one", "住民票"), row("apart", "民票 住民 廃車")])
    index.put(TENANT, "d2", [row("hidden", "住民票", document="d2", key="dept:2")])
    assert by_words(index, seen_by("staff", holding=("住民 民票",)), "住民票 廃車") == ["both", "one"]
    assert by_words(index, seen_by("staff", holding=("住民 民票",), lacking=("廃車",)), "住民票 廃車") == ["one"]
    assert index.count(seen_by("staff", lacking=("住民 民票",))) == 1
    assert by_words(index, seen_by("staff", documents=("d2",)), "住民票") == []
    hostile = "x') OR true OR contains(bigrams, 'x"
    assert by_words(index, seen_by("staff", holding=(hostile,)), "住民票") == []


def test_a_scope_with_five_thousand_keys_is_asked_like_any_other(index):
    index.put(TENANT, "d1", [row("mine", key="folder:4999"), row("not-mine", key="folder:5000")])
    keys = [f"folder:{number}" for number in range(5000)]
    assert by_words(index, seen_by(*keys)) == ["mine"]


def test_a_document_is_replaced_at_once_and_only_it(index):
    index.put(TENANT, "d1", [row("a1"), row("a2"), row("a3")])
    index.put(TENANT, "d2", [row("b1", document="d2")])
    index.put(TENANT, "d1", [row("a2", "国保"), row("a4")])
    assert by_words(index, seen_by("staff"), "年金 国保") == ["a2", "a4", "b1"]
    assert by_words(index, seen_by("staff"), "国保") == ["a2"]
    index.put(TENANT, "d1", [])
    assert by_words(index, seen_by("staff"), "年金 国保") == ["b1"]


def test_the_same_text_keeps_its_vectors(index):
    index.put(TENANT, "d1", [row("a", "年金"), row("b", "国保")])
    assert sorted(index.without_vectors(TENANT, "d1", 10)) == ["a", "b"]
    index.set_vectors(TENANT, {"a": unit(1), "b": unit(2), "gone": unit(3)})
    assert index.without_vectors(TENANT, "d1", 10) == []
    index.put(TENANT, "d1", [row("c", "年金"), row("d", "税")])
    assert index.without_vectors(TENANT, "d1", 10) == ["d"]
    nearest = index.by_vector(seen_by("staff"), unit(1), 10, 2)
    assert ids(nearest) == ["c"]
    assert np.allclose(nearest[0].vector, unit(1))


def test_words_are_found_after_vectors_are_set(index):
    index.put(TENANT, "d1", [row(str(number), f"年金 語{number}") for number in range(20)])
    index.set_vectors(TENANT, {str(number): unit(number) for number in range(20)})
    assert by_words(index, seen_by("staff"), "語7") == ["7"]
    assert index.by_vector(seen_by("staff"), unit(7), 1, 20)[0].id == "7"


@pytest.mark.req("C9")
def test_a_change_of_access_counts_from_the_next_question_on(index, tmp_path):
    reader = LanceIndex(tmp_path)
    index.put(TENANT, "d1", [row("a", vector=unit(1))])
    assert by_words(reader, seen_by("staff")) == ["a"]
    index.change_access(TENANT, {"d1": Access("dept:2", 3)})
    assert by_words(reader, seen_by("staff")) == []
    assert by_words(reader, seen_by("dept:2", classification=2)) == []
    assert by_words(reader, seen_by("dept:2", classification=3)) == ["a"]
    assert reader.by_vector(seen_by("staff"), unit(1), 10, 1) == []


@pytest.mark.req("C2")
def test_one_allowed_row_among_thousands_of_nearer_ones_is_found_first(index):
    question = unit(0)
    for part in range(size(1, 20)):
        near = [row(f"denied{part}-{at}", "年金 免除 申請", "d1", "dept:2", question) for at in range(5000)]
        index.load(TENANT, near)
    index.tidy(TENANT)
    index.put(TENANT, "d2", [row("allowed", "年金 窓口 案内 時間 場所", "d2", "dept:1", unit(9))])
    scope = seen_by("dept:1")
    assert index.count(seen_by("dept:2")) == size(5_000, 100_000)
    assert ids(index.by_words(scope, "words", ["年金", "免除", "申請"], 1)) == ["allowed"]
    assert ids(index.by_words(scope, "bigrams", ["年金"], 1)) == ["allowed"]
    assert ids(index.by_vector(scope, question, 1, index.count(scope))) == ["allowed"]


def test_a_reader_sees_whole_documents_only_while_others_write(index, tmp_path):
    index.put(TENANT, "d1", [row(f"v0-{at}", "版0") for at in range(20)])
    reader, stop, seen, errors = LanceIndex(tmp_path), threading.Event(), set(), []

    def read() -> None:
        while not stop.is_set():
            try:
                found = reader.by_words(seen_by("staff"), "words", [f"版{number}" for number in range(9)], 100)
                seen.add((len(found), len({one.words[0] for one in found})))
            except Exception as error:
                errors.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    for number in range(1, 9):
        index.put(TENANT, "d1", [row(f"v{number}-{at}", f"版{number}") for at in range(20)])
    stop.set()
    thread.join()
    assert errors == []
    assert seen == {(20, 1)}


def test_writers_that_meet_both_succeed(index, tmp_path):
    index.put(TENANT, "d0", [row("x", document="d0")])
    errors = []

    def write(writer: LanceIndex, name: str) -> None:
        try:
            for number in range(8):
                writer.put(TENANT, f"{name}{number}", [row(f"{name}{number}", document=f"{name}{number}")])
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(LanceIndex(tmp_path), name)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(index.documents(TENANT)) == 25


WRITER = """
import sys
from pathlib import Path
import django
django.setup()
from madoguchi.search.lance import LanceIndex
from tests.search.rows import TENANT, row
index = LanceIndex(Path(sys.argv[1]))
number = 0
while True:
    number += 1
    index.put(TENANT, "k", [row(f"{sys.argv[2]}-{number}-{at}", f"版{number}", document="k") for at in range(30)])
    print(number, flush=True)
    if number % 3 == 0:
        index.tidy(TENANT)
"""


def test_a_killed_writer_leaves_whole_documents(index, tmp_path):
    index.put(TENANT, "d1", [row("a")])
    for turn in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), str(turn)], stdout=subprocess.PIPE
        ) as writer:
            for _ in range(2 + turn):
                assert writer.stdout and writer.stdout.readline()
            writer.kill()
        # A fresh look, as a process that starts after the kill has it.
        index = LanceIndex(tmp_path)
        rows = index.documents(TENANT)
        assert len(rows["k"]) == 30
        assert len({name.split("-")[1] for name in rows["k"]}) == 1
        assert by_words(index, seen_by("staff")) == ["a"]


def test_dropping_an_office_leaves_the_others(index, tmp_path):
    index.put(1, "d1", [row("ours")])
    index.put(2, "d1", [row("theirs")])
    reader = LanceIndex(tmp_path)
    assert by_words(reader, seen_by("staff", tenant=1)) == ["ours"]
    index.drop(1)
    assert by_words(reader, seen_by("staff", tenant=1)) == []
    assert by_words(index, seen_by("staff", tenant=1)) == []
    index.put(1, "d1", [row("again")])
    assert by_words(index, seen_by("staff", tenant=1)) == ["again"]
    assert by_words(reader, seen_by("staff", tenant=1)) == ["again"]
    assert by_words(index, seen_by("staff", tenant=2)) == ["theirs"]


def test_tidying_changes_nothing_that_is_found(index):
    for number in range(70):
        index.put(TENANT, f"d{number}", [row(f"r{number}", document=f"d{number}")])
    before = by_words(index, seen_by("staff"))
    index.tidy(TENANT)
    assert by_words(index, seen_by("staff")) == before
    assert len(before) == 70
