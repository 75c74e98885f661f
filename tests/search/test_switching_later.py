"""What comes after a change of model: new texts, verified answers, classes and limits, an index made again."""

import io

import pytest

from madoguchi.faq import index as faq_index
from madoguchi.faq.models import Entry
from madoguchi.library import ingest, store
from madoguchi.library.models import Document, Version
from madoguchi.llm.models import Endpoint
from madoguchi.people.access import scope_of, scope_of_operator
from madoguchi.people.models import Classification, Tenant
from madoguchi.search import indexing, rebuild, spaces, switching
from madoguchi.search.index import EMBEDDED, VectorSpace
from madoguchi.search.models import Space
from madoguchi.search.query import find, find_faq
from tests.search.conftest import FEES, LEAVE, endpoint_at, switched

pytestmark = pytest.mark.django_db
QUESTION = "住民票の写しの手数料はいくらですか"


def released(office, question: str = QUESTION, **fields) -> Entry:
    """Release a verified answer of all staff."""
    given = {"answer": "1通300円です。", "access_key": "staff", "classification": Classification.C1} | fields
    entry = Entry.objects.create(
        tenant=office, question=question, status=Entry.Status.RELEASED, released_number=1, untold=True, **given
    )
    faq_index.tell([entry])
    entry.refresh_from_db()
    return entry


def space_of(office) -> VectorSpace:
    return spaces.model_in_use(office.pk).space


def lacking(index, office, space: VectorSpace) -> list[str]:
    """Ids of rows of any document or verified answer without a vector of a space."""
    documents = index.documents(office.pk)
    return [row for one in documents for row in index.without_vectors(office.pk, one, 99, space)]


def embed_waiting() -> None:
    """Do what upkeep and the worker do for versions that lack vectors."""
    for pk in Version.objects.filter(embedded_at=None, status=Version.Status.READY).values_list("pk", flat=True):
        indexing.embed(str(pk))


# --- an index made again


def test_an_index_made_again_gets_its_vectors_in_the_space_in_use(office, shelf, add, endpoint, a_fresh_index):
    version = add(shelf, FEES, meaning=True)
    released(office)
    switched(office, endpoint)
    rebuild.rebuild(office)
    # Until its vector is made, the passage is found by words.
    scope = scope_of_operator(office)
    assert find(scope, "住民票の手数料").hits[0].passage.version == version
    embed_waiting()
    assert lacking(a_fresh_index, office, space_of(office)) == []
    assert find(scope, "住民票の手数料").by_meaning
    assert rebuild.disagreements(office) == {"missing": [], "extra": [], "stale": []}


def test_what_an_endpoint_could_not_make_as_the_index_was_made_again_comes_later(
    office, shelf, add, server, endpoint, a_fresh_index, monkeypatch
):
    version = add(shelf, FEES, meaning=True)
    released(office)
    switched(office, endpoint)
    server.status = 500
    rebuild.rebuild(office)
    assert len(lacking(a_fresh_index, office, space_of(office))) > 1
    version.refresh_from_db()
    assert version.embedded_at is None
    server.status = 200
    monkeypatch.setattr(switching, "go_on", lambda row: switching.build(row.pk))
    switching.continue_unfinished()
    assert lacking(a_fresh_index, office, space_of(office)) == []
    texts = len(server.texts)
    switching.continue_unfinished()
    assert len(server.texts) == texts


def test_mending_and_renewing_keep_the_vectors_of_the_space(office, shelf, add, server, endpoint, a_fresh_index):
    version = add(shelf, FEES, meaning=True)
    switched(office, endpoint)
    texts = len(server.texts)
    a_fresh_index._notes(office.pk)._edition.write_text("older")
    rebuild.renew()
    rebuild.mend(office)
    assert lacking(a_fresh_index, office, space_of(office)) == [] and len(server.texts) == texts
    a_fresh_index.remove(office.pk, str(version.document_id))
    rebuild.mend(office)
    embed_waiting()
    assert lacking(a_fresh_index, office, space_of(office)) == []


# --- texts


def test_a_new_version_of_a_document_gets_its_own_vector(office, shelf, add, server, endpoint, a_fresh_index):
    version = add(shelf, FEES, meaning=True)
    switched(office, endpoint)
    file, scope = io.BytesIO(LEAVE.encode()), scope_of_operator(office)
    newer = store.add_version(office, version.document, file, "手引き.md", None, scope)
    ingest.ingest(str(newer.pk))
    indexing.embed(str(newer.pk))
    assert lacking(a_fresh_index, office, space_of(office)) == []
    assert "年次有給休暇" in server.texts[-1]
    assert "20日" in find(scope_of_operator(office), "年次有給休暇").hits[0].text


def test_a_passage_with_a_my_number_is_left_out_and_stops_nothing(office, shelf, add, server, endpoint, a_fresh_index):
    version = add(shelf, FEES + "\n# 休暇\n\n年次有給休暇は1年に20日です。\n", meaning=True)
    first = version.passages.first()
    first.text = "個人番号 123456789018 の例"
    first.save()
    row = switched(office, endpoint)
    assert row.state == Space.State.IN_USE
    assert lacking(a_fresh_index, office, space_of(office)) == [str(first.pk)]
    assert not any("123456789018" in text for text in server.texts)
    indexing.embed(str(version.pk))
    version.refresh_from_db()
    assert version.embedded_at


# --- classes and limits


def test_a_document_of_a_lower_class_now_gets_its_vectors(office, shelf, add, endpoint, a_fresh_index):
    version = add(shelf, LEAVE, classification=Classification.C3C, meaning=True)
    switched(office, endpoint)
    Document.objects.filter(pk=version.document_id).update(classification=Classification.C1)
    indexing.access_changed([Document.objects.get(pk=version.document_id)])
    embed_waiting()
    assert lacking(a_fresh_index, office, space_of(office)) == []


def test_a_raised_limit_fills_in_and_a_lowered_one_holds_at_once(
    office, shelf, add, server, endpoint, a_fresh_index, monkeypatch
):
    add(shelf, LEAVE, "秘.md", classification=Classification.C3C, meaning=True)
    switched(office, endpoint)
    assert lacking(a_fresh_index, office, space_of(office))
    Endpoint.objects.filter(pk=endpoint.pk).update(max_classification=Classification.C3C)
    monkeypatch.setattr(switching, "go_on", lambda row: switching.build(row.pk))
    switching.continue_unfinished()
    assert lacking(a_fresh_index, office, space_of(office)) == []
    # Before any upkeep.
    Endpoint.objects.filter(pk=endpoint.pk).update(max_classification=Classification.C1)
    texts = len(server.texts)
    add(shelf, "# 選挙\n\n期日前投票の内部の手順です。\n", "選挙.md", classification=Classification.C2, meaning=True)
    assert len(server.texts) == texts


def test_a_class_raised_in_the_database_alone_keeps_the_text_here(office, shelf, add, server, endpoint):
    version = add(shelf, LEAVE)
    switched(office, endpoint)
    texts = len(server.texts)
    newer = add(shelf, "# 選挙\n\n期日前投票の手順です。\n", "選挙.md")
    Document.objects.filter(pk=newer.document_id).update(classification=Classification.C3A)
    indexing.embed(str(newer.pk))
    assert len(server.texts) == texts
    assert version.document_id != newer.document_id


# --- verified answers


def test_verified_answers_are_answered_in_the_new_space_whenever_they_were_released(
    office, shelf, endpoint, a_fresh_index
):
    before = released(office)
    row = switching.begin(office, endpoint, "operator")
    switching.one_round(row.pk)
    meanwhile = released(office, "粗大ごみはどこに申し込みますか", answer="受付センターです。")
    switching.build(row.pk)
    after = released(office, "図書館の開館時間は何時ですか", answer="9時です。")
    assert lacking(a_fresh_index, office, space_of(office)) == []
    scope = scope_of_operator(office)
    for entry in (before, meanwhile, after):
        first = find_faq(scope, entry.question)[0]
        assert (first.entry_id, first.level) == (entry.pk, "answer")


def test_an_answer_released_while_the_endpoint_fails_gets_its_vectors_later(office, server, endpoint, a_fresh_index):
    released(office)
    switched(office, endpoint)
    server.status = 500
    late = released(office, "粗大ごみはどこに申し込みますか", answer="受付センターです。")
    assert late.untold and lacking(a_fresh_index, office, space_of(office))
    # By words it is there.
    assert find_faq(scope_of_operator(office), "粗大ごみの申し込み")[0].entry_id == late.pk
    server.status = 200
    faq_index.tell_untold()
    assert lacking(a_fresh_index, office, space_of(office)) == []


# --- offices and persons


def test_two_offices_search_by_different_models_in_one_index(office, shelf, add, server, endpoint, a_fresh_index):
    add(shelf, FEES, meaning=True)
    switched(office, endpoint)
    other = Tenant.objects.create(slug="other", name="隣市")
    assert spaces.model_in_use(other.pk).space == EMBEDDED
    texts = len(server.texts)
    results = find(scope_of_operator(other), "住民票の手数料")
    assert results.hits == [] and len(server.texts) == texts
    assert find(scope_of_operator(office), "住民票の手数料").by_meaning
    # The same endpoint's settings in the other office are another's.
    theirs = endpoint_at(other, server)
    assert spaces.candidates(other.pk) == [theirs]


@pytest.mark.req("C10")
def test_hidden_documents_change_nothing_by_an_endpoints_vectors_either(
    office, shelf, closed, add, make_user, server, endpoint
):
    add(shelf, FEES, meaning=True)
    add(shelf, LEAVE, "b.md", meaning=True)
    row = switched(office, endpoint)
    person = scope_of(make_user("tanaka"), "internal")

    def seen():
        results = find(person, "住民票の手数料", described=True, folding=True)
        return [(hit.passage.pk, hit.score, hit.marks) for hit in results.hits]

    alone, scale = seen(), (row.scale, row.shift)
    assert alone
    for number in range(3):
        add(closed, f"# 手数料\n\n住民票の手数料のひみつ{number}\n", f"h{number}.md", meaning=True)
    assert seen() == alone
    # The scale is that of fixed texts, with hidden documents as without.
    switched(office, None)
    again = switched(office, endpoint)
    assert (again.scale, again.shift) == scale
    assert seen() == alone
