"""Whoever reads along sees nothing that was made from what they may not see."""

import random

import pytest
from django.urls import reverse
from django.utils import timezone

from madoguchi.audit.models import Event
from madoguchi.chat.models import Citation, Conversation, Share, Turn
from madoguchi.chat.sharing import share
from madoguchi.chat.show import open_answers, shown
from madoguchi.library.models import Passage
from madoguchi.library.refused import Refused
from madoguchi.people.access import department_key, scope_of
from madoguchi.people.models import Classification
from tests.answers.conftest import empty_index, library  # noqa: F401 - fixtures
from tests.answers.office import document, folder
from tests.conftest import department

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversation(clerk) -> Conversation:
    return Conversation.objects.create(
        tenant=clerk.tenant,
        user=clerk,
        title="相談",
        classification=Classification.C2,
        updated_at=timezone.now(),
        delete_on=timezone.localdate(),
    )


def turn(conversation, parent, role, text, passages=()) -> Turn:
    made = Turn.objects.create(
        tenant=conversation.tenant, conversation=conversation, parent=parent, role=role, text=text, at=timezone.now()
    )
    for passage in passages:
        n = Citation.objects.filter(turn__conversation=conversation).count() + 1
        Citation.objects.create(tenant=conversation.tenant, turn=made, n=n, passage=passage)
    return made


def test_without_a_share_a_conversation_is_missing_and_with_one_it_is_read_only(
    conversation, clerk, make_user, signed_in
):
    question = turn(conversation, None, "user", "質問です。")
    answer = turn(conversation, question, "assistant", "回答です。")
    other = signed_in(make_user("suzuki"))
    page = reverse("conversation", args=[conversation.pk])
    assert other.get(page).status_code == 404
    share(scope_of(clerk, "internal"), conversation, [department_key(department(clerk.tenant, "福祉部").pk)])
    assert Event.objects.filter(action="chat.shared").count() == 1
    seen = other.get(page).content.decode()
    assert "回答です。" in seen and 'name="text"' not in seen and "tanakaさんが共有" in seen
    for name, pk in (
        ("chat-send", conversation.pk),
        ("chat-settings", conversation.pk),
        ("chat-share", conversation.pk),
        ("chat-delete", conversation.pk),
        ("chat-again", answer.pk),
        ("chat-stop", answer.pk),
        ("chat-go-on", answer.pk),
        ("chat-confirm", answer.pk),
    ):
        assert other.post(reverse(name, args=[pk]), {"text": "x"}).status_code == 404, name
    share(scope_of(clerk, "internal"), conversation, [])
    assert other.get(page).status_code == 404


def test_it_is_shared_on_its_page_and_never_with_residents(conversation, clerk, signed_in, make_user):
    make_user("suzuki", name="鈴木")
    client = signed_in(clerk)
    page = reverse("chat-share", args=[conversation.pk])
    looked = client.post(page, {"readers-person": "suzuki", "act": "look"}).content.decode()
    assert "鈴木さん" in looked and not Share.objects.exists()
    assert client.post(page, {"readers-person": "suzuki", "act": "save"}).status_code == 302
    assert Share.objects.count() == 1
    for keys in (["public"], ["folder:1"], ["user:999999"]):
        with pytest.raises(Refused):
            share(scope_of(clerk, "internal"), conversation, keys)
    assert client.post(page, {"readers-keys": ["public"], "act": "save"}).status_code == 422
    assert Share.objects.count() == 1


@pytest.mark.req("C3")
def test_an_answer_from_a_passage_that_a_reader_may_not_see_is_hidden_with_all_after_it(
    library,  # noqa: F811
    conversation,
    clerk,
    make_user,
    signed_in,
):
    secret = Passage.objects.get(version__document=library["plan"])
    first = turn(conversation, None, "user", "料金は？")
    open_answer = turn(conversation, first, "assistant", "三百円です。")
    second = turn(conversation, open_answer, "user", "計画は？")
    closed = turn(conversation, second, "assistant", "カナリア予算です[1]。", [secret])
    third = turn(conversation, closed, "user", "それで？")
    after = turn(conversation, third, "assistant", "カナリアの続きです。")
    share(scope_of(clerk, "internal"), conversation, ["staff"])
    reader = signed_in(make_user("kato", "総務部/人事課"))
    page = reader.get(reverse("conversation", args=[conversation.pk])).content.decode()
    assert "三百円です。" in page and "カナリア" not in page and "現在の権限では表示できません" in page
    for answer in (closed, after):
        assert "カナリア".encode() not in b"".join(reader.get(reverse("chat-stream", args=[answer.pk])))
        for name in ("chat-word", "chat-markdown"):
            assert reader.get(reverse(name, args=[answer.pk])).status_code == 404
    assert "カナリア予算です" in signed_in(clerk).get(reverse("conversation", args=[conversation.pk])).content.decode()


@pytest.mark.req("C3")
@pytest.mark.parametrize("seed", range(12))
def test_whatever_the_tree_an_answer_is_open_only_when_all_passages_up_to_it_are(
    empty_index,  # noqa: F811
    conversation,
    clerk,
    make_user,
    seed,
):
    """A random tree of turns over random documents of two departments, read by one who sees half of them."""
    chance = random.Random(seed)
    places = {
        "mine": folder(clerk.tenant, "人事", [department_key(department(clerk.tenant, "総務部/人事課").pk)]),
        "theirs": folder(clerk.tenant, "高齢", [department_key(department(clerk.tenant, "福祉部/高齢福祉課").pk)]),
    }
    for name, place in places.items():
        for number in range(2):
            document(place, f"{name}{number}", f"{name}の本文{number}です。")
    passages = list(Passage.objects.within(scope_all(clerk)))
    answers: list[tuple[Turn, list[Turn]]] = []
    for number in range(12):
        above = chance.choice([[], *(line for _answer, line in answers)])
        question = turn(conversation, above[-1] if above else None, "user", f"質問{number}")
        given = chance.sample(passages, chance.choice([0, 0, 1, 2]))
        answer = turn(conversation, question, "assistant", f"答え{number}番", given)
        answers.append((answer, [*above, question, answer]))
    share(scope_of(clerk, "internal"), conversation, ["staff"])
    reader = scope_of(make_user("kato", "総務部/人事課"), "internal")
    visible = set(Passage.objects.within(reader).values_list("pk", flat=True))
    assert 0 < len(visible) < len(passages)
    for answer, line in answers:
        used = set(Citation.objects.filter(turn__in=line).values_list("passage_id", flat=True))
        assert (answer.pk in open_answers(line, reader)) == (used <= visible)
        rows, _left_out = shown(conversation, reader, answer.pk)
        html = {row.turn.pk: row.html for row in rows}
        assert (html[answer.pk] is None) == (not used <= visible)
        assert all(source.passage is None or source.passage.pk in visible for row in rows for source in row.sources)


def scope_all(clerk):
    from madoguchi.people.access import scope_of_operator

    return scope_of_operator(clerk.tenant)


def test_who_loses_the_clearance_reads_it_no_more(conversation, clerk, make_user, signed_in):
    share(scope_of(clerk, "internal"), conversation, ["staff"])
    reader = make_user("kato", "総務部/人事課")
    client = signed_in(reader)
    page = reverse("conversation", args=[conversation.pk])
    assert client.get(page).status_code == 200
    Conversation.objects.filter(pk=conversation.pk).update(classification=Classification.C3A)
    assert client.get(page).status_code == 404
