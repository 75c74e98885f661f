"""Kept searches: what is told of, to whom, once, whatever happens in between."""

import io
from datetime import date, timedelta

import pytest
from django.utils import timezone

from madoguchi.audit.models import Event
from madoguchi.audit.record import digest
from madoguchi.library import ingest, store, upkeep
from madoguchi.library.folders import folder_of_path
from madoguchi.library.models import Blob, Document, Version
from madoguchi.people.access import scope_of, scope_of_operator
from madoguchi.people.keys import parse
from madoguchi.people.models import Department, Position, Post, Tenant, User
from madoguchi.search import saved
from madoguchi.search.filters import filters_in, written
from madoguchi.search.models import Notice, SavedSearch
from madoguchi.search.query import Filters

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_meaning")]
QUESTION = "補助金 交付要綱 改正"
ANSWER = "# 改正\n\n補助金交付要綱の一部を改正する。\n"


@pytest.fixture
def tanaka(make_user):
    return make_user("tanaka")


@pytest.fixture
def kept(tanaka):
    return keep(tanaka)


def keep(user, question=QUESTION, **chosen):
    return saved.save(scope_of(user, "internal"), question, Filters(**chosen))


def told(user, zone="internal"):
    return [notice.document.title for notice in saved.news(scope_of(user, zone))]


def next_version(office, version, content, name=None):
    document = version.document
    file = io.BytesIO(content.encode())
    new = store.add_version(office, document, file, name or document.file_name, None, scope_of_operator(office))
    ingest.ingest(str(new.pk))
    return new


# --- what is news


def test_a_new_document_that_answers_is_told_of_once_however_often_it_is_looked_for(tanaka, kept, shelf, add):
    assert told(tanaka) == []
    add(shelf, ANSWER, title="新しい要綱")
    assert saved.look() == 1
    assert told(tanaka) == ["新しい要綱"]
    assert saved.look() == 0
    assert told(tanaka) == ["新しい要綱"]
    assert [vars(notice)["is_update"] for notice in saved.news(scope_of(tanaka, "internal"))] == [False]


def test_what_stood_there_when_the_search_was_kept_is_no_news_even_when_it_is_read_again(tanaka, shelf, add):
    version = add(shelf, ANSWER)
    keep(tanaka)
    saved.look()
    assert told(tanaka) == []
    ingest.recut(str(version.pk))
    saved.look()
    assert told(tanaka) == []


def test_a_document_that_is_moved_or_renamed_is_no_news(office, tanaka, kept, shelf, add):
    version = add(shelf, ANSWER, title="古い名前")
    saved.look()
    saved.mark_seen(scope_of(tanaka, "internal"), kept, timezone.now().isoformat())
    other = folder_of_path(office, "例規", create=True, readers=["staff"])
    document = Document.objects.get(pk=version.document_id)
    store.move(scope_of_operator(office), None, document, other)
    document.title, document.untold = "新しい名前", Document.Untold.WORDS
    document.save()
    ingest.tell(str(document.pk))
    saved.look()
    assert told(tanaka) == []


def test_a_new_version_of_a_known_document_is_an_update(office, tanaka, shelf, add):
    version = add(shelf, ANSWER)
    keep(tanaka)
    next_version(office, version, ANSWER + "\n補助金の額を改正する。\n")
    saved.look()
    (notice,) = saved.news(scope_of(tanaka, "internal"))
    assert vars(notice)["is_update"]
    assert notice.version.number == 2


def test_a_later_version_takes_the_place_of_the_one_that_was_told_of(office, tanaka, kept, shelf, add):
    version = add(shelf, ANSWER)
    saved.look()
    next_version(office, version, ANSWER + "\n補助金の額を改正する。\n")
    saved.look()
    (notice,) = saved.news(scope_of(tanaka, "internal"))
    assert notice.version.number == 2
    next_version(office, version, "# 休館日\n\nプールの休館日は月曜日とする。\n")
    saved.look()
    assert told(tanaka) == []


def test_a_document_that_shares_a_word_is_no_news(tanaka, kept, shelf, add):
    add(shelf, "# 改正\n\n印鑑条例を改正する。\n")
    assert saved.look() == 0
    assert told(tanaka) == []


def test_a_document_behind_the_first_results_is_no_news(tanaka, shelf, add, settings):
    settings.SAVED_SEARCH_DEPTH = 2
    for number in "一二":
        add(shelf, f"# 補助金交付要綱の改正\n\n補助金 交付要綱 改正 {number}\n", f"{number}.md")
    keep(tanaka)
    long = "給食の献立と配送の予定について、学校ごとに定める。" * 12
    add(shelf, f"# 雑則\n\n{long}補助金の交付は別に定める。{long}\n", "雑則.md")
    assert saved.look() == 0
    add(shelf, "# 補助金交付要綱の改正\n\n補助金 交付要綱 改正 三\n", "三.md")
    settings.SAVED_SEARCH_DEPTH = 3
    assert saved.look() == 1
    assert told(tanaka) == ["三"]


def test_a_document_that_says_it_by_a_synonym_is_told_of(tanaka, shelf, add):
    keep(tanaka, "国保")
    add(shelf, "# 手続\n\n国民健康保険の届出は14日以内とする。\n", title="国民健康保険")
    saved.look()
    assert told(tanaka) == ["国民健康保険"]


def test_a_document_folded_under_another_result_is_told_of(tanaka, shelf, add):
    add(shelf, "# 単価\n\n補助金交付要綱の改正。単価は100円とする。\n", "a.md", title="単価表", fiscal_year=2026)
    keep(tanaka)
    add(shelf, "# 単価\n\n補助金交付要綱の改正。単価は120円とする。\n", "b.md", title="単価表", fiscal_year=2025)
    saved.look()
    (notice,) = saved.news(scope_of(tanaka, "internal"))
    assert notice.document.fiscal_year == 2025


def test_a_document_found_by_two_searches_is_one_on_the_first_page(tanaka, kept, shelf, add):
    keep(tanaka, "補助金の要綱")
    add(shelf, ANSWER, title="要綱")
    assert saved.look() == 2
    assert told(tanaka) == ["要綱"]
    assert saved.beside(scope_of(tanaka, "internal"), QUESTION, Filters()).news == 1


@pytest.mark.parametrize("question", ["-補助金", "。", "  補助金  " * 200])
def test_a_question_that_finds_little_or_is_long_stops_nothing(tanaka, kept, shelf, add, question):
    keep(tanaka, question)
    add(shelf, ANSWER, title="要綱")
    saved.look()
    assert told(tanaka) == ["要綱"]


# --- filters


@pytest.mark.parametrize(
    ("chosen", "fitting", "other"),
    [
        ({"fiscal_year": 2026}, {"fiscal_year": 2026}, {"fiscal_year": 2025}),
        ({"department": "財政課"}, {"department_name": "財政課"}, {"department_name": "人事課"}),
        ({"classification": 2}, {"classification": 2}, {"classification": 1}),
        ({"file_type": "txt"}, {"name": "a.txt"}, {"name": "b.md"}),
    ],
    ids=["year", "department", "classification", "type"],
)
def test_only_what_the_filters_let_through_is_told_of(tanaka, shelf, add, chosen, fitting, other):
    keep(tanaka, **chosen)
    add(shelf, ANSWER, **{"name": "一.md", "title": "合う", **fitting})
    add(shelf, ANSWER + "別の版。\n", **{"name": "二.md", "title": "合わない", **other})
    saved.look()
    assert told(tanaka) == ["合う"]


def test_a_folder_lets_through_what_lies_in_it_and_below(office, tanaka, shelf, add):
    keep(tanaka, folder=shelf.pk)
    below = folder_of_path(office, "庁内/要綱", create=True)
    beside = folder_of_path(office, "別", create=True, readers=["staff"])
    for folder, title in ((shelf, "中"), (below, "下"), (beside, "外")):
        add(folder, ANSWER, title=title)
    saved.look()
    assert sorted(told(tanaka)) == ["下", "中"]


# --- who is told


@pytest.mark.req("C3")
def test_only_who_may_read_a_document_is_told_of_it(tanaka, kept, closed, add, make_user):
    ito = make_user("ito", "総務部/人事課")
    keep(ito)
    add(closed, ANSWER, title="人事のひみつ")
    assert saved.look() == 1
    assert told(tanaka) == []
    assert told(ito) == ["人事のひみつ"]
    assert not Notice.objects.filter(search=kept).exists()


@pytest.mark.req("C3")
def test_a_right_lost_before_looking_takes_the_notice_away_and_gives_it_back(office, kept, tanaka, closed, shelf, add):
    version = add(shelf, ANSWER, title="山吹色の要綱")
    saved.look()
    document = Document.objects.get(pk=version.document_id)
    store.restrict(
        scope_of_operator(office), None, document, [parse(office, "dept:総務部/人事課")], document.classification
    )
    assert told(tanaka) == []
    assert saved.beside(scope_of(tanaka, "internal"), QUESTION, Filters()).news == 0
    # What is not shown cannot be seen either.
    saved.mark_seen(scope_of(tanaka, "internal"), kept, timezone.now().isoformat())
    store.restrict(scope_of_operator(office), None, Document.objects.get(pk=document.pk), [], document.classification)
    assert told(tanaka) == ["山吹色の要綱"]


@pytest.mark.req("C3")
@pytest.mark.parametrize("how", ["deleted", "expired", "held"])
def test_what_is_deleted_expired_or_in_quarantine_is_told_of_no_more(office, tanaka, kept, shelf, add, how):
    version = add(shelf, ANSWER, title="要綱")
    saved.look()
    assert told(tanaka) == ["要綱"]
    document = Document.objects.get(pk=version.document_id)
    if how == "deleted":
        store.delete(scope_of_operator(office), None, document)
    elif how == "expired":
        store.expire(scope_of_operator(office), None, document, date(2020, 1, 1))
    else:
        Blob.objects.filter(pk=version.blob_id).update(verdict=Blob.Verdict.FOUND)
    assert told(tanaka) == []


@pytest.mark.req("C3")
def test_in_a_narrower_zone_what_it_may_not_see_is_neither_shown_nor_counted(make_user, shelf, add):
    sato = make_user("sato", clearance=5)
    keep(sato)
    add(shelf, ANSWER, title="機密の要綱", classification=5)
    saved.look()
    assert told(sato) == ["機密の要綱"]
    assert told(sato, "lgwan") == []
    assert saved.beside(scope_of(sato, "lgwan"), QUESTION, Filters()).news == 0


@pytest.mark.req("C1")
def test_two_offices_know_nothing_of_each_other(office, tanaka, kept, shelf, add):
    other = Tenant.objects.create(slug="other", name="隣市")
    theirs = User.objects.create(tenant=other, login="tanaka", name="隣の人")
    section = Department.objects.create(tenant=other, name="財政課")
    position = Position.objects.create(tenant=other, name="主事", rank=1)
    Post.objects.create(tenant=other, user=theirs, department=section, position=position)
    keep(theirs)
    add(shelf, ANSWER, title="当市の要綱")
    saved.look()
    assert told(tanaka) == ["当市の要綱"]
    assert told(theirs) == []
    assert not Notice.objects.filter(tenant=other).exists()


def test_who_is_away_is_told_of_it_all_on_coming_back(tanaka, shelf, add, settings):
    settings.SAVED_SEARCH_OVERLAP_SECONDS = 0
    keep(tanaka)
    User.objects.filter(pk=tanaka.pk).update(is_active=False)
    add(shelf, ANSWER, title="留守中の要綱")
    assert saved.look() == 0
    User.objects.filter(pk=tanaka.pk).update(is_active=True)
    saved.look()
    tanaka.refresh_from_db()
    assert told(tanaka) == ["留守中の要綱"]


# --- nothing is lost and nothing told twice


def test_a_version_that_becomes_ready_late_is_told_of(office, tanaka, kept, shelf, add):
    late = store.add_file(office, shelf, io.BytesIO(ANSWER.encode()), "late.md", title="遅い要綱")
    add(shelf, ANSWER + "別の文。\n", "early.md", title="早い要綱")
    saved.look()
    assert told(tanaka) == ["早い要綱"]
    ingest.ingest(str(late.pk))
    saved.look()
    assert sorted(told(tanaka)) == ["早い要綱", "遅い要綱"]


def test_a_version_whose_row_is_seen_later_than_its_stamp_is_told_of(tanaka, kept, shelf, add):
    add(shelf, ANSWER, "a.md", title="要綱一")
    saved.look()
    version = add(shelf, ANSWER + "別の文。\n", "b.md", title="要綱二")
    # As when the writer waited for its turn while the search was looked at.
    Version.objects.filter(pk=version.pk).update(indexed_at=timezone.now() - timedelta(seconds=60))
    saved.look()
    assert sorted(told(tanaka)) == ["要綱一", "要綱二"]


def test_what_is_found_once_its_meaning_is_known_is_told_of_then(tanaka, kept, shelf, add):
    version = add(shelf, ANSWER, title="要綱")
    long_ago = timezone.now() - timedelta(days=1)
    Version.objects.filter(pk=version.pk).update(indexed_at=long_ago)
    assert saved.look() == 0
    Version.objects.filter(pk=version.pk).update(embedded_at=timezone.now())
    saved.look()
    assert told(tanaka) == ["要綱"]


@pytest.mark.parametrize("where", ["_versions", "_note"])
def test_ended_in_between_it_tells_the_rest_the_next_time_and_nothing_twice(
    tanaka, kept, make_user, shelf, add, monkeypatch, where
):
    suzuki = make_user("suzuki")
    keep(suzuki, "補助金 要綱")
    add(shelf, ANSWER, title="要綱")
    real, calls = getattr(saved, where), []

    def ended(*args, **kwargs):
        calls.append(args)
        if len(calls) == 2:
            if where == "_note":
                real(*args, **kwargs)
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(saved, where, ended)
        with pytest.raises(KeyboardInterrupt):
            saved.look()
    assert (told(tanaka), told(suzuki)) == (["要綱"], [])
    assert saved.look() == 1
    assert (told(tanaka), told(suzuki)) == (["要綱"], ["要綱"])
    assert Notice.objects.count() == 2


def test_a_search_that_fails_keeps_no_other_from_being_told(tanaka, kept, make_user, shelf, add, monkeypatch):
    suzuki = make_user("suzuki")
    keep(suzuki)
    add(shelf, ANSWER, title="要綱")
    real = saved._versions

    def failing(scope, *rest):
        if scope.user_id == tanaka.pk:
            raise RuntimeError
        return real(scope, *rest)

    with monkeypatch.context() as patched:
        patched.setattr(saved, "_versions", failing)
        saved.look()
    assert (told(tanaka), told(suzuki)) == ([], ["要綱"])
    saved.look()
    assert told(tanaka) == ["要綱"]


def test_two_processes_that_look_at_once_tell_once(tanaka, kept, shelf, add, monkeypatch):
    add(shelf, ANSWER, title="要綱")
    real = saved._tell
    inside: list[bool] = []

    def twice(*args):
        # Another process goes through the whole of it after this one has read what is new.
        if not inside:
            inside.append(True)
            saved.look()
        return real(*args)

    monkeypatch.setattr(saved, "_tell", twice)
    saved.look()
    assert told(tanaka) == ["要綱"]
    assert Notice.objects.count() == 1


def test_a_search_that_is_deleted_while_it_is_looked_at_stops_nothing(tanaka, kept, shelf, add, monkeypatch):
    keep(tanaka, "補助金の要綱")
    add(shelf, ANSWER, title="要綱")
    real = saved._versions

    def deleting(scope, question, filters):
        SavedSearch.objects.filter(pk=kept.pk).delete()
        return real(scope, question, filters)

    monkeypatch.setattr(saved, "_versions", deleting)
    assert saved.look() == 1
    assert told(tanaka) == ["要綱"]


def test_without_anything_ready_it_asks_for_that_alone(tanaka, kept, shelf, add, django_assert_num_queries):
    with django_assert_num_queries(3):
        assert saved.look() == 0


def test_the_working_process_looks_by_itself():
    assert saved.look in upkeep._duties


def test_many_passages_are_read_in_parts(tanaka, kept, shelf, add, monkeypatch):
    monkeypatch.setattr(saved, "ROWS", 2)
    for number in range(3):
        add(shelf, f"{ANSWER}\n# 附則\n\n第{number}条の補助金交付要綱。\n\n# 様式\n\n様式。\n", f"{number}.md")
    saved.look()
    assert sorted(told(tanaka)) == ["0", "1", "2"]


# --- keeping


def test_the_same_question_with_the_same_filters_is_kept_once(tanaka, kept):
    assert keep(tanaka) == kept
    other = keep(tanaka, fiscal_year=2026, department="財政課")
    assert keep(tanaka, department="財政課", fiscal_year=2026) == other
    assert SavedSearch.objects.count() == 2


def test_as_many_are_kept_as_are_allowed_and_then_it_says_what_to_do(tanaka, make_user, settings):
    settings.SAVED_SEARCHES_MAX = 2
    keep(tanaka, "一")
    second = keep(tanaka, "二")
    with pytest.raises(saved.Full, match=r"2件まで.*削除"):
        keep(tanaka, "三")
    assert keep(tanaka, "二") == second
    keep(make_user("suzuki"), "三")
    saved.remove(scope_of(tanaka, "internal"), second)
    keep(tanaka, "三")


@pytest.mark.parametrize(
    "filters",
    [
        Filters(),
        Filters(3, "福祉部 高齢福祉課", 2026, "pdf", 2),
        Filters(department="A&B", file_type="tar"),
    ],
)
def test_filters_come_back_as_they_were(filters):
    assert filters_in(written(filters)) == filters


@pytest.mark.req("L1")
def test_keeping_and_removing_are_on_the_record_by_digest(tanaka, kept):
    saved.remove(scope_of(tanaka, "internal"), kept)
    events = Event.objects.filter(action__startswith="search.")
    assert [event.action for event in events.order_by("number")] == ["search.saved", "search.removed"]
    assert {event.detail["question"] for event in events} == {digest(QUESTION)}
    assert not any("補助金" in str(event.detail) for event in events)


def test_with_a_person_goes_what_they_kept(tanaka, kept, shelf, add):
    add(shelf, ANSWER)
    saved.look()
    tanaka.delete()
    assert not SavedSearch.objects.exists()
    assert not Notice.objects.exists()


@pytest.mark.parametrize("until", ["", "x", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2001-01-01"])
def test_what_was_not_shown_stays_new(tanaka, kept, shelf, add, until):
    add(shelf, ANSWER, title="要綱")
    saved.look()
    saved.mark_seen(scope_of(tanaka, "internal"), kept, until)
    assert told(tanaka) == ["要綱"]


def test_what_came_after_the_page_was_shown_stays_new(tanaka, kept, shelf, add):
    add(shelf, ANSWER, "a.md", title="要綱一")
    saved.look()
    (shown,) = saved.kept(scope_of(tanaka, "internal"))
    add(shelf, ANSWER + "別の文。\n", "b.md", title="要綱二")
    saved.look()
    saved.mark_seen(scope_of(tanaka, "internal"), kept, shown.until)
    assert told(tanaka) == ["要綱二"]
