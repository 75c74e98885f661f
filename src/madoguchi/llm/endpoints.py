"""The models an administrator configured: which exist, where one answers, and what is wrong with one."""

import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from madoguchi.audit.record import record
from madoguchi.llm import credentials
from madoguchi.llm.models import Endpoint, Grade
from madoguchi.llm.profiles import INSIDE_ONLY_FROM
from madoguchi.llm.zone_names import names_the_number_side
from madoguchi.people.models import Tenant
from madoguchi.people.sealed import opened, put
from madoguchi.sealing import CannotOpen, NoMasterKey

# Where a provider answers when no address is given. Azure and compatible servers have none of their own.
PROVIDER_URLS: Mapping[str, str] = {
    Endpoint.Provider.OPENAI: "https://api.openai.com/v1",
    Endpoint.Provider.ANTHROPIC: "https://api.anthropic.com",
    Endpoint.Provider.GOOGLE: "https://generativelanguage.googleapis.com",
}
# The address of Vertex AI names project and location.
VERTEX_ADDRESS = re.compile(r"(https?://[^/?#]+)(?:/v1(?:beta1)?)?/projects/([a-z0-9:.\-]+)/locations/([a-z0-9\-]+)")
# A number that resolvers take for an IPv4 address although it is not written as one.
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|\d+)(?:\.(?:0x[0-9a-f]*|\d+))*\.?")
_AZURE = (Endpoint.Provider.AZURE, Endpoint.Provider.AZURE_ENTRA)
# The field of forms in which a key is typed. `people.kept` leaves what is named so out of what it keeps in a page.
KEY_FIELD = "key_token"
# What only an endpoint of use `embedding` has.
EMBEDDING_FIELDS = ("query_prefix", "passage_prefix", "dimensions")
# What only an endpoint of use `chat` has.
CHAT_FIELDS = ("sees_pictures", "keeps_schema", "calls_tools")
# Providers that have an API for sound.
TRANSCRIBERS = (Endpoint.Provider.OPENAI, Endpoint.Provider.OPENAI_COMPATIBLE, *_AZURE)
# Of one million tokens, in any currency; of a context; of days that a provider keeps what it was sent.
HIGHEST_PRICE, MOST_TOKENS, MOST_DAYS = 1_000_000, 100_000_000, 36_500
# The fewest and the most dimensions of a vector.
DIMENSIONS = (8, 4096)


class NoEndpoint(Exception):
    """No endpoint may take this text; the message says why, in Japanese."""


class Invalid(Exception):
    """An endpoint's settings do not fit together: `errors` maps a field's name to what is wrong, in Japanese."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


def address_of(endpoint: Endpoint) -> str:
    """Return the address that calls go to: its own, or the provider's."""
    return endpoint.base_url or PROVIDER_URLS.get(endpoint.provider, "")


def standing_zone(base_url: str) -> str:
    """Return the zone that an address says of itself: a loopback or private one is in the office."""
    try:
        host = urlsplit(base_url).hostname or ""
        inside = host == "localhost" or ipaddress.ip_address(host).is_private
    except ValueError:
        inside = False
    return Endpoint.Zone.INTERNAL if inside else Endpoint.Zone.INTERNET


def key_of(endpoint: Endpoint) -> str:
    """Return the key, empty when there is none and none is needed; raises NoEndpoint when it lacks or does not open."""
    try:
        key = opened(endpoint, "sealed_key")
    except (CannotOpen, NoMasterKey):
        raise NoEndpoint(
            _(
                "接続先「%(name)s」のキーを開けません。主鍵が失われたか、替わっています。主鍵を控えから戻すか、接続先の編集でキーを入力し直してください。"
            )
            % {"name": endpoint.name}
        ) from None
    if not key and needs_key(endpoint):
        raise NoEndpoint(
            _("接続先「%(name)s」のキーがありません。接続先の編集でキーを入力してください。") % {"name": endpoint.name}
        )
    return key


def needs_key(endpoint: Endpoint) -> bool:
    """Return whether nothing comes of a call without a key: providers at their own addresses ask for one."""
    return endpoint.provider in credentials.KEYED or (endpoint.provider in PROVIDER_URLS and not endpoint.base_url)


def check(endpoint: Endpoint, key: str | None = None) -> dict[str, str]:
    """Return what is wrong with an endpoint by field, in Japanese; nothing when it may be saved. `key` as in `save`."""
    errors: dict[str, str] = {}
    if not re.fullmatch(r"[\w .\-]{1,50}", endpoint.name):
        errors["name"] = _("名前は50文字以内の文字・数字・ハイフンで入力してください。")
    elif Endpoint.objects.filter(tenant_id=endpoint.tenant_id, name=endpoint.name).exclude(pk=endpoint.pk).exists():
        errors["name"] = _("同じ名前の接続先があります。別の名前を入力してください。")
    if endpoint.provider not in Endpoint.Provider.values:
        errors["provider"] = _("提供元を選んでください。")
    if endpoint.zone not in Endpoint.Zone.values:
        errors["zone"] = _("接続区分を選んでください。")
    if not re.fullmatch(r"[\w.:/@\-]{1,100}", endpoint.model):
        errors["model"] = _("モデル名を、提供元の表記どおりに入力してください。")
    if key_error := _key_error(endpoint, key):
        errors[KEY_FIELD] = key_error
    if address_error := _address_error(endpoint):
        errors["base_url"] = address_error
    if endpoint.max_classification >= INSIDE_ONLY_FROM and endpoint.zone != Endpoint.Zone.INTERNAL:
        errors["max_classification"] = _("機密性3B・3Aを扱えるのは、接続区分が庁内の接続先だけです。")
    if names_the_number_side(endpoint.name) or names_the_number_side(endpoint.base_url):
        errors["name"] = _("マイナンバー利用事務系のモデルは接続先にできません。")
    return _use_errors(endpoint) | _number_errors(endpoint) | _contract_errors(endpoint) | errors


def _number_errors(endpoint: Endpoint) -> dict[str, str]:
    errors = dict[str, str]()
    for name in ("price_in", "price_out", "price_cached"):
        price = getattr(endpoint, name)
        if price is not None and not 0 <= price < HIGHEST_PRICE:
            errors[name] = _("単価は0以上%(most)d未満の数で入力してください。") % {"most": HIGHEST_PRICE}
    for name in ("context_tokens", "max_output_tokens"):
        tokens = getattr(endpoint, name)
        if tokens is not None and not 1 <= tokens <= MOST_TOKENS:
            errors[name] = _("1以上%(most)d以下の整数で入力してください。") % {"most": MOST_TOKENS}
    if not errors and (endpoint.context_tokens or MOST_TOKENS) < (endpoint.max_output_tokens or 0):
        errors["max_output_tokens"] = _("扱える長さより大きくできません。")
    if endpoint.valid_from and endpoint.valid_to and endpoint.valid_to < endpoint.valid_from:
        errors["valid_to"] = _("最後の日は、最初の日より後にしてください。")
    return errors


def _contract_errors(endpoint: Endpoint) -> dict[str, str]:
    errors = dict[str, str]()
    if endpoint.checked_on and endpoint.checked_on > timezone.localdate():
        errors["checked_on"] = _("確認した日は、今日までの日付を入力してください。")
    if endpoint.retention_days is not None and not 0 <= endpoint.retention_days <= MOST_DAYS:
        errors["retention_days"] = _("0以上%(most)d以下の日数で入力してください。") % {"most": MOST_DAYS}
    if len(endpoint.sub_processors) > 200 or not endpoint.sub_processors.isprintable():
        errors["sub_processors"] = _("200文字以内で入力してください。改行は使えません。")
    choices = {
        "grade": Grade.values,
        "currency": Endpoint.Currency.values,
        "contract": ["", *Endpoint.Contract.values],
        "region": ["", *Endpoint.Region.values],
    }
    errors |= {
        name: _("一覧から選んでください。") for name, known in choices.items() if getattr(endpoint, name) not in known
    }
    return errors


def _use_errors(endpoint: Endpoint) -> dict[str, str]:
    """What does not belong to the use of an endpoint."""
    use, errors = endpoint.use, dict[str, str]()
    if use not in Endpoint.Use.values:
        errors["use"] = _("用途を選んでください。")
    if use == Endpoint.Use.TRANSCRIPTION and endpoint.provider not in TRANSCRIBERS:
        errors["provider"] = _("文字起こしに使えるのは、OpenAI・Azure OpenAI・OpenAI互換の接続先です。")
    if use == Endpoint.Use.EMBEDDING and endpoint.provider in (Endpoint.Provider.ANTHROPIC, Endpoint.Provider.BEDROCK):
        errors["provider"] = _("Anthropicには埋め込みのモデルがありません。ほかの提供元を選んでください。")
    if use == Endpoint.Use.RERANK and endpoint.provider != Endpoint.Provider.OPENAI_COMPATIBLE:
        errors["provider"] = _(
            "並べ替えのAPI（Cohere・Jina・vLLM・TEIなど）は、提供元を「OpenAI互換」にしてURLを入力してください。"
        )
    if use != Endpoint.Use.CHAT:
        errors |= {
            name: _("この項目は、用途が文章の接続先だけで使います。") for name in CHAT_FIELDS if getattr(endpoint, name)
        }
    if use != Endpoint.Use.EMBEDDING:
        errors |= {
            name: _("この項目は、用途が埋め込みの接続先だけで使います。")
            for name in EMBEDDING_FIELDS
            if getattr(endpoint, name)
        }
    for name in ("query_prefix", "passage_prefix"):
        if len(getattr(endpoint, name)) > 200 or not getattr(endpoint, name).isprintable():
            errors[name] = _("200文字以内で入力してください。改行は使えません。")
    least, most = DIMENSIONS
    if endpoint.dimensions is not None and not least <= endpoint.dimensions <= most:
        errors["dimensions"] = _("次元数は%(least)d以上%(most)d以下の整数で入力してください。") % {
            "least": least,
            "most": most,
        }
    return errors


def _key_error(endpoint: Endpoint, key: str | None) -> str:
    if key and (reason := credentials.why_not(endpoint.provider, key)):
        return reason
    stored = Endpoint.objects.filter(tenant_id=endpoint.tenant_id, pk=endpoint.pk).first() if endpoint.pk else None
    has_key = bool(stored and stored.sealed_key) if key is None else bool(key)
    # One that is out of use may be without: it must be possible to stop it.
    if not has_key and endpoint.is_enabled and needs_key(endpoint):
        return _("この提供元にはキーが必要です。キーを入力してください。")
    # Who may change the address is not told the key by having it sent to an address of his own.
    if key is None and stored and stored.sealed_key and not _takes_the_same_key(stored, endpoint):
        return _("宛先が変わるため、キーも入力し直してください。登録済みのキーは、登録したときの宛先にだけ送ります。")
    return ""


def _takes_the_same_key(one: Endpoint, other: Endpoint) -> bool:
    forms = [item.provider if item.provider in credentials.KEYED else "" for item in (one, other)]
    return _origin(one) == _origin(other) and forms[0] == forms[1]


def _origin(endpoint: Endpoint) -> tuple[str, str]:
    """Return scheme, host and port that calls go to."""
    try:
        parts = urlsplit(address_of(endpoint).lower())
        return parts.scheme, parts.netloc
    except ValueError:
        return "", endpoint.base_url


def _address_error(endpoint: Endpoint) -> str:
    if not endpoint.base_url:
        if endpoint.provider not in PROVIDER_URLS:
            return _("この提供元ではURLが必要です。")
        if endpoint.zone != Endpoint.Zone.INTERNET:
            return _(
                "提供元の標準のURLはインターネットにあります。接続区分をインターネットにするか、URLを入力してください。"
            )
        return ""
    if "<" in endpoint.base_url or ">" in endpoint.base_url:
        return _("URLの < > で囲んだところを、実際の名前に書き換えてください。")
    # What readers of URLs drop or take for something else.
    if re.search(r"[\x00-\x20\x7f\\]|\s", endpoint.base_url):
        return _("URLに空白や \\ を含めることはできません。")
    try:
        parts = urlsplit(endpoint.base_url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return _("URLを読み取れません。https:// から始まる形で入力してください。")
    query = dict(parse_qsl(parts.query))
    if parts.scheme not in ("http", "https") or not host:
        return _("URLは https:// （庁内では http:// も可）から始めてください。")
    if parts.username or parts.password or parts.fragment:
        return _("URLに利用者名・パスワード・#以降を含めることはできません。")
    if query and (endpoint.provider not in _AZURE or set(query) != {"api-version"}):
        return _("URLの?以降は使用できません（Azureの api-version を除く）。")
    if parts.scheme == "http" and endpoint.zone == Endpoint.Zone.INTERNET:
        return _("インターネットの接続先は https:// にしてください。")
    if endpoint.provider == Endpoint.Provider.VERTEX and not VERTEX_ADDRESS.fullmatch(endpoint.base_url.rstrip("/")):
        return _("URLは https://…/v1/projects/プロジェクトID/locations/リージョン の形で入力してください。")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return _("このアドレスは接続先にできません。") if _NUMBER.fullmatch(host) else ""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    # The address of a cloud's metadata service stands in this range: it gives out credentials.
    if address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved:
        return _("このアドレスは接続先にできません。")
    if address.is_global and endpoint.zone != Endpoint.Zone.INTERNET:
        return _("このアドレスは庁外にあります。接続区分をインターネットにしてください。")
    return ""


def save(endpoint: Endpoint, actor: str, key: str | None = None) -> Endpoint:
    """Save a checked endpoint, on the record; raises Invalid. `key`: the new one, "" to delete it, None leaves it."""
    errors = check(endpoint, key)
    if errors:
        raise Invalid(errors)
    with transaction.atomic():
        if key is not None:
            endpoint.key_changed_at = timezone.now() if key else None
        endpoint.save()
        if key is not None:
            _put_key(endpoint, actor, key)
        record(
            endpoint.tenant_id,
            actor,
            "settings.changed",
            f"endpoint:{endpoint.pk}",
            use=endpoint.use,
            provider=endpoint.provider,
            zone=endpoint.zone,
            max_classification=endpoint.max_classification,
            enabled=endpoint.is_enabled,
        )
    return endpoint


def _put_key(endpoint: Endpoint, actor: str, key: str) -> None:
    try:
        put(endpoint, "sealed_key", key)
    except NoMasterKey:
        said = _(
            "主鍵を読み書きできないため、何も保存していません。"
            "運用の担当者に「madoguchi doctor」の「鍵」を確かめてもらい、もう一度入力してください。"
        )
        raise Invalid({KEY_FIELD: said}) from None
    record(endpoint.tenant_id, actor, "secret.changed" if key else "secret.deleted", f"endpoint:{endpoint.pk}")


def named(tenant: Tenant, name: str) -> Endpoint | None:
    """Return an office's endpoint by its name."""
    return Endpoint.objects.filter(tenant=tenant, name=name).first()
