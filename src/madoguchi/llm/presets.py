"""What the form of an endpoint starts from. No price stands here: prices change, and an office has its own contract."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from madoguchi.llm import local_model
from madoguchi.llm.models import Endpoint

Provider, Use, Zone = Endpoint.Provider, Endpoint.Use, Endpoint.Zone


@dataclass(frozen=True)
class Preset:
    """A beginning for the form: `key` names it in its address, `note` tells what is still to be filled in."""

    key: str
    title: str | Promise
    provider: str
    model: str = ""
    base_url: str = ""
    zone: str = Zone.INTERNET
    use: Endpoint.Use = Use.CHAT
    note: str | Promise = ""

    def settings(self) -> dict[str, Any]:
        """Return the fields of an endpoint that it fills in."""
        return {
            "use": str(self.use),
            "name": str(self.title).split("（")[0],
            "provider": str(self.provider),
            "model": self.model,
            "base_url": self.base_url,
            "zone": str(self.zone),
        }


_COMPATIBLE, _INSIDE = Provider.OPENAI_COMPATIBLE, Zone.INTERNAL
_AZURE = "https://<resource>.openai.azure.com"
# https://manual.sakura.ad.jp/cloud/ai-engine/ (2025-09-24).
_SAKURA = "https://api.ai.sakura.ad.jp/v1"
_ASK_SERVER = _("「モデルを調べる」で、サーバーにあるモデルの名前を選べます。")
_DEPLOYMENT = _("URLの <resource> をリソース名に書き換え、モデル名にはデプロイ名を入力します。")
_OWN_MODEL = _("モデル名は、サーバーを起動したときの名前にします。")

PRESETS = (
    Preset("vllm", "vLLM", _COMPATIBLE, "", "http://127.0.0.1:8000/v1", _INSIDE, note=_ASK_SERVER),
    Preset("llama-cpp", "llama.cpp", _COMPATIBLE, "", "http://127.0.0.1:8080/v1", _INSIDE, note=_ASK_SERVER),
    Preset("ollama", "Ollama", _COMPATIBLE, "", "http://127.0.0.1:11434/v1", _INSIDE, note=_ASK_SERVER),
    Preset("lm-studio", "LM Studio", _COMPATIBLE, "", "http://127.0.0.1:1234/v1", _INSIDE, note=_ASK_SERVER),
    Preset("openai", "OpenAI", Provider.OPENAI, "gpt-5-mini"),
    Preset("azure", _("Azure OpenAI（キー）"), Provider.AZURE, "", _AZURE, note=_DEPLOYMENT),
    Preset("azure-entra", _("Azure OpenAI（Entra ID）"), Provider.AZURE_ENTRA, "", _AZURE, note=_DEPLOYMENT),
    Preset("anthropic", "Anthropic", Provider.ANTHROPIC, "claude-haiku-4-5"),
    Preset(
        "bedrock",
        "Amazon Bedrock",
        Provider.BEDROCK,
        "",
        "https://bedrock-runtime.ap-northeast-1.amazonaws.com",
        note=_("東京リージョンのURLです。モデル名には、推論プロファイルかモデルのIDを入力します。"),
    ),
    Preset("google", "Google AI Studio", Provider.GOOGLE, "gemini-2.5-flash"),
    Preset(
        "vertex",
        "Vertex AI",
        Provider.VERTEX,
        "gemini-2.5-flash",
        "https://asia-northeast1-aiplatform.googleapis.com/v1/projects/<project>/locations/asia-northeast1",
        note=_("URLの <project> をプロジェクトIDに書き換え、キーにはサービスアカウントキーのJSONを貼り付けます。"),
    ),
    Preset("sakura", "さくらのAI Engine", _COMPATIBLE, "gpt-oss-120b", _SAKURA, note=_ASK_SERVER),
    Preset(
        "openai-compatible",
        _("そのほかのOpenAI互換サーバー"),
        _COMPATIBLE,
        "",
        "https://<server>/v1",
        note=_("URLの <server> を書き換えます。庁内のサーバーでは、接続区分も庁内にします。"),
    ),
    Preset(
        "embedding-inside",
        _("庁内の埋め込み（TEI・vLLM・llama.cpp）"),
        _COMPATIBLE,
        "cl-nagoya/ruri-v3-310m",
        "http://127.0.0.1:8080/v1",
        _INSIDE,
        Use.EMBEDDING,
        _OWN_MODEL,
    ),
    Preset("embedding-openai", _("OpenAIの埋め込み"), Provider.OPENAI, "text-embedding-3-large", use=Use.EMBEDDING),
    Preset(
        "embedding-azure",
        _("Azure OpenAIの埋め込み"),
        Provider.AZURE,
        "text-embedding-3-large",
        _AZURE,
        use=Use.EMBEDDING,
        note=_DEPLOYMENT,
    ),
    Preset("embedding-google", _("Googleの埋め込み"), Provider.GOOGLE, "gemini-embedding-001", use=Use.EMBEDDING),
    Preset(
        "embedding-sakura",
        _("さくらのAI Engineの埋め込み"),
        _COMPATIBLE,
        "multilingual-e5-large",
        _SAKURA,
        use=Use.EMBEDDING,
    ),
    Preset(
        "rerank-inside",
        _("庁内の並べ替え（TEI・vLLM・llama.cpp）"),
        _COMPATIBLE,
        "cl-nagoya/ruri-v3-reranker-310m",
        "http://127.0.0.1:8081",
        _INSIDE,
        Use.RERANK,
        _OWN_MODEL,
    ),
    Preset(
        "rerank-cohere",
        _("Cohereの並べ替え"),
        _COMPATIBLE,
        "rerank-v3.5",
        "https://api.cohere.com/v2",
        use=Use.RERANK,
    ),
    Preset(
        "transcription-inside",
        _("庁内の文字起こし（faster-whisper など）"),
        _COMPATIBLE,
        "",
        "http://127.0.0.1:8000/v1",
        _INSIDE,
        Use.TRANSCRIPTION,
        _ASK_SERVER,
    ),
    Preset("transcription-openai", _("OpenAIの文字起こし"), Provider.OPENAI, "whisper-1", use=Use.TRANSCRIPTION),
    Preset(
        "transcription-sakura",
        _("さくらのAI Engineの文字起こし"),
        _COMPATIBLE,
        "whisper-large-v3-turbo",
        _SAKURA,
        use=Use.TRANSCRIPTION,
    ),
)


def presets() -> list[Preset]:
    """Return the presets of this machine: where a model of its own is set up, that one first."""
    if not local_model.is_set():
        return list(PRESETS)
    title = _("この機械のモデル（試し用）")
    return [Preset("local", title, _COMPATIBLE, local_model.NAME, local_model.address(), _INSIDE), *PRESETS]


def preset_named(key: str) -> Preset | None:
    """Return a preset by its key."""
    return next((preset for preset in presets() if preset.key == key), None)


def presets_by_use() -> list[tuple[str, list[Preset]]]:
    """Return the presets under what they are for, in words."""
    found = presets()
    uses = dict.fromkeys(preset.use for preset in found)
    return [(str(use.label), [preset for preset in found if preset.use == use]) for use in uses]
