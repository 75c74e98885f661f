"""Loading verified answers from CSV: all or none, errors by line."""

import pytest

from madoguchi.faq.load import BadFile, load
from madoguchi.faq.match import verified
from madoguchi.faq.models import Entry, Revision
from madoguchi.people.access import scope_of

pytestmark = pytest.mark.django_db
HEAD = "question,variants,answer,audience,department,source_path,source_page,status\n"
ROW = (
    "印鑑証明はいくらですか,印鑑証明の値段|印鑑証明の料金,350円です。,public,"
    "福祉部/高齢福祉課,公開/風見市手数料条例.pdf,2,released\n"
)


def test_rows_become_released_entries_that_answer(office, library, make_user, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        assert load(office, (HEAD + ROW + "下書きの質問,,回答。,staff,,,,draft\n").encode("utf-8-sig")) == 2
    entry = Entry.objects.get(status="released")
    assert entry.variants == ["印鑑証明の値段", "印鑑証明の料金"]
    assert (entry.access_key, entry.classification, entry.released_number) == ("public", 1, 1)
    assert (entry.source_document, entry.source_page) == (library["fees"], 2)
    assert Revision.objects.count() == 2
    found = verified(scope_of(make_user("tanaka"), "internal"), "印鑑証明はいくらですか")
    assert found and found[0] == entry


def test_loading_again_repeats_nothing(office, library):
    load(office, (HEAD + ROW).encode())
    load(office, (HEAD + ROW).encode("cp932"))
    assert Entry.objects.get().number == 1


def test_a_changed_answer_becomes_the_next_revision_of_the_same_entry(office, library):
    load(office, (HEAD + ROW).encode())
    load(office, (HEAD + ROW.replace("350円", "400円")).encode())
    entry = Entry.objects.get()
    assert (entry.answer, entry.number, entry.released_number) == ("400円です。", 2, 2)
    assert [revision.answer for revision in entry.revisions.all()] == ["400円です。", "350円です。"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (",,回答,,,,,\n", "質問と回答は必須"),
        ("質問,,回答,rank:x,,,,\n", "順位"),
        ("質問,,回答,,ない部/ない課,,,\n", "所属がありません"),
        ("質問,,回答,,,公開/ない.pdf,,\n", "根拠の文書がありません"),
        ("質問,,回答,,,,零,\n", "source_page"),
        ("質問,,回答,,,,,published\n", "released か draft"),
        ("印鑑証明はいくらですか,,回答,,,,,draft\n", "同じ質問が2行目にも"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_loaded(office, library, row, said):
    with pytest.raises(BadFile, match=f"3行目: .*{said}"):
        load(office, (HEAD + ROW + row).encode())
    assert not Entry.objects.exists()


def test_a_missing_column_is_named(office):
    with pytest.raises(BadFile, match="audience"):
        load(office, b"question,answer\n")
