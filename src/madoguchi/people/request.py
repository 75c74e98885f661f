"""What every request carries: its office, its zone, its person, its scope."""

import ipaddress
from collections.abc import Callable
from functools import cached_property
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from madoguchi.people.access import Scope, Zone, scope_for
from madoguchi.people.models import Tenant, User

GetResponse = Callable[[HttpRequest], HttpResponse]


class Request(HttpRequest):
    """The type of a request in this product's views, once `TenantAndZone` has seen it."""

    tenant: Tenant
    zone: Zone
    user: User  # type: ignore[assignment]

    @cached_property
    def scope(self) -> Scope:
        """What this request may see, worked out once."""
        return scope_for(self)


def client_address(request: HttpRequest) -> str:
    """Return the client's address: the peer, or what declared proxies say of it, read from the right."""
    address = request.META.get("REMOTE_ADDR", "")
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    while forwarded and _in_any(address, settings.TRUSTED_PROXIES):
        address = forwarded.pop()
    return address


def _in_any(address: str, networks: list[str]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return any(parsed in ipaddress.ip_network(network) for network in networks)


def zone_of(address: str) -> Zone:
    """Return the zone an address stands in; an unknown one is `internet`."""
    for zone, networks in settings.ZONE_NETWORKS.items():
        if _in_any(address, networks):
            return cast(Zone, zone)
    return "internet"


def tenant_of(host: str) -> Tenant:
    """Return the office that a host name leads to; raises Http404 when there is none."""
    tenants = list(Tenant.objects.all())
    named = [tenant for tenant in tenants if host in tenant.hosts]
    if named:
        return named[0]
    if len(tenants) == 1 and not tenants[0].hosts:
        return tenants[0]
    raise Http404


class TenantAndZone:
    """Gives a request its office, by host, and its zone, by address."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.__class__ = type("Request", (Request, request.__class__), {})
        ours: Any = request
        ours.tenant = tenant_of(request.get_host().rsplit(":", 1)[0])
        ours.zone = zone_of(client_address(request))
        return self.get_response(request)


class SessionRules:
    """Ends a session that idled, grew old, belongs to another office, or whose account changed."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if isinstance(user, User):
            logout(request) if self._is_over(request, user) else None
        return self.get_response(request)

    def _is_over(self, request: HttpRequest, user: User) -> bool:
        raise NotImplementedError
