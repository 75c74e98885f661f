"""Streams of many answers at once: HTTP by aiohttp, whose parser is compiled, below the client of the library.

httpx2's own transport spends 70 to 120 µs on each token of a stream; one process has 500 of them at 30 tokens a second.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import aiohttp
import httpx2
from yarl import URL

from madoguchi.llm.gathering import Gathered

# Of one line of a response's head; some providers put policies into it.
_HEAD_BYTES = 32_768
# What a provider's client would not set itself.
_OURS_ALONE = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


class StreamTransport(httpx2.AsyncBaseTransport):
    """Sends the requests of a client by aiohttp: no redirects, no cookies, as many connections as there are streams.

    It belongs to the loop in which its first request is made. `trust_env`: a proxy by the environment.
    """

    def __init__(self, certificates: ssl.SSLContext, trust_env: bool) -> None:
        self._certificates, self._trust_env = certificates, trust_env
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; raises the errors of httpx2."""
        limits = request.extensions.get("timeout", {})
        seconds = aiohttp.ClientTimeout(total=None, sock_connect=limits.get("connect"), sock_read=limits.get("read"))
        with _errors_of(request):
            response = await self._opened().request(
                request.method,
                URL(str(request.url), encoded=True),
                headers=[(name.decode("ascii"), value.decode("latin-1")) for name, value in request.headers.raw],
                data=await request.aread(),
                allow_redirects=False,
                timeout=seconds,
                skip_auto_headers=_OURS_ALONE,
            )
        return httpx2.Response(
            response.status, headers=list(response.raw_headers), stream=_Body(response, request), request=request
        )

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, ssl=self._certificates),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=self._trust_env,
                max_line_size=_HEAD_BYTES,
                max_field_size=_HEAD_BYTES,
            )
        return self._session

    async def aclose(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()


class _Body(httpx2.AsyncByteStream):
    """The body of an answer as it comes; the events of a stream gathered where many run."""

    def __init__(self, response: aiohttp.ClientResponse, request: httpx2.Request) -> None:
        self._response, self._request = response, request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        is_stream = self._response.headers.get("Content-Type", "").startswith("text/event-stream")
        is_packed = self._response.headers.get("Content-Encoding", "identity") != "identity"
        gathered = Gathered() if is_stream and not is_packed else None
        with _errors_of(self._request):
            async for data in self._response.content.iter_any():
                if gathered is None:
                    yield data
                    continue
                if whole := gathered.feed(data):
                    yield whole
                await self._rest(gathered.pause())
        if gathered is not None and (left := gathered.end()):
            yield left

    async def _rest(self, seconds: float) -> None:
        """Let the next events come together; they wait in the kernel, which costs this process nothing."""
        if seconds <= 0:
            return
        connection = self._response.connection
        transport = connection.transport if connection else None
        if transport is None or transport.is_closing():
            return
        transport.pause_reading()
        try:
            await asyncio.sleep(seconds)
        finally:
            if not transport.is_closing():
                transport.resume_reading()

    async def aclose(self) -> None:
        """Let go of the connection: to be used again if the answer was read to its end, else closed."""
        if self._response.content.at_eof():
            self._response.release()
        else:
            self._response.close()


@contextmanager
def _errors_of(request: httpx2.Request) -> Iterator[None]:
    try:
        yield
    except aiohttp.ConnectionTimeoutError as error:
        raise httpx2.ConnectTimeout("", request=request) from error
    except TimeoutError as error:
        raise httpx2.ReadTimeout("", request=request) from error
    except aiohttp.ClientConnectorError as error:
        raise httpx2.ConnectError("", request=request) from error
    except (aiohttp.ClientPayloadError, aiohttp.ClientResponseError) as error:
        raise httpx2.RemoteProtocolError("", request=request) from error
    except (aiohttp.ClientError, OSError) as error:
        raise httpx2.ReadError("", request=request) from error
    except ValueError as error:
        raise httpx2.UnsupportedProtocol("", request=request) from error
