"""Trying an endpoint: what works, and how fast."""

import time
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _

from madoguchi.llm.chat import EndpointFailed, call
from madoguchi.llm.endpoints import NoEndpoint
from madoguchi.llm.models import Endpoint
from madoguchi.people.access import Scope

# A fixed text of class 1: a trial sends nothing of the office.
_SYSTEM = "あなたは接続試験に答えます。短く日本語で答えてください。"
_PROMPT = "「接続を確認しました。」とだけ書いてください。"


@dataclass
class Trial:
    """What a trial showed. `chat`: a text came. `stream`: it came in more than one piece."""

    name: str
    chat: bool = False
    stream: bool = False
    # Milliseconds until the first piece, and until the end.
    first_ms: int | None = None
    total_ms: int | None = None
    characters: int = 0
    # In Japanese, empty when it works.
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def try_out(endpoint: Endpoint, scope: Scope) -> Trial:
    """Call an endpoint once with a fixed text and return what works."""
    trial = Trial(endpoint.name)
    started = time.monotonic()
    pieces = 0
    try:
        for piece in call(endpoint, "test", scope, _SYSTEM, _PROMPT):
            pieces += 1
            trial.characters += len(piece)
            if trial.first_ms is None:
                trial.first_ms = round((time.monotonic() - started) * 1000)
        trial.chat = True
    except (NoEndpoint, EndpointFailed) as failure:
        trial.reason = str(failure)
    trial.total_ms = round((time.monotonic() - started) * 1000)
    trial.stream = pieces > 1
    if trial.chat and not trial.stream:
        trial.reason = _("応答は届きましたが、一度に届きました。逐次表示はできません。")
    return trial
