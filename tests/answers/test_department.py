"""Whom to ask is named from the top, whatever knows it: a document, a verified answer, or nothing at all."""

import pytest

from madoguchi.answers.ask import answer_of
from madoguchi.faq import index
from madoguchi.faq.models import Entry
from madoguchi.people.access import scope_of
from tests.conftest import department

pytestmark = pytest.mark.django_db
QUESTION = "見守り機器の費用はいくらですか"


@pytest.fixture
def scope(make_user):
    return scope_of(make_user("tanaka"), "internal")


@pytest.fixture
def verified(office, library):
    entry = Entry.objects.create(
        tenant=office,
        question=QUESTION,
        answer="1月500円です。",
        access_key="staff",
        department=department(office, "福祉部/高齢福祉課"),
        status=Entry.Status.RELEASED,
    )
    index.tell([entry])
    return entry


def test_a_verified_answer_names_its_department_as_documents_do(verified, scope):
    found = answer_of(scope, QUESTION)
    assert (found["mode"], found["department"]) == ("verified", "福祉部 高齢福祉課")
    assert index.row_of(verified).department == "福祉部 高齢福祉課"


def test_where_nothing_is_found_general_affairs_is_named_from_the_top(office, scope, empty_index):
    found = answer_of(scope, QUESTION)
    assert (found["mode"], found["department"]) == ("none", "総務部")
