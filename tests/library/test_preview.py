"""What a change of a folder's readers would do is counted over the whole office at once."""

import pytest

from madoguchi.library import access, folders
from madoguchi.library.models import Folder
from madoguchi.people.access import department_key, scope_of_operator
from tests.conftest import department

pytestmark = pytest.mark.django_db
# The tree of folders; the persons; their departments, posts and memberships.
QUERIES = 5


@pytest.fixture
def shelf(office):
    top = Folder.objects.create(tenant=office, name="庁内", readers=["staff"], classification=1)
    return Folder.objects.create(tenant=office, name="手引き", parent=top, readers=[], classification=2)


def test_who_loses_and_who_gains_is_counted(office, shelf, make_user):
    make_user("tanaka")
    make_user("suzuki", position="課長")
    make_user("low", clearance=1)
    make_user("gone", is_active=False)
    welfare = department_key(department(office, "福祉部").pk, 3)
    # 田中 loses it, the head keeps it, and who never saw class 2 loses nothing.
    assert folders.preview(scope_of_operator(office), shelf, [welfare], 2) == (1, 0)
    assert folders.preview(scope_of_operator(office), shelf, [], 1) == (0, 1)


@pytest.mark.parametrize("persons", [2, 40])
def test_the_queries_are_as_many_for_many_persons_as_for_few(
    office, shelf, make_user, persons, django_assert_num_queries
):
    for number in range(persons):
        make_user(f"p{number}", position="課長" if number % 2 else "主事")
    scope = scope_of_operator(office)
    with django_assert_num_queries(QUERIES):
        assert folders.preview(scope, shelf, ["rank:3"], 2) == (persons // 2, 0)


def test_a_folder_whose_way_up_is_broken_is_seen_by_nobody(office, shelf, make_user):
    people = [make_user("tanaka")]
    tree = access.places(office.pk)
    broken = {pk: place for pk, place in tree.items() if place.parent is not None}
    assert access.sight([shelf.pk], tree, broken, people) == (1, 0)
