"""The ASGI application."""

import os
from typing import Any

import django
from django.core.handlers.asgi import ASGIHandler, ASGIRequest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "madoguchi.conf.settings")
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402 - after setup

# A form around the largest upload.
BODY_MAX_BYTES = (settings.UPLOAD_MAX_MB + 1) << 20
TOO_LARGE = f"送られた内容が大きすぎます（ファイルは{settings.UPLOAD_MAX_MB}MBまで）。保存済みの内容はそのままです。"


class Request(ASGIRequest):
    """Leaves the name `scope` to what a request may see (`people.request`); the server's is `connection`."""

    def __init__(self, scope: dict[str, Any], body_file: Any) -> None:
        super().__init__(scope, body_file)
        self.connection: dict[str, Any] = self.__dict__.pop("scope")

    def _get_scheme(self) -> str:
        return str(self.connection.get("scheme") or "http")


class TooLarge(Exception):
    """A body goes past the limit."""


class Handler(ASGIHandler):
    """Ends a body past the limit before all of it lies on the disk."""

    request_class = Request

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        received = 0
        answered = False

        async def counted() -> Any:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > BODY_MAX_BYTES:
                raise TooLarge
            return message

        async def noted(message: Any) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            if _length(scope) > BODY_MAX_BYTES:
                raise TooLarge
            await super().__call__(scope, counted, noted)
        except TooLarge:
            if not answered:
                await _refuse(send)


def _length(scope: dict[str, Any]) -> int:
    for name, value in scope.get("headers", ()):
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


async def _refuse(send: Any) -> None:
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"connection", b"close"),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": TOO_LARGE.encode()})


application = Handler()
