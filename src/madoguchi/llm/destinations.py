"""The allow-list: where this office's machine may connect to at all.

An office without a line goes to the addresses of its endpoints and nowhere else (`llm.only_there`). With the first line
the list is in force: an endpoint whose address, or that of its tokens, is on no line is not used. What stands on this
machine is no destination.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from madoguchi.audit.record import record
from madoguchi.llm.endpoints import Invalid, address_of
from madoguchi.llm.models import Destination, Endpoint
from madoguchi.llm.profiles import lists_destinations, profile_of
from madoguchi.llm.zone_names import calls_itself_special, is_special, names_the_number_side
from madoguchi.people.models import Tenant

if TYPE_CHECKING:
    from django.db.models import QuerySet

# Scheme, host and port.
Origin = tuple[str, str, int]
PORTS: Mapping[str, int] = {"https": 443, "http": 80}
_HOST = re.compile(r"(?!-)[a-z0-9._\-]{1,200}|\[?[0-9a-f:.]{2,45}\]?")
_WITH_TOKENS = (Endpoint.Provider.AZURE_ENTRA, Endpoint.Provider.VERTEX)


class LastLine(Exception):
    """The last line is not taken away like another one: without any, the list is not in force any more."""


@dataclass(frozen=True)
class AllowList:
    """The lines of an office, each with its last day, and whether the profile asks for one."""

    until: Mapping[Origin, date | None] = field(default_factory=dict)
    is_asked_for: bool = False

    def why_not(self, endpoint: Endpoint, on: date) -> str:
        """Return, in Japanese, why nothing may connect to an endpoint on a day; "" when it may."""
        if not self.until and not (self.is_asked_for and endpoint.zone == Endpoint.Zone.INTERNET):
            return ""
        for origin in origins_of(endpoint):
            if endpoint.zone == Endpoint.Zone.INTERNAL and is_this_machine(origin[1]):
                continue
            if origin not in self.until:
                return _("宛先リストに %(address)s がありません。") % {"address": written(origin)}
            last = self.until[origin]
            if last and last < on:
                return _("宛先リストの %(address)s の期限が切れています。") % {"address": written(origin)}
        return ""


def list_of(tenant_id: int, profile: str | None = None) -> AllowList:
    """Return the allow-list of an office."""
    rows = Destination.objects.filter(tenant_id=tenant_id).values_list("scheme", "host", "port", "until")
    until = {(scheme, host, port): last for scheme, host, port, last in rows}
    return AllowList(until, lists_destinations(profile_of(tenant_id) if profile is None else profile))


def why_not(endpoint: Endpoint, on: date) -> str:
    """Return why nothing may connect to the address of an endpoint on a day, in Japanese; "" when it may."""
    return list_of(endpoint.tenant_id).why_not(endpoint, on)


def origin_of(address: str) -> Origin:
    """Return scheme, host and port of an address; raises ValueError for what has none."""
    parts = urlsplit(address)
    # As a client writes it.
    host = (parts.hostname or "").rstrip(".").encode("idna").decode()
    if parts.scheme not in PORTS or not host:
        raise ValueError(address)
    return parts.scheme, host, parts.port or PORTS[parts.scheme]


def origins_of(endpoint: Endpoint) -> list[Origin]:
    """Return where calls to an endpoint connect to: its address, and where its tokens come from."""
    addresses = [address_of(endpoint)]
    if endpoint.provider in _WITH_TOKENS:
        from madoguchi.llm import tokens

        addresses += tokens.addresses(endpoint)
    return [origin_of(address) for address in addresses if address]


def written(origin: Origin) -> str:
    """Return an origin as it is read: the port only where it is not the usual one."""
    scheme, host, port = origin
    host = f"[{host}]" if ":" in host else host
    return f"{scheme}://{host}" if port == PORTS[scheme] else f"{scheme}://{host}:{port}"


def is_this_machine(host: str) -> bool:
    """Whether a host is the loopback of this machine by its name alone."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check(line: Destination) -> dict[str, str]:
    """Return what is wrong with a line by field, in Japanese; nothing when it may stand on the list."""
    errors: dict[str, str] = {}
    if line.scheme not in PORTS or not 1 <= line.port <= 65_535 or not _HOST.fullmatch(line.host):
        errors["address"] = _(
            "https://ホスト名 か https://ホスト名:ポート番号 の形で入力してください。「*」は使えません。"
        )
    elif _same(line).exists():
        errors["address"] = _("同じ宛先がリストにあります。")
    for name, longest in (("purpose", 100), ("owner", 100)):
        text = getattr(line, name)
        if not text.strip() or len(text) > longest or not text.isprintable():
            errors[name] = _("%(longest)d文字以内で入力してください。改行は使えません。") % {"longest": longest}
    if line.until and line.until < timezone.localdate():
        errors["until"] = _("期限は、今日以後の日付を入力してください。")
    if names_the_number_side(line.host):
        errors["address"] = _("マイナンバー利用事務系を宛先にすることはできません。")
    elif not errors and not _may_say(line.purpose):
        errors["purpose"] = _(
            "マイナンバー利用事務系との通信は、特定通信として1件ずつ登録します。「特定通信」と、その理由を書いてください。"
        )
    return errors


def _may_say(purpose: str) -> bool:
    return is_special(purpose) or not (names_the_number_side(purpose) or calls_itself_special(purpose))


def _same(line: Destination) -> "QuerySet[Destination]":
    found = Destination.objects.filter(tenant_id=line.tenant_id, scheme=line.scheme, host=line.host, port=line.port)
    return found.exclude(pk=line.pk)


def line_at(tenant: Tenant, address: str, **given: Any) -> Destination:
    """Return a new line for an address as it is typed; what cannot be read of it `check` refuses."""
    try:
        parts = urlsplit(address.strip().lower())
        # More than where it is would be read as if it narrowed the line.
        bare = not (parts.path.strip("/") or parts.query or parts.fragment or parts.username or parts.password)
        scheme, host, port = origin_of(address.strip().lower()) if bare else ("", "", 0)
    except ValueError:
        scheme, host, port = "", "", 0
    return Destination(tenant=tenant, scheme=scheme, host=host, port=port, **given)


@transaction.atomic
def add(line: Destination, actor: str) -> Destination:
    """Put a line on the list, on the record; raises Invalid."""
    Tenant.objects.select_for_update().get(pk=line.tenant_id)
    if errors := check(line):
        raise Invalid(errors)
    line.save()
    _record(line, actor, "destination.added")
    return line


@transaction.atomic
def remove(line: Destination, actor: str) -> None:
    """Take a line off the list, on the record; raises LastLine for the only one."""
    Tenant.objects.select_for_update().get(pk=line.tenant_id)
    if not Destination.objects.filter(tenant_id=line.tenant_id).exclude(pk=line.pk).exists():
        raise LastLine
    _record(line, actor, "destination.removed")
    line.delete()


def take_all_off(tenant: Tenant, actor: str) -> None:
    """Take every line off, on the record: the list is in force no more. Two administrators decide it (`llm.rules`)."""
    for line in Destination.objects.filter(tenant=tenant):
        _record(line, actor, "destination.removed")
        line.delete()


@transaction.atomic
def add_those_of_endpoints(tenant: Tenant, owner: str, actor: str) -> int:
    """Put the addresses of the endpoints in use on the list, where they lack; return how many. Raises Invalid."""
    known, added = list_of(tenant.pk).until, 0
    for endpoint in Endpoint.objects.filter(tenant=tenant, is_enabled=True):
        for origin in origins_of(endpoint):
            if origin in known or (endpoint.zone == Endpoint.Zone.INTERNAL and is_this_machine(origin[1])):
                continue
            scheme, host, port = origin
            purpose = f"{endpoint.get_use_display()}（{endpoint.name}）"
            line = Destination(tenant=tenant, scheme=scheme, host=host, port=port, purpose=purpose, owner=owner)
            add(line, actor)
            known, added = {**known, origin: None}, added + 1
    return added


def users_of(tenant_id: int) -> dict[Origin, list[Endpoint]]:
    """Return which endpoints of an office connect to where."""
    found: dict[Origin, list[Endpoint]] = {}
    for endpoint in Endpoint.objects.filter(tenant_id=tenant_id):
        for origin in origins_of(endpoint):
            found.setdefault(origin, []).append(endpoint)
    return found


def _record(line: Destination, actor: str, action: str) -> None:
    address = written((line.scheme, line.host, line.port))
    record(line.tenant_id, actor, action, address, purpose=line.purpose, owner=line.owner, until=line.until)
