"""A question and a scope in, passages out."""

import uuid
from datetime import date

import pytest

from madoguchi.library.models import Document
from madoguchi.llm.embeddings import EmbeddingUnavailable
from madoguchi.people.access import scope_of, scope_of_operator, scope_of_resident
from madoguchi.search import indexing
from madoguchi.search.query import Filters, find, find_faq, score_of
from madoguchi.search.understand import understood

pytestmark = pytest.mark.django_db
RULES = "# 手数料\n\n住民票の写しの手数料は、1通につき300円とする。\n\n# 休日\n\nプールの休業日は月曜日とする。\n"


def faq(tenant, question: str, answer: str, **fields) -> indexing.FaqRow:
    row = {"variants": [], "access_key": "staff", "classification": 1, **fields}
    return indexing.FaqRow(uuid.uuid4(), tenant.pk, question, answer=answer, **row)


def test_words_are_found_at_once_and_marked_where_they_stand(office, shelf, add):
    add(shelf, RULES)
    hit = find(scope_of_operator(office), "住民票の手数料").hits[0]
    assert [hit.passage.text[start:end] for start, end in hit.marks] == ["住民票", "手数料"]
    assert hit.to_json()["path"] == "庁内/手引き.md"


def test_what_shares_no_word_is_found_by_its_meaning(office, shelf, add):
    version = add(shelf, RULES, meaning=True)
    assert version.embedded_at is not None
    hits = find(scope_of_operator(office), "水泳場が閉まっている曜日").hits
    assert "プール" in hits[0].passage.text


@pytest.mark.req("J5")
def test_without_embedding_documents_and_verified_answers_are_found_by_words(office, shelf, add, without_meaning):
    version = add(shelf, RULES)
    entry = faq(office, "住民票の写しの手数料はいくらですか", "300円です。")
    indexing.put_faq([entry])
    with pytest.raises(EmbeddingUnavailable):
        indexing.embed(str(version.pk))
    version.refresh_from_db()
    assert version.embedded_at is None
    results = find(scope_of_operator(office), "住民票の手数料")
    assert "300円" in results.hits[0].passage.text
    assert not results.by_meaning
    assert [hit.entry_id for hit in find_faq(scope_of_operator(office), "住民票の手数料")] == [entry.entry_id]


@pytest.mark.req("C2")
def test_as_many_come_as_the_scope_holds_however_many_better_ones_are_hidden(office, shelf, closed, add, make_user):
    for number in range(3):
        add(closed, f"# 手数料\n\n手数料 手数料 手数料 {number}\n", f"秘{number}.md")
    add(shelf, RULES)
    scope = scope_of(make_user("tanaka"), "internal")
    hits = find(scope, "手数料", k=1).hits
    assert [hit.passage.version.document.folder.name for hit in hits] == ["庁内"]


def test_the_database_is_a_wall_of_its_own(office, shelf, add, make_user):
    version = add(shelf, RULES)
    scope = scope_of(make_user("tanaka"), "internal")
    assert find(scope, "手数料").hits
    # As if the index had not heard of it.
    Document.objects.filter(pk=version.document_id).update(classification=5)
    assert find(scope, "手数料").hits == []


@pytest.mark.req("C10")
def test_scores_tell_the_place_and_nothing_else(office, shelf, add):
    add(shelf, RULES + "\n# 証明\n\n印鑑登録証明書の手数料は400円とする。\n")
    scores = [hit.score for hit in find(scope_of_operator(office), "手数料 休日").hits]
    assert scores == [score_of(place) for place in range(len(scores))]


def test_filters_narrow_what_the_scope_sees(office, shelf, closed, add):
    add(shelf, RULES, "令和7.md", fiscal_year=2025, department_name="市民課")
    add(closed, RULES, "令和8.md", fiscal_year=2026, department_name="人事課")
    scope = scope_of_operator(office)

    def names(**chosen) -> set[str]:
        hits = find(scope, "手数料", filters=Filters(**chosen)).hits
        return {hit.passage.version.document.file_name for hit in hits}

    assert names() == {"令和7.md", "令和8.md"}
    assert names(folder=shelf.pk) == {"令和7.md"}
    assert names(department="人事課") == {"令和8.md"}
    assert names(fiscal_year=2025) == {"令和7.md"}
    assert names(file_type="pdf") == set()


def test_last_year_is_the_fiscal_year_before_the_day_of_the_question(office, shelf, add):
    add(shelf, "# 予算\n\n福祉の予算は1億円である。\n", "A.md", fiscal_year=2026)
    add(shelf, "# 予算\n\n福祉の予算は2億円である。\n", "B.md", fiscal_year=2025)
    results = find(scope_of_operator(office, date(2026, 11, 24)), "昨年の福祉の予算")
    assert results.note == "昨年＝令和7年度として"
    assert results.hits[0].passage.version.document.file_name == "B.md"


@pytest.mark.parametrize(
    ("question", "on", "years"),
    [
        ("昨年度の予算", date(2026, 3, 31), (2024,)),
        ("昨年度の予算", date(2026, 4, 1), (2025,)),
        ("令和元年度と平成30年度", date(2026, 4, 1), (2019, 2018)),
        ("２０２５年度", date(2026, 4, 1), (2025,)),
        ("R7年度の計画", date(2026, 4, 1), (2025,)),
        ("令和7年4月の会議", date(2026, 4, 1), ()),
    ],
)
def test_fiscal_years_are_understood(question, on, years):
    assert understood(question, on).years == years


def test_a_verified_answer_to_the_same_question_answers_and_others_do_not(office):
    fee = faq(office, "住民票の写しの手数料はいくらですか", "1通300円です。", variants=["住民票の料金"])
    pool = faq(office, "プールの休みはいつですか", "月曜日です。")
    indexing.put_faq([fee, pool])
    first = find_faq(scope_of_operator(office), "住民票の写しの手数料はいくらですか？")[0]
    assert (first.entry_id, first.level) == (fee.entry_id, "answer")
    assert 0.8 <= first.score <= 1
    assert {hit.level for hit in find_faq(scope_of_operator(office), "議会の傍聴の定員")} <= {"suggest", "none"}
    assert len(find_faq(scope_of_operator(office), "料金")) <= 2


def test_verified_answers_are_found_within_the_scope_only(office):
    inner = faq(office, "異動の内示はいつですか", "三月です。")
    indexing.put_faq([inner])
    assert find_faq(scope_of_resident(office), "異動の内示はいつですか") == []
    assert find_faq(scope_of_operator(office), "異動の内示はいつですか")
    indexing.remove_faq(office.pk, inner.entry_id)
    assert find_faq(scope_of_operator(office), "異動の内示はいつですか") == []


def test_letters_at_random_find_nothing(office, shelf, add):
    add(shelf, RULES, meaning=True)
    assert find(scope_of_operator(office), "qwrtzplk").hits == []
    assert find(scope_of_operator(office), "").hits == []


def test_an_everyday_word_finds_what_official_texts_call_otherwise(office, shelf, add, without_meaning):
    add(shelf, "# 加入\n\n国民健康保険の加入の届出は、14日以内とする。\n\n# 公園\n\n公園の利用は無料とする。\n")
    hits = find(scope_of_operator(office), "国保").hits
    assert [hit.passage.heading[-1:] for hit in hits] == [["加入"]]
    assert [hits[0].passage.text[start:end] for start, end in hits[0].marks] == ["国民健康保険"]


def test_what_has_the_questions_own_words_stands_before_what_a_synonym_brings(office, shelf, add, without_meaning):
    add(shelf, "# 甲\n\n国保の届出をする。\n\n# 乙\n\n国民健康保険の届出をする。\n")
    assert [hit.passage.heading[-1] for hit in find(scope_of_operator(office), "国保").hits] == ["甲", "乙"]


def test_words_that_only_ask_find_nothing_by_themselves_beside_others(office, shelf, add, without_meaning):
    add(shelf, "# 甲\n\nどうすれば良いか、場合により教えて下さい。\n\n# 乙\n\n粗大ごみを出す。\n")
    hits = find(scope_of_operator(office), "粗大ごみの場合はどうすればよいか教えてください").hits
    assert hits[0].passage.heading[-1] == "乙"
    assert find(scope_of_operator(office), "どう").hits
