"""What is kept of questions in vain and slow ones: when, of whom, how long, and how often they were asked."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from madoguchi.people.access import scope_of, scope_of_operator, scope_of_resident
from madoguchi.people.models import Tenant, User
from madoguchi.search import gaps
from madoguchi.search.models import Gap, SlowQuestion
from madoguchi.search.query import find

pytestmark = pytest.mark.django_db
HANDBOOK = "# 手数料\n\n住民票の写しの手数料は300円です。\n\n# 児童手当\n\n児童手当の申請は15日以内です。\n"
MY_NUMBER = "123456789018"


@pytest.fixture(autouse=True)
def nobody_asked_yet():
    gaps._counted.clear()


@pytest.fixture
def person(make_user):
    """Return the scope of a person, who is made when first named."""
    made: dict[str, User] = {}

    def of(login="tanaka", department="福祉部/高齢福祉課"):
        made[login] = made.get(login) or make_user(login, department)
        return scope_of(made[login], "internal")

    return of


@pytest.fixture
def handbook(shelf, add):
    return add(shelf, HANDBOOK, meaning=True, title="窓口の手引き")


def texts():
    return list(Gap.objects.values_list("text", flat=True))


def is_in_vain(scope, question):
    return gaps.in_vain(scope, find(scope, question, 50, described=True, folding=True), [])


# --- what is in vain


@pytest.mark.parametrize("question", ["かくれんぼ手当", "ドローンの飛行許可", "スズメバチの巣の駆除", "qwrtzplk"])
def test_what_nothing_speaks_of_is_in_vain_though_something_is_near(handbook, person, question):
    assert is_in_vain(person(), question)


@pytest.mark.parametrize(
    "question", ["住民票の写しの手数料", "児童手当はいつまでに申請しますか", "手数料を教えてください", "住民票"]
)
def test_what_a_document_says_is_not_in_vain(handbook, person, question):
    assert not is_in_vain(person(), question)


def test_a_synonym_that_stands_there_is_not_in_vain(shelf, add, person):
    add(shelf, "# 転入届\n\n転入届は引っ越した日から14日以内に届け出ます。\n", meaning=True)
    assert not is_in_vain(person(), "引越し")


def test_a_common_word_that_only_other_documents_hold_makes_nothing_in_vain(handbook, shelf, add, person):
    for number in range(gaps.LOOKED_AT):
        add(shelf, f"# 児童手当 その{number}\n\n児童手当の申請書の{number}枚目です。\n", f"{number}.md")
    assert is_in_vain(person(), "児童手当の注意")
    add(shelf, "# 庁舎\n\n庁舎の使い方の注意です。\n", "hall.md", title="庁舎")
    assert not is_in_vain(person(), "児童手当の注意")


@pytest.mark.req("C3")
def test_what_only_a_hidden_document_says_is_in_vain_for_who_may_not_see_it(handbook, closed, add, person):
    add(closed, "# 昇任\n\n昇任選考の面接は係長候補に行います。\n", "secret.md", meaning=True)
    assert is_in_vain(person(), "昇任選考の面接")
    assert not is_in_vain(person("sakura", "総務部/人事課"), "昇任選考の面接")


@pytest.mark.parametrize("question", ["？", "-住民票", "　"])
def test_what_asks_for_nothing_is_not_in_vain(handbook, person, question):
    assert not is_in_vain(person(), question)


# --- what is kept, and of whom


def test_a_question_is_one_row_however_it_is_typed(person):
    for login, question in (
        ("a", "かくれんぼ手当"),
        ("b", " かくれんぼ手当？"),
        ("c", "カクレンボ手当"),
        ("d", "かくれんぼ手当。"),
    ):
        assert gaps.note(person(login), question)
    assert {gap.text: gap.times for gap in Gap.objects.all()} == {"かくれんぼ手当": 3, "カクレンボ手当": 1}


def test_one_person_counts_once_a_day(person, monkeypatch):
    for _ in range(5):
        assert gaps.note(person(), "かくれんぼ手当")
    assert Gap.objects.get().times == 1
    tomorrow = timezone.now() + timedelta(days=1)
    monkeypatch.setattr(timezone, "now", lambda: tomorrow)
    gaps.note(person(), "かくれんぼ手当")
    assert Gap.objects.get().times == 2


def test_what_is_kept_tells_the_day_and_neither_hour_nor_person(person):
    gaps.note(person("tanaka"), "かくれんぼ手当")
    gaps.note(person("suzuki"), "かくれんぼ手当")
    gaps.note_slow(person(), "かくれんぼ手当", 1500)
    gap, slow = Gap.objects.get(), SlowQuestion.objects.get()
    for moment in (gap.first_at, gap.last_at, slow.at):
        local = timezone.localtime(moment)
        assert (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)
        assert local.date() == timezone.localdate()
    assert {field.name for field in Gap._meta.get_fields()} == {
        "id", "tenant", "digest", "text", "times", "first_at", "last_at", "done_at",
    }  # fmt: skip


def test_names_and_numbers_are_not_kept(person):
    gaps.note(person(), "田中太郎さん（090-1234-5678）の扶養について")
    gaps.note_slow(person(), "田中太郎さん（090-1234-5678）の扶養について", 2000)
    for text in [*texts(), SlowQuestion.objects.get().text]:
        assert text == "〔氏名〕さん(〔番号〕)の扶養について"


@pytest.mark.parametrize(
    "question",
    [f"個人番号 {MY_NUMBER} の住民票", f"マイナンバー{MY_NUMBER}", "１２３４－５６７８－９０１８の記録"],
)
def test_a_question_with_a_my_number_is_not_kept_at_all(person, question):
    assert not gaps.note(person(), question)
    gaps.note_slow(person(), question, 2000)
    assert not Gap.objects.exists()
    assert not SlowQuestion.objects.exists()


@pytest.mark.parametrize("question", ["田中太郎", "090-1234-5678", "tanaka@example.jp", "？？", ""])
def test_of_names_and_numbers_alone_nothing_is_kept(person, question):
    assert not gaps.note(person(), question)
    assert not Gap.objects.exists()


def test_of_a_long_question_the_beginning_is_kept(person, settings):
    settings.GAP_MAX_CHARACTERS = 20
    gaps.note(person(), "かくれんぼ手当の" * 10)
    assert texts() == [("かくれんぼ手当の" * 10)[:20]]


def test_the_operator_residents_and_administrators_are_not_counted(office, make_user):
    chief = scope_of(make_user("sato", is_administrator=True), "internal")
    for scope in (scope_of_operator(office), scope_of_resident(office), chief):
        assert not gaps.note(scope, "かくれんぼ手当")
    assert not Gap.objects.exists()


def test_asked_in_vain_again_what_was_done_is_open(person):
    gaps.note(person("tanaka"), "かくれんぼ手当")
    Gap.objects.update(done_at=timezone.now())
    gaps.note(person("suzuki"), "かくれんぼ手当")
    assert Gap.objects.get().done_at is None


def test_two_offices_count_for_themselves(person):
    gaps.note(person(), "かくれんぼ手当")
    other = Tenant.objects.create(slug="other", name="隣市")
    assert not Gap.objects.filter(tenant=other).exists()
    assert not gaps.shown(other).exists()
    assert gaps.asked_once(other) == 0


@pytest.mark.django_db(transaction=True)
def test_nobody_who_asks_at_the_same_moment_is_lost(person):
    scopes = [person(f"person{number}") for number in range(12)]
    start = threading.Barrier(len(scopes))
    kept = []

    def ask(scope):
        start.wait()
        kept.append(gaps.note(scope, "かくれんぼ手当"))
        connection.close()

    threads = [threading.Thread(target=ask, args=(scope,)) for scope in scopes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept == [True] * 12
    assert Gap.objects.get().times == 12


# --- how long


def aged(model, days, field):
    model.objects.update(**{field: timezone.now() - timedelta(days=days)})


def test_what_nobody_asks_for_long_is_forgotten(person, settings):
    gaps.note(person("tanaka"), "かくれんぼ手当")
    gaps.note_slow(person("tanaka"), "かくれんぼ手当", 2000)
    gaps.forget()
    assert (Gap.objects.count(), SlowQuestion.objects.count()) == (1, 1)
    aged(SlowQuestion, settings.SLOW_DAYS + 1, "at")
    aged(Gap, settings.GAP_DAYS + 1, "first_at")
    gaps.forget()
    assert (Gap.objects.count(), SlowQuestion.objects.count()) == (1, 0)
    aged(Gap, settings.GAP_DAYS + 1, "last_at")
    gaps.forget()
    assert Gap.objects.count() == 0


def test_of_too_many_the_least_asked_and_oldest_go(person, settings):
    settings.GAPS_MAX = 3
    for login in ("a", "b"):
        gaps.note(person(login), "かくれんぼ手当")
    for question in ("鬼ごっこ手当", "縄跳び手当", "竹馬手当"):
        gaps.note(person("a"), question)
    assert set(texts()) == {"かくれんぼ手当", "縄跳び手当", "竹馬手当"}


def test_of_too_many_slow_ones_the_oldest_go(person, settings):
    settings.SLOW_MAX = 2
    for number, question in enumerate(("鬼ごっこ", "縄跳び", "竹馬")):
        gaps.note_slow(person(), question, 2000 - number)
    assert set(SlowQuestion.objects.values_list("text", flat=True)) == {"縄跳び", "竹馬"}


# --- slow ones


def test_the_slow_ones_are_summed_up(office, person):
    for number in range(1, 21):
        gaps.note_slow(person(), f"鬼ごっこの手引き{'あ' * number}", 1000 + number * 100, None)
    slow = gaps.slow_ones(office, 5)
    assert (slow.count, slow.p50_ms, slow.p95_ms) == (20, 2000, 2900)
    assert [one.took_ms for one in slow.slowest] == [3000, 2900, 2800, 2700, 2600]


def test_without_slow_ones_there_is_nothing_to_sum_up(office):
    assert gaps.slow_ones(office, 5) == gaps.Slowness(0, 0, 0, [])


def test_what_one_person_asked_slowly_is_nobody_elses_to_read(office, person):
    gaps.note_slow(person("tanaka"), "部下の病気休暇", 2000)
    gaps.note_slow(person("tanaka"), "部下の病気休暇", 2000)
    (one,) = gaps.slow_ones(office, 5).slowest
    assert (one.text, one.length) == ("", 7)
    gaps.note_slow(person("suzuki"), "部下の病気休暇", 1500)
    assert [one.text for one in gaps.slow_ones(office, 5).slowest] == ["部下の病気休暇"] * 2


@pytest.mark.parametrize(
    ("question", "embedding_ms", "says"),
    [
        ("“鬼ごっこ”の手引き", 10, "引用符"),
        ("鬼ごっこ -竹馬", None, "除く語"),
        ("鬼ごっこの手引き", 1900, "意味の計算"),
        ("鬼ごっこの手引き", None, "doctor"),
    ],
)
def test_a_slow_one_says_what_may_be_done(office, person, question, embedding_ms, says):
    gaps.note_slow(person(), question, 2000, embedding_ms)
    assert says in gaps.slow_ones(office, 5).slowest[0].hint


def test_only_what_is_slow_is_kept(handbook, person, settings):
    results = find(person(), "住民票の手数料")
    for limit, count in ((results.took_ms, 0), (results.took_ms - 1, 1)):
        settings.SEARCH_SLOW_MS = limit
        gaps.searched(person(), "住民票の手数料", results, [], is_first=True)
        assert SlowQuestion.objects.count() == count


# --- faults


@pytest.fixture
def a_broken_table():
    """The database itself refuses every new row of these tables."""
    if connection.vendor != "sqlite":
        pytest.skip("a trigger in the words of SQLite")
    with connection.cursor() as cursor:
        for table in ("search_gap", "search_slowquestion"):
            cursor.execute(
                f"CREATE TRIGGER broken_{table} BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'broken'); END"
            )
    yield
    with connection.cursor() as cursor:
        for table in ("search_gap", "search_slowquestion"):
            cursor.execute(f"DROP TRIGGER broken_{table}")


@pytest.mark.usefixtures("a_broken_table")
def test_a_fault_while_noting_breaks_nothing_and_logs_no_text(person, caplog):
    scope = person()
    assert not gaps.note(scope, "かくれんぼ手当")
    gaps.note_slow(scope, "かくれんぼ手当", 2000)
    assert Gap.objects.count() == 0
    assert "gap.not_noted" in caplog.text
    assert "かくれんぼ" not in caplog.text
