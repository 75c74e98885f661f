"""Access keys against the oracle, and the small rules that hold around them."""

from collections import Counter
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madoguchi.people import access
from madoguchi.people.models import Department, Group, Membership, Position, Post, Tenant, User
from tests.conftest import department
from tests.people import oracle
from tests.people.worlds import DAYS, ON, all_keys, build, worlds
from tests.soak import size

pytestmark = pytest.mark.django_db
SLOWLY = settings(max_examples=size(80, 2000), deadline=None, suppress_health_check=list(HealthCheck))


@SLOWLY
@given(world=worlds(max_folders=0), on=st.sampled_from(DAYS), zone=st.sampled_from(sorted(oracle.HIGHEST_FROM)))
def test_a_person_holds_exactly_the_keys_that_the_rules_give(world, on, zone):
    with transaction.atomic():
        built = build(world)
        for person in world.persons:
            scope = access.scope_of(built.people[person.number], zone, on)
            for key in all_keys(world):
                expected = oracle.holds(world, person.number, key, on)
                assert scope.holds([built.key(key)]) == expected, (person, key)
            assert scope.classification == oracle.highest(world, person.number, zone, on)
        transaction.set_rollback(True)


@SLOWLY
@given(world=worlds(max_folders=0, max_persons=2))
def test_a_person_of_one_office_holds_nothing_of_another(world):
    with transaction.atomic():
        here, there = build(world, "here"), build(world, "there")
        for person in here.people.values():
            keys = access.held_keys(person, ON)
            foreign = {there.key(key) for key in all_keys(world)} - {here.key(key) for key in all_keys(world)}
            assert not keys & foreign
        transaction.set_rollback(True)


def test_the_worlds_are_worth_the_name():
    """Random worlds that only ever deny, or only ever allow, prove nothing."""
    seen: Counter[bool] = Counter()

    @settings(derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(world=worlds())
    def look(world):
        for person in (None, *(person.number for person in world.persons)):
            for thing in (*world.folders, *world.documents):
                seen[oracle.may_see(world, person, thing, "internal", ON)] += 1

    look()
    assert seen[True] > 50
    assert seen[False] > 50


def test_rows_that_point_into_another_office_give_no_keys(make_user):
    user = make_user("tanaka", None)
    elsewhere = Tenant.objects.create(slug="elsewhere", name="隣市", hosts=["elsewhere.example"])
    theirs = Department.objects.create(tenant=elsewhere, name="市長室")
    boss = Position.objects.create(tenant=elsewhere, name="市長", rank=9)
    group = Group.objects.create(tenant=elsewhere, name="幹部")
    Post.objects.create(tenant=user.tenant, user=user, department=theirs, position=boss)
    Post.objects.create(
        tenant=user.tenant, user=user, department=department(user.tenant, "総務部/人事課"), position=boss
    )
    Membership.objects.create(tenant=user.tenant, user=user, group=group)
    assert access.held_keys(user, ON) == {"public", "staff", f"user:{user.pk}"}


def test_two_posts_do_not_add_up_to_one_that_is_both(office, make_user):
    user = make_user("tanaka", "福祉部/高齢福祉課", "主事")
    personnel = department(office, "総務部/人事課")
    Post.objects.create(tenant=office, user=user, department=personnel, position=Position.objects.get(name="課長"))
    keys = access.held_keys(user, ON)
    elderly = department(office, "福祉部/高齢福祉課")
    assert f"dept:{personnel.pk}+rank:3" in keys
    assert f"dept:{elderly.pk}" in keys
    assert "rank:3" in keys
    assert f"dept:{elderly.pk}+rank:2" not in keys


def test_nothing_demanded_opens_nothing(make_user):
    assert not access.scope_of(make_user("tanaka"), "internal").holds([])


def test_scopes_that_differ_are_cached_apart(office, make_user):
    tanaka, suzuki = make_user("tanaka"), make_user("suzuki")
    scopes = [
        access.scope_of(tanaka, "internal", ON),
        access.scope_of(tanaka, "internet", ON),
        access.scope_of(tanaka, "internal", date(2026, 4, 2)),
        access.scope_of(suzuki, "internal", ON),
        access.scope_of_resident(office, on=ON),
        access.scope_of_operator(office, ON),
    ]
    assert len({scope.digest for scope in scopes}) == len(scopes)
    assert access.scope_of(tanaka, "internal", ON).digest == scopes[0].digest


def test_administration_is_not_reading(make_user):
    plain, boss = make_user("tanaka"), make_user("kanri", is_administrator=True)
    own = {f"user:{plain.pk}", f"user:{boss.pk}"}
    assert access.held_keys(plain, ON) - own == access.held_keys(boss, ON) - own


def test_a_department_cannot_come_to_lie_below_itself(office):
    top, below = department(office, "福祉部"), department(office, "福祉部/高齢福祉課")
    deeper = Department.objects.create(tenant=office, parent=below, name="係")
    for parent in (top, below, deeper):
        top.parent = parent
        with pytest.raises(ValidationError):
            top.save()
    elsewhere = Tenant.objects.create(slug="elsewhere", name="隣市", hosts=["elsewhere.example"])
    top.parent = Department.objects.create(tenant=elsewhere, name="市長室")
    with pytest.raises(ValidationError):
        top.save()


@pytest.mark.parametrize("below", ["福祉部", "福祉部/高齢福祉課"])
def test_the_database_itself_refuses_a_ring(office, below):
    with pytest.raises(DatabaseError), transaction.atomic():
        Department.objects.filter(pk=department(office, "福祉部").pk).update(parent=department(office, below))


def test_keys_are_bounded_by_the_highest_rank(office):
    with pytest.raises(DatabaseError), transaction.atomic():
        Position.objects.create(tenant=office, name="神", rank=31)


def test_who_does_not_stand_holds_nothing_at_all(make_user):
    user = make_user("tanaka")
    User.objects.filter(pk=user.pk).update(is_active=False)
    user.refresh_from_db()
    scope = access.scope_of(user, "internal")
    assert (scope.keys, scope.user_id, scope.classification) == (frozenset(), None, 0)
