"""OpenAI's responses, which Azure speaks in the same form."""

import time
from collections.abc import Iterator

from madoguchi.scripted.asked import JSON, Asked, Call, Message, Tool, Unreadable, arguments_of
from madoguchi.scripted.openai_chat import ROLES, chosen, error, parts_of
from madoguchi.scripted.reply import Protocol, Reply, arguments, event, halves

_REFUSAL = "その依頼にはお応えできません。"


def read(body: JSON, model: str) -> Asked:
    """Return what a request asks."""
    given = body["input"]
    items = [{"role": "user", "content": given}] if isinstance(given, str) else given
    messages = [Message("system", body["instructions"])] if body.get("instructions") else []
    messages += [found for item in items if (found := _message(item))]
    tools = tuple(
        Tool(one["name"], one.get("description") or "", one.get("parameters") or {})
        for one in body.get("tools") or ()
        if one.get("type") == "function"
    )
    form = (body.get("text") or {}).get("format") or {}
    return Asked(
        model=body.get("model") or model,
        messages=tuple(messages),
        tools=tools,
        schema={"json_schema": form.get("schema", {}), "json_object": {"type": "object"}}.get(form.get("type", "")),
        must_call=chosen(body.get("tool_choice"), tools),
        max_tokens=body.get("max_output_tokens"),
        is_stream=bool(body.get("stream")),
        kept_parts=len(messages) + 1,
    )


def whole(reply: Reply) -> JSON:
    """Return an answer that comes at once."""
    text = "".join(reply.pieces())
    items = [_said(reply, text)] if text or reply.end == "refusal" else []
    items += [_called(number, one, arguments(one)) for number, one in enumerate(reply.calls())]
    return _response(reply, _status(reply), items)


def events(reply: Reply) -> Iterator[bytes]:
    """Yield an answer that comes as a stream."""
    for number, (name, body) in enumerate(_events(reply)):
        yield event({"type": name, "sequence_number": number, **body}, name)


def error_event() -> bytes:
    """Return an error inside of a stream."""
    body = {"type": "error", "code": "server_error", "message": "scripted", "param": None, "sequence_number": 0}
    return event(body, "error")


def _events(reply: Reply) -> Iterator[tuple[str, JSON]]:
    begun = _response(reply, "in_progress", [])
    yield "response.created", {"response": begun}
    yield "response.in_progress", {"response": begun}
    items = list[JSON]()
    pieces = list[str]()
    at = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    for piece in reply.pieces():
        if not pieces:
            yield from _opened(reply, at)
        pieces.append(piece)
        yield "response.output_text.delta", {**at, "delta": piece, "logprobs": []}
    text = "".join(pieces)
    if reply.end == "refusal":
        yield from _opened(reply, at)
        for half in halves(_REFUSAL):
            yield "response.refusal.delta", {**at, "delta": half}
        yield "response.refusal.done", {**at, "refusal": _REFUSAL}
    elif pieces:
        yield "response.output_text.done", {**at, "text": text, "logprobs": []}
    if pieces or reply.end == "refusal":
        items.append(_said(reply, text))
        yield "response.content_part.done", {**at, "part": items[0]["content"][0]}
        yield "response.output_item.done", {"output_index": 0, "item": items[0]}
    for number, one in enumerate(reply.calls()):
        place = {"output_index": len(items)}
        named = {"item_id": f"fc_{number + 1}", **place}
        yield "response.output_item.added", {**place, "item": {**_called(number, one, ""), "status": "in_progress"}}
        for half in halves(arguments(one)):
            yield "response.function_call_arguments.delta", {**named, "delta": half}
        yield "response.function_call_arguments.done", {**named, "name": one.name, "arguments": arguments(one)}
        items.append(_called(number, one, arguments(one)))
        yield "response.output_item.done", {**place, "item": items[-1]}
    status = _status(reply)
    yield f"response.{status}", {"response": _response(reply, status, items)}


def _opened(reply: Reply, at: JSON) -> Iterator[tuple[str, JSON]]:
    empty = _said(reply, "")
    part = {"type": "refusal", "refusal": ""} if reply.end == "refusal" else empty["content"][0]
    yield "response.output_item.added", {"output_index": 0, "item": {**empty, "status": "in_progress", "content": []}}
    yield "response.content_part.added", {**at, "part": part}


def _message(item: JSON) -> Message | None:
    kind = item.get("type", "message")
    if kind == "function_call":
        return Message("assistant", "", (Call(item["name"], arguments_of(item["arguments"])),))
    if kind == "function_call_output":
        text, pictures = parts_of(item["output"])
        return Message("tool", text, (), pictures)
    if kind != "message":
        # What it thought, and what the provider's own tools found, is not read again.
        return None
    if item.get("role") not in ROLES:
        raise Unreadable("a message without a role")
    text, pictures = parts_of(item["content"])
    return Message(ROLES[item["role"]], text, (), pictures)


def _said(reply: Reply, text: str) -> JSON:
    part: JSON = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    if reply.end == "refusal":
        part = {"type": "refusal", "refusal": _REFUSAL}
    status = "incomplete" if reply.end in ("length", "filter") else "completed"
    return {"id": "msg_1", "type": "message", "role": "assistant", "status": status, "content": [part]}


def _called(number: int, call: Call, given: str) -> JSON:
    names = {"id": f"fc_{number + 1}", "call_id": f"call_{number + 1}", "name": call.name}
    return {"type": "function_call", "status": "completed", "arguments": given, **names}


def _status(reply: Reply) -> str:
    return "incomplete" if reply.end in ("length", "filter") else "completed"


def _response(reply: Reply, status: str, items: list[JSON]) -> JSON:
    reasons = {"length": "max_output_tokens", "filter": "content_filter"}
    is_over = status != "in_progress"
    return {
        "id": "resp_scripted",
        "object": "response",
        "created_at": int(time.time()),
        "model": reply.asked.model,
        "status": status,
        "error": None,
        "incomplete_details": {"reason": reasons[reply.end]} if is_over and reply.end in reasons else None,
        "instructions": None,
        "metadata": {},
        "output": items,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "temperature": 1.0,
        "top_p": 1.0,
        **(_usage(reply) if is_over else {"usage": None}),
    }


def _usage(reply: Reply) -> JSON:
    usage = reply.usage
    return reply.figures(
        {
            "usage": {
                "input_tokens": usage.input,
                "input_tokens_details": {"cached_tokens": usage.cached},
                "output_tokens": usage.output,
                "output_tokens_details": {"reasoning_tokens": 0},
                "total_tokens": usage.input + usage.output,
            }
        }
    )


OPENAI_RESPONSES = Protocol(read, whole, events, error, error_event)
