"""Where the machine of an office may connect to, and that a client goes nowhere else."""

import asyncio
from datetime import timedelta

import pytest
from django.utils import timezone

from madoguchi.audit.models import Event
from madoguchi.llm import destinations
from madoguchi.llm.clients import http_client
from madoguchi.llm.destinations import LastLine, add, line_at, remove, why_not
from madoguchi.llm.endpoints import Invalid
from madoguchi.llm.faults import Fault
from madoguchi.llm.models import Destination, Rules
from madoguchi.llm.routing import decide
from madoguchi.llm.wanted import Wanted
from madoguchi.scripted.server import serving
from tests.llm.made import endpoint_at

pytestmark = pytest.mark.django_db


def put(office, address, **more) -> Destination:
    given = {"purpose": "文章のモデル", "owner": "情報政策課"} | more
    return add(line_at(office, address, **given), "operator")


def outside(office, address="https://model.example/v1", **more):
    return endpoint_at(office, address, **({"zone": "internet", "max_classification": 1} | more))


@pytest.mark.req("A3")
def test_once_the_office_has_a_line_an_endpoint_on_none_is_refused_by_scheme_host_and_port(office, scope):
    today, endpoint = timezone.localdate(), outside(office)
    assert why_not(endpoint, today) == ""
    for other in ("https://other.example", "http://model.example", "https://model.example:8443"):
        put(office, other)
        assert "https://model.example がありません" in why_not(endpoint, today)
        [(refused, reason)] = decide(Wanted("chat", scope)).refused
        assert (refused, "宛先リスト" in reason) == (endpoint, True)
    put(office, "HTTPS://Model.Example:443/")
    assert why_not(endpoint, today) == ""
    assert decide(Wanted("chat", scope)).endpoints == [endpoint]


@pytest.mark.req("A3")
def test_a_line_holds_to_its_last_day(office):
    today, endpoint = timezone.localdate(), outside(office)
    put(office, "https://model.example", until=today)
    assert why_not(endpoint, today) == ""
    assert "期限" in why_not(endpoint, today + timedelta(days=1))


@pytest.mark.req("A7")
def test_under_alpha_prime_the_internet_is_used_only_where_the_list_names_it(office):
    Rules.objects.create(tenant=office, profile="alpha-prime")
    endpoint = outside(office)
    assert "宛先リスト" in why_not(endpoint, timezone.localdate())
    put(office, "https://model.example")
    assert why_not(endpoint, timezone.localdate()) == ""


@pytest.mark.req("A3")
def test_the_address_of_tokens_must_stand_on_the_list_too(office, settings):
    endpoint = outside(office, provider="azure-entra")
    put(office, "https://model.example")
    assert "がありません" in why_not(endpoint, timezone.localdate())
    put(office, settings.ENTRA_ADDRESS.split("://")[0] + "://" + settings.ENTRA_ADDRESS.split("/")[2])
    assert why_not(endpoint, timezone.localdate()) == ""


@pytest.mark.parametrize(
    ("address", "more", "field"),
    [
        ("model.example", {}, "address"),
        ("ftp://model.example", {}, "address"),
        ("https://*.example", {}, "address"),
        ("https://model.example/v1", {}, "address"),
        ("https://model.example:99999", {}, "address"),
        ("https://model.example", {"owner": ""}, "owner"),
        ("https://model.example", {"purpose": "a\nb"}, "purpose"),
        ("https://model.example", {"until": timezone.localdate() - timedelta(days=2)}, "until"),
    ],
)
def test_a_line_that_says_too_little_or_too_much_is_refused(office, address, more, field):
    with pytest.raises(Invalid) as refused:
        put(office, address, **more)
    assert list(refused.value.errors) == [field]
    assert not Destination.objects.exists()


@pytest.mark.req("A8")
def test_the_side_of_individual_numbers_is_named_only_as_one_special_connection_with_its_reason(office):
    for purpose in ("マイナンバー利用事務系との連携", "特定通信"):
        with pytest.raises(Invalid):
            put(office, "https://peer.example", purpose=purpose)
    put(office, "https://peer.example", purpose="特定通信：ぴったりサービスの申請を受け取るため")


def test_lines_come_and_go_on_the_record_but_for_the_last(office):
    first = put(office, "https://model.example")
    second = put(office, "https://other.example")
    remove(second, "operator")
    with pytest.raises(LastLine):
        remove(first, "operator")
    actions = list(Event.objects.filter(action__startswith="destination.").values_list("action", flat=True))
    assert sorted(actions) == ["destination.added", "destination.added", "destination.removed"]


@pytest.mark.req("N1")
def test_the_list_of_another_office_is_its_own(office):
    from madoguchi.people.models import Tenant

    put(Tenant.objects.create(slug="other", name="隣市"), "https://other.example")
    assert destinations.list_of(office.pk).until == {}
    assert why_not(outside(office), timezone.localdate()) == ""


@pytest.mark.req("A3")
def test_a_client_of_an_endpoint_asks_no_other_host_and_no_other_port(office):
    with serving() as own, serving() as other:
        endpoint = endpoint_at(office, f"{own.url}/v1")

        async def ask(address: str) -> None:
            async with http_client(endpoint, 5) as client:
                await client.get(address)

        asyncio.run(ask(f"{own.url}/v1/models"))
        for address in (f"{other.url}/v1/models", own.url.replace("127.0.0.1", "localhost") + "/v1/models"):
            with pytest.raises(Fault) as refused:
                asyncio.run(ask(address))
            assert refused.value.kind == "elsewhere"
        assert not other.requests


@pytest.mark.req("A7")
@pytest.mark.parametrize(
    ("host", "means"),
    [
        ("8.8.8.8", None),
        ("[::ffff:8.8.8.8]", None),
        ("model.lg.example", ["8.8.8.8"]),
        ("model.lg.example", ["10.0.0.5", "2001:4860:4860::8888"]),
    ],
)
def test_an_endpoint_that_stands_inside_is_not_followed_to_an_address_outside(office, host, means, monkeypatch):
    """Before anything is connected: what its name means is looked at, not what it is called."""
    connected = list[object]()
    monkeypatch.setattr("socket.socket.connect", lambda _self, address: connected.append(address))
    if means:
        found = [(10 if ":" in one else 2, 1, 6, "", (one, 443)) for one in means]
        monkeypatch.setattr("socket.getaddrinfo", lambda *_given, **_more: found)
    endpoint = endpoint_at(office, f"https://{host}/v1", zone="lgwan", max_classification=1)

    async def ask() -> None:
        async with http_client(endpoint, 5) as client:
            await client.get(f"https://{host}/v1/models")

    with pytest.raises(Fault) as refused:
        asyncio.run(ask())
    assert refused.value.kind == "elsewhere"
    assert connected == []
