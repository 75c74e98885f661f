"""Things to try: ten in the sample city, each a link that does it, as whom."""

import re

import pytest
from django.test import Client
from django.urls import resolve

from madoguchi.home.tours import SAMPLE_OFFICE, things
from madoguchi.people.models import Tenant

pytestmark = pytest.mark.django_db


@pytest.fixture
def city(office):
    Tenant.objects.filter(pk=office.pk).update(slug=SAMPLE_OFFICE)
    office.refresh_from_db()
    return office


def test_the_sample_city_has_ten_things_to_try(city):
    found = things(city)
    assert len(found) == 10
    for thing in found:
        assert thing.title
        assert thing.what
        assert resolve(thing.link.partition("?")[0])


def test_anybody_may_read_it_and_is_told_as_whom_to_sign_in(city, make_user):
    make_user("tanaka", name="田中 美咲子")
    page = Client().get("/tour/").content.decode()
    assert len(re.findall(r'<li class="card">', page)) == 10
    assert "田中 美咲子としてサインインして試します" in page


def test_what_one_can_try_at_once_is_said(city, make_user, signed_in):
    page = signed_in(make_user("tanaka")).get("/tour/").content.decode()
    assert "いまのあなたで試せます" in page


def test_any_other_office_sees_the_general_ones(office):
    found = things(office)
    assert [thing.login for thing in found] == [""] * len(found)
    assert Client().get("/tour/").status_code == 200


def test_a_link_to_another_host_is_left_out(city, monkeypatch, tmp_path):
    (tmp_path / "tour.csv").write_text("title,what,link,login\nx,y,https://evil.example/,\nz,y,/ask/,\n")
    monkeypatch.setattr("madoguchi.home.tours.files", lambda _package: tmp_path)
    assert [thing.link for thing in things(city)] == ["/ask/"]
