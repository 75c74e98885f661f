"""The first results in the order of a reranking endpoint: what it gets, and what happens when it fails."""

import pytest

from madoguchi.audit.models import Event
from madoguchi.llm.models import Endpoint
from madoguchi.people.access import scope_of, scope_of_operator
from madoguchi.people.models import Classification
from madoguchi.search.query import find
from tests.llm.scripted_vectors import Vectors, mark, serving
from tests.search.conftest import endpoint_at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_remembered", "without_meaning")]
QUESTION = "住民票の手数料"
TEXTS = {
    # By words alone this one is first: it says 住民票 and 手数料 again and again.
    "a.md": "# 一覧\n\n住民票、手数料、住民票、手数料、住民票、手数料。\n",
    "b.md": "# 案内\n\n住民票の手数料は1通300円です。窓口でお支払いください。\n",
    "c.md": "# 休み\n\n手数料の窓口は土日を休みます。\n",
}


@pytest.fixture
def marker():
    with serving(Vectors(dialect="documents")) as running:
        yield running


@pytest.fixture
def reranker(office, marker) -> Endpoint:
    return made(office, marker)


def made(office, server: Vectors, **fields) -> Endpoint:
    return endpoint_at(office, server, **({"name": "並べ替え", "use": Endpoint.Use.RERANK, "model": "m"} | fields))


@pytest.fixture
def documents(shelf, add) -> None:
    for name, text in TEXTS.items():
        add(shelf, text, name)


def order(office, question: str = QUESTION, **how) -> list[str]:
    return [hit.passage.version.document.file_name for hit in find(scope_of_operator(office), question, **how).hits]


def test_the_order_is_that_of_the_marks_and_the_score_that_of_the_place(office, documents, marker):
    plain = order(office)
    made(office, marker)
    hits = find(scope_of_operator(office), QUESTION).hits
    marks = [mark(QUESTION, f"{hit.passage.version.document.title}\n{hit.passage.text}") for hit in hits]
    assert marks == sorted(marks, reverse=True)
    names = [hit.passage.version.document.file_name for hit in hits]
    assert sorted(names) == sorted(plain) and names != plain
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert hits[0].score == 1


def test_it_is_asked_once_a_search_though_folding_looks_twice(office, documents, marker, reranker):
    order(office, folding=True)
    assert len(marker.requests) == 1


@pytest.mark.parametrize("fault", ["garbage", "count", "twice", "nan", "cut"])
def test_an_endpoint_that_answers_nonsense_changes_nothing(office, documents, marker, fault):
    plain = order(office)
    made(office, marker)
    marker.fault = fault
    assert order(office) == plain
    assert len(marker.requests) >= 1


def test_one_that_fails_or_stalls_changes_nothing_and_is_left_alone(office, documents, marker, settings):
    plain = order(office)
    made(office, marker)
    settings.RERANK_SECONDS = 1
    marker.fault = "stall"
    assert order(office) == plain
    asked = len(marker.requests)
    assert order(office) == plain
    assert len(marker.requests) == asked


def test_while_somebody_types_it_is_not_asked(office, documents, marker, reranker):
    order(office, typing=True)
    assert marker.requests == []


def test_when_one_text_may_not_go_none_goes(office, shelf, add, documents, marker, reranker):
    add(shelf, "# 秘\n\n住民票の手数料の内部の扱い。\n", "d.md", classification=Classification.C3C)
    assert "d.md" in order(office)
    assert marker.requests == []
    made(office, marker, name="広い", max_classification=Classification.C3A)
    order(office)
    assert len(marker.requests) == 1


@pytest.mark.req("A5")
def test_the_question_counts_too_and_does_not_go_where_only_open_texts_may(office, shelf, add, marker, make_user):
    for name, text in TEXTS.items():
        add(shelf, text, name, classification=Classification.C1)
    endpoint = made(office, marker, max_classification=Classification.C1)
    scope = scope_of(make_user("tanaka"), "internal")
    assert len(find(scope, QUESTION).hits) > 1
    assert marker.requests == []
    Endpoint.objects.filter(pk=endpoint.pk).update(max_classification=Classification.C2)
    find(scope, QUESTION)
    assert len(marker.requests) == 1


@pytest.mark.req("C10")
def test_hidden_texts_are_never_sent_and_change_nothing(office, make_user, closed, add, documents, marker, reranker):
    scope = scope_of(make_user("tanaka"), "internal")
    seen = [hit.passage.pk for hit in find(scope, QUESTION).hits]
    sent = sorted(marker.texts)
    add(closed, "# 人事\n\n住民票の手数料のひみつ。\n", "h.md", classification=Classification.C3A)
    assert [hit.passage.pk for hit in find(scope, QUESTION).hits] == seen
    assert sorted(marker.texts) == sorted(sent * 2)


def test_an_article_that_is_named_stays_first(office, shelf, add, marker):
    law = "# 手数料条例\n\n## 第3条\n\n納付しなければならない。\n\n## 第4条\n\n手数料条例第3条の額は別に定める。\n"
    add(shelf, law, "手数料条例.md", title="手数料条例")
    plain = find(scope_of_operator(office), "手数料条例第3条").hits[0].passage
    assert "納付しなければならない" in plain.text
    made(office, marker)
    assert find(scope_of_operator(office), "手数料条例第3条").hits[0].passage == plain


def test_a_question_with_a_my_number_is_not_sent(office, documents, marker, reranker):
    find(scope_of_operator(office), "住民票の手数料 個人番号 123456789018")
    assert marker.requests == []


@pytest.mark.req("L1")
def test_the_call_is_on_the_record_without_texts(office, documents, marker, reranker):
    order(office)
    event = Event.objects.get(action="model.called", detail__purpose="rerank")
    assert event.detail["outcome"] == "done" and "300" not in str(event.detail.get("texts", ""))
    assert "手数料" not in str(event.detail)
