"""FAQ entries: what is released is served, a draft never; who may edit; nothing typed is lost."""

import pytest
from django.urls import reverse

from madoguchi.answers.ask import answer_of
from madoguchi.audit.models import Event
from madoguchi.faq import editing, index
from madoguchi.faq.match import look, verified
from madoguchi.faq.models import Entry
from madoguchi.llm import embeddings
from madoguchi.llm.embeddings import EmbeddingUnavailable
from madoguchi.people.access import scope_of
from madoguchi.search.lance import the_index
from tests.conftest import department

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_index")]
QUESTION = "印鑑登録証明書はどこで受け取れますか"


@pytest.fixture
def form(office):
    return {
        "question": QUESTION,
        "variants": "印鑑証明の受け取り場所\n\n印鑑証明の受け取り場所\nどこで印鑑証明をもらえるか",
        "answer": "市民課の1番窓口で受け取れます。\n平日の午後5時15分までです。",
        "department": str(department(office, "福祉部/高齢福祉課").pk),
        "audience": "staff",
        "classification": "2",
        "source": "",
        "source_page": "",
        "valid_from": "",
        "valid_to": "",
    }


@pytest.fixture
def person(make_user):
    return make_user("tanaka")


@pytest.fixture
def clerk(person, signed_in):
    return signed_in(person)


@pytest.fixture
def colleague(make_user, signed_in):
    return signed_in(make_user("suzuki", "総務部/人事課"))


@pytest.fixture
def written(clerk, form, django_capture_on_commit_callbacks):
    """An entry that was written and released."""
    clerk.post(reverse("faq-new"), form)
    entry = Entry.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        clerk.post(reverse("faq-release", args=[entry.pk]), {"number": "1"})
    entry.refresh_from_db()
    return entry


def test_a_new_entry_is_a_draft_that_only_its_department_sees(clerk, colleague, person, form):
    assert clerk.post(reverse("faq-new"), form).status_code == 302
    entry = Entry.objects.get()
    assert (entry.status, entry.number, entry.released_number) == ("draft", 1, None)
    assert entry.variants == ["印鑑証明の受け取り場所", "どこで印鑑証明をもらえるか"]
    assert QUESTION in clerk.get(reverse("faq")).content.decode()
    assert QUESTION not in colleague.get(reverse("faq")).content.decode()
    assert colleague.get(reverse("faq-entry", args=[entry.pk])).status_code == 404
    assert verified(scope_of(person, "internal"), QUESTION) is None


def test_release_is_by_a_person_who_is_named_and_makes_it_the_answer(written, person, colleague):
    assert (written.status, written.released_number, written.released_by) == ("released", 1, person)
    found = verified(scope_of(person, "internal"), QUESTION)
    assert found and found[0] == written
    answer = answer_of(scope_of(person, "internal"), QUESTION)
    assert answer["mode"] == "verified"
    assert answer["answer"] == written.answer
    assert "1番窓口" in colleague.get(reverse("faq-entry", args=[written.pk])).content.decode()
    assert Event.objects.filter(action="faq.released", actor=f"user:{person.pk}").exists()


def test_a_change_is_not_served_until_it_is_released(
    written, clerk, colleague, person, form, django_capture_on_commit_callbacks
):
    address = reverse("faq-edit", args=[written.pk])
    with django_capture_on_commit_callbacks(execute=True):
        clerk.post(
            address,
            {**form, "answer": "2番窓口に変わりました。", "audience": "public", "classification": "1", "based_on": "1"},
        )
    written.refresh_from_db()
    assert (written.number, written.released_number, written.access_key) == (2, 1, "staff")
    assert "1番窓口" in answer_of(scope_of(person, "internal"), QUESTION)["answer"]
    assert "2番窓口" not in colleague.get(reverse("faq-entry", args=[written.pk])).content.decode()
    page = clerk.get(reverse("faq-entry", args=[written.pk])).content.decode()
    assert "2番窓口" in page and "公開していない変更があります" in page and "<del>" in page
    with django_capture_on_commit_callbacks(execute=True):
        clerk.post(reverse("faq-release", args=[written.pk]), {"number": "2"})
    assert "2番窓口" in answer_of(scope_of(person, "internal"), QUESTION)["answer"]


def test_withdrawing_ends_it_and_old_answers_do_not_show_it(
    written, clerk, person, colleague, django_capture_on_commit_callbacks
):
    from madoguchi.answers.models import Answer

    clerk.post(reverse("ask"), {"q": QUESTION})
    address = reverse("answer", args=[Answer.objects.get().pk])
    assert "1番窓口" in clerk.get(address).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        clerk.post(reverse("faq-withdraw", args=[written.pk]))
    assert answer_of(scope_of(person, "internal"), QUESTION)["mode"] != "verified"
    assert "1番窓口" not in clerk.get(address).content.decode()
    assert colleague.get(reverse("faq-entry", args=[written.pk])).status_code == 404


def test_who_may_not_edit_finds_no_way_to(written, colleague, form):
    assert "編集" not in colleague.get(reverse("faq-entry", args=[written.pk])).content.decode()
    for name, data in (("faq-edit", {**form, "based_on": "1"}), ("faq-release", {"number": "1"}), ("faq-withdraw", {})):
        assert colleague.post(reverse(name, args=[written.pk]), data).status_code == 404
    written.refresh_from_db()
    assert (written.status, written.number) == ("released", 1)


def test_an_administrator_edits_what_they_may_read_and_nothing_else(written, make_user, signed_in, form):
    administrator = signed_in(make_user("sato", "総務部/人事課", is_administrator=True))
    assert administrator.get(reverse("faq-edit", args=[written.pk])).status_code == 200
    Entry.objects.update(access_key="user:999999")
    assert administrator.get(reverse("faq-edit", args=[written.pk])).status_code == 404
    assert administrator.get(reverse("faq-entry", args=[written.pk])).status_code == 404


def test_two_who_edit_at_once_lose_nothing(written, clerk, make_user, signed_in, form):
    other = signed_in(make_user("mori", name="森"))
    address = reverse("faq-edit", args=[written.pk])
    other.post(address, {**form, "answer": "森の書いた回答。", "based_on": "1"})
    late = clerk.post(address, {**form, "answer": "田中の書いた回答。", "based_on": "1"})
    page = late.content.decode()
    assert late.status_code == 409
    assert "森の書いた回答。" in page and "田中の書いた回答。" in page and "森さんが保存した第2版" in page
    assert 'value="2"' in page
    assert clerk.post(address, {**form, "answer": "合わせた回答。", "based_on": "2"}).status_code == 302
    assert clerk.post(reverse("faq-release", args=[written.pk]), {"number": "2"}).status_code == 302
    written.refresh_from_db()
    assert (written.number, written.released_number) == (3, 1)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("question", {"question": ""}),
        ("answer", {"answer": ""}),
        ("classification", {"audience": "public", "classification": "2"}),
        ("classification", {"classification": "5"}),
        ("audience", {"audience": "user:1"}),
        ("department", {"department": "999999"}),
        ("source", {"source": "ない文書"}),
        ("source", {"source_page": "3"}),
        ("valid_to", {"valid_from": "2026-04-01", "valid_to": "2026-03-01"}),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(clerk, form, field, changes):
    response = clerk.post(reverse("faq-new"), {**form, "variants": "打った言葉", **changes})
    page = response.content.decode()
    assert response.status_code == 422 and not Entry.objects.exists()
    assert f"#id_{field}" in page and "打った言葉" in page


@pytest.mark.req("C11")
def test_a_body_sets_neither_office_nor_release_nor_another_department(clerk, form, office):
    more = {"status": "released", "released_number": "1", "released_by": "1", "access_key": "public", "tenant": "999"}
    clerk.post(reverse("faq-new"), {**form, **more})
    entry = Entry.objects.get()
    assert (entry.status, entry.released_number, entry.access_key, entry.tenant) == ("draft", None, "staff", office)
    theirs = str(department(office, "総務部/人事課").pk)
    assert clerk.post(reverse("faq-new"), {**form, "department": theirs}).status_code == 422


@pytest.mark.req("C3")
def test_a_departments_own_entry_is_nobody_elses(
    clerk, colleague, form, person, make_user, django_capture_on_commit_callbacks
):
    clerk.post(reverse("faq-new"), {**form, "answer": "カナリアの回答。", "audience": "department"})
    entry = Entry.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        clerk.post(reverse("faq-release", args=[entry.pk]), {"number": "1"})
    other = scope_of(make_user("ueda", "総務部/人事課"), "internal")
    assert look(scope_of(person, "internal"), QUESTION).entry == entry
    assert look(other, QUESTION).entry is None and not look(other, QUESTION).suggestions
    for address in (reverse("faq"), reverse("faq") + "?q=カナリア", reverse("faq-entry", args=[entry.pk])):
        assert "カナリア" not in colleague.get(address).content.decode().replace("?q=カナリア", "").replace(
            'value="カナリア"', ""
        )
    assert "カナリア" not in colleague.post(reverse("ask"), {"q": QUESTION}).content.decode()


def test_a_source_leads_to_its_page_and_is_cited(library, clerk, form, person, django_capture_on_commit_callbacks):
    data = {**form, "source": "風見市手数料条例", "source_page": "2", "answer": "印鑑登録証明書は350円です。"}
    clerk.post(reverse("faq-new"), data)
    entry = Entry.objects.get()
    assert entry.source_document == library["fees"]
    with django_capture_on_commit_callbacks(execute=True):
        clerk.post(reverse("faq-release", args=[entry.pk]), {"number": "1"})
    assert "?version=1&amp;page=2" in clerk.get(reverse("faq-entry", args=[entry.pk])).content.decode()
    answer = answer_of(scope_of(person, "internal"), QUESTION)
    assert answer["sentences"][0]["citations"] == [1]
    assert answer["sources"][0]["locator"]["page"] == 2
    library["fees"].readers = ["user:999999"]
    library["fees"].save()
    again = answer_of(scope_of(person, "internal"), QUESTION)
    assert again["sources"] == [] and again["sentences"][0]["citations"] == []


def test_a_source_that_the_writer_does_not_see_is_not_found(library, colleague, form, office):
    theirs = str(department(office, "総務部/人事課").pk)
    response = colleague.post(reverse("faq-new"), {**form, "department": theirs, "source": "鳴禽計画"})
    other = colleague.post(reverse("faq-new"), {**form, "department": theirs, "source": str(library["plan"].pk)})
    assert response.status_code == other.status_code == 422


def test_the_list_is_searched_filtered_and_paged(clerk, office):
    own = department(office, "福祉部/高齢福祉課")
    for number in range(25):
        Entry.objects.create(
            tenant=office, question=f"質問{number:02}", answer="回答", department=own, status="released"
        )
    Entry.objects.create(tenant=office, question="下書きの質問", answer="回答", department=own)
    assert "質問24" not in clerk.get(reverse("faq")).content.decode()
    assert "質問24" in clerk.get(reverse("faq"), {"page": "2"}).content.decode()
    found = clerk.get(reverse("faq"), {"q": "質問13"}).content.decode()
    assert "質問13" in found and "質問14" not in found
    drafts = clerk.get(reverse("faq"), {"status": "draft"}).content.decode()
    assert "下書きの質問" in drafts and "質問01" not in drafts
    assert "条件に合うFAQがありません" in clerk.get(reverse("faq"), {"department": "999999"}).content.decode()


def test_an_empty_list_says_what_to_do(clerk):
    assert "最初のFAQを書く" in clerk.get(reverse("faq")).content.decode()


def test_hostile_filters_find_nothing_and_break_nothing(clerk):
    for query in ({"page": "x"}, {"department": "1 or 1=1"}, {"status": "id__gt"}, {"q": "'\"%_\\" * 100}):
        assert clerk.get(reverse("faq"), query).status_code == 200


@pytest.mark.parametrize(
    ("question", "given"),
    [
        ("令和7年度の補正予算で福祉はどう変わりましたか", True),
        ("令和8年度の補正予算で福祉はどう変わりましたか", False),
        ("令和7年度の補正予算で福祉の委託契約はどう変わりましたか", False),
    ],
)
def test_a_near_question_of_another_year_or_thing_is_suggested_not_answered(office, question, given):
    from madoguchi.answers.ask import speaks_of

    entry = Entry(
        tenant=office, question="令和7年度の補正予算で福祉はどう変わりましたか。", answer="3億8,460万円増えました。"
    )
    assert speaks_of(entry, question) == given


def test_a_verified_answer_must_have_every_word_of_the_question(office):
    from madoguchi.answers.ask import speaks_of

    entry = Entry(
        tenant=office, question="児童手当の過誤払を見つけたらどうしますか。", answer="原則、翌期の手当から返還します。"
    )
    assert speaks_of(entry, "児童手当の過誤払はどう返還しますか")
    assert not speaks_of(entry, "児童手当の過誤払の返還は何回まで分割できますか")


@pytest.mark.req("J1")
def test_a_release_the_index_was_not_told_of_is_told_later(clerk, person, form):
    """As when the process is killed between the commit and what follows it."""
    clerk.post(reverse("faq-new"), form)
    entry = Entry.objects.get()
    clerk.post(reverse("faq-release", args=[entry.pk]), {"number": "1"})
    scope = scope_of(person, "internal")
    assert verified(scope, QUESTION) is None
    index.tell_untold()
    found = verified(scope, QUESTION)
    assert found and found[0] == entry
    editing.withdraw(entry, person)
    index.tell_untold()
    assert not Entry.objects.filter(untold=True).exists()
    assert str(entry.pk) not in the_index().documents(entry.tenant_id)


@pytest.mark.req("J5")
def test_a_release_without_the_embedding_gets_its_meaning_once_it_can_be_had(
    clerk, form, monkeypatch, django_capture_on_commit_callbacks
):
    def fail(*_):
        raise EmbeddingUnavailable("今は使えません。")

    clerk.post(reverse("faq-new"), form)
    entry = Entry.objects.get()
    with monkeypatch.context() as patch, django_capture_on_commit_callbacks(execute=True):
        patch.setattr(embeddings, "embed_passages", fail)
        clerk.post(reverse("faq-release", args=[entry.pk]), {"number": "1"})
    assert the_index().without_vectors(entry.tenant_id, str(entry.pk), 9)
    index.tell_untold()
    assert the_index().without_vectors(entry.tenant_id, str(entry.pk), 9) == []
    assert not Entry.objects.filter(untold=True).exists()


def test_an_answer_that_only_mentions_what_is_asked_is_suggested_not_given(office):
    from madoguchi.answers.ask import speaks_of

    hours = Entry(
        tenant=office,
        question="休日や時間外に戸籍の窓口は開いていますか。",
        answer="閉庁していますが、婚姻届の提出は当直室で受け付けます。",
    )
    assert speaks_of(hours, "戸籍の窓口は休日に開いていますか")
    assert not speaks_of(hours, "婚姻届を提出したいのですが")
    assert not speaks_of(hours, "どこですか")
