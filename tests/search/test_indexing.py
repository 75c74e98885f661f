"""The index follows the library, and can be made again from it."""

from datetime import date

import pytest

from madoguchi.library import events, ingest, store
from madoguchi.library.models import Document, Passage, Version
from madoguchi.people.access import scope_of, scope_of_operator
from madoguchi.search import indexing
from madoguchi.search.index import Condition
from madoguchi.search.lance import LanceIndex
from madoguchi.search.query import find
from madoguchi.search.rebuild import disagreements, mend, rebuild, renew

pytestmark = pytest.mark.django_db
NOTHING: dict[str, list[str]] = {"missing": [], "extra": [], "stale": []}


def rows(index: LanceIndex, version: Version) -> set[str]:
    return index.documents(version.tenant_id).get(str(version.document_id), set())


def passages(version: Version) -> set[str]:
    return {str(pk) for pk in Passage.objects.filter(version=version).values_list("pk", flat=True)}


def test_the_index_holds_the_passages_of_the_current_version(a_fresh_index, shelf, add):
    first = add(shelf, "# 旧\n\n旧い手数料は200円。\n")
    second = add(shelf, "# 新\n\n新しい手数料は300円。\n", replace=True)
    assert second.document_id == first.document_id
    assert rows(a_fresh_index, second) == passages(second)


def test_announcing_twice_repeats_nothing_and_keeps_the_vectors(a_fresh_index, shelf, add):
    version = add(shelf, "# 手数料\n\n手数料は300円。\n", meaning=True)
    events.passages_ready.send(Version, version=version)
    assert rows(a_fresh_index, version) == passages(version)
    assert a_fresh_index.without_vectors(version.tenant_id, str(version.document_id), 9) == []


def test_embedding_again_makes_only_what_is_missing(a_fresh_index, shelf, add):
    version = add(shelf, "\n\n".join(f"# 見出し{n}\n\n本文{n}です。" for n in range(70)))
    assert indexing.embed(str(version.pk)) == 70
    assert indexing.embed(str(version.pk)) == 0
    version.refresh_from_db()
    assert version.embedded_at is not None


def test_an_overtaken_version_is_not_embedded(a_fresh_index, shelf, add):
    first = add(shelf, "# 旧\n\n旧い手数料。\n")
    second = add(shelf, "# 新\n\n新しい手数料。\n", replace=True)
    assert indexing.embed(str(first.pk)) == 0
    first.refresh_from_db()
    assert first.embedded_at is None
    assert a_fresh_index.without_vectors(second.tenant_id, str(second.document_id), 9)


@pytest.mark.req("C9")
def test_who_loses_the_right_finds_nothing_from_the_next_question_on(shelf, closed, add, make_user):
    document = add(shelf, "# 手数料\n\n手数料は300円。\n").document
    scope = scope_of(make_user("tanaka"), "internal")
    assert find(scope, "手数料").hits
    document.folder = closed
    document.save()
    events.access_changed.send(Document, documents=[document])
    assert find(scope_of(make_user("sato"), "internal"), "手数料").hits == []
    assert find(scope_of(make_user("suzuki", "総務部/人事課"), "internal"), "手数料").hits


def test_a_removed_document_is_gone_at_once(a_fresh_index, office, shelf, add):
    version = add(shelf, "# 手数料\n\n手数料は300円。\n")
    events.document_removed.send(Document, document=version.document)
    assert rows(a_fresh_index, version) == set()
    assert find(scope_of_operator(office), "手数料").hits == []


@pytest.mark.req("J7")
def test_a_lost_or_damaged_index_is_made_again_from_the_database(a_fresh_index, office, shelf, add):
    version = add(shelf, "# 手数料\n\n手数料は300円。\n")
    for file in a_fresh_index.folder.rglob("*.manifest"):
        file.write_bytes(bytes(byte ^ 255 for byte in file.read_bytes()))
    assert rebuild(office) == 1
    assert rows(a_fresh_index, version) == passages(version)
    assert find(scope_of_operator(office), "手数料").hits
    assert disagreements(office) == NOTHING


def test_what_disagrees_is_named_and_mended(a_fresh_index, office, shelf, add):
    kept = add(shelf, "# 手数料\n\n手数料は300円。\n", "a.md")
    lost = add(shelf, "# 休日\n\n休日は月曜日。\n", "b.md")
    assert disagreements(office) == NOTHING
    a_fresh_index.remove(office.pk, str(lost.document_id))
    Document.objects.filter(pk=kept.document_id).update(deleted_at="2026-01-01T00:00Z")
    found = disagreements(office)
    assert found == NOTHING | {"missing": [str(lost.document_id)], "extra": [str(kept.document_id)]}
    assert mend(office) == 2
    assert disagreements(office) == NOTHING


def test_rows_that_demand_something_stale_are_named_and_mended(a_fresh_index, office, shelf, closed, add):
    document = add(shelf, "# 手数料\n\n手数料は300円。\n").document
    Document.objects.filter(pk=document.pk).update(access_key=f"folder:{closed.pk}", valid_to="2026-03-31")
    assert disagreements(office) == NOTHING | {"stale": [str(document.pk)]}
    assert mend(office) == 1
    assert disagreements(office) == NOTHING


def test_what_the_index_was_not_told_in_time_it_is_told_at_the_next_start(a_fresh_index, office, shelf, closed, add):
    """As when the process is killed between a commit and what follows it."""
    scope = scope_of_operator(office)
    moved, renamed, gone = (add(shelf, "# 手数料\n\n手数料は300円。\n", f"{name}.md").document for name in "abc")
    store.move(scope, None, moved, closed)
    store.change(scope, None, renamed, title="温水プール", readers=[], classification=2)
    store.delete(scope, None, gone)
    assert len(disagreements(office)["stale"]) == 1
    assert len(disagreements(office)["extra"]) == 1
    assert ingest.continue_unfinished() == 3
    for document in (moved, renamed, gone):
        ingest.tell(str(document.pk))
    assert disagreements(office) == NOTHING
    assert {hit.passage.version.document_id for hit in find(scope, "プール").hits} == {renamed.pk}
    assert ingest.continue_unfinished() == 0


def test_a_change_while_the_index_is_being_told_is_told_too(a_fresh_index, office, shelf, closed, add, monkeypatch):
    scope = scope_of_operator(office)
    document = add(shelf, "# 手数料\n\n手数料は300円。\n").document
    store.expire(scope, None, document, date(2027, 3, 31))
    tell, moves = a_fresh_index.change_access, [closed]

    def told_while_it_moves(*told):
        tell(*told)
        if moves:
            store.move(scope, None, document, moves.pop())

    monkeypatch.setattr(a_fresh_index, "change_access", told_while_it_moves)
    ingest.tell(str(document.pk))
    assert disagreements(office) == NOTHING


def test_an_index_of_an_older_edition_is_made_again_and_keeps_its_vectors(a_fresh_index, office, shelf, add):
    version = add(shelf, "# 手数料\n\n髙橋の手数料は300円。\n", meaning=True)
    document = str(version.document_id)
    assert a_fresh_index.is_current(office.pk)
    # As the index stood before editions were noted, with words as they were cut then.
    (a_fresh_index.folder / f"office_{office.pk}.edition").unlink()
    old = indexing.rows_of(version.document, list(Passage.objects.filter(version=version)))
    for row in old:
        row.words, row.bigrams = ["髙橋"], ["髙橋"]
    a_fresh_index.put(office.pk, document, old)
    scope = scope_of_operator(office)
    assert not a_fresh_index.is_current(office.pk)
    assert find(scope, "高橋").hits[0].marks
    assert renew() == 1
    assert a_fresh_index.is_current(office.pk)
    assert renew() == 0
    assert a_fresh_index.without_vectors(office.pk, document, 9) == []
    assert a_fresh_index.sample(Condition.of(scope), 9)[0].words.count("高橋") == 1


def test_repairing_renews_an_index_whose_dictionary_changed(a_fresh_index, office, shelf, add, monkeypatch):
    add(shelf, "# 手数料\n\n手数料は300円。\n")
    monkeypatch.setattr("madoguchi.search.tokens.edition", lambda: "2 20991231")
    assert not a_fresh_index.is_current(office.pk)
    assert mend(office) == 1
    assert a_fresh_index.is_current(office.pk)


def test_an_office_without_rows_has_nothing_to_renew(a_fresh_index, office):
    assert a_fresh_index.is_current(office.pk)
    assert renew() == 0
