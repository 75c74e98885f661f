"""One's own past answers, found by the one box; no word of one whose sources were lost."""

import re
from datetime import timedelta

import pytest

from madoguchi.answers import finding
from madoguchi.answers.models import Answer, Citation
from madoguchi.faq.models import Entry, Revision
from madoguchi.library.models import Passage
from madoguchi.people.access import scope_of
from tests.answers.office import document, folder
from tests.conftest import department

pytestmark = pytest.mark.django_db


@pytest.fixture
def asker(make_user):
    return make_user("tanaka")


@pytest.fixture
def given(office, asker):
    """Keep an answer of one sentence, made from passages."""

    def given(question: str, text: str, *passages, days_ago: int = 0, user=None, **fields) -> Answer:
        sentence = {
            "kind": "quoted",
            "text": text,
            "citations": [1] if passages else [],
            "checks": [],
            "confirmed": True,
        }
        answer = Answer.objects.create(
            tenant=office,
            user=user or asker,
            question=question,
            mode=fields.pop("mode", "quoted"),
            sentences=[sentence],
            **fields,
        )
        Answer.objects.filter(pk=answer.pk).update(asked_at=answer.asked_at - timedelta(days=days_ago))
        for n, passage in enumerate(passages, 1):
            Citation.objects.create(tenant=office, answer=answer, n=n, passage=passage)
        return answer

    return given


def found(user, question: str, most: int = 10) -> list[tuple[str, str]]:
    return [(place.title, place.text) for place in finding.find(scope_of(user, "internal"), question, most)]


def test_an_answer_is_found_by_its_question_and_shown_with_its_day_and_first_sentence(asker, given):
    answer = given("育児休業は何日とれますか", "子が1歳に達する日まで取得できます。")
    given("住民票の手数料はいくらですか", "300円です。")
    (place,) = finding.find(scope_of(asker, "internal"), "育児休業", 3)
    assert place.title == "育児休業は何日とれますか"
    assert place.text == "子が1歳に達する日まで取得できます。"
    assert place.address == f"/ask/{answer.pk}/"
    assert re.search(r"\d+年\d+月\d+日に質問", place.note)


def test_an_answer_is_found_by_what_it_says_behind_those_that_were_asked_it(asker, given):
    given("休暇の種類は", "年次休暇と育児休業があります。")
    given("育児休業の期間は", "1歳までです。", days_ago=3)
    assert [question for question, _ in found(asker, "育児休業")] == ["育児休業の期間は", "休暇の種類は"]


def test_of_equal_questions_the_newest_alone_is_found(asker, given):
    given("育児休業は？", "古い答え", days_ago=9)
    given("育児休業は？", "新しい答え", days_ago=1)
    assert found(asker, "育児休業") == [("育児休業は？", "新しい答え")]


def test_of_answers_that_agree_alike_the_newest_comes_first(asker, given):
    for day in (5, 1, 3):
        given(f"育児休業の件 その{day}", "。", days_ago=day)
    assert [question[-1] for question, _ in found(asker, "育児休業", 2)] == ["1", "3"]


def test_a_rare_word_tells_more_than_one_that_every_question_has(asker, given):
    for number in range(8):
        given(f"手数料の質問 {number}", "。")
    given("鳴禽の手数料", "。", days_ago=30)
    assert found(asker, "鳴禽と手数料", 1)[0][0] == "鳴禽の手数料"


def test_words_that_only_ask_find_nothing(asker, given):
    given("育児休業について教えてください", "。")
    assert found(asker, "方法を教えてください") == found(asker, "-育児休業") == []


def test_what_is_left_out_finds_no_question_that_holds_it(asker, given):
    given("年金の免除の申請", "。")
    given("年金の申請", "。")
    assert [question for question, _ in found(asker, "年金 -免除")] == ["年金の申請"]


def test_an_answer_that_found_nothing_is_no_past_answer(asker, given):
    given("育児休業は", "資料では確認できませんでした。", mode="none")
    assert found(asker, "育児休業") == []


def test_only_so_many_of_the_newest_are_looked_through(asker, given, settings):
    settings.PAST_ANSWERS_LOOKED_THROUGH = 2
    for day in (1, 2, 3):
        given(f"育児休業 その{day}", "。", days_ago=day)
    assert len(found(asker, "育児休業")) == 2


@pytest.mark.req("C3")
def test_nobody_finds_the_answers_of_another(given, make_user):
    given("育児休業は", "1歳までです。")
    assert found(make_user("suzuki"), "育児休業") == []


# --- what was lost since


@pytest.fixture
def secret(office):
    """A document of 高齢福祉課 alone."""
    from madoguchi.people.access import department_key

    place = folder(office, "高齢福祉課", [department_key(department(office, "福祉部/高齢福祉課").pk)])
    return document(place, "鳴禽計画", "鳴禽計画の予算は9,876,543円である。")


@pytest.mark.req("C3")
@pytest.mark.req("C8")
def test_no_word_of_an_answer_is_shown_nor_finds_it_once_a_source_is_lost(asker, given, secret, signed_in):
    passage = secret.current.passages.get()
    given("今年の事業は", "鳴禽計画の予算は9,876,543円である。", passage)
    assert found(asker, "鳴禽計画") == [("今年の事業は", "鳴禽計画の予算は9,876,543円である。")]
    asker.posts.all().delete()
    assert found(asker, "鳴禽計画") == []
    ((_question, text),) = found(asker, "今年の事業")
    assert "鳴禽" not in text
    assert "表示していません" in text
    page = signed_in(asker).get("/search/?q=今年の事業").content.decode()
    assert "今年の事業は" in page
    assert "鳴禽" not in page
    assert "9,876,543" not in page


@pytest.mark.req("C8")
def test_one_lost_source_of_several_closes_the_whole_answer(asker, given, office, secret):
    public = document(folder(office, "公開", ["public"]), "手引き", "公開の手引き。")
    sources = [Passage.objects.get(version__document=one) for one in (public, secret)]
    given("今年の事業は", "公開の手引き。", *sources)
    asker.posts.all().delete()
    assert found(asker, "公開の手引き") == []
    assert "手引き" not in found(asker, "今年の事業")[0][1]


@pytest.mark.req("C8")
def test_a_deleted_source_closes_an_answer_too(asker, given, secret):
    given("今年の事業は", "鳴禽計画です。", secret.current.passages.get())
    secret.current.passages.all().delete()
    assert "鳴禽" not in found(asker, "今年の事業")[0][1]


@pytest.mark.req("C10")
def test_what_closed_answers_say_changes_neither_order_nor_number(asker, given, secret):
    passage = secret.current.passages.get()
    for day in range(30):
        given(f"事業の質問 {day}", "鳴禽計画と育児休業。", passage, days_ago=day)
    given("育児休業の期間", "。", days_ago=90)
    asker.posts.all().delete()
    assert [question for question, _ in found(asker, "鳴禽計画と育児休業", 3)] == ["育児休業の期間"]


@pytest.mark.req("C8")
def test_a_verified_answer_is_shown_while_what_was_given_may_be_read(asker, given, office):
    entry = Entry.objects.create(
        tenant=office, question="有給は", answer="20日です。", access_key="staff", status="released", released_number=1
    )
    Revision.objects.create(
        tenant=office, entry=entry, number=1, question="有給は", answer="20日です。", access_key="staff"
    )
    given("有給は何日", "20日です。", mode="verified", faq_entry_id=entry.pk, faq_number=1)
    assert found(asker, "有給") == [("有給は何日", "20日です。")]
    Entry.objects.filter(pk=entry.pk).update(status="withdrawn")
    assert "20日" not in found(asker, "有給")[0][1]
