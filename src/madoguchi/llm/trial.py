"""Trying an endpoint: what works, and how fast."""

import base64
import time
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _

from madoguchi.llm.chat import Asked, EndpointFailed, call
from madoguchi.llm.endpoints import NoEndpoint
from madoguchi.llm.models import Endpoint
from madoguchi.people.access import Scope

# A fixed text of class 1: a trial sends nothing of the office.
_SYSTEM = "あなたは接続試験に答えます。短く日本語で答えてください。"
_PROMPT = "「接続を確認しました。」とだけ書いてください。"
_PICTURE_PROMPT = "この図に見えるものを一文で書いてください。"
# A picture of ours: a blue square on white, 64 × 64 pixels.
_PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAEAAAABAAQMAAACQp+OdAAAABlBMVEX///8AUMh6xsSoAAAAHklEQVR42mNgGFyAkYHhPwMDAyMD"
    "E0xklIHMGGwAAPa7AUAn7aGOAAAAAElFTkSuQmCC"
)


@dataclass
class Trial:
    """What a trial showed. `chat`: a text came. `stream`: it came in more than one piece."""

    name: str
    chat: bool = False
    stream: bool = False
    # Whether it took a picture; None when it is not said to.
    vision: bool | None = None
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
        for piece in call(endpoint, "test", scope, Asked(_SYSTEM, _PROMPT)):
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
    if trial.chat and endpoint.sees_pictures:
        trial.vision = _takes_a_picture(endpoint, scope)
    return trial


def _takes_a_picture(endpoint: Endpoint, scope: Scope) -> bool:
    try:
        return any(list(call(endpoint, "test", scope, Asked(_SYSTEM, _PICTURE_PROMPT, _PICTURE))))
    except (NoEndpoint, EndpointFailed):
        return False
