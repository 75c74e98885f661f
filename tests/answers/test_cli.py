"""`madoguchi ask` and `madoguchi bench answers`."""

import json

import pytest

from madoguchi.cli.main import main

pytestmark = pytest.mark.django_db
FEE = "住民票の写しの手数料はいくらですか"
PLAN = "鳴禽計画の予算はいくらですか"


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    status = main([*arguments])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_an_answer_is_one_json_document_of_the_promised_shape(library, capsys):
    status, out, _ = run(capsys, "ask", FEE, "--json")
    answer = json.loads(out)
    assert status == 0
    assert set(answer) == {"answer", "mode", "sentences", "sources", "department"}
    assert set(answer["sentences"][0]) == {"text", "citations", "checks"}
    assert set(answer["sources"][0]) == {"n", "document", "title", "path", "locator", "text", "score", "confidence"}
    assert answer["mode"] == "quoted" and "300円" in answer["sentences"][0]["text"]


@pytest.mark.req("C3")
def test_as_a_person_it_shows_what_that_person_may_see(library, make_user, capsys):
    make_user("tanaka")
    make_user("suzuki", "総務部/人事課")
    assert "9,876,543" in run(capsys, "ask", PLAN, "--as", "tanaka", "--json")[1]
    for arguments in (("--json",), ()):
        assert "9,876,543" not in run(capsys, "ask", PLAN, "--as", "suzuki", *arguments)[1]
    assert "9,876,543" in run(capsys, "ask", PLAN)[1]


@pytest.mark.parametrize(
    ("arguments", "said"), [((FEE, "--as", "nobody"), "職員「nobody」がいません"), (("",), "質問を入力")]
)
def test_an_error_says_what_to_do(library, capsys, arguments, said):
    status, out, err = run(capsys, "ask", *arguments)
    assert (status, out) == (1, "") and said in err


def test_answers_are_measured_against_what_is_known(library, capsys, tmp_path):
    cases = [
        {"question": FEE, "target_answer": "1通につき300円です。", "document": "風見市手数料条例.pdf", "page": 2},
        {"question": "火星旅行の宇宙服はどこで借りられますか", "target_answer": "", "document": "", "page": None},
    ]
    file = tmp_path / "cases.jsonl"
    file.write_text("\n".join(json.dumps(case, ensure_ascii=False) for case in cases))
    status, out, _ = run(capsys, "bench", "answers", str(file), "--json")
    figures = json.loads(out)
    assert status == 0
    assert (figures["cases"], figures["first_page"], figures["figures"], figures["answered"]) == (2, 1.0, 1.0, 0.5)
    file.write_text("{}")
    assert "1行目" in run(capsys, "bench", "answers", str(file))[2]
