"""Short-lived tokens where a provider takes no key: Entra ID for Azure, a service account for Vertex AI.

No library's own chain of credentials: those read variables, files and the metadata address of the machine. The request
for a token goes through the client of the call itself, under the same certificates, proxy and limits.
"""

import base64
import hashlib
import json
import time
from collections.abc import AsyncGenerator
from typing import Any

import httpx2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings

from madoguchi.llm.credentials import parts
from madoguchi.llm.faults import Fault, fault_of_status
from madoguchi.llm.models import Endpoint

_ENTRA_SCOPE = "https://cognitiveservices.azure.com/.default"
_GOOGLE_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
# How long Google's tokens are asked for, in seconds: its most.
_GOOGLE_SECONDS = 3600

# Tokens of this process and until when they are used, by a digest of what they were asked with.
_kept: dict[str, tuple[str, float]] = {}


class Token(httpx2.Auth):
    """Puts a token into each request of a client, and fetches a new one shortly before the last one ends."""

    requires_response_body = True

    def __init__(self, provider: str, key: str) -> None:
        self.provider, self.found = provider, parts(key)
        asked = f"{provider} {settings.ENTRA_ADDRESS} {settings.GOOGLE_TOKEN_ADDRESS} {key}"
        self.digest = hashlib.sha256(asked.encode()).hexdigest()

    async def async_auth_flow(self, request: httpx2.Request) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        token, until = _kept.get(self.digest, ("", 0.0))
        if time.monotonic() >= until:
            answer = yield self._request()
            token = self._keep(answer)
        # The library puts a key of its own here.
        request.headers.pop("api-key", None)
        request.headers["Authorization"] = f"Bearer {token}"
        answer = yield request
        if answer.status_code == 401:
            _kept.pop(self.digest, None)

    def _request(self) -> httpx2.Request:
        if self.provider == Endpoint.Provider.VERTEX:
            form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": _assertion(self.found)}
            return httpx2.Request("POST", settings.GOOGLE_TOKEN_ADDRESS, data=form)
        form = {
            "grant_type": "client_credentials",
            "client_id": str(self.found.get("client_id", "")),
            "client_secret": str(self.found.get("secret", "")),
            "scope": _ENTRA_SCOPE,
        }
        tenant = self.found.get("tenant_id", "")
        return httpx2.Request("POST", f"{settings.ENTRA_ADDRESS}/{tenant}/oauth2/v2.0/token", data=form)

    def _keep(self, answer: httpx2.Response) -> str:
        # Both refuse a wrong secret with 400 or 401: it is the key that is wrong, not the call.
        if answer.status_code in (400, 401, 403):
            raise Fault("key")
        if answer.status_code != 200:
            raise fault_of_status(answer.status_code)
        try:
            said = json.loads(answer.content)
            token, seconds = said["access_token"], float(said.get("expires_in", 0))
        except (ValueError, TypeError, KeyError, RecursionError):
            raise Fault("unreadable") from None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise Fault("unreadable")
        _kept[self.digest] = (token, time.monotonic() + seconds - settings.TOKEN_SPARE_SECONDS)
        return token


def addresses(endpoint: Endpoint) -> list[str]:
    """Return where tokens of an endpoint come from, for the allow-list; none where it is called with a key."""
    return {
        Endpoint.Provider.AZURE_ENTRA: [settings.ENTRA_ADDRESS],
        Endpoint.Provider.VERTEX: [settings.GOOGLE_TOKEN_ADDRESS],
    }.get(Endpoint.Provider(endpoint.provider), [])


def _assertion(account: dict[str, Any]) -> str:
    """Return the signed statement (JWT, RS256) that a service account asks for a token with."""
    now = int(time.time())
    header = {"alg": "RS256", "typ": "JWT", "kid": account.get("private_key_id", "")}
    claims = {
        "iss": account.get("client_email", ""),
        "scope": _GOOGLE_SCOPE,
        "aud": settings.GOOGLE_TOKEN_ADDRESS,
        "iat": now,
        "exp": now + _GOOGLE_SECONDS,
    }
    signed = f"{_encoded(json.dumps(header).encode())}.{_encoded(json.dumps(claims).encode())}"
    private = load_pem_private_key(str(account.get("private_key", "")).encode(), password=None)
    if not isinstance(private, RSAPrivateKey):
        raise Fault("key")
    return f"{signed}.{_encoded(private.sign(signed.encode(), PKCS1v15(), hashes.SHA256()))}"


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
