"""What is sealed as the key of an endpoint: the secret alone, or, where a provider asks for more, one JSON text."""

import json
import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from madoguchi.llm.models import Endpoint

Provider = Endpoint.Provider
# What is typed beside the key, by provider. Without an access key id, the key of Bedrock is one of its API keys.
BESIDE: Mapping[str, tuple[str, ...]] = {
    Provider.AZURE_ENTRA: ("tenant_id", "client_id"),
    Provider.BEDROCK: ("access_key_id",),
}
OPTIONAL = ("access_key_id",)
# Providers whose key is never a secret alone that goes into a header, and that answer nobody without one.
KEYED = (Provider.AZURE_ENTRA, Provider.BEDROCK, Provider.VERTEX)
# What a header can carry.
_SECRET = re.compile(r"[!-~]{1,4096}")
# An identifier; that of a tenant becomes a part of an address.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.\-]{0,99}")
# Of a service account; no reader of ours needs the rest.
_ACCOUNT = ("client_email", "private_key", "private_key_id")
_ACCOUNT_CHARACTERS = 20_000


def joined(provider: str, secret: str, beside: Mapping[str, str]) -> str:
    """Return what is sealed for a secret as it was typed. What is wrong with it `why_not` tells."""
    found = {name: beside[name].strip() for name in BESIDE.get(provider, ()) if beside.get(name, "").strip()}
    if provider == Provider.VERTEX:
        account = parts(secret)
        found = {name: str(account[name]) for name in _ACCOUNT if name in account}
        return json.dumps(found) if found else secret
    return json.dumps(found | {"secret": secret}) if found else secret


def parts(key: str) -> dict[str, Any]:
    """Return what a key of several parts holds; empty for a secret alone."""
    try:
        found = json.loads(key) if key.startswith("{") else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def why_not(provider: str, key: str) -> str:
    """Return, in Japanese, what is wrong with a key of a provider; "" for one that may be saved."""
    found = parts(key)
    if provider == Provider.VERTEX:
        return _why_not_account(key, found)
    secret = str(found.get("secret", "")) if provider in BESIDE and found else key
    if not _SECRET.fullmatch(secret):
        return _("キーは半角の英数字と記号だけで、提供元が発行したとおりに入力してください。")
    if provider not in BESIDE:
        return ""
    lacking = [name for name in BESIDE[provider] if not found.get(name) and name not in OPTIONAL]
    if lacking:
        return _("テナントIDとクライアントIDも入力してください。")
    if not all(_NAME.fullmatch(str(found[name])) for name in BESIDE[provider] if name in found):
        return _("IDは半角の英数字・ハイフン・ピリオドで、管理画面の表記どおりに入力してください。")
    return ""


def _why_not_account(key: str, account: dict[str, Any]) -> str:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    said = _(
        "サービスアカウントキー（JSONファイルの中身）を、{ から } まですべて貼り付けてください。"
        "キーはGoogle Cloudの「サービスアカウント」で作成できます。"
    )
    if len(key) > _ACCOUNT_CHARACTERS or not re.fullmatch(r"[\w.+\-]+@[\w.\-]+", str(account.get("client_email", ""))):
        return said
    try:
        private = load_pem_private_key(str(account.get("private_key", "")).encode(), password=None)
    except (ValueError, TypeError):
        return said
    return "" if isinstance(private, RSAPrivateKey) else said
