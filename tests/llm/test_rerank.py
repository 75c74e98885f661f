"""Marks by an endpoint, over real sockets: both dialects, a chat model, and servers that misbehave."""

import threading

import pytest

from madoguchi.audit.models import Event
from madoguchi.llm.models import Endpoint
from madoguchi.llm.rerank import RerankFailed, rerank, reranker_for
from madoguchi.people.access import scope_of
from madoguchi.people.models import Tenant
from tests.llm import scripted
from tests.llm.made import endpoint_at
from tests.llm.scripted_vectors import Vectors, serving

pytestmark = pytest.mark.django_db
QUESTION = "手数料はいくらですか"
TEXTS = ["開館時間は9時です", "手数料は300円です", "粗大ごみの申込み"]


def endpoint(office, address: str, **fields) -> Endpoint:
    return endpoint_at(office, address, **({"name": "並べ替え", "use": "rerank"} | fields))


@pytest.fixture
def server():
    with serving(Vectors()) as script:
        yield script


@pytest.fixture
def chat():
    with scripted.serving(scripted.Script()) as script:
        yield script


@pytest.mark.parametrize(
    ("dialect", "base", "path"),
    [
        ("documents", "/v1", "/v1/rerank"),
        ("documents", "/v2/", "/v2/rerank"),
        ("documents", "/v1/rerank", "/v1/rerank"),
        ("documents", "", "/rerank"),
        ("texts", "", "/rerank"),
        ("texts", "/v1", "/rerank"),
    ],
)
def test_each_dialect_is_found_and_marks_stand_in_the_order_of_the_texts(office, scope, server, dialect, base, path):
    server.dialect = dialect
    made = endpoint(office, server.url + base)
    marks = rerank(made, QUESTION, TEXTS, scope)
    assert marks[1] > max(marks[0], marks[2])
    assert server.requests[-1][0] == path
    # What was found is asked at once the next time.
    before = len(server.requests)
    assert rerank(made, QUESTION, TEXTS, scope) == marks
    assert len(server.requests) == before + 1


def test_what_is_sent_is_the_question_the_texts_and_the_key(office, scope, server):
    rerank(endpoint(office, f"{server.url}/v1", key="himitsu-canary"), QUESTION, TEXTS, scope)
    [(_, headers, body)] = server.requests
    assert headers["Authorization"] == "Bearer himitsu-canary"
    assert body == {"model": "scripted", "query": QUESTION, "documents": TEXTS, "top_n": 3}


def test_tei_gets_no_more_texts_at_once_than_it_takes(office, scope, server, settings):
    settings.RERANK_BATCH, settings.RERANK_TEXT_CHARACTERS = 2, 6
    server.dialect, server.most_texts = "texts", 2
    texts = [*TEXTS, "手数料はいくら"]
    marks = rerank(endpoint(office, server.url), QUESTION, texts, scope)
    assert sorted(server.batches) == [2, 2]
    assert max(map(len, server.texts)) == 6
    assert marks.index(max(marks)) == 3


@pytest.mark.parametrize("dialect", ["documents", "texts"])
@pytest.mark.parametrize(
    "fault", ["garbage", "huge", "packed", "count", "twice", "beyond", "true", "nan", "words", "cut", "redirect"]
)
def test_what_is_no_mark_for_each_text_is_a_failure(office, scope, server, settings, dialect, fault):
    settings.ENDPOINT_ANSWER_MAX_MB = 2
    server.dialect, server.fault = dialect, fault
    with pytest.raises(RerankFailed, match="接続先「並べ替え」"):
        rerank(endpoint(office, server.url), QUESTION, TEXTS, scope)


@pytest.mark.parametrize(
    ("status", "said"),
    [(400, "受け付けられません"), (401, "キー"), (404, "モデルが見つかりません"), (429, "混み合って"), (500, "エラー")],
)
def test_a_refusal_is_said_without_the_servers_words(office, scope, server, status, said):
    server.status = status
    with pytest.raises(RerankFailed, match=said) as failure:
        rerank(endpoint(office, f"{server.url}/v1"), QUESTION, TEXTS, scope)
    assert "scripted" not in str(failure.value) and "手数料" not in str(failure.value)


@pytest.mark.parametrize("fault", ["stall", "drip"])
def test_the_limit_holds_whatever_the_server_does(office, scope, server, settings, fault):
    settings.RERANK_SECONDS = 0.3
    server.fault = fault
    with pytest.raises(RerankFailed, match="時間内に応答がありませんでした"):
        rerank(endpoint(office, f"{server.url}/v1"), QUESTION, TEXTS, scope)


def test_a_chat_model_that_stalls_is_left_too(office, scope, chat, settings):
    made = endpoint(office, f"{chat.url}/v1", use="rerank-chat")
    # The first call in a process loads the libraries.
    settings.RERANK_SECONDS, chat.answer = 60, lambda prompt: ["[2, 9.5, 0]"]
    rerank(made, QUESTION, TEXTS, scope)
    settings.RERANK_SECONDS, chat.gate = 0.3, threading.Event()
    with pytest.raises(RerankFailed, match="時間内に応答がありませんでした"):
        rerank(made, QUESTION, TEXTS, scope)
    chat.gate.set()


def test_what_failed_is_left_alone_for_a_while(office, scope, server):
    made = endpoint(office, f"{server.url}/v1")
    server.status = 500
    for _ in range(2):
        with pytest.raises(RerankFailed):
            rerank(made, QUESTION, TEXTS, scope)
    assert len(server.requests) == 1


@pytest.mark.parametrize("said", [["[2, ", "9.5", ", 0]"], ["```json\n[2, 9.5, 0]\n```"], ["\n[ 2,9.5,0 ] \n"]])
def test_a_chat_model_gives_marks_as_a_list(office, scope, chat, said):
    chat.answer = lambda prompt: said
    made = endpoint(office, f"{chat.url}/v1", use="rerank-chat")
    assert rerank(made, QUESTION, TEXTS, scope) == [2, 9.5, 0]
    [(path, _, body)] = chat.requests
    assert path == "/v1/chat/completions"
    assert all(text in body["messages"][1]["content"] for text in (QUESTION, *TEXTS))
    assert "tools" not in body


@pytest.mark.parametrize(
    "said",
    [
        "",
        "わかりません。",
        "[1, 2]",
        "[1, 2, 3, 4]",
        "[1, 2, NaN]",
        "[1, 2, 11]",
        "[1, 2, -1]",
        '[1, 2, "3"]',
        "[1, 2, true]",
        "点数は [1, 2, 3] です。",
        "{}",
        "[[1, 2, 3]]",
        "[1, 2, 3",
        "[1, 2, 1e999]",
        "[1, 2, 1" + "0" * 5000 + "]",
    ],
)
def test_anything_else_that_it_says_is_a_failure(office, scope, chat, said):
    chat.answer = lambda prompt: [said]
    with pytest.raises(RerankFailed):
        rerank(endpoint(office, f"{chat.url}/v1", use="rerank-chat"), QUESTION, TEXTS, scope)


@pytest.mark.req("D4")
@pytest.mark.parametrize(
    ("question", "texts"),
    [("個人番号は 1234 5678 9018 ですか", TEXTS), (QUESTION, [*TEXTS, "個人番号 1234 5678 9018"])],
)
def test_a_my_number_goes_to_no_endpoint(office, scope, server, question, texts):
    with pytest.raises(RerankFailed, match="個人番号"):
        rerank(endpoint(office, f"{server.url}/v1"), question, texts, scope)
    assert not server.requests


def test_the_first_in_order_of_both_kinds_is_taken(office, scope):
    assert reranker_for(scope, 2) is None
    endpoint(office, "http://127.0.0.1:1/v1", name="三", order=3)
    second = endpoint(office, "http://127.0.0.1:1/v1", name="二", order=2, use="rerank-chat")
    endpoint(office, "http://127.0.0.1:1/v1", name="一", order=1, is_enabled=False)
    endpoint(office, "http://127.0.0.1:1/v1", name="文章", order=0, use="chat")
    assert reranker_for(scope, 2) == second
    Endpoint.objects.update(max_classification=1)
    assert reranker_for(scope, 2) is None


@pytest.mark.req("N1")
def test_an_endpoint_that_is_not_for_this_is_not_asked(office, scope, make_user, server):
    other = Tenant.objects.create(slug="other", name="隣市")
    outside = {"zone": "internet", "max_classification": 1}
    for made, asking in (
        (endpoint(other, server.url), scope),
        (endpoint(office, server.url, name="一", is_enabled=False), scope),
        (endpoint(office, server.url, name="二", use="chat"), scope),
        (endpoint(office, server.url, name="三", **outside), scope_of(make_user("suzuki"), "lgwan")),
    ):
        with pytest.raises(RerankFailed, match="用途"):
            rerank(made, QUESTION, TEXTS, asking)
    assert not server.requests


@pytest.mark.req("L1")
def test_a_call_is_on_the_record_without_its_text(office, scope, server, chat):
    chat.answer = lambda prompt: ["だめ"]
    rerank(endpoint(office, f"{server.url}/v1"), QUESTION, TEXTS, scope)
    with pytest.raises(RerankFailed):
        rerank(endpoint(office, f"{chat.url}/v1", name="文章", use="rerank-chat"), QUESTION, TEXTS, scope)
    done, failed = Event.objects.filter(action="model.called").order_by("number")
    assert (done.detail["purpose"], done.detail["count"], done.detail["outcome"]) == ("rerank", 3, "done")
    assert failed.detail["outcome"] == "unreadable"
    assert "手数料" not in str(list(Event.objects.values()))


def test_nothing_to_put_in_order_asks_nobody(office, scope, server):
    assert rerank(endpoint(office, server.url), QUESTION, [], scope) == []
    assert not server.requests
