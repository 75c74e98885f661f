"""OpenAI's chat completions, and Azure's form of them."""

import time
from collections.abc import Iterator
from typing import Any

from madoguchi.scripted.asked import (
    JSON,
    Asked,
    Call,
    Message,
    Picture,
    Role,
    Tool,
    Unreadable,
    arguments_of,
    picture_of,
)
from madoguchi.scripted.reply import Protocol, Reply, arguments, event, halves

ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
}
_REFUSAL = "その依頼にはお応えできません。"
_KINDS = {400: "invalid_request_error", 401: "authentication_error", 403: "permission_error", 404: "not_found_error"}


def read(body: JSON, model: str) -> Asked:
    """Return what a request asks."""
    messages = tuple(_message(one) for one in body["messages"])
    tools = tuple(_tool(one["function"]) for one in body.get("tools") or () if one.get("type") == "function")
    form = body.get("response_format") or {}
    schema = {"json_schema": form.get("json_schema", {}).get("schema", {}), "json_object": {"type": "object"}}
    return Asked(
        model=body.get("model") or model,
        messages=messages,
        tools=tools,
        schema=schema.get(form.get("type", "")),
        must_call=chosen(body.get("tool_choice"), tools),
        max_tokens=body.get("max_completion_tokens") or body.get("max_tokens"),
        is_stream=bool(body.get("stream")),
        wants_usage=bool((body.get("stream_options") or {}).get("include_usage")),
        kept_parts=len(messages) + 1,
    )


def chosen(choice: Any, tools: tuple[Tool, ...]) -> tuple[str, ...]:
    """Return the tools of which one must be called."""
    if isinstance(choice, dict):
        # Both forms of naming one tool, and the one of allowing some.
        name = choice.get("name") or choice.get("function", {}).get("name")
        allowed = choice.get("allowed_tools", choice)
        if name:
            return (name,)
        names = [one.get("name") or one.get("function", {}).get("name") for one in allowed.get("tools", ())]
        return tuple(names) if allowed.get("mode") == "required" else ()
    return tuple(tool.name for tool in tools) if choice == "required" else ()


def parts_of(content: Any) -> tuple[str, tuple[Picture, ...]]:
    """Return the text and the pictures of a content, of either of OpenAI's protocols."""
    if content is None or isinstance(content, str):
        return content or "", ()
    texts, pictures = list[str](), list[Picture]()
    for part in content:
        if "text" in part:
            texts.append(part["text"])
        elif "image_url" in part:
            address = part["image_url"]
            if found := picture_of(address if isinstance(address, str) else address["url"]):
                pictures.append(found)
    return "".join(texts), tuple(pictures)


def whole(reply: Reply) -> JSON:
    """Return an answer that comes at once."""
    text = "".join(reply.pieces())
    calls = [_call(number, one) for number, one in enumerate(reply.calls())]
    message: JSON = {"role": "assistant", "content": text or None, "refusal": None}
    if reply.end == "refusal":
        message["refusal"] = _REFUSAL
    if calls:
        message["tool_calls"] = calls
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish(reply, bool(calls))}
    return {**_head(reply, "chat.completion"), "choices": [choice], **_usage(reply)}


def events(reply: Reply) -> Iterator[bytes]:
    """Yield an answer that comes as a stream."""
    head = _head(reply, "chat.completion.chunk")

    def chunk(delta: JSON, finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return event({**head, "choices": [choice], **({"usage": None} if reply.asked.wants_usage else {})})

    yield chunk({"role": "assistant", "content": "", "refusal": None})
    for piece in reply.pieces():
        yield chunk({"content": piece})
    if reply.end == "refusal":
        for half in halves(_REFUSAL):
            yield chunk({"refusal": half})
    calls = reply.calls()
    for number, one in enumerate(calls):
        begun = _call(number, one)
        begun["function"]["arguments"] = ""
        yield chunk({"tool_calls": [{"index": number, **begun}]})
        for half in halves(arguments(one)):
            yield chunk({"tool_calls": [{"index": number, "function": {"arguments": half}}]})
    yield chunk({}, _finish(reply, bool(calls)))
    if reply.asked.wants_usage:
        yield event({**head, "choices": [], **_usage(reply)})
    yield b"data: [DONE]\n\n"


def azure_events(reply: Reply) -> Iterator[bytes]:
    """Yield a stream as Azure sends it: what its filter found in the prompt comes first, without a choice."""
    found = {"hate": {"filtered": False, "severity": "safe"}}
    yield event({**_head(reply, ""), "choices": [], "prompt_filter_results": [{"prompt_index": 0, **found}]})
    yield from events(reply)


def error(status: int, words: str) -> JSON:
    """Return an error as OpenAI says it."""
    kind = _KINDS.get(status, "rate_limit_error" if status == 429 else "server_error")
    return {"error": {"message": words, "type": kind, "param": None, "code": str(status)}}


def azure_refusal() -> JSON:
    """Return what Azure says, with status 400, of a prompt that its filter stops."""
    found = {"violence": {"filtered": True, "severity": "medium"}}
    inner = {"code": "ResponsibleAIPolicyViolation", "content_filter_result": found}
    said = error(400, "The response was filtered due to the prompt triggering the content management policy.")
    return {"error": said["error"] | {"code": "content_filter", "param": "prompt", "innererror": inner}}


def error_event() -> bytes:
    """Return an error inside of a stream."""
    return event(error(500, "scripted"))


def _message(one: JSON) -> Message:
    if one.get("role") not in ROLES:
        raise Unreadable("a message without a role")
    text, pictures = parts_of(one.get("content"))
    functions = [call["function"] for call in one.get("tool_calls") or ()]
    calls = tuple(Call(function["name"], arguments_of(function["arguments"])) for function in functions)
    return Message(ROLES[one["role"]], text, calls, pictures)


def _tool(function: JSON) -> Tool:
    return Tool(function["name"], function.get("description") or "", function.get("parameters") or {})


def _call(number: int, call: Call) -> JSON:
    function = {"name": call.name, "arguments": arguments(call)}
    return {"id": f"call_{number + 1}", "type": "function", "function": function}


def _finish(reply: Reply, has_calls: bool) -> str:
    ends = {"length": "length", "filter": "content_filter"}
    return ends.get(reply.end, "tool_calls" if has_calls else "stop")


def _head(reply: Reply, kind: str) -> JSON:
    return {"id": "chatcmpl-scripted", "object": kind, "created": int(time.time()), "model": reply.asked.model}


def _usage(reply: Reply) -> JSON:
    usage = reply.usage
    return reply.figures(
        {
            "usage": {
                "prompt_tokens": usage.input,
                "completion_tokens": usage.output,
                "total_tokens": usage.input + usage.output,
                "prompt_tokens_details": {"cached_tokens": usage.cached, "audio_tokens": 0},
                "completion_tokens_details": {"reasoning_tokens": 0},
            }
        }
    )


OPENAI_CHAT = Protocol(read, whole, events, error, error_event)
AZURE_CHAT = Protocol(read, whole, azure_events, error, error_event)
