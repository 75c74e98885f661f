"""What a server says of its models: names, and how long a text each takes."""

import re
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from madoguchi.llm.clients import finished, http_client
from madoguchi.llm.endpoints import MOST_TOKENS, NoEndpoint, address_of, key_of
from madoguchi.llm.faults import Fault, json_of
from madoguchi.llm.models import Endpoint
from madoguchi.llm.routing import why_not_reached

Provider = Endpoint.Provider
# Where a list of models stands below the address. Azure lists models, not the deployments that are called by name.
_PATHS: Mapping[str, str] = {
    Provider.OPENAI: "/models",
    Provider.OPENAI_COMPATIBLE: "/models",
    Provider.ANTHROPIC: "/v1/models?limit=1000",
    Provider.GOOGLE: "/v1beta/models?pageSize=1000",
}
# What Google's models of a use are asked by.
_GOOGLE_METHODS: Mapping[str, str] = {Endpoint.Use.CHAT: "generateContent", Endpoint.Use.EMBEDDING: "embedContent"}
# A name as `endpoints.check` takes it.
_NAME = re.compile(r"[\w.:/@\-]{1,100}")
# What is read of a server's list, and what of it is said in one line.
_MOST_LISTED, _MOST_SAID = 500, 10
# Where servers write the length: vLLM, LM Studio and others, llama.cpp below `meta`, Google.
_LENGTHS = (
    "max_model_len",
    "loaded_context_length",
    "context_length",
    "max_context_length",
    "n_ctx",
    "n_ctx_train",
    "inputTokenLimit",
)


@dataclass(frozen=True)
class ServerModel:
    """A model of a server, by the name that it is called with; `context_tokens` is None when the server is silent."""

    name: str
    context_tokens: int | None = None


def can_say(endpoint: Endpoint) -> bool:
    """Whether the provider of an endpoint lists the names by which its models are called."""
    return endpoint.provider in _PATHS


def models_of(endpoint: Endpoint, key: str) -> list[ServerModel]:
    """Return what models the server of an endpoint says that it has; raises Fault, `unreadable` for no such list."""
    if not can_say(endpoint):
        raise Fault("settings")
    if why_not_reached(endpoint):
        raise Fault("barred")
    answer = finished(lambda: _asked(endpoint, key), settings.ENDPOINT_CONNECT_SECONDS)
    rows = answer.get("data", answer.get("models")) if isinstance(answer, dict) else None
    if not isinstance(rows, list):
        raise Fault("unreadable")
    found = (_model(row, endpoint) for row in rows[:_MOST_LISTED])
    return list(dict.fromkeys(one for one in found if one))


def context_of(endpoint: Endpoint) -> int | None:
    """Return how many tokens a server says that the model of an endpoint takes; None when it does not say."""
    return next((one.context_tokens for one in _quietly(endpoint) if one.name == endpoint.model), None)


def hint(endpoint: Endpoint) -> str:
    """Return which models a server has, in Japanese, when that of an endpoint is none of them; else ""."""
    names = [one.name for one in _quietly(endpoint)]
    if not names or endpoint.model in names:
        return ""
    return _("このサーバーにあるモデル: %(names)s") % {"names": "、".join(names[:_MOST_SAID])}


def _quietly(endpoint: Endpoint) -> list[ServerModel]:
    try:
        return models_of(endpoint, key_of(endpoint))
    except (Fault, NoEndpoint):
        return []


def _model(row: Any, endpoint: Endpoint) -> ServerModel | None:
    if not isinstance(row, dict):
        return None
    # Google says `models/` before a name.
    name = str(row.get("id") or row.get("name") or "").removeprefix("models/")
    methods, method = row.get("supportedGenerationMethods"), _GOOGLE_METHODS.get(endpoint.use)
    if not _NAME.fullmatch(name) or (isinstance(methods, list) and method and method not in methods):
        return None
    meta = row.get("meta")
    said = row | (meta if isinstance(meta, dict) else {})
    lengths = (said.get(length) for length in _LENGTHS)
    return ServerModel(name, next((one for one in lengths if type(one) is int and 1 <= one <= MOST_TOKENS), None))


def _headers(endpoint: Endpoint, key: str) -> dict[str, str]:
    if endpoint.provider == Provider.ANTHROPIC:
        return {"anthropic-version": "2023-06-01"} | ({"x-api-key": key} if key else {})
    if endpoint.provider == Provider.GOOGLE:
        return {"x-goog-api-key": key} if key else {}
    return {"Authorization": f"Bearer {key}"} if key else {}


def _asked(endpoint: Endpoint, key: str) -> Coroutine[Any, Any, Any]:
    address = address_of(endpoint).rstrip("/") + _PATHS[endpoint.provider]

    async def asked() -> Any:
        async with http_client(endpoint, settings.ENDPOINT_CONNECT_SECONDS, whole=True) as http:
            answer = await http.get(address, headers=_headers(endpoint, key))
        if answer.status_code == 404:
            # Not that a model lacks: there is no list here.
            raise Fault("unreadable")
        return json_of(answer)

    return asked()
