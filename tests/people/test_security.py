"""Rules that hold for every address, generated from the URL conf; and where a request stands."""

import re
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path

from madoguchi.people import guard
from madoguchi.people.models import Department, Group, Membership, OpenSession, Position, Post, Tenant, User
from madoguchi.people.request import client_address, networks_are_networks, tenant_of, zone_of
from tests.people.conftest import first

pytestmark = pytest.mark.django_db
UNSAFE = ("post", "put", "patch", "delete")
SAMPLES = {"uuid": str(UUID(int=7)), "int": "7", "str": "x", "slug": "x", "path": "x/y"}


def address(route: str) -> str:
    """A path of a route, with something in each place."""
    return "/" + re.sub(r"<(?:(\w+):)?\w+>", lambda found: SAMPLES.get(str(found[1] or "str"), "x"), route)


def all_routes() -> list[tuple[str, str]]:
    return [(address(route), getattr(pattern.callback, "audience", "")) for route, pattern in guard.routes()]


@pytest.mark.req("B12")
def test_every_unsafe_method_of_every_address_needs_a_csrf_token(office, administrator):
    client = Client(enforce_csrf_checks=True)
    client.force_login(administrator)
    passed = []
    for where, _ in all_routes():
        if where.startswith("/api/"):
            # Keyed by a token in a header, not by the cookie: the API has its own test.
            continue
        for method in UNSAFE:
            response = getattr(client, method)(where, {"a": "b"} if method == "post" else None)
            if response.status_code not in (403, 405):
                passed.append((method, where, response.status_code))
    assert not passed


@pytest.mark.req("B12")
def test_a_page_with_its_token_is_taken(office, make_user, administrator):
    client = Client(enforce_csrf_checks=True)
    page = client.get("/sign-in/").content.decode()
    token = first(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    make_user("tanaka")
    data = {"login": "tanaka", "password": "kazami-no-mado-2026", "csrfmiddlewaretoken": token}
    assert client.post("/sign-in/", data).status_code == 302
    hostile = client.post("/sign-out/", {"csrfmiddlewaretoken": token}, headers={"Origin": "https://evil.example"})
    assert hostile.status_code == 403


def snapshot() -> list[object]:
    models = (Tenant, User, Department, Position, Post, Group, Membership)
    return [list(model.objects.order_by("pk").values()) for model in models] + [OpenSession.objects.count()]


@pytest.mark.req("B12")
def test_no_get_changes_anything_of_the_people(office, make_user, administrator):
    user = make_user("tanaka")
    group = Group.objects.create(tenant=office, name="組")
    member = Membership.objects.create(tenant=office, user=user, group=group)
    post = user.posts.get()
    places = {
        "public_id": user.public_id, "post_id": post.pk, "membership_id": member.pk, "pk": group.pk,
    }  # fmt: skip
    client = Client()
    client.force_login(administrator)
    before = snapshot()
    seen = 0
    for route, pattern in guard.routes():
        if not pattern.callback.__module__.startswith("madoguchi.people"):
            continue
        where = "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(places[str(found[1])]), route)
        client.get(where, {"state": "suspended", "session": "others", "act": "delete"})
        client.head(where)
        seen += 1
        assert snapshot() == before, where
    assert seen > 20


@pytest.mark.req("B12")
@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "", "localhost:80@evil.example"])
def test_a_host_that_is_not_allowed_gets_nothing(office, settings, host):
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
    assert Client().get("/sign-in/", headers={"Host": host}).status_code == 400


def test_every_page_of_administrators_is_missing_for_others_and_asks_strangers_to_sign_in(office, make_user):
    client = Client()
    make_user("kanri", is_administrator=True)
    client.force_login(make_user("tanaka"))
    pages = [where for where, audience in all_routes() if audience == "administrator"]
    assert len(pages) > 15
    missing = _body(client.get("/nowhere"))
    for where in pages:
        for response in (client.get(where), client.post(where)):
            assert response.status_code == 404, where
            assert _body(response) == missing, where
        assert Client().get(where)["Location"].startswith("/sign-in/?next="), where


def _body(response: Any) -> str:
    return re.sub(r'value="[^"]{64}"|nonce="[^"]+"|name="next" value="[^"]*"', "", response.content.decode())


def test_a_route_without_an_audience_stops_the_start(monkeypatch):
    assert guard.every_route_declares_its_audience() == []
    pattern = path("open-door", lambda request: HttpResponse())
    resolver = SimpleNamespace(url_patterns=[pattern])
    monkeypatch.setattr(guard, "get_resolver", lambda: resolver)
    (error,) = guard.every_route_declares_its_audience()
    assert error.id == "people.E001"
    assert error.is_serious()
    assert "open-door" in error.msg


def test_an_async_view_is_guarded_alike(office, administrator, make_user, rf):
    @guard.open_to("administrator")
    async def secret(request):
        return HttpResponse("secret")

    def answer(user: Any) -> Any:
        request = rf.get("/secret")
        request.user = user
        return async_to_sync(secret)(request)

    assert getattr(secret, "audience", "") == "administrator"
    assert answer(administrator).content == b"secret"
    assert answer(AnonymousUser())["Location"] == "/sign-in/?next=/secret"
    with pytest.raises(Http404):
        answer(make_user("tanaka"))


def test_a_person_of_another_office_is_nowhere(office, administrator, signed_in):
    elsewhere = Tenant.objects.create(slug="elsewhere", name="隣市", hosts=["elsewhere.example"])
    Tenant.objects.filter(pk=office.pk).update(hosts=["testserver"])
    theirs = User.objects.create(tenant=elsewhere, login="tanaka", name="隣の田中")
    department = Department.objects.create(tenant=elsewhere, name="市長室")
    group = Group.objects.create(tenant=elsewhere, name="幹部")
    client = signed_in(administrator)
    for where in (
        f"/people/{theirs.public_id}/",
        f"/people/{theirs.public_id}/posts/",
        f"/people/departments/{department.pk}/",
        f"/people/groups/{group.pk}/",
    ):
        assert client.get(where).status_code == 404
    for act in ("state", "password", "sessions"):
        assert client.post(f"/people/{theirs.public_id}/{act}/").status_code == 404
    assert client.post(f"/people/departments/{department.pk}/delete/").status_code == 404
    assert "隣の田中" not in client.get("/people/").content.decode()


# --- where a request stands


def stands(remote: str, forwarded: str = "", **more: Any) -> tuple[str, str]:
    request = RequestFactory().get("/", REMOTE_ADDR=remote, **more)
    if forwarded:
        request.META["HTTP_X_FORWARDED_FOR"] = forwarded
    address = client_address(request)
    return address, zone_of(address)


@pytest.mark.req("B6")
@pytest.mark.parametrize(
    ("remote", "forwarded", "address", "zone"),
    [
        ("10.1.2.3", "", "10.1.2.3", "internal"),
        ("203.0.113.9", "", "203.0.113.9", "internet"),
        ("203.0.113.9", "10.0.0.1", "203.0.113.9", "internet"),
        ("203.0.113.9", "10.0.0.1, 10.0.0.2", "203.0.113.9", "internet"),
        ("192.0.2.1", "10.0.0.1, 203.0.113.9", "203.0.113.9", "internet"),
        ("192.0.2.1", "203.0.113.9, 10.0.0.1", "10.0.0.1", "internal"),
        ("192.0.2.1", "10.0.0.1, 203.0.113.9, 192.0.2.2", "203.0.113.9", "internet"),
        ("192.0.2.1", "", "192.0.2.1", "internet"),
        ("192.0.2.1", "nonsense", "", "internet"),
        ("192.0.2.1", "10.0.0.1, ", "", "internet"),
        ("192.0.2.1", "10.0.0.1:5555", "10.0.0.1", "internal"),
        ("192.0.2.1", "[2001:db8::1]:443", "2001:db8::1", "internet"),
        ("192.0.2.1", ", ".join(["10.0.0.1"] * 500 + ["203.0.113.9"]), "203.0.113.9", "internet"),
        ("::ffff:10.1.2.3", "", "10.1.2.3", "internal"),
        ("::ffff:203.0.113.9", "", "203.0.113.9", "internet"),
        ("::ffff:192.0.2.1", "10.0.0.1", "10.0.0.1", "internal"),
        ("172.31.0.1", "", "172.31.0.1", "internal"),
        ("100.64.1.1", "", "100.64.1.1", "lgwan"),
        ("::1", "", "::1", "internal"),
        ("", "10.0.0.1", "", "internet"),
    ],
)
def test_the_zone_comes_from_the_listener_and_declared_proxies(settings, remote, forwarded, address, zone):
    settings.TRUSTED_PROXIES = ["192.0.2.0/24"]
    settings.ZONE_NETWORKS = settings.ZONE_NETWORKS | {"lgwan": ["100.64.0.0/10"]}
    assert stands(remote, forwarded) == (address, zone)


@pytest.mark.req("B6")
@pytest.mark.parametrize("header", ["HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_CLIENT_IP", "HTTP_TRUE_CLIENT_IP"])
def test_no_other_header_moves_a_request(settings, header):
    settings.TRUSTED_PROXIES = ["192.0.2.0/24"]
    assert stands("192.0.2.1", **{header: "for=10.0.0.1"})[1] == "internet"


def test_a_network_that_is_none_stops_the_start(settings):
    assert networks_are_networks() == []
    settings.TRUSTED_PROXIES = ["10.0.0.0/33", "10.0.0.1/24"]
    assert len(networks_are_networks()) == 2


@pytest.mark.req("N1")
def test_a_host_leads_to_its_office_and_to_no_other(office):
    assert tenant_of("anything") == office
    other = Tenant.objects.create(slug="other", name="隣市", hosts=["other.example"])
    assert tenant_of("other.example") == other
    with pytest.raises(Http404):
        tenant_of("anything")
    Tenant.objects.filter(pk=office.pk).update(hosts=["here.example"])
    assert tenant_of("here.example") == office
