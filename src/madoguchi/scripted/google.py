"""Google's generateContent."""

from collections.abc import Iterator
from typing import Any

from madoguchi.scripted.asked import JSON, Asked, Call, Message, Picture, Role, Tool, picture
from madoguchi.scripted.reply import Protocol, Reply, event

_STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
}


def read(body: JSON, model: str) -> Asked:
    """Return what a request asks; whether it is a stream stands in the address."""
    system = body.get("systemInstruction") or {"parts": []}
    messages = [Message("system", part["text"]) for part in system["parts"]]
    for content in body["contents"]:
        messages += _messages(content)
    tools = tuple(
        Tool(one["name"], one.get("description") or "", _parameters(one))
        for tool in body.get("tools") or ()
        for one in tool.get("functionDeclarations") or ()
    )
    calling = (body.get("toolConfig") or {}).get("functionCallingConfig") or {}
    allowed = calling.get("allowedFunctionNames") or [tool.name for tool in tools]
    config = body.get("generationConfig") or {}
    schema = config.get("responseJsonSchema") or config.get("responseSchema")
    if schema is None and config.get("responseMimeType") == "application/json":
        schema = {"type": "object"}
    return Asked(
        model=model,
        messages=tuple(messages),
        tools=tools,
        schema=schema,
        must_call=tuple(allowed) if calling.get("mode") == "ANY" else (),
        max_tokens=config.get("maxOutputTokens"),
        kept_parts=len(messages) + 1,
    )


def whole(reply: Reply) -> JSON:
    """Return an answer that comes at once."""
    if reply.end == "refusal":
        return _blocked(reply)
    text = "".join(reply.pieces())
    return _answer(reply, [{"text": text}] if text else [], is_last=True)


def events(reply: Reply) -> Iterator[bytes]:
    """Yield an answer that comes as a stream."""
    if reply.end == "refusal":
        yield event(_blocked(reply))
        return
    for piece in reply.pieces():
        yield event(_answer(reply, [{"text": piece}], is_last=False))
    yield event(_answer(reply, [], is_last=True))


def error(status: int, words: str) -> JSON:
    """Return an error as Google says it."""
    return {"error": {"code": status, "message": words, "status": _STATUSES.get(status, "INTERNAL")}}


def error_event() -> bytes:
    """Return an error inside of a stream."""
    return event(error(503, "scripted"))


def _messages(content: JSON) -> Iterator[Message]:
    """Yield what one content holds: results of functions come in a content of the person."""
    role: Role = "assistant" if content.get("role") == "model" else "user"
    texts, pictures, calls = list[str](), list[Picture](), list[Call]()
    for part in content["parts"]:
        if "functionResponse" in part:
            yield Message("tool", _texts_in(part["functionResponse"].get("response")))
        elif "functionCall" in part:
            calls.append(Call(part["functionCall"]["name"], part["functionCall"].get("args") or {}))
        elif "inlineData" in part:
            inside = part["inlineData"]
            # Google takes names in both ways of writing, and its client mixes them.
            pictures.append(picture(inside.get("mimeType") or inside["mime_type"], inside["data"]))
        elif not part.get("thought"):
            texts.append(part.get("text") or "")
    if texts or calls or pictures:
        yield Message(role, "".join(texts), tuple(calls), tuple(pictures))


def _parameters(function: JSON) -> JSON:
    """Return the schema of a function's arguments, under whichever name it was sent."""
    names = ("parametersJsonSchema", "parameters_json_schema", "parameters")
    return next((function[name] for name in names if function.get(name)), {})


def _texts_in(value: Any) -> str:
    """Return the values of a function's result as text."""
    if isinstance(value, dict):
        return "\n".join(_texts_in(inner) for inner in value.values())
    return "\n".join(map(_texts_in, value)) if isinstance(value, list) else str(value)


def _answer(reply: Reply, parts: list[JSON], is_last: bool) -> JSON:
    candidate: JSON = {"content": {"role": "model", "parts": parts}, "index": 0}
    if is_last:
        parts += [{"functionCall": {"name": one.name, "args": one.arguments}} for one in reply.calls()]
        ends = {"length": "MAX_TOKENS", "filter": "SAFETY"}
        candidate["finishReason"] = ends.get(reply.end, "STOP")
    return {"candidates": [candidate], **_foot(reply)}


def _blocked(reply: Reply) -> JSON:
    return {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, **_foot(reply)}


def _foot(reply: Reply) -> JSON:
    usage = reply.usage
    figures = {
        "promptTokenCount": usage.input,
        "candidatesTokenCount": usage.output,
        "totalTokenCount": usage.input + usage.output,
    }
    if usage.cached:
        figures["cachedContentTokenCount"] = usage.cached
    return {
        **reply.figures({"usageMetadata": figures}),
        "modelVersion": reply.asked.model,
        "responseId": "scripted",
    }


GOOGLE = Protocol(read, whole, events, error, error_event)
