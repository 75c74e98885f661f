"""What the form of an endpoint starts from."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from madoguchi.llm.models import Endpoint


@dataclass(frozen=True)
class Preset:
    """A beginning for the form: `key` names it in its address."""

    key: str
    title: str | Promise
    provider: str
    model: str
    base_url: str
    zone: str
    use: Endpoint.Use = Endpoint.Use.CHAT


_COMPATIBLE, _EMBEDDING, _RERANK = Endpoint.Provider.OPENAI_COMPATIBLE, Endpoint.Use.EMBEDDING, Endpoint.Use.RERANK
_AZURE = ("https://<resource>.openai.azure.com", "internet")

PRESETS = (
    Preset(
        "openai-compatible",
        _("庁内のモデル（vLLM・Ollama など）"),
        _COMPATIBLE,
        "",
        "http://127.0.0.1:11434/v1",
        "internal",
    ),
    Preset("azure", "Azure OpenAI", "azure", "", *_AZURE),
    Preset("openai", "OpenAI", "openai", "gpt-5-mini", "", "internet"),
    Preset("anthropic", "Anthropic", "anthropic", "claude-haiku-4-5", "", "internet"),
    Preset("google", "Google", "google", "gemini-2.5-flash", "", "internet"),
    Preset(
        "embedding-inside",
        _("庁内の埋め込み（TEI・vLLM・llama.cpp）"),
        _COMPATIBLE,
        "cl-nagoya/ruri-v3-310m",
        "http://127.0.0.1:8080/v1",
        "internal",
        _EMBEDDING,
    ),
    Preset(
        "embedding-openai",
        _("OpenAIの埋め込み"),
        "openai",
        "text-embedding-3-large",
        "",
        "internet",
        _EMBEDDING,
    ),
    Preset("embedding-azure", _("Azure OpenAIの埋め込み"), "azure", "text-embedding-3-large", *_AZURE, _EMBEDDING),
    Preset(
        "embedding-google",
        _("Googleの埋め込み"),
        "google",
        "gemini-embedding-001",
        "",
        "internet",
        _EMBEDDING,
    ),
    Preset(
        "rerank-inside",
        _("庁内の並べ替え（TEI・vLLM・llama.cpp）"),
        _COMPATIBLE,
        "cl-nagoya/ruri-v3-reranker-310m",
        "http://127.0.0.1:8081",
        "internal",
        _RERANK,
    ),
    Preset(
        "rerank-cohere",
        _("Cohereの並べ替え"),
        _COMPATIBLE,
        "rerank-v3.5",
        "https://api.cohere.com/v2",
        "internet",
        _RERANK,
    ),
)


def presets_by_use() -> list[tuple[str, list[Preset]]]:
    """Return the presets under what they are for, in words."""
    uses = dict.fromkeys(preset.use for preset in PRESETS)
    return [(str(use.label), [preset for preset in PRESETS if preset.use == use]) for use in uses]
