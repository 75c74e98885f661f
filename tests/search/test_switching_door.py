"""Which questions go to the endpoint whose vectors are in use."""

import threading

import pytest

from madoguchi.llm.models import Endpoint
from madoguchi.people.access import scope_of, scope_of_operator
from madoguchi.search import spaces, switching
from madoguchi.search.index import EMBEDDED
from madoguchi.search.query import find, find_faq
from tests.llm.made import full_record
from tests.search.conftest import FEES, LEAVE, switched

QUESTION = "住民票の手数料"


@pytest.fixture
def outside(office, shelf, add, endpoint) -> Endpoint:
    """The endpoint in use, on the internet."""
    add(shelf, FEES, meaning=True)
    switched(office, endpoint)
    # The address stays on loopback: what is asked is whether anything goes there.
    Endpoint.objects.filter(pk=endpoint.pk).update(zone=Endpoint.Zone.INTERNET, **full_record())
    return endpoint


@pytest.mark.django_db
@pytest.mark.req("H2")
def test_nothing_goes_to_the_internet_while_a_person_types(office, outside, server, make_user, signed_in):
    client = signed_in(make_user("tanaka"))
    asked = len(server.texts)
    page = client.get("/search/results/?q=住民票の手数料&type=md").content.decode()
    assert "300円" in page and len(server.texts) == asked
    client.get("/search/results/?q=住民票の手数料")
    assert len(server.texts) == asked
    client.get("/search/?q=住民票の手数料")
    assert server.texts[asked:] == ["検索クエリ: 住民票の手数料"]


@pytest.mark.django_db
def test_inside_the_office_meaning_comes_while_typing_too(office, shelf, add, endpoint, server, make_user):
    add(shelf, FEES, meaning=True)
    switched(office, endpoint)
    assert find(scope_of(make_user("tanaka"), "internal"), QUESTION, typing=True).by_meaning


@pytest.mark.django_db
def test_nothing_goes_from_a_zone_that_may_not_use_it(office, outside, server, make_user):
    person = make_user("tanaka")
    asked = len(server.texts)
    results = find(scope_of(person, "lgwan"), QUESTION)
    find_faq(scope_of(person, "lgwan"), QUESTION)
    assert results.hits and not results.by_meaning
    assert len(server.texts) == asked
    assert find(scope_of(person, "internal"), QUESTION).by_meaning


@pytest.mark.django_db
def test_a_question_with_a_my_number_goes_nowhere_and_finds_by_words(office, outside, server, make_user):
    asked = len(server.texts)
    results = find(scope_of(make_user("tanaka"), "internal"), "住民票の手数料 個人番号 123456789018")
    assert results.hits and not results.by_meaning
    assert len(server.texts) == asked


# --- in the midst


@pytest.mark.django_db(transaction=True)
def test_searching_goes_on_by_one_model_or_the_other_through_the_change(office, shelf, add, endpoint, make_user):
    for number in range(4):
        add(shelf, FEES + f"\n# その{number}\n\n{LEAVE}", f"{number}.md", meaning=True)
    scope = scope_of_operator(office)
    done, failures, counts = threading.Event(), list[BaseException](), [0, 0]
    # Vectors of one length compared with those of the other fail in the engine: mixing would show.
    by_meaning = list[bool]()

    def search(who: int) -> None:
        from django.db import connection

        try:
            while not done.is_set():
                results = find(scope, QUESTION, folding=bool(who))
                by_meaning.append(results.by_meaning and bool(results.hits))
                counts[who] += 1
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=search, args=(who,)) for who in (0, 1)]
    for thread in threads:
        thread.start()
    try:
        for model in (endpoint, None, endpoint):
            switched(office, model)
            before = list(counts)
            while not failures and any(now == then for now, then in zip(counts, before, strict=True)):
                done.wait(0.01)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert not failures
    assert all(by_meaning) and min(counts) >= 3
    assert spaces.model_in_use(office.pk).endpoint == endpoint


@pytest.mark.django_db
def test_the_old_model_answers_while_the_other_is_prepared(office, shelf, add, endpoint):
    add(shelf, FEES, meaning=True)
    row = switching.begin(office, endpoint, "operator")
    while switching.one_round(row.pk):
        assert find(scope_of_operator(office), QUESTION).by_meaning
        assert spaces.model_in_use(office.pk).space == EMBEDDED
