"""The folders of the sample city open for whom their readers name."""

from datetime import date

import pytest

from madoguchi.library.models import Folder
from madoguchi.people.access import held_keys, scope_of
from madoguchi.people.models import User
from madoguchi.sample_city import load

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 25)


@pytest.fixture
def city():
    tenant = load.load_people()
    load.load_folders(tenant)
    return tenant


def sees(person: User, path: str) -> bool:
    found = Folder.objects.within(scope_of(person, "internal", ON))
    return path in {"/".join(folder_path(each)) for each in found}


def folder_path(folder: Folder) -> tuple[str, ...]:
    return (*folder_path(folder.parent), folder.name) if folder.parent else (folder.name,)


def test_the_head_of_general_affairs_opens_the_folder_for_its_heads(city):
    who = {person.login: person for person in User.objects.filter(tenant=city)}
    opens = {login for login, person in who.items() if sees(person, "総務部/人事課/管理職")}
    # The 部長 and the 課長 of 人事課; not the 係長 there, not the heads of other departments.
    assert opens == {"nakamura", "ito"}


def test_whoever_a_folder_names_passes_the_folders_above_it(city):
    for person in User.objects.filter(tenant=city):
        scope = scope_of(person, "internal", ON)
        seen = set(Folder.objects.within(scope).values_list("pk", flat=True))
        keys = held_keys(person, ON)
        for folder in Folder.objects.filter(tenant=city, classification__lte=scope.classification):
            assert (folder.pk in seen) == (not keys.isdisjoint(folder.readers)), (person.login, folder.name)
