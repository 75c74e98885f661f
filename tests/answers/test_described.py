"""What a model says of a figure is found and shown, and is never evidence: for no number, date or name."""

import json
import uuid
from datetime import date

import pytest

from madoguchi.answers import ask, compose, quote
from madoguchi.answers.ask import answer_of
from madoguchi.answers.check import check, is_confirmed, material
from madoguchi.faq.load import load
from madoguchi.faq.match import source_of
from madoguchi.faq.models import Entry
from madoguchi.library.models import Passage
from madoguchi.people.access import scope_of, scope_of_operator
from madoguchi.search.query import Hit, find
from tests.answers.office import put

pytestmark = [pytest.mark.django_db, pytest.mark.req("H9")]
QUESTION = "鳴禽橋の工事費はいくらですか"
# A figure, a day and a name that stand nowhere but in what a model made up of a figure.
SAID = "棒グラフです。鳴禽橋の工事費は987,654,321円で、2031年3月9日に完成します。担当は佐伯花子です。"
INVENTED = ("987,654,321", "987654321", "2031年3月9日", "佐伯花子")


@pytest.fixture
def described(library) -> Passage:
    """A described figure of the fees that would answer the question best, were it evidence."""
    version = library["fees"].current
    passage = Passage.objects.create(
        id=uuid.uuid4(),
        tenant_id=version.tenant_id,
        version=version,
        ordinal=9,
        kind="described",
        text=SAID,
        locator={"page": 2, "boxes": [[0.1, 0.3, 0.5, 0.6]]},
    )
    version.document = library["fees"]
    put(version)
    return passage


@pytest.fixture
def scope(make_user, described):
    return scope_of(make_user("tanaka"), "internal")


@pytest.fixture
def every_hit(monkeypatch):
    """The first wall fallen: the search behind answers finds what models say too."""
    monkeypatch.setattr(ask, "find", lambda *args, **named: find(*args, **named, described=True))


def says_none_of_it(found) -> bool:
    text = json.dumps(found, ensure_ascii=False, default=str)
    return not any(one in text for one in INVENTED)


def repeating(prompt: str) -> list[str]:
    """An obedient model: it says again all that it was given, each line citing everything."""
    lines = [line for line in prompt.splitlines() if line.strip() and not line.startswith("質問:")]
    return [f"{line}。[1][2][3][4][5][6][7][8]\n" for line in lines]


def test_it_is_found_where_somebody_looks_for_himself(scope):
    hit = find(scope, QUESTION, described=True).hits[0]
    assert hit.passage.text == SAID
    assert hit.to_json()["by_model"] and hit.to_json()["text"].startswith("【モデルによる説明（原文ではありません）】")


def test_the_search_behind_answers_does_not_find_it(scope, described):
    assert described not in [hit.passage for hit in find(scope, QUESTION, 50).hits]


def test_no_answer_by_quotes_is_made_of_it(scope):
    assert says_none_of_it(answer_of(scope, QUESTION))


def test_no_answer_by_quotes_is_made_of_it_though_the_search_gave_it(scope, every_hit):
    assert says_none_of_it(answer_of(scope, QUESTION))


def test_a_model_is_not_even_given_it(scope, model):
    model.answer = repeating
    found = answer_of(scope, QUESTION + " 住民票の写しの手数料は")
    assert found["mode"] == "composed" and says_none_of_it(found)
    assert all(says_none_of_it(body) for _, _, body in model.requests)


def test_a_model_is_not_even_given_it_though_the_search_gave_it(scope, model, every_hit):
    model.answer = repeating
    found = answer_of(scope, QUESTION + " 住民票の写しの手数料は")
    assert found["mode"] == "composed" and says_none_of_it(found)
    assert all(says_none_of_it(body) for _, _, body in model.requests)


def test_a_model_that_knows_the_number_all_the_same_is_not_confirmed(scope, model):
    model.answer = lambda prompt: ["鳴禽橋の工事費は987,654,321円です[1][2]。", "担当は佐伯花子です[1][2]。"]
    found = answer_of(scope, QUESTION + " 住民票の写しの手数料は")
    assert found["mode"] == "composed"
    for sentence in found["sentences"]:
        assert not is_confirmed(sentence["citations"], sentence["checks"])


def test_a_sentence_that_cites_it_is_not_confirmed_by_it(described):
    said = (
        "工事費は987,654,321円です。",
        "完成は2031年3月9日です。",
        "担当は佐伯花子です。",
        "「鳴禽橋の工事費」です。",
    )
    for sentence in said:
        assert not is_confirmed([1], check(sentence, [material(described)])), sentence


def test_nothing_of_it_is_a_quote(described):
    assert not quote.quotes(QUESTION, [Hit(described, 1.0)], date(2026, 4, 1))


def test_a_prompt_never_holds_it(described, library):
    own = library["fees"].current.passages.filter(ordinal=0).first()
    prompt = compose.prompt(QUESTION, [described, own], date(2026, 4, 1))
    assert says_none_of_it(prompt) and f"[2] {library['fees'].title}" in prompt


def test_a_verified_answer_never_rests_on_it(office, scope, described, django_capture_on_commit_callbacks):
    head = "question,variants,answer,audience,department,source_path,source_page,status\n"
    row = f"{QUESTION},,鳴禽橋の工事費は決まっていません。,public,,公開/風見市手数料条例.pdf,2,released\n"
    with django_capture_on_commit_callbacks(execute=True):
        load(office, (head + row).encode())
    source = source_of(scope, Entry.objects.get())
    assert source is not None and source.passage.is_citable
    found = answer_of(scope, QUESTION)
    assert found["mode"] == "verified" and says_none_of_it(found)


def test_the_api_answers_without_it_and_marks_it_where_it_is_found(signed_in, make_user, described):
    client = signed_in(make_user("tanaka"))
    answer = client.post("/api/ask", {"question": QUESTION}, content_type="application/json")
    assert answer.status_code == 200 and says_none_of_it(answer.json())
    found = client.get("/api/search", {"q": QUESTION}).json()["results"]
    assert [one["by_model"] for one in found if INVENTED[0] in one["text"]] == [True]
    assert not any(one["by_model"] for one in found if INVENTED[0] not in one["text"])


def test_the_search_page_marks_it(signed_in, make_user, described):
    page = signed_in(make_user("tanaka")).get("/search/", {"q": QUESTION}).content.decode()
    before, mark, after = page.partition("モデルによる図の説明（原文ではありません）")
    assert mark and "987,654,321" not in before and "987,654,321" in after.replace("<mark>", "").replace("</mark>", "")


def test_it_stands_in_no_answer_of_the_operator(described, office):
    assert says_none_of_it(answer_of(scope_of_operator(office), QUESTION))
