"""How a call to an endpoint can fail, and how that is said. No library's own message is kept: it may quote texts."""

import json
from typing import TYPE_CHECKING, Any

import structlog
from django.utils.translation import gettext as _

from madoguchi.llm.models import Endpoint

if TYPE_CHECKING:
    import httpx2

log = structlog.get_logger(__name__)


class Fault(Exception):
    """A call ended badly: `kind` names how; `retry_after`: for how many seconds the server asked to be left alone."""

    def __init__(self, kind: str, retry_after: float | None = None) -> None:
        super().__init__(kind)
        self.kind, self.retry_after = kind, retry_after


def message(endpoint: Endpoint, kind: str) -> str:
    """Return, in Japanese, which endpoint failed and how."""
    reasons = {
        "unreachable": _("接続できませんでした。URLと通信経路を確認してください。"),
        "timeout": _("時間内に応答がありませんでした。"),
        "key": _("キーが受け付けられませんでした。登録したキーを確認してください。"),
        "busy": _("混み合っているか、利用上限に達しています。しばらくしてからお試しください。"),
        "model": _("モデルが見つかりませんでした。モデル名を確認してください。"),
        "refused": _("要求が受け付けられませんでした。モデル名と設定を確認してください。"),
        "server": _("接続先でエラーが起きました。"),
        "cut": _("応答が途中で途切れました。"),
        "filtered": _("接続先の安全機能により、回答されませんでした。"),
        "stopped": _("管理者が利用を止めました。"),
        "budget": _("予算の上限に達しています。"),
        "empty": _("応答が空でした。"),
        "extra": _(
            "Amazon Bedrockを使うための部品が入っていません。"
            "サーバーで「uv sync --extra bedrock」を実行し、起動し直してください。"
        ),
        "settings": _("設定に誤りがあります。提供元・URL・モデル名を確認してください。"),
        "unreadable": _("応答を読み取れませんでした。用途とモデル名を確認してください。"),
        "dimensions": _("設定と違う次元数のベクトルが返りました。次元数の設定を確認してください。"),
        "loading": _("最初の接続の準備に時間がかかっています。もう一度お試しください。"),
        "barred": _("いまの設定では、この接続先につなげません。ネットワーク構成・宛先リスト・停止を確認してください。"),
        "closed": _("この機密性区分の情報は、この接続先に渡せません。"),
        "elsewhere": _("登録した宛先とは違うところへつなごうとしたため、止めました。URLを確認してください。"),
        "resting": _("少し前に応答がなかったため、しばらく使わずにいます。"),
        "use": _("この用途には使えません。用途・使用中かどうか・接続区分を確認してください。"),
        "my_number": _("個人番号（マイナンバー）を含む文は渡しません。"),
    }
    return _("接続先「%(name)s」: %(reason)s") % {"name": endpoint.name, "reason": reasons[kind]}


def fault_of_status(status: int, retry_after: float | None = None) -> Fault:
    """Return what an HTTP status other than 200 says."""
    kinds = {401: "key", 403: "key", 404: "model", 429: "busy", 503: "busy", 529: "busy"}
    # 413: more texts, or longer ones, than the server takes at once.
    kinds |= dict.fromkeys((400, 413, 422), "refused")
    return Fault(kinds.get(status, "server"), retry_after)


def json_of(answer: "httpx2.Response") -> Any:
    """Return the JSON of an answer that was read whole; raises Fault for another status than 200, and for no JSON."""
    if answer.status_code != 200:
        raise fault_of_status(answer.status_code)
    try:
        return json.loads(answer.content)
    except (ValueError, RecursionError):
        raise Fault("unreadable") from None


def fault_of(error: BaseException) -> Fault:
    """Return what an exception of a client library says."""
    # What the client's hooks raise arrives wrapped.
    cause: BaseException | None = error
    while cause:
        if isinstance(cause, Fault):
            return cause
        if isinstance(cause, json.JSONDecodeError):
            return Fault("unreadable")
        cause = cause.__cause__
    import httpx2
    from pydantic_ai import exceptions

    if isinstance(error, exceptions.ModelHTTPError) and error.status_code == 413:
        return fault_of_status(413)
    kinds: tuple[tuple[type[BaseException], str], ...] = (
        (exceptions.ModelRequestTimeout, "timeout"),
        (exceptions.ModelTimeoutError, "timeout"),
        (exceptions.ModelConnectionError, "unreachable"),
        (exceptions.ModelAuthenticationError, "key"),
        (exceptions.ModelNotFoundError, "model"),
        (exceptions.ModelRateLimitError, "busy"),
        (exceptions.ModelQuotaExceededError, "busy"),
        (exceptions.ModelUnavailableError, "busy"),
        (exceptions.ModelRequestRejectedError, "refused"),
        (exceptions.ContentFilterError, "filtered"),
        (exceptions.ModelAPIError, "server"),
        (exceptions.UnexpectedModelBehavior, "cut"),
        (exceptions.UserError, "settings"),
        (TimeoutError, "timeout"),
        (httpx2.TimeoutException, "timeout"),
        (httpx2.HTTPError, "unreachable"),
        # What a client's own reading of an answer stumbles over.
        (ValueError, "unreadable"),
        (TypeError, "unreadable"),
        (AttributeError, "unreadable"),
        (LookupError, "unreadable"),
    )
    for kind, name in kinds:
        if isinstance(error, kind):
            return Fault(name, getattr(error, "retry_after", None))
    log.warning("endpoint.unknown_fault", type=type(error).__name__)
    return Fault("server")
