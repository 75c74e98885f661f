"""Clients of calls: HTTP, the library's provider of an endpoint, a limit of time that holds, a rest after a failure.

pydantic-ai is imported when the first call is made: without an endpoint it costs nothing.
"""

import asyncio
import re
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from django.conf import settings

from madoguchi.llm.credentials import parts
from madoguchi.llm.endpoints import VERTEX_ADDRESS, address_of
from madoguchi.llm.faults import Fault, fault_of
from madoguchi.llm.models import Endpoint

if TYPE_CHECKING:
    import ssl

    import httpx2
    from pydantic_ai.providers import Provider

T = TypeVar("T")

# Until when an endpoint that failed is left alone in this process, by the settings under which it failed.
_resting: dict[tuple[Any, ...], float] = {}


def http_client(endpoint: Endpoint, seconds: float, whole: bool = False, shared: bool = False) -> "httpx2.AsyncClient":
    """Return the client of a call: certificates checked, to its endpoint alone; a proxy for the internet only.

    `whole`: answers are read at once, and only up to ENDPOINT_ANSWER_MAX_MB. `shared`: by many calls of one loop.
    """
    import httpx2

    from madoguchi.llm.bounded import bound
    from madoguchi.llm.only_there import only_to

    outside = endpoint.zone == Endpoint.Zone.INTERNET
    return httpx2.AsyncClient(
        transport=_many(outside) if shared else None,
        verify=_certificates(outside),
        timeout=httpx2.Timeout(seconds, connect=settings.ENDPOINT_CONNECT_SECONDS),
        follow_redirects=False,
        trust_env=outside and not shared,
        headers={"Accept-Encoding": "identity"} if whole else None,
        event_hooks={"request": [only_to(endpoint)], "response": [bound] if whole else []},
    )


def _many(trust_env: bool) -> "httpx2.AsyncBaseTransport":
    from madoguchi.llm.transport import StreamTransport

    return StreamTransport(_certificates(trust_env), trust_env)


@cache
def _certificates(trust_env: bool) -> "ssl.SSLContext":
    """Return the certificates that clients trust; reading them takes longer than many a call."""
    import httpx2

    return httpx2.create_ssl_context(trust_env=trust_env)


def provider_of(endpoint: Endpoint, key: str, http: "httpx2.AsyncClient") -> "Provider[Any]":
    """Return the library's provider of an endpoint. Address and key are always given: none comes from its defaults."""
    address = address_of(endpoint)
    if endpoint.provider == Endpoint.Provider.ANTHROPIC:
        from pydantic_ai.providers.anthropic import AnthropicProvider

        return AnthropicProvider(api_key=key or "none", base_url=address, http_client=http)
    if endpoint.provider == Endpoint.Provider.GOOGLE:
        from pydantic_ai.providers.google import GoogleProvider

        return GoogleProvider(api_key=key or "none", base_url=address, http_client=http)
    if endpoint.provider == Endpoint.Provider.VERTEX:
        return _vertex(address, key, http)
    if endpoint.provider == Endpoint.Provider.BEDROCK:
        return _bedrock(address, key, http)
    provider: Provider[Any]
    if endpoint.provider in (Endpoint.Provider.AZURE, Endpoint.Provider.AZURE_ENTRA):
        from pydantic_ai.providers.azure import AzureProvider

        address, version = azure_address(address)
        if endpoint.provider == Endpoint.Provider.AZURE_ENTRA:
            key = _with_token(http, endpoint.provider, key)
        provider = AzureProvider(azure_endpoint=address, api_version=version, api_key=key or "none", http_client=http)
    else:
        from pydantic_ai.providers.openai import OpenAIProvider

        provider = OpenAIProvider(base_url=address, api_key=key or "none", http_client=http)
    # Who calls decides about another try.
    provider.client.max_retries = 0
    return provider


def _with_token(http: "httpx2.AsyncClient", provider: str, key: str) -> str:
    """Have a client fetch tokens with a key; return what the library takes instead of the key, which it never sees."""
    from madoguchi.llm.tokens import Token

    http.auth = Token(provider, key)
    return "token"


def _vertex(address: str, key: str, http: "httpx2.AsyncClient") -> "Provider[Any]":
    from google.oauth2.credentials import Credentials
    from pydantic_ai.providers.google_cloud import GoogleCloudProvider

    base, project, location = vertex_address(address)
    credentials = Credentials(token=_with_token(http, Endpoint.Provider.VERTEX, key))  # type: ignore[no-untyped-call]
    return GoogleCloudProvider(
        credentials=credentials, project=project, location=location, base_url=base, http_client=http
    )


def _bedrock(address: str, key: str, http: "httpx2.AsyncClient") -> "Provider[Any]":
    if not has_bedrock():
        raise Fault("extra")
    from anthropic import AsyncAnthropicBedrock
    from pydantic_ai.providers.anthropic import AnthropicProvider

    found = parts(key)
    # A key is given first in any case: without one the library reads it from a variable.
    client = AsyncAnthropicBedrock(
        api_key=key or "none", aws_region=bedrock_region(address), base_url=address, http_client=http, max_retries=0
    )
    if found:
        client.api_key, client.aws_access_key, client.aws_secret_key = None, found["access_key_id"], found["secret"]
    return AnthropicProvider(anthropic_client=client)


def has_bedrock() -> bool:
    """Whether the extra `bedrock` is installed."""
    return find_spec("boto3") is not None and find_spec("botocore") is not None


def bedrock_region(address: str) -> str:
    """Return the region in the address of Bedrock; Tokyo's for one that names none, as a relay in the office."""
    found = re.search(r"bedrock-runtime(?:-fips)?\.([a-z0-9\-]+)\.", urlsplit(address).hostname or "")
    return found[1] if found else "ap-northeast-1"


def vertex_address(address: str) -> tuple[str, str, str]:
    """Return server, project and location of an address that ends in projects/…/locations/…; raises Fault."""
    found = VERTEX_ADDRESS.fullmatch(address.rstrip("/"))
    if not found:
        raise Fault("settings")
    return found[1], found[2], found[3]


def azure_address(address: str) -> tuple[str, str | None]:
    """Return an Azure address and API version: without a version, the v1 API, which takes none."""
    parts = urlsplit(address)
    version = dict(parse_qsl(parts.query)).get("api-version")
    plain = urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))
    if version or plain.endswith("/v1"):
        return plain, version
    return f"{plain}/openai/v1", None


def finished(call: Callable[[], Coroutine[Any, Any, T]], seconds: float) -> T:
    """Return what a coroutine returns; raises Fault when it fails, and when it takes longer, whatever it hangs on.

    `call` makes clients and coroutine, in the thread in which it runs: the first one in a process loads the libraries.
    """
    outcome: Future[T] = Future()
    made = threading.Event()
    deadline = time.monotonic() + seconds

    async def called() -> T:
        coroutine = call()
        made.set()
        return await asyncio.wait_for(coroutine, deadline - time.monotonic())

    def run() -> None:
        try:
            outcome.set_result(asyncio.run(called()))
        except BaseException as error:
            outcome.set_exception(fault_of(error))

    threading.Thread(target=run, name="llm-call", daemon=True).start()
    try:
        # A little later than the loop itself gives up: only what holds the loop is left behind here.
        return outcome.result(seconds + 0.2)
    except TimeoutError:
        raise Fault("timeout" if made.is_set() else "loading") from None


def identity(endpoint: Endpoint) -> tuple[Any, ...]:
    """Return what an endpoint's answers depend on: a change of any of it makes it another one."""
    return (
        endpoint.pk,
        endpoint.provider,
        endpoint.model,
        address_of(endpoint),
        endpoint.key_changed_at,
        endpoint.query_prefix,
        endpoint.passage_prefix,
        endpoint.dimensions,
    )


def is_resting(endpoint: Endpoint) -> bool:
    """Whether an endpoint failed a moment ago in this process and is left alone."""
    return time.monotonic() < _resting.get(identity(endpoint), 0)


def rest(endpoint: Endpoint, fault: Fault, seconds: float) -> None:
    """Leave an endpoint alone for so long; not for a refusal, which may be of this one text, nor for what is ours."""
    if fault.kind not in ("refused", "loading", "barred"):
        _resting[identity(endpoint)] = time.monotonic() + seconds


def works(endpoint: Endpoint) -> None:
    """Note that an endpoint answered."""
    _resting.pop(identity(endpoint), None)
