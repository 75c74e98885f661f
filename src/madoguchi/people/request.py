"""What every request carries: its office, its zone, its person, its scope."""

import ipaddress
from collections.abc import Callable
from functools import cache, cached_property, lru_cache
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import logout
from django.core import checks
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.shortcuts import redirect
from django.urls import Resolver404, resolve

from madoguchi.people import sessions
from madoguchi.people.access import Scope, Zone, scope_for
from madoguchi.people.events import tell
from madoguchi.people.models import Tenant, User

GetResponse = Callable[[HttpRequest], HttpResponse]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# Where one may go while there is no office yet, or before a temporary password is changed.
WITHOUT_OFFICE = {"set-up", "healthz", "readyz", "language", "theme"}
WITH_TEMPORARY_PASSWORD = {"password", "sign-out", "healthz", "readyz", "language", "theme"}


class Request(HttpRequest):
    """The type of a request in this product's views, once `TenantAndZone` has seen it."""

    tenant: Tenant
    zone: Zone
    user: User
    # Why `SessionRules` ended the session that came with this request, and whose it was.
    ended: sessions.End | None = None
    ended_user_id: int | None = None

    @cached_property
    def scope(self) -> Scope:
        """What this request may see, worked out once."""
        return scope_for(self)


@cache
def _typed(base: Any) -> Any:
    """Return the class of our requests over a server's own (ASGI, WSGI, test)."""
    return type("Request", (Request, base), {})


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return an address, an IPv4 one in IPv6 dress undressed, or None when the text is none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped) or address


@lru_cache
def _networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


def _in_any(address: str, networks: list[str]) -> bool:
    parsed = _address(address)
    return parsed is not None and any(parsed in network for network in _networks(tuple(networks)))


def client_address(request: HttpRequest) -> str:
    """Return the client's address: the peer, or what declared proxies say of it, read from the right.

    Empty when it is no address: a proxy that says nonsense leads to no zone.
    """
    address = request.META.get("REMOTE_ADDR", "")
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    while forwarded and forwarded != [""] and _in_any(address, settings.TRUSTED_PROXIES):
        address = forwarded.pop()
    parsed = _address(address)
    return str(parsed) if parsed else ""


def zone_of(address: str) -> Zone:
    """Return the zone an address stands in; an unknown one is `internet`."""
    for zone, networks in settings.ZONE_NETWORKS.items():
        if _in_any(address, networks):
            return cast("Zone", zone)
    return "internet"


def tenant_of(host: str) -> Tenant:
    """Return the office that a host name (without port) leads to; raises Http404 when there is none."""
    tenants = list(Tenant.objects.all())
    named = [tenant for tenant in tenants if host in tenant.hosts]
    if named:
        return named[0]
    if len(tenants) == 1 and not tenants[0].hosts:
        return tenants[0]
    raise Http404


def _page(request: HttpRequest) -> str:
    """Return the name of the page a request goes to, empty when there is none."""
    try:
        return resolve(request.path_info).url_name or ""
    except Resolver404:
        return ""


class TenantAndZone:
    """Gives a request its office, by host, and its zone, by address. Without any office, all ways lead to set-up."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        ours: Any = request
        ours.__class__ = _typed(ours.__class__)
        if "%00" in request.META.get("QUERY_STRING", ""):
            # No text of ours holds a NUL, and PostgreSQL refuses one; forms refuse it by themselves.
            raise BadRequest("NUL")
        ours.zone = zone_of(client_address(request))
        try:
            ours.tenant = tenant_of(split_domain_port(request.get_host())[0])
        except Http404:
            # One that is not stored: no row belongs to it, so nothing is seen through it.
            ours.tenant = Tenant(name="")
            if _page(request) not in WITHOUT_OFFICE:
                if Tenant.objects.exists():
                    raise
                return redirect("set-up")
        return self.get_response(request)


class SessionRules:
    """Ends a session that idled, grew old, belongs to another office, or whose account does not stand any more."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if isinstance(user, User):
            ours = cast("Request", request)
            end = sessions.reason_to_end(ours, user)
            if end:
                ours.ended, ours.ended_user_id = end, user.pk
                sessions.forget(request.session.session_key)
                logout(request)
                tell(user.tenant_id, f"user:{user.pk}", "session.ended", reason=end)
            elif user.must_change_password and _page(request) not in WITH_TEMPORARY_PASSWORD:
                return redirect("password")
        return self.get_response(request)


@checks.register(checks.Tags.security)
def networks_are_networks(**_: Any) -> list[checks.CheckMessage]:
    """Return an error for each network of the settings that is none."""
    texts = [text for networks in settings.ZONE_NETWORKS.values() for text in networks] + settings.TRUSTED_PROXIES
    found: list[checks.CheckMessage] = []
    for text in texts:
        try:
            ipaddress.ip_network(text)
        except ValueError:
            found.append(checks.Error(f"{text!r} is not a network (e.g. 10.0.0.0/8)", id="people.E002"))
    return found
