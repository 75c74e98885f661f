"""What a caller asks and what it is answered, whichever protocol carried it."""

import base64
import binascii
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

JSON = dict[str, Any]
Role = Literal["system", "user", "assistant", "tool"]
# A media type and the bytes.
Picture = tuple[str, bytes]


@dataclass(frozen=True)
class Call:
    """A call of a tool."""

    name: str
    arguments: JSON


@dataclass(frozen=True)
class Message:
    """One message; of the assistant with the calls that it made."""

    role: Role
    text: str
    calls: tuple[Call, ...] = ()
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True)
class Tool:
    """A tool that may be called; `schema` is the JSON schema of its arguments."""

    name: str
    description: str
    schema: JSON


@dataclass(frozen=True)
class Asked:
    """What one request asks of a chat model, messages in order and those of the system among them."""

    model: str
    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] = ()
    # The answer is JSON of this schema.
    schema: JSON | None = None
    # Tools of which one must be called.
    must_call: tuple[str, ...] = ()
    max_tokens: int | None = None
    is_stream: bool = False
    # Whether a stream ends with its usage.
    wants_usage: bool = True
    # How many of `parts` the provider may keep for the next call.
    kept_parts: int = 0

    @property
    def system(self) -> str:
        """What the system says, without the messages."""
        return "\n".join(message.text for message in self.messages if message.role == "system")

    @property
    def ask(self) -> str:
        """What the person said last."""
        return next((message.text for message in reversed(self.messages) if message.role == "user"), "")

    @property
    def pictures(self) -> list[Picture]:
        """All pictures, in order."""
        return [picture for message in self.messages for picture in message.pictures]

    @property
    def parts(self) -> list[str]:
        """The whole prompt in the order in which a provider keeps it: the tools, then each message."""
        tools = json.dumps([[tool.name, tool.description, tool.schema] for tool in self.tools]) if self.tools else ""
        return [tools, *(written(message) for message in self.messages)]


@dataclass(frozen=True)
class Answer:
    """What a rule answers: pieces of text, read one by one as they are sent, and then calls of tools."""

    pieces: Iterable[str] = ()
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True)
class Request:
    """What came: the path with its query, headers by small names, the body as bytes and, where it is JSON, read."""

    method: str
    path: str
    headers: dict[str, str]
    raw: bytes
    body: Any
    # What it asks of a chat model; None when it asks for something else, or is not to be read.
    asked: Asked | None


Rules = Callable[[Asked], Answer]


class Unreadable(ValueError):
    """A request that no provider would take."""


def written(message: Message) -> str:
    """Return a message as one text, with the calls that it made."""
    return "\n".join((message.text, *(json.dumps([one.name, one.arguments]) for one in message.calls)))


def picture_of(address: str) -> Picture | None:
    """Return the picture that a `data:` address holds; None for another address, which is never fetched."""
    media, _, data = address.removeprefix("data:").partition(";base64,")
    return picture(media, data) if address.startswith("data:") else None


def picture(media: str, data: str) -> Picture:
    """Return a picture from base64, of either alphabet."""
    try:
        return media, base64.b64decode(data.replace("-", "+").replace("_", "/"), validate=True)
    except binascii.Error:
        raise Unreadable("a picture that is not base64") from None


def arguments_of(text: str) -> JSON:
    """Return the arguments of a call that a caller sends back; what is no object is none."""
    try:
        read = json.loads(text or "{}")
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
