"""The index follows the library, and can be made again from it."""

import pytest

from madoguchi.library import events
from madoguchi.library.models import Document, Passage, Version
from madoguchi.people.access import scope_of, scope_of_operator
from madoguchi.search import indexing
from madoguchi.search.lance import LanceIndex
from madoguchi.search.query import find
from madoguchi.search.rebuild import disagreements, mend, rebuild

pytestmark = pytest.mark.django_db
NOTHING: dict[str, list[str]] = {"missing": [], "extra": []}


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
    events.access_changed.send(Document, document=document)
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
    assert found == {"missing": [str(lost.document_id)], "extra": [str(kept.document_id)]}
    assert mend(office) == 2
    assert disagreements(office) == NOTHING
