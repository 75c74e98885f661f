"""Anthropic's messages."""

from collections.abc import Iterator
from typing import Any

from madoguchi.scripted.asked import JSON, Asked, Call, Message, Picture, Tool, Unreadable, picture
from madoguchi.scripted.reply import Protocol, Reply, arguments, event, halves

_KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}


def read(body: JSON, model: str) -> Asked:
    """Return what a request asks."""
    system = body.get("system") or []
    blocks = [{"type": "text", "text": system}] if isinstance(system, str) else system
    messages = [Message("system", block["text"]) for block in blocks]
    # How many parts of the prompt (the tools, then each message) the caller marked to be kept.
    kept = int(any("cache_control" in tool for tool in body.get("tools") or ()))
    marks = [number for number, block in enumerate(blocks, start=2) if "cache_control" in block]
    for one in body["messages"]:
        messages += _messages(one)
        if isinstance(one["content"], list) and any("cache_control" in block for block in one["content"]):
            marks.append(len(messages) + 1)
    if "cache_control" in body:
        marks.append(len(messages) + 1)
    form = (body.get("output_config") or {}).get("format") or body.get("output_format") or {}
    tools = tuple(
        Tool(tool["name"], tool.get("description") or "", tool["input_schema"])
        for tool in body.get("tools") or ()
        if "input_schema" in tool
    )
    choice = body.get("tool_choice") or {}
    must_call = {"any": tuple(tool.name for tool in tools), "tool": (choice.get("name", ""),)}
    return Asked(
        model=body.get("model") or model,
        messages=tuple(messages),
        tools=tools,
        schema=form.get("schema"),
        must_call=must_call.get(choice.get("type", ""), ()),
        max_tokens=body["max_tokens"],
        is_stream=bool(body.get("stream")),
        kept_parts=max([kept, *marks]),
    )


def whole(reply: Reply) -> JSON:
    """Return an answer that comes at once."""
    text = "".join(reply.pieces())
    calls = reply.calls()
    content: list[JSON] = [{"type": "text", "text": text}] if text else []
    content += [{**_call(number, one), "input": one.arguments} for number, one in enumerate(calls)]
    return _message(reply, content, _stop(reply, bool(calls)))


def events(reply: Reply) -> Iterator[bytes]:
    """Yield an answer that comes as a stream."""
    for name, body in _events(reply):
        yield event({"type": name, **body}, name)


def error(status: int, words: str) -> JSON:
    """Return an error as Anthropic says it."""
    return {
        "type": "error",
        "error": {"type": _KINDS.get(status, "api_error"), "message": words},
        "request_id": "req_1",
    }


def error_event() -> bytes:
    """Return an error inside of a stream."""
    return event(error(529, "scripted"), "error")


def _events(reply: Reply) -> Iterator[tuple[str, JSON]]:
    yield "message_start", {"message": _message(reply, [], None)}
    yield "ping", {}
    index = -1
    for piece in reply.pieces():
        if index < 0:
            index = 0
            yield "content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}}
        yield "content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": piece}}
    if index == 0:
        yield "content_block_stop", {"index": 0}
    calls = reply.calls()
    for number, one in enumerate(calls):
        index += 1
        yield "content_block_start", {"index": index, "content_block": {**_call(number, one), "input": {}}}
        for half in ("", *halves(arguments(one))):
            yield "content_block_delta", {"index": index, "delta": {"type": "input_json_delta", "partial_json": half}}
        yield "content_block_stop", {"index": index}
    delta = {"stop_reason": _stop(reply, bool(calls)), "stop_sequence": None}
    yield "message_delta", {"delta": delta, **reply.figures({"usage": {"output_tokens": reply.usage.output}})}
    yield "message_stop", {}


def _messages(one: JSON) -> Iterator[Message]:
    """Yield what one message holds: results of tools come in a message of the person."""
    if one.get("role") not in ("user", "assistant", "system"):
        raise Unreadable("a message without a role")
    texts, pictures, calls = list[str](), list[Picture](), list[Call]()
    for block in _blocks(one["content"]):
        if block["type"] == "tool_result":
            parts = [_part(inner) for inner in _blocks(block.get("content") or [])]
            yield Message(
                "tool", "".join(text for text, _ in parts), (), tuple(found for _, seen in parts for found in seen)
            )
        elif block["type"] == "tool_use":
            calls.append(Call(block["name"], block["input"]))
        else:
            text, seen = _part(block)
            texts.append(text)
            pictures += seen
    if texts or calls or pictures:
        yield Message(one["role"], "".join(texts), tuple(calls), tuple(pictures))


def _blocks(content: Any) -> list[JSON]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _part(block: JSON) -> tuple[str, list[Picture]]:
    """Return the text and the pictures of a block; a document's text is text as well."""
    source = block.get("source") or {}
    if block["type"] == "image" and source.get("type") == "base64":
        return "", [picture(source["media_type"], source["data"])]
    if source.get("type") == "text":
        return str(source["data"]), []
    return block.get("text") or "", []


def _call(number: int, call: Call) -> JSON:
    return {"type": "tool_use", "id": f"toolu_{number + 1}", "name": call.name}


def _stop(reply: Reply, has_calls: bool) -> str:
    ends = {"length": "max_tokens", "filter": "refusal", "refusal": "refusal"}
    return ends.get(reply.end, "tool_use" if has_calls else "end_turn")


def _message(reply: Reply, content: list[JSON], stop: str | None) -> JSON:
    usage = reply.usage
    figures = {
        # What was kept, before or now, is counted apart.
        "input_tokens": usage.input - usage.cached - usage.stored,
        "cache_read_input_tokens": usage.cached,
        "cache_creation_input_tokens": usage.stored,
        "output_tokens": usage.output,
    }
    head = {"id": "msg_scripted", "type": "message", "role": "assistant", "model": reply.asked.model}
    end = {"stop_reason": stop, "stop_sequence": None}
    return {**head, "content": content, **end, **reply.figures({"usage": figures})}


ANTHROPIC = Protocol(read, whole, events, error, error_event)
