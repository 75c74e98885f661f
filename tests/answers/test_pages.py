"""The ask page, its stream, the kept answer and the history, as the persons who may and may not see them."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from madoguchi.answers.models import Answer
from madoguchi.audit.models import Event
from madoguchi.library.models import Document, Folder
from madoguchi.people.models import Classification, Tenant, User
from tests.answers.office import folder

pytestmark = pytest.mark.django_db
FEE = "住民票の写しの手数料はいくらですか"
PLAN = "鳴禽計画の予算はいくらですか"


@pytest.fixture
def clerk(library, make_user, signed_in):
    return signed_in(make_user("tanaka"))


def streamed(client: Client, question: str, **more) -> list[dict[str, Any]]:
    response: Any = client.post(reverse("ask-stream"), {"q": question, **more})
    assert response["Content-Type"] == "text/event-stream"
    blocks = b"".join(response.streaming_content).decode().split("\n\n")
    return [json.loads(block.split("data: ", 1)[1]) for block in blocks if block]


def test_the_page_takes_a_question_from_its_address_and_asks_only_when_told(clerk):
    page = clerk.get(reverse("ask"), {"q": FEE})
    assert page.status_code == 200
    assert FEE in page.content.decode() and "data-run" in page.content.decode()
    assert not Answer.objects.exists()


def test_without_script_the_whole_answer_comes_as_a_page(clerk):
    page = clerk.post(reverse("ask"), {"q": FEE})
    text = page.content.decode()
    assert page.status_code == 200
    assert "300円" in text and "風見市手数料条例" in text and "資料の引用" in text
    assert "文を原文で確認" in text
    document = Document.objects.get(title="風見市手数料条例")
    assert f"{reverse('document', args=[document.pk])}?version=1&amp;page=2" in text


@pytest.mark.parametrize("question", ["", "あ" * 2001])
def test_a_question_that_cannot_be_asked_stays_in_its_box_with_the_reason(clerk, question):
    page = clerk.post(reverse("ask"), {"q": question})
    assert page.status_code == 422
    assert 'role="alert"' in page.content.decode() and question in page.content.decode()
    assert clerk.post(reverse("ask-stream"), {"q": question}).json()["error"]


def test_the_stream_sends_each_sentence_with_its_place_and_ends_with_the_kept_answer(clerk):
    events = streamed(clerk, FEE)
    assert [event["event"] for event in events][:2] == ["mode", "sources"]
    source = events[1]["sources"][0]
    assert source["place"] == "2ページ" and source["links"]["data"].endswith(f"?passage={source['passage']}")
    assert events[-1]["page"] == reverse("answer", args=[Answer.objects.get().pk])
    assert events[-1]["summary"]


@pytest.mark.req("B12")
def test_a_question_needs_the_token(library, make_user):
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user("tanaka"))
    assert client.post(reverse("ask-stream"), {"q": FEE}).status_code == 403
    assert client.get(reverse("ask-stream")).status_code == 405


def test_who_is_not_signed_in_is_asked_to_and_nothing_is_answered(library):
    back = Client().get(reverse("history"))
    assert back.status_code == 302 and reverse("sign-in") in back["Location"]
    posted = Client().post(reverse("ask"), {"q": FEE})
    assert posted.status_code == 401
    script = Client().post(reverse("ask-stream"), {"q": FEE}, headers={"Accept": "text/event-stream"})
    assert script.status_code == 401 and script.json()["sign_in"] == reverse("sign-in")
    assert not Answer.objects.exists()


@pytest.mark.req("C11")
def test_a_body_sets_neither_mode_nor_person_nor_class(clerk, office, make_user):
    other = make_user("suzuki", "総務部/人事課")
    hidden = Tenant.objects.create(slug="hidden", name="隣市", hosts=["hidden.example"])
    office.hosts = ["testserver"]
    office.save()
    more = {
        "mode": "verified",
        "user": other.pk,
        "user_id": other.pk,
        "tenant": hidden.pk,
        "classification": "1",
        "scope": "everything",
        "everything": "true",
        "model": "x",
        "is_complete": "",
    }
    clerk.post(reverse("ask"), {"q": FEE, **more})
    streamed(clerk, FEE, **more)
    for kept in Answer.objects.all():
        assert (kept.mode, kept.user.login, kept.tenant_id, kept.model) == ("quoted", "tanaka", office.pk, "")


@pytest.mark.req("C8")
@pytest.mark.req("C3")
def test_first_one_person_then_another_with_the_same_question(library, make_user, signed_in):
    one, other = signed_in(make_user("tanaka")), signed_in(make_user("suzuki", "総務部/人事課"))
    assert "9,876,543" in one.post(reverse("ask"), {"q": PLAN}).content.decode()
    assert "9,876,543" in json.dumps(streamed(one, PLAN), ensure_ascii=False)
    page = other.post(reverse("ask"), {"q": PLAN}).content.decode()
    events = json.dumps(streamed(other, PLAN), ensure_ascii=False)
    shown = other.get(reverse("history")).content.decode()
    for text in (page, events, shown):
        assert "9,876,543" not in text and "カナリア" not in text


@pytest.mark.req("C7")
def test_anothers_answer_is_as_if_it_were_not_there(library, make_user, signed_in):
    one, other = signed_in(make_user("tanaka")), signed_in(make_user("suzuki", "総務部/人事課"))
    one.post(reverse("ask"), {"q": PLAN})
    kept = Answer.objects.get()
    missing = "00000000-0000-4000-8000-000000000000"
    there = other.get(reverse("answer", args=[kept.pk]))
    nowhere = other.get(reverse("answer", args=[missing]))
    assert there.status_code == nowhere.status_code == 404
    assert len(there.content) == len(nowhere.content)
    assert other.post(reverse("answer-delete", args=[kept.pk])).status_code == 404
    assert Answer.objects.exists()
    assert PLAN not in other.get(reverse("history")).content.decode()


def narrowed_by_move(library, person):
    """The person's department changes."""
    from madoguchi.people.models import Post
    from tests.conftest import department

    Post.objects.filter(user=person).update(department=department(person.tenant, "総務部/人事課"))


def narrowed_by_readers(library, person):
    """The document gets readers of its own."""
    library["plan"].readers = ["user:999999"]
    library["plan"].save()


def narrowed_by_class(library, person):
    """The document is classified higher than the person's clearance."""
    library["plan"].classification = Classification.C3A
    library["plan"].save()


def narrowed_by_end(library, person):
    """The document is deleted."""
    from django.utils import timezone

    library["plan"].deleted_at = timezone.now()
    library["plan"].save()


@pytest.mark.parametrize("narrow", [narrowed_by_move, narrowed_by_readers, narrowed_by_class, narrowed_by_end])
@pytest.mark.parametrize("composed", [False, True])
def test_an_old_answer_shows_no_word_of_what_is_no_longer_visible(library, make_user, signed_in, narrow, composed):
    person = make_user("tanaka")
    client = signed_in(person)
    client.post(reverse("ask"), {"q": PLAN})
    kept = Answer.objects.get()
    if composed:
        # A model may use a passage and cite another one, or none.
        kept.mode = "composed"
        kept.sentences = [
            {"kind": "composed", "text": "カナリアは9,876,543円。", "citations": [], "checks": [], "confirmed": False}
        ]
        kept.save()
    address = reverse("answer", args=[kept.pk])
    assert "9,876,543" in client.get(address).content.decode()
    narrow(library, person)
    text = client.get(address).content.decode()
    assert "現在の権限では表示できません" in text
    assert "9,876,543" not in text and "カナリア" not in text
    assert str(library["plan"].pk) not in text


def test_history_is_searched_paged_and_deleted(clerk):
    user = User.objects.get(login="tanaka")
    for number in range(25):
        Answer.objects.create(tenant=user.tenant, user=user, question=f"質問その{number:02}", mode="none")
    first = clerk.get(reverse("history")).content.decode()
    assert "質問その24" in first and "質問その00" not in first
    assert "質問その00" in clerk.get(reverse("history"), {"page": "2"}).content.decode()
    found = clerk.get(reverse("history"), {"q": "その13"}).content.decode()
    assert "質問その13" in found and "質問その14" not in found
    one = Answer.objects.get(question="質問その13")
    assert clerk.get(reverse("answer-delete", args=[one.pk])).status_code == 405
    clerk.post(reverse("answer-delete", args=[one.pk]))
    assert not Answer.objects.filter(pk=one.pk).exists()
    assert Event.objects.filter(action="answer.deleted", target=f"answer:{one.pk}").exists()


def test_an_empty_history_says_what_to_do(clerk):
    assert "聞いてみる" in clerk.get(reverse("history")).content.decode()


@pytest.mark.req("G1")
def test_markup_in_question_and_document_is_shown_as_text(clerk, library):
    from tests.answers.office import document

    document(
        library["fees"].folder,
        "<script>alert(1)</script>",
        "ワライカワセミの手数料は<img src=x onerror=alert(1)>700円です。",
    )
    page = clerk.post(reverse("ask"), {"q": "ワライカワセミの<b>手数料</b>はいくらですか"}).content.decode()
    assert "700円" in page
    assert "<img" not in page.split("<main", 1)[1] and "<script>alert" not in page and "<b>手数料" not in page


def first_sentence(client: Client, question: str) -> tuple[Any, str]:
    """Begin an answer; return the rest of its stream and what has come up to its first sentence."""
    response: Any = client.post(reverse("ask-stream"), {"q": question})
    pieces, came = iter(response.streaming_content), ""
    for piece in pieces:
        came += piece.decode()
        if "event: sentence" in came:
            break
    return pieces, came


@pytest.mark.req("C9")
@pytest.mark.parametrize("loss", ["folder", "document", "account"])
def test_an_answer_stops_when_the_right_to_its_sources_is_lost_while_it_is_written(
    library, make_user, signed_in, model, settings, loss
):
    settings.RIGHTS_LOOKED_AT_SECONDS = 0
    model.answer = lambda prompt: ["鳴禽計画は高齢福祉課が進めます[1]。", "予算は9,876,543円です[1]。", "以上です。"]
    person = make_user("tanaka")
    rest, came = first_sentence(signed_in(person), PLAN)
    assert "鳴禽計画" in came
    plan = library["plan"]
    if loss == "folder":
        Folder.objects.filter(pk=plan.folder_id).update(readers=["user:0"])
    elif loss == "document":
        Document.objects.filter(pk=plan.pk).update(deleted_at=timezone.now())
    else:
        User.objects.filter(pk=person.pk).update(is_active=False)
    after = b"".join(rest).decode()
    assert "event: failed" in after and "閲覧できる範囲が変わった" in after
    assert "9,876,543" not in after and "event: sentence" not in after
    kept = Answer.objects.get()
    assert not kept.is_complete


@pytest.mark.req("C9")
def test_an_answer_goes_on_when_another_right_changes_meanwhile(library, make_user, signed_in, model, settings, office):
    settings.RIGHTS_LOOKED_AT_SECONDS = 0
    model.answer = lambda prompt: ["鳴禽計画は高齢福祉課が進めます[1]。", "予算は9,876,543円です[1]。"]
    rest, _came = first_sentence(signed_in(make_user("tanaka")), PLAN)
    folder(office, "新しい棚", ["staff"])
    after = b"".join(rest).decode()
    assert "event: done" in after and "9,876,543" in after
