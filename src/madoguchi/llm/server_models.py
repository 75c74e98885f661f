"""What a compatible server says of its models: names, and how long a text each takes."""

import json
from collections.abc import Coroutine
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from madoguchi.llm.clients import finished, http_client
from madoguchi.llm.endpoints import MOST_TOKENS, NoEndpoint, address_of, key_of
from madoguchi.llm.faults import Fault
from madoguchi.llm.models import Endpoint

# What is shown of a server's list.
_MOST_NAMES, _MOST_CHARACTERS = 10, 100
# Where servers write the length: vLLM, LM Studio and others, llama.cpp below `meta`.
_LENGTHS = ("max_model_len", "loaded_context_length", "context_length", "max_context_length", "n_ctx", "n_ctx_train")


def context_of(endpoint: Endpoint) -> int | None:
    """Return how many tokens a server says that the model of an endpoint takes; None when it does not say."""
    for row in _rows(endpoint):
        if row.get("id") == endpoint.model:
            meta = row.get("meta")
            found = row | (meta if isinstance(meta, dict) else {})
            lengths = (found.get(name) for name in _LENGTHS)
            return next((one for one in lengths if type(one) is int and 1 <= one <= MOST_TOKENS), None)
    return None


def hint(endpoint: Endpoint) -> str:
    """Return which models a server has, in Japanese, when that of an endpoint is none of them; else ""."""
    names = [str(row.get("id", ""))[:_MOST_CHARACTERS] for row in _rows(endpoint)]
    names = [name for name in names if name.isprintable() and name]
    if not names or endpoint.model in names:
        return ""
    return _("このサーバーにあるモデル: %(names)s") % {"names": "、".join(names[:_MOST_NAMES])}


def _rows(endpoint: Endpoint) -> list[dict[str, Any]]:
    if endpoint.provider != Endpoint.Provider.OPENAI_COMPATIBLE:
        return []
    try:
        key = key_of(endpoint)
        answer = finished(lambda: _asked(endpoint, key), settings.ENDPOINT_CONNECT_SECONDS)
    except (Fault, NoEndpoint):
        return []
    rows = answer.get("data") if isinstance(answer, dict) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _asked(endpoint: Endpoint, key: str) -> Coroutine[Any, Any, Any]:
    async def asked() -> Any:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        async with http_client(endpoint, settings.ENDPOINT_CONNECT_SECONDS, whole=True) as http:
            answer = await http.get(f"{address_of(endpoint).rstrip('/')}/models", headers=headers)
        if answer.status_code != 200:
            return None
        try:
            return json.loads(answer.content)
        except (ValueError, RecursionError):
            return None

    return asked()
