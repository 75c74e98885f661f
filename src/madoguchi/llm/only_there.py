"""A client goes to its endpoint and nowhere else: the hook that looks at each request before anything is connected.

A redirect, an address in an answer or a library's own idea leads to no other host; and an endpoint that is said to
stand inside is not connected to where its name means an address outside.
"""

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable

import httpx2

from madoguchi.llm.destinations import origin_of, origins_of
from madoguchi.llm.faults import Fault
from madoguchi.llm.models import Endpoint

Hook = Callable[[httpx2.Request], Awaitable[None]]


def only_to(endpoint: Endpoint) -> Hook:
    """Return the hook of a client of an endpoint: it raises Fault (`elsewhere`) for a request to anywhere else."""
    known = set(origins_of(endpoint))
    stands_inside = endpoint.zone != Endpoint.Zone.INTERNET

    async def look(request: httpx2.Request) -> None:
        try:
            origin = origin_of(str(request.url))
        except ValueError:
            raise Fault("elsewhere") from None
        if origin not in known:
            raise Fault("elsewhere")
        if stands_inside and await _is_outside(origin[1], origin[2]):
            raise Fault("elsewhere")

    return look


async def _is_outside(host: str, port: int) -> bool:
    """Whether any address of a host is one of the internet; a name that means none is left to the connection."""
    try:
        return _is_global(host)
    except ValueError:
        pass
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port)
    except OSError:
        return False
    return any(_is_global(str(address[0]).partition("%")[0]) for *_rest, address in found)


def _is_global(host: str) -> bool:
    address = ipaddress.ip_address(host)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_global
