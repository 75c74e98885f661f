"""What a scope sees of the library is what the oracle says, in the database and on every page."""

from datetime import date
from typing import Any
from unittest import mock

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings

from madoguchi.library import access
from madoguchi.library.models import Document, Folder, Passage, Version
from madoguchi.people.access import scope_of, scope_of_resident
from tests.library.library_worlds import Shelves, build_library, word_of
from tests.people import oracle
from tests.people.worlds import ON, Built, build, worlds
from tests.soak import size

pytestmark = pytest.mark.django_db
ZONES = {"internal": "127.0.0.1", "internet": "203.0.113.5"}
NO_LIMITS: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}


def scope_from(built: Built, number: int | None, zone: str, on: date = ON):
    return scope_of_resident(built.tenant, zone, on) if number is None else scope_of(built.people[number], zone, on)  # type: ignore[arg-type]


def expected(world: oracle.World, number: int | None, zone: str) -> set[int]:
    return {each.number for each in world.documents if oracle.may_see(world, number, each, zone, ON)}


@pytest.mark.req("C4")
@given(worlds())
@settings(max_examples=size(60, 2400), **NO_LIMITS)
def test_rows_within_a_scope_are_what_the_oracle_allows(world):
    with transaction.atomic():
        built = build(world)
        shelves = build_library(world, built)
        for number in (None, *built.people):
            for zone in oracle.HIGHEST_FROM:
                scope = scope_from(built, number, zone)
                allowed = expected(world, number, zone)
                assert shelves.numbers(Document.objects.within(scope)) == allowed
                assert shelves.numbers(each.document for each in Version.objects.within(scope)) == allowed
                passages = Passage.objects.within(scope).select_related("version__document")
                assert shelves.numbers(each.version.document for each in passages) == allowed
                folders = {each.pk for each in Folder.objects.within(scope)}
                assert folders == {
                    shelves.folders[each.number].pk
                    for each in world.folders
                    if oracle.may_see(world, number, each, zone, ON)
                }
                # Who writes somewhere reads there.
                assert scope.write_keys <= scope.keys
        transaction.set_rollback(True)


@pytest.mark.req("C4")
@pytest.mark.req("C3")
@given(worlds(max_departments=4, max_persons=2, max_folders=4, max_documents=4))
@settings(max_examples=size(15, 600), **NO_LIMITS)
def test_every_page_shows_what_the_oracle_allows_and_no_word_of_the_rest(world):
    with (
        transaction.atomic(),
        mock.patch("django.utils.timezone.localdate", return_value=ON),
        mock.patch("django.conf.settings.ALLOWED_HOSTS", ["world.example"]),
    ):
        built = build(world)
        shelves = build_library(world, built)
        for number, user in built.people.items():
            for zone, address in ZONES.items():
                if not user.may_sign_in(ON):
                    continue
                client = Client(HTTP_HOST="world.example", REMOTE_ADDR=address)
                client.force_login(user)
                check_pages(client, shelves, expected(world, number, zone))
        transaction.set_rollback(True)


def check_pages(client: Client, shelves: Shelves, allowed: set[int]) -> None:
    """Look at every page of every document, and at the lists, and compare."""
    seen: dict[str, set[int]] = {}
    for number, document in shelves.documents.items():
        passage = shelves.passages[number]
        for name, address in {
            "document": reverse("document", args=[document.pk]),
            "passage": reverse("document", args=[document.pk]) + f"?passage={passage.pk}",
            "data": reverse("page-data", args=[document.pk, 1, 1]),
            "image": reverse("page-image", args=[document.pk, 1, 1]),
            "download": reverse("download", args=[document.pk, 1]),
        }.items():
            answer = client.get(address)
            assert answer.status_code in (200, 404)
            if answer.status_code == 200:
                seen.setdefault(name, set()).add(number)
            elif name != "image":
                assert word_of(number) not in answer.content.decode()
    assert all(found == allowed for found in seen.values())
    assert not allowed or len(seen) == 5
    ids = [str(document.pk) for document in shelves.documents.values()]
    listed = client.get(reverse("library-status"), {"id": ids}).json()["documents"]
    assert {each["title"] for each in listed} == {word_of(number) for number in allowed}
    body = client.get(reverse("library")).content.decode()
    counts: dict[int, int] = {}
    for number in allowed:
        holder = shelves.documents[number].folder_id
        counts[holder] = counts.get(holder, 0) + 1
    for number in shelves.documents:
        assert (word_of(number) in body) == (number in allowed)
    for folder in shelves.folders.values():
        answer = client.get(reverse("folder", args=[folder.pk]))
        if answer.status_code == 200:
            assert f"文書{counts.get(folder.pk, 0)}件" in answer.content.decode()
        else:
            assert folder.pk not in counts


def test_writers_stand_nearest_and_public_writes_nothing():
    top = access.Place(1, None, ("public",), (), 1)
    inner = access.Place(2, 1, (), ("dept:7",), 1)
    below = access.Place(3, 2, (), (), 1)
    tree = {each.pk: each for each in (top, inner, below)}
    assert access.writers_of(1, tree) == ()
    assert access.writers_of(3, tree) == ("dept:7",)
    mixed = access.Place(4, None, ("public", "staff"), (), 1)
    assert access.writers_of(4, {4: mixed}) == ("staff",)


def test_a_ring_or_a_hole_in_the_tree_opens_nothing():
    ring = {1: access.Place(1, 2, (), (), 1), 2: access.Place(2, 1, ("staff",), (), 1)}
    hole = {3: access.Place(3, 9, ("staff",), (), 1)}
    assert access.passed(ring, {"staff"}, 5) == frozenset()
    assert access.passed(hole, {"staff"}, 5) == frozenset()
    assert access.writers_of(3, hole) == ()
