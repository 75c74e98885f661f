"""Vectors by an endpoint, over real sockets: what is sent, what comes, what happens when a server misbehaves."""

import numpy as np
import pytest

from madoguchi.audit.models import Event
from madoguchi.llm import embedding_endpoints
from madoguchi.llm.embedding_endpoints import embed
from madoguchi.llm.embeddings import EmbeddingUnavailable
from madoguchi.llm.models import Endpoint
from madoguchi.people.access import scope_of, scope_of_operator
from madoguchi.people.models import DataKey, Tenant
from tests.llm.made import endpoint_at, full_record
from tests.llm.scripted_vectors import Vectors, serving, vector

pytestmark = pytest.mark.django_db
MY_NUMBER = "個人番号は 1234 5678 9018 です。"


def endpoint(office, server: Vectors, **fields) -> Endpoint:
    return endpoint_at(office, f"{server.url}/v1", **({"name": "埋め込み", "use": "embedding"} | fields))


@pytest.fixture
def server():
    with serving(Vectors()) as script:
        yield script


def question(made, scope, text="手数料はいくらですか"):
    return embed(made, [text], kind="query", scope=scope)


def passages(made, scope, *texts):
    return embed(made, texts or ["一", "二"], kind="passage", scope=scope, actor="system")


def test_vectors_come_in_order_with_length_1_and_near_what_is_alike(office, scope, server):
    made = endpoint(office, server)
    fee, hours, again = passages(made, scope, "手数料は300円です", "開館時間は9時です", "手数料は300円です")
    assert fee.shape == (64,) and fee.dtype == np.float32
    assert np.linalg.norm([fee, hours, again], axis=1) == pytest.approx(1, abs=1e-6)
    [asked] = question(made, scope)
    assert asked @ fee > asked @ hours
    assert (fee == again).all()


@pytest.mark.parametrize("packs", [True, False])
def test_numbers_and_base64_give_the_same(office, scope, server, packs):
    server.packs = packs
    vectors = passages(endpoint(office, server), scope, "手数料は300円です")
    assert vectors[0] == pytest.approx(vector("手数料は300円です", 64), abs=1e-6)


@pytest.mark.parametrize(
    ("provider", "base", "header", "path"),
    [
        ("openai", "/v1", "authorization", "/v1/embeddings"),
        ("openai-compatible", "/v1", "authorization", "/v1/embeddings"),
        ("azure", "", "authorization", "/openai/v1/embeddings"),
        (
            "azure",
            "?api-version=2024-10-21",
            "api-key",
            "/openai/deployments/scripted/embeddings?api-version=2024-10-21",
        ),
        ("google", "", "x-goog-api-key", "/v1beta/models/scripted:batchEmbedContents"),
    ],
)
def test_each_provider_speaks_its_own_tongue(office, scope, server, provider, base, header, path):
    made = endpoint(
        office,
        server,
        provider=provider,
        base_url=server.url + base,
        key="himitsu-canary",
        dimensions=32,
        query_prefix="Q: ",
    )
    assert question(made, scope).shape == (1, 32)
    [(sent_path, headers, body)] = server.requests
    assert sent_path == path
    assert "himitsu-canary" in {name.lower(): value for name, value in headers.items()}[header]
    assert server.texts == ["Q: 手数料はいくらですか"]
    assert body.get("dimensions", body.get("requests", [{}])[0].get("outputDimensionality")) == 32


def test_google_is_told_the_kind_of_the_text(office, scope, server):
    made = endpoint(office, server, provider="google", base_url=server.url, model="gemini-embedding-001")
    question(made, scope)
    passages(made, scope, "一", "二")
    [(_, _, asked), (_, _, given)] = server.requests
    assert [one["taskType"] for one in asked["requests"]] == ["RETRIEVAL_QUERY"]
    assert [one["taskType"] for one in given["requests"]] == ["RETRIEVAL_DOCUMENT"] * 2


def test_gemini_embedding_2_has_its_words_or_those_that_were_set(office, scope, server):
    made = endpoint(office, server, provider="google", base_url=server.url, model="gemini-embedding-2")
    question(made, scope, "一")
    made.query_prefix = "質問: "
    question(made, scope, "一")
    assert server.texts == ["task: search result | query: 一", "質問: 一"]


@pytest.mark.parametrize(
    ("model", "asked", "given"),
    [
        ("cl-nagoya/ruri-v3-310m", "検索クエリ: 一", "検索文書: 一"),
        ("intfloat/multilingual-e5-large", "query: 一", "passage: 一"),
        (
            "multilingual-e5-large-instruct",
            "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery: 一",
            "一",
        ),
        ("snowflake-arctic-embed2", "query: 一", "一"),
        ("nomic-embed-text:v1.5", "search_query: 一", "search_document: 一"),
        ("BAAI/bge-m3", "一", "一"),
        ("text-embedding-3-large", "一", "一"),
    ],
)
def test_a_known_model_gets_the_words_it_was_trained_on(office, scope, server, model, asked, given):
    made = endpoint(office, server, model=model)
    question(made, scope, "一")
    passages(made, scope, "一")
    assert server.texts == [asked, given]


def test_words_that_were_set_stand_instead_with_their_space(office, scope, server):
    made = endpoint(office, server, model="ruri-v3", query_prefix="問: ")
    question(made, scope, "一")
    passages(made, scope, "一")
    assert server.texts == ["問: 一", "一"]


def test_many_passages_go_in_requests_of_a_size(office, scope, server, settings):
    settings.EMBEDDING_ENDPOINT_BATCH, settings.EMBEDDING_ENDPOINT_BATCH_CHARACTERS = 3, 30
    settings.EMBEDDING_ENDPOINT_TEXT_CHARACTERS = 50
    vectors = passages(endpoint(office, server), scope, "一", "二", "三", "四", "あ" * 25, "い" * 25, "う" * 99)
    assert len(vectors) == 7
    assert server.batches == [3, 2, 1, 1]
    assert server.texts[-1] == "う" * 50


def test_a_server_that_takes_fewer_texts_gets_fewer(office, scope, server):
    server.most_texts = 5
    assert len(passages(endpoint(office, server), scope, *"一二三四五六七八九十")) == 10
    assert server.batches == [10, 5, 5]


def test_a_text_longer_than_a_model_takes_is_cut(office, scope, server):
    server.longest = 200
    assert len(passages(endpoint(office, server), scope, "一", "あ" * 600, "二")) == 3
    assert len(server.texts[-1]) <= 200 and max(map(len, server.texts[-2:])) <= 200


@pytest.mark.parametrize("status", [429, 503])
def test_passages_wait_while_a_server_is_busy_as_long_as_it_asks(office, scope, server, status):
    server.status, server.faults_left, server.headers = status, 2, {"Retry-After": "0"}
    assert passages(endpoint(office, server), scope).shape == (2, 64)
    assert server.batches == [2, 2, 2]


def test_no_wait_is_longer_than_the_setting(office, scope, server, settings):
    settings.EMBEDDING_WAIT_SECONDS = 0
    server.status, server.faults_left, server.headers = 429, 1, {"Retry-After": "86400"}
    assert passages(endpoint(office, server), scope).shape == (2, 64)


def test_passages_give_up_when_their_time_would_pass_in_waiting(office, scope, server, settings):
    settings.EMBEDDING_PASSAGES_SECONDS = 5
    server.status, server.headers = 429, {"Retry-After": "6"}
    with pytest.raises(EmbeddingUnavailable, match="混み合っている"):
        passages(endpoint(office, server), scope)
    assert server.batches == [2]


def test_a_question_is_tried_once(office, scope, server):
    server.status, server.faults_left, server.headers = 429, 1, {"Retry-After": "0"}
    with pytest.raises(EmbeddingUnavailable, match="混み合っている"):
        question(endpoint(office, server), scope)
    assert server.batches == [1]


@pytest.mark.parametrize(
    ("status", "said"),
    [(400, "受け付けられません"), (401, "キー"), (404, "モデルが見つかりません"), (500, "エラー"), (418, "エラー")],
)
@pytest.mark.parametrize("provider", ["openai-compatible", "google"])
def test_a_refusal_is_said_without_the_servers_words(office, scope, server, provider, status, said):
    server.status = status
    base = server.url if provider == "google" else f"{server.url}/v1"
    made = endpoint(office, server, provider=provider, base_url=base)
    with pytest.raises(EmbeddingUnavailable, match=f"接続先「埋め込み」: .*{said}") as failure:
        question(made, scope)
    assert "scripted" not in str(failure.value) and "手数料" not in str(failure.value)
    assert failure.value.__cause__ is None


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("cut", "接続できません|読み取れません"),
        ("garbage", "読み取れません"),
        ("count", "読み取れません"),
        ("changing", "読み取れません"),
        ("nan", "読み取れません"),
        ("inf", "読み取れません"),
        ("zero", "読み取れません"),
        ("words", "読み取れません"),
        ("huge", "読み取れません"),
        ("packed", "読み取れません"),
        ("redirect", "エラー"),
    ],
)
@pytest.mark.parametrize("provider", ["openai-compatible", "google"])
def test_what_is_no_vector_is_never_passed_on(office, scope, server, settings, provider, fault, said):
    settings.ENDPOINT_ANSWER_MAX_MB = 2
    server.fault = fault
    base = server.url if provider == "google" else f"{server.url}/v1"
    made = endpoint(office, server, provider=provider, base_url=base)
    with pytest.raises(EmbeddingUnavailable, match=said):
        passages(made, scope)


def test_other_dimensions_than_were_asked_for_are_a_failure(office, scope, server):
    server.resizes = False
    with pytest.raises(EmbeddingUnavailable, match="次元数"):
        question(endpoint(office, server, dimensions=32), scope)


def test_dimensions_that_change_from_request_to_request_are_a_failure(office, scope, server, settings):
    settings.EMBEDDING_ENDPOINT_BATCH = 1
    server.fault = "shrinking"
    with pytest.raises(EmbeddingUnavailable, match="読み取れません"):
        passages(endpoint(office, server), scope)
    assert server.batches == [1, 1]


@pytest.mark.parametrize("fault", ["stall", "drip"])
@pytest.mark.parametrize("kind", ["query", "passage"])
def test_a_server_that_does_not_come_to_an_end_is_left(office, scope, server, settings, fault, kind):
    settings.EMBEDDING_QUERY_SECONDS = settings.EMBEDDING_PASSAGES_SECONDS = 0.3
    server.fault = fault
    with pytest.raises(EmbeddingUnavailable, match="時間内に応答がありませんでした"):
        embed(endpoint(office, server), ["一"], kind=kind, scope=scope)


def test_a_closed_port_is_unreachable(office, scope):
    with serving(Vectors()) as gone:
        pass
    with pytest.raises(EmbeddingUnavailable, match="接続できませんでした"):
        question(endpoint(office, gone), scope)


def test_after_a_failed_question_an_endpoint_is_left_alone_for_a_while(office, scope, server, settings):
    made = endpoint(office, server)
    server.status = 500
    with pytest.raises(EmbeddingUnavailable, match="エラー"):
        question(made, scope)
    server.status = 200
    with pytest.raises(EmbeddingUnavailable, match="しばらく使わずにいます"):
        question(made, scope)
    assert len(server.requests) == 1
    # Changed settings are another try, and so are passages; what works is used again.
    passages(made, scope)
    assert question(made, scope).shape == (1, 64)


def test_the_rest_ends_by_itself(office, scope, server, settings):
    settings.EMBEDDING_RETRY_SECONDS = 0
    made = endpoint(office, server)
    server.status, server.faults_left = 500, 1
    with pytest.raises(EmbeddingUnavailable):
        question(made, scope)
    assert question(made, scope).shape == (1, 64)


def test_one_text_that_is_refused_does_not_stop_the_questions_of_others(office, scope, server):
    made = endpoint(office, server)
    server.longest = 10
    with pytest.raises(EmbeddingUnavailable, match="受け付けられません"):
        question(made, scope, "あ" * 20)
    assert question(made, scope, "一").shape == (1, 64)


@pytest.mark.req("C8")
def test_a_persons_question_is_kept_for_that_person_alone(office, scope, make_user, server):
    made, other = endpoint(office, server), scope_of(make_user("suzuki"), "internal")
    first = question(made, scope)
    assert (question(made, scope) == first).all()
    assert len(server.requests) == 1
    question(made, other)
    assert len(server.requests) == 2
    # Nobody in particular asks each time.
    operator = scope_of_operator(office)
    question(made, operator)
    question(made, operator)
    assert len(server.requests) == 4


@pytest.mark.parametrize(
    "change", [{"model": "other"}, {"query_prefix": "問: "}, {"dimensions": 32}, {"base_url": "/v2"}]
)
def test_a_changed_endpoint_gives_no_old_vectors(office, scope, server, change):
    made = endpoint(office, server)
    question(made, scope)
    for name, value in change.items():
        setattr(made, name, server.url + "/v1/" if name == "base_url" else value)
    question(made, scope)
    assert len(server.requests) == 2


def test_only_the_last_questions_are_kept(office, scope, server, settings):
    settings.EMBEDDING_QUERIES_KEPT = 2
    made = endpoint(office, server)
    for text in ("一", "二", "一", "三", "一", "二"):
        question(made, scope, text)
    assert server.texts == ["一", "二", "三", "二"]


@pytest.mark.req("D4")
def test_a_my_number_goes_to_no_endpoint(office, scope, server):
    made = endpoint(office, server)
    with pytest.raises(EmbeddingUnavailable, match="個人番号"):
        question(made, scope, MY_NUMBER)
    with pytest.raises(EmbeddingUnavailable, match="1件"):
        passages(made, scope, "手数料は300円です", MY_NUMBER)
    assert not server.requests
    assert not embedding_endpoints._questions
    assert "9018" not in str(list(Event.objects.values()))


@pytest.mark.parametrize(
    "change", [{"is_enabled": False}, {"use": "chat"}, {"use": "rerank"}, {"zone": "internet", "max_classification": 1}]
)
def test_an_endpoint_that_is_not_for_this_is_not_asked(office, make_user, server, change):
    made = endpoint(office, server, **change)
    with pytest.raises(EmbeddingUnavailable, match="用途"):
        question(made, scope_of(make_user("tanaka"), "lgwan"))
    assert not server.requests


@pytest.mark.req("N1")
def test_an_endpoint_of_another_office_is_not_asked(office, scope, server):
    other = Tenant.objects.create(slug="other", name="隣市")
    with pytest.raises(EmbeddingUnavailable, match="用途"):
        question(endpoint(other, server), scope)
    assert not server.requests


def test_a_key_that_does_not_open_is_said_with_what_to_do(office, scope, server):
    made = endpoint(office, server, key="himitsu-canary")
    DataKey.objects.all().delete()
    with pytest.raises(EmbeddingUnavailable, match="キーを入力し直してください"):
        question(made, scope)
    assert not server.requests


@pytest.mark.req("L1")
def test_a_call_is_on_the_record_without_its_text(office, scope, server):
    made = endpoint(office, server)
    passages(made, scope, "手数料は300円です", "開館時間")
    question(made, scope)
    question(made, scope)
    first, second = Event.objects.filter(action="model.called").order_by("number")
    assert (first.actor, first.target) == ("system", f"endpoint:{made.pk}")
    assert second.actor == f"user:{scope.user_id}"
    assert {name: first.detail[name] for name in ("purpose", "kind", "count", "characters_in", "outcome")} == {
        "purpose": "embed",
        "kind": "passage",
        "count": 2,
        "characters_in": 14,
        "outcome": "done",
    }
    assert "手数料" not in str(list(Event.objects.values()))


def test_a_failed_call_is_on_the_record_too(office, scope, server):
    server.status = 500
    with pytest.raises(EmbeddingUnavailable):
        passages(endpoint(office, server), scope)
    assert Event.objects.get(action="model.called").detail["outcome"] == "server"


def test_nothing_to_embed_asks_nobody(office, scope, server):
    assert embed(endpoint(office, server), [], kind="passage", scope=scope).shape[0] == 0
    assert not server.requests


@pytest.mark.req("A6")
def test_what_somebody_types_counts_as_the_default_class_and_does_not_go_where_only_open_texts_may(
    office, make_user, scope, server
):
    made = endpoint(office, server, zone="internet", max_classification=2)
    with pytest.raises(EmbeddingUnavailable, match="機密性区分"):
        question(made, scope)
    assert not server.requests
    # From outside nobody sees, and so asks with, more than what is open.
    assert len(question(made, scope_of(make_user("sasaki"), "internet"))) == 1
    Endpoint.objects.update(**full_record())
    made.refresh_from_db()
    assert len(question(made, scope)) == 1
