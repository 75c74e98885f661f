"""The keys of a whole office at once are those of each person, at a price that does not grow with the persons."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madoguchi.people import access
from madoguchi.people.models import Department, Group, Membership, Position, Post, Tenant, User
from tests.people.worlds import DAYS, ON, build, worlds

pytestmark = pytest.mark.django_db
# Departments, posts, memberships.
QUERIES = 3


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=worlds(max_folders=0, max_persons=6), on=st.sampled_from(DAYS))
def test_all_at_once_hold_what_each_holds(world, on):
    with transaction.atomic():
        people = list(build(world).people.values())
        build(world, "elsewhere")
        assert access.held_by_each(people, on) == {person.pk: access.held_keys(person, on) for person in people}
        transaction.set_rollback(True)


def test_rows_that_point_into_another_office_give_no_keys_at_once_either(make_user):
    user = make_user("tanaka", None)
    elsewhere = Tenant.objects.create(slug="elsewhere", name="隣市", hosts=["elsewhere.example"])
    boss = Position.objects.create(tenant=elsewhere, name="市長", rank=9)
    theirs = Department.objects.create(tenant=elsewhere, name="市長室")
    Post.objects.create(tenant=user.tenant, user=user, department=theirs, position=boss)
    group = Group.objects.create(tenant=elsewhere, name="幹部")
    Membership.objects.create(tenant=user.tenant, user=user, group=group)
    assert access.held_by_each([user], ON) == {user.pk: frozenset({"public", "staff", f"user:{user.pk}"})}


def test_nobody_holds_nothing():
    assert access.held_by_each([], ON) == {}


@pytest.mark.parametrize("persons", [2, 40])
def test_the_queries_are_as_many_for_many_persons_as_for_few(office, make_user, persons, django_assert_num_queries):
    for number in range(persons):
        make_user(f"p{number}", position="課長" if number % 2 else "主事")
    people = list(User.objects.filter(tenant=office))
    with django_assert_num_queries(QUERIES):
        held = access.held_by_each(people, ON)
    assert len(held) == persons
