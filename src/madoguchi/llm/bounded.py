"""Answers of a server that are read whole are read up to a size: the client's hook for that."""

from collections.abc import AsyncIterator

import httpx2
from django.conf import settings

from madoguchi.llm.faults import Fault


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, limit: int) -> None:
        self.stream, self.limit = stream, limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for piece in self.stream:
            read += len(piece)
            if read > self.limit:
                raise Fault("unreadable")
            yield piece

    async def aclose(self) -> None:
        await self.stream.aclose()


async def bound(response: httpx2.Response) -> None:
    """Have the body of a response end in a Fault beyond ENDPOINT_ANSWER_MAX_MB; a packed one is not unpacked."""
    if response.headers.get("content-encoding", "identity") != "identity":
        raise Fault("unreadable")
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _Bounded(response.stream, settings.ENDPOINT_ANSWER_MAX_MB * 1_000_000)
