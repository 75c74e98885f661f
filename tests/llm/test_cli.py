"""`madoguchi endpoints`: add, list, test, with errors a person can act on."""

import json
from io import StringIO

import pytest

from madoguchi.cli.main import main
from madoguchi.llm.endpoints import key_of
from madoguchi.llm.models import Endpoint
from madoguchi.people.models import Classification
from tests.llm.scripted import Script, serving
from tests.llm.scripted_vectors import Vectors
from tests.llm.scripted_vectors import serving as vectors

pytestmark = pytest.mark.django_db


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    status = main(["endpoints", *arguments])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_an_endpoint_in_the_office_takes_everything_and_one_outside_class_1(office, capsys, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "a-key")
    assert (
        run(
            capsys,
            "add",
            "庁内",
            "--provider",
            "openai-compatible",
            "--model",
            "m",
            "--base-url",
            "http://127.0.0.1:1/v1",
        )[0]
        == 0
    )
    assert run(capsys, "add", "外", "--provider", "openai", "--model", "m", "--key-env", "OPENAI_API_KEY")[0] == 0
    inside, outside = Endpoint.objects.get(name="庁内"), Endpoint.objects.get(name="外")
    assert (inside.zone, inside.max_classification) == ("internal", Classification.C3A)
    assert (outside.zone, outside.max_classification) == ("internet", Classification.C1)


def test_a_higher_class_outside_is_set_explicitly(office, capsys, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "a-key")
    arguments = ("add", "外", "--provider", "openai", "--model", "m", "--key-env", "OPENAI_API_KEY")
    assert run(capsys, *arguments, "--max-classification", "2", "--order", "5")[0] == 0
    made = Endpoint.objects.get()
    assert (made.max_classification, made.order) == (Classification.C2, 5)
    status, _, said = run(capsys, *arguments, "--max-classification", "3B")
    assert status == 1 and "庁内" in said
    status, _, said = run(capsys, *arguments, "--max-classification", "4")
    assert status == 1 and "機密性区分" in said


def test_the_list_is_one_json_document_and_names_no_key(office, capsys, monkeypatch):
    monkeypatch.setenv("SCRIPTED_KEY", "himitsu-canary")
    run(capsys, "add", "外", "--provider", "anthropic", "--model", "m", "--key-env", "SCRIPTED_KEY")
    _, out, _ = run(capsys, "list", "--json")
    assert json.loads(out)["endpoints"][0]["has_key"] is True
    assert "himitsu-canary" not in out + run(capsys, "list")[1]


def test_trying_tells_what_works_and_how_fast(office, capsys):
    with serving(Script(answer=lambda prompt: ["接続を", "確認しました。"])) as server:
        run(capsys, "add", "庁内", "--provider", "openai-compatible", "--model", "m", "--base-url", f"{server.url}/v1")
        status, out, _ = run(capsys, "test", "庁内", "--json")
        trial = json.loads(out)
        assert status == 0 and trial["chat"] and trial["stream"] and trial["first_ms"] <= trial["total_ms"]
        server.status = 404
        status, out, _ = run(capsys, "test", "庁内", "--json")
        assert status == 1 and "モデルが見つかりませんでした" in json.loads(out)["reason"]


def test_an_embedding_endpoint_is_added_listed_and_tried(office, capsys):
    with vectors(Vectors()) as server:
        arguments = ("add", "埋", "--provider", "openai-compatible", "--model", "m", "--base-url", f"{server.url}/v1")
        fields = ("--use", "embedding", "--query-prefix", "問: ", "--passage-prefix", "文: ", "--dimensions", "32")
        assert run(capsys, *arguments, *fields)[0] == 0
        # What is not said again stays; 0 is as the model gives it.
        made = json.loads(run(capsys, *arguments, "--json")[1])
        assert (made["use"], made["query_prefix"], made["dimensions"]) == ("embedding", "問: ", 32)
        status, out, _ = run(capsys, "test", "埋", "--json")
        trial = json.loads(out)
        assert status == 0 and trial["embedding"] and trial["right"] and trial["dimensions"] == 32
        assert (trial["query_prefix"], trial["chat"], trial["rerank"]) == ("問: ", False, None)
        assert json.loads(run(capsys, *arguments, "--dimensions", "0", "--json")[1])["dimensions"] is None
        assert "64次元" in run(capsys, "test", "埋")[1]
        assert "embedding" in run(capsys, "list")[1]
        status, _, said = run(capsys, *arguments, "--dimensions", "5")
        assert status == 1 and "次元数" in said


def test_a_reranker_is_added_and_tried(office, capsys):
    with vectors(Vectors(dialect="texts")) as server:
        arguments = ("add", "並", "--provider", "openai-compatible", "--model", "m", "--base-url", server.url)
        assert run(capsys, *arguments, "--use", "rerank")[0] == 0
        status, out, _ = run(capsys, "test", "並", "--json")
        assert status == 0 and json.loads(out)["rerank"] and json.loads(out)["right"]
        assert "先頭にしました" in run(capsys, "test", "並")[1]
        server.status = 401
        status, out, _ = run(capsys, "test", "並")
        assert status == 1 and "キーが受け付けられませんでした" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("test", "ない"), "接続先「ない」がありません"),
        (("add", "x", "--provider", "azure", "--model", "m"), "URLが必要"),
        (("add", "x", "--provider", "openai", "--model", "m", "--key-env", "sk-12345"), "環境変数の名前"),
        (("add", "x", "--provider", "openai", "--model", "m", "--key-env", "NOT_SET_KEY"), "設定されていません"),
        (("add", "x", "--provider", "openai", "--model", "m", "--key-file", "/no/such"), "読み取れません"),
        (("add", "x", "--provider", "openai", "--model", "m"), "キーが必要です"),
    ],
)
def test_an_error_says_what_to_do(office, capsys, arguments, said):
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (1, "") and said in err


def test_without_an_office_it_says_so(db, capsys):
    status, _, said = run(capsys, "list")
    assert status == 1 and "組織がまだありません" in said


def test_the_rule_for_pictures_is_shown_and_set_and_an_endpoint_is_marked(office, capsys):
    arguments = (
        "add",
        "庁内",
        "--provider",
        "openai-compatible",
        "--model",
        "m",
        "--base-url",
        "http://127.0.0.1:1/v1",
    )
    assert run(capsys, *arguments, "--json")[0] == 0
    assert not Endpoint.objects.get().sees_pictures
    assert json.loads(run(capsys, *arguments, "--vision", "--json")[1])["vision"] is True
    # Changing something else keeps it.
    assert json.loads(run(capsys, *arguments, "--json")[1])["vision"] is True
    assert json.loads(run(capsys, "pictures", "--json")[1]) == {"max_classification": None}
    assert "機密性3Cまで" in run(capsys, "pictures", "3C")[1]
    assert json.loads(run(capsys, "pictures", "--json")[1]) == {"max_classification": "3C"}
    status, _, said = run(capsys, "pictures", "4")
    assert status == 1 and "機密性区分" in said
    assert "渡しません" in run(capsys, "pictures", "off")[1]


ADD = ("add", "外", "--provider", "openai", "--model", "m")


def test_a_key_is_read_at_that_moment_and_stays_until_another_is_given(office, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("SCRIPTED_KEY", "from-a-variable")
    assert run(capsys, *ADD, "--key-env", "SCRIPTED_KEY")[0] == 0
    monkeypatch.delenv("SCRIPTED_KEY")
    assert key_of(Endpoint.objects.get()) == "from-a-variable"
    assert run(capsys, *ADD, "--order", "7")[0] == 0
    assert key_of(Endpoint.objects.get()) == "from-a-variable"
    file = tmp_path / "key"
    file.write_text("from-a-file\n")
    assert run(capsys, *ADD, "--key-file", str(file))[0] == 0
    assert key_of(Endpoint.objects.get()) == "from-a-file"
    monkeypatch.setattr("sys.stdin", StringIO("from-standard-input\n"))
    assert run(capsys, *ADD, "--key-file", "-")[0] == 0
    assert key_of(Endpoint.objects.get()) == "from-standard-input"


@pytest.mark.parametrize(
    "arguments", [("--key-env", "sk-12345"), ("--key-env", "AKIA12345"), ("--key-file", "AKIA12345")]
)
def test_a_key_typed_in_the_wrong_place_is_not_repeated(office, capsys, arguments):
    status, out, err = run(capsys, *ADD, *arguments)
    assert status == 1 and arguments[1] not in out + err and not Endpoint.objects.exists()
