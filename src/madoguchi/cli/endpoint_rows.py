"""What `madoguchi endpoints` prints of an endpoint and of a trial."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from madoguchi.llm.models import Endpoint
    from madoguchi.llm.trial import Trial

_AS_THEY_ARE = (
    "grade",
    "keeps_schema",
    "calls_tools",
    "context_tokens",
    "max_output_tokens",
    "price_in",
    "price_out",
    "price_cached",
    "currency",
    "contract",
    "region",
    "trains_on_input",
    "retention_days",
    "sub_processors",
    "checked_on",
    "masks_always",
    "valid_from",
    "valid_to",
)


def missing_from(endpoint: "Endpoint") -> list[str]:
    """Return what lacks in the record of the contract before more than class 1 may go to an endpoint outside."""
    from django.utils import timezone

    from madoguchi.llm.models import Endpoint
    from madoguchi.llm.routing import missing_of

    return [] if endpoint.zone == Endpoint.Zone.INTERNAL else missing_of(endpoint, timezone.localdate())


def said(trial: "Trial") -> list[str]:
    """Return the lines that tell a person what a trial showed."""
    lines = list[str]()
    if trial.embedding is not None:
        lines.append(f"ベクトル: {'○' if trial.embedding else '×'}")
        if trial.embedding:
            lines.append(f"{trial.dimensions}次元、質問1件に {trial.total_ms} ミリ秒")
        if trial.right:
            lines.append("関係する文を近くと判定しました。")
    elif trial.rerank is not None:
        lines.append(f"並べ替え: {'○' if trial.rerank else '×'}")
        if trial.rerank:
            lines.append(f"3件に {trial.total_ms} ミリ秒")
        if trial.right:
            lines.append("質問の答えになる文を先頭にしました。")
    elif trial.transcription is not None:
        lines.append(f"文字起こし: {'○' if trial.transcription else '×'}")
        if trial.transcription:
            lines.append(f"1秒の音に {trial.total_ms} ミリ秒")
    else:
        lines += [f"応答: {'○' if trial.chat else '×'}", f"逐次表示: {'○' if trial.stream else '×'}"]
        for title, works in (("JSON", trial.json), ("道具", trial.tools), ("画像", trial.vision)):
            if works is not None:
                lines.append(f"{title}: {'○' if works else '×'}")
        if trial.chat:
            lines.append(
                f"最初の文字まで {trial.first_ms} ミリ秒、終わりまで {trial.total_ms} ミリ秒（{trial.characters}文字）"
            )
        if trial.tokens_per_second:
            lines.append(f"1秒に {trial.tokens_per_second} トークン")
        if trial.context_tokens:
            lines.append(f"一度に {trial.context_tokens} トークン（サーバーの答え）")
    return [*lines, trial.reason] if trial.reason else lines


def row_of(endpoint: "Endpoint") -> dict[str, Any]:
    """Return an endpoint as `list --json` shows it; of its key, that there is one and since when."""
    from madoguchi.people.models import Classification

    return {
        "name": endpoint.name,
        "use": endpoint.use,
        "provider": endpoint.provider,
        "model": endpoint.model,
        "base_url": endpoint.base_url,
        "has_key": bool(endpoint.sealed_key),
        "key_changed_at": endpoint.key_changed_at,
        "zone": endpoint.zone,
        "max_classification": Classification(endpoint.max_classification).label,
        "order": endpoint.order,
        "enabled": endpoint.is_enabled,
        "vision": endpoint.sees_pictures,
        "query_prefix": endpoint.query_prefix,
        "passage_prefix": endpoint.passage_prefix,
        "dimensions": endpoint.dimensions,
        "missing": missing_from(endpoint),
    } | {name: getattr(endpoint, name) for name in _AS_THEY_ARE}
