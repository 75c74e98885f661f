"""The menu of the person: what a phone has no room for elsewhere is in it."""

import re

import pytest

pytestmark = pytest.mark.django_db


def menu_of(client) -> list[str]:
    page = client.get("/password/").content.decode()
    found = re.search(r'<details class="menu".*?</details>', page, re.S)
    assert found
    return re.findall(r'<a class="menu-item" href="([^"]+)"', found[0])


@pytest.mark.req("C6")
def test_the_menu_leads_administrators_alone_to_the_administration(make_user, signed_in):
    administrators = {"/people/", "/endpoints/", "/search/words/", "/library/quarantine/"}
    assert administrators <= set(menu_of(signed_in(make_user("sato", is_administrator=True))))
    assert administrators.isdisjoint(menu_of(signed_in(make_user("tanaka"))))


def test_the_menu_leads_to_the_places_that_are_not_in_the_bar_of_a_phone(make_user, signed_in):
    assert {"/ask/history/", "/password/", "/sessions/"} <= set(menu_of(signed_in(make_user("tanaka"))))
