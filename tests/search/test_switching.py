"""Another model's vectors are prepared beside those in use, and take their place at once."""

import pytest

from madoguchi.llm.embeddings import EmbeddingUnavailable
from madoguchi.llm.models import Endpoint
from madoguchi.people.access import scope_of_operator
from madoguchi.people.models import Classification
from madoguchi.search import spaces, switching
from madoguchi.search.index import EMBEDDED
from madoguchi.search.models import Space
from madoguchi.search.query import find
from tests.search.conftest import FEES, LEAVE, switched


def test_an_office_searches_by_the_embedded_model_until_it_changes_over(office, shelf, add, endpoint, server):
    add(shelf, FEES, meaning=True)
    assert spaces.model_in_use(office.pk).space == EMBEDDED
    row = switching.begin(office, endpoint, "operator")
    assert spaces.model_in_use(office.pk).space == EMBEDDED
    find(scope_of_operator(office), "年次有給休暇")
    assert not any("年次有給休暇" in text for text in server.texts[len(spaces.pairs()) * 2 :])
    switching.build(row.pk)
    model = spaces.model_in_use(office.pk)
    assert (model.space.number, model.space.dimensions, model.endpoint) == (row.pk, 1024, endpoint)
    assert find(scope_of_operator(office), "住民票の手数料").by_meaning
    assert server.texts[-1] == "検索クエリ: 住民票の手数料"


def test_every_passage_up_to_the_class_of_the_endpoint_has_its_vector_and_no_other_text_leaves(
    office, shelf, add, endpoint, server, a_fresh_index
):
    known = [add(shelf, FEES, f"{number}.md", meaning=True) for number in range(3)]
    secret = add(shelf, LEAVE, "秘.md", meaning=True, classification=Classification.C3C)
    row = switched(office, endpoint)
    space = spaces.model_of(row).space
    for version in known:
        assert a_fresh_index.without_vectors(office.pk, str(version.document_id), 9, space) == []
    assert a_fresh_index.without_vectors(office.pk, str(secret.document_id), 9, space)
    assert not any("20日です" in text for text in server.texts)
    # By words it is found all the same.
    hits = find(scope_of_operator(office), "年次有給休暇は何日").hits
    assert hits[0].passage.version == secret


def test_what_comes_while_another_model_is_prepared_is_found_by_both(office, shelf, add, endpoint, a_fresh_index):
    add(shelf, FEES, meaning=True)
    row = switching.begin(office, endpoint, "operator")
    while switching.one_round(row.pk):
        pass
    late = add(shelf, LEAVE, "後.md", meaning=True)
    assert a_fresh_index.without_vectors(office.pk, str(late.document_id), 9) == []
    switching.build(row.pk)
    space = spaces.model_of(row).space
    assert a_fresh_index.without_vectors(office.pk, str(late.document_id), 9, space) == []


def test_the_same_text_is_embedded_once_wherever_it_comes_again(office, shelf, closed, add, endpoint, server):
    add(shelf, FEES, meaning=True)
    switched(office, endpoint)
    before = len(server.texts)
    add(closed, FEES, meaning=True)
    assert len(server.texts) == before


def test_an_endpoint_that_fails_stops_the_preparing_and_nothing_else(office, shelf, add, endpoint, server):
    add(shelf, FEES, meaning=True)
    row = switching.begin(office, endpoint, "operator")
    server.status = 500
    with pytest.raises(EmbeddingUnavailable):
        switching.build(row.pk)
    row.refresh_from_db()
    assert row.state == Space.State.BUILDING and row.failure
    assert find(scope_of_operator(office), "手数料").by_meaning
    server.status = 200
    switching.build(row.pk)
    row.refresh_from_db()
    assert (row.state, row.failure) == (Space.State.IN_USE, "")


def test_an_endpoint_changed_to_another_model_is_not_compared_with_its_old_vectors(office, shelf, add, endpoint):
    add(shelf, FEES, meaning=True)
    switched(office, endpoint)
    Endpoint.objects.filter(pk=endpoint.pk).update(model="another-model")
    results = find(scope_of_operator(office), "住民票の手数料")
    assert results.hits and not results.by_meaning


def test_a_model_that_tells_nothing_apart_is_refused(office, endpoint, server):
    server.fault = "alike"
    with pytest.raises((switching.NotSuitable, EmbeddingUnavailable)):
        switching.begin(office, endpoint, "operator")
    assert not Space.objects.exists()


def test_one_model_at_a_time_is_prepared_and_may_be_given_up(office, shelf, add, endpoint):
    add(shelf, FEES, meaning=True)
    row = switching.begin(office, endpoint, "operator")
    with pytest.raises(switching.NotSuitable):
        switching.begin(office, endpoint, "operator")
    switching.give_up(row, "operator")
    switching.build(row.pk)
    assert spaces.model_in_use(office.pk).space == EMBEDDED
    assert switched(office, endpoint).state == Space.State.IN_USE


def test_the_way_back_to_the_embedded_model(office, shelf, add, endpoint, a_fresh_index):
    add(shelf, FEES, meaning=True)
    first = switched(office, endpoint)
    late = add(shelf, LEAVE, "後.md", meaning=True)
    assert a_fresh_index.without_vectors(office.pk, str(late.document_id), 9)
    back = switched(office, None)
    assert back.endpoint is None and spaces.model_in_use(office.pk).space == EMBEDDED
    assert a_fresh_index.without_vectors(office.pk, str(late.document_id), 9) == []
    Space.objects.filter(pk=first.pk).update(changed_at="2020-01-01T00:00:00Z")
    switching.forget_left()
    assert not Space.objects.filter(pk=first.pk).exists()
    assert find(scope_of_operator(office), "休暇").by_meaning
