"""The side of the network where 個人番号 are worked with is no zone here: nothing that is set up may name it.

What goes there at all (特定通信) is one line of the allow-list with peer, port, protocol and its reason.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings

from madoguchi.llm.models import RequestZone

_NUMBER_SIDE = re.compile(r"(?:マイナンバー|個人番号)(?:利用)?(?:事務)?系|番号利用事務系|my_?number|kojin_?bango")
_SPECIAL = "特定通信"
# Of the reason of such a connection.
_SHORTEST_REASON = 5


def names_the_number_side(text: str) -> bool:
    """Whether a text names the side where 個人番号 are worked with."""
    return bool(_NUMBER_SIDE.search(unicodedata.normalize("NFKC", text).lower()))


def is_special(purpose: str) -> bool:
    """Whether a purpose says that a connection is 特定通信, and why it is there."""
    purpose = unicodedata.normalize("NFKC", purpose)
    reason = re.sub(r"\W", "", _NUMBER_SIDE.sub("", purpose.lower()).replace(_SPECIAL, ""))
    return _SPECIAL in purpose and len(reason) >= _SHORTEST_REASON


def calls_itself_special(purpose: str) -> bool:
    """Whether a purpose uses the word 特定通信."""
    return _SPECIAL in unicodedata.normalize("NFKC", purpose)


def faults_of_settings() -> list[str]:
    """Return which settings of the machine name a zone that is none here, in Japanese."""
    zones: Iterable[tuple[str, str]] = [
        *_keys("ZONE_NETWORKS"),
        *_keys("ZONE_CLASSIFICATION"),
        *_keys("ENDPOINT_ZONES"),
        *(("ENDPOINT_ZONES", zone) for reached in settings.ENDPOINT_ZONES.values() for zone in reached),
    ]
    return [
        f"{name} に使えない接続区分「{zone}」があります。使えるのは {', '.join(RequestZone.values)} です。"
        "マイナンバー利用事務系は接続区分にできません。"
        for name, zone in zones
        if zone not in RequestZone.values
    ]


def _keys(name: str) -> list[tuple[str, str]]:
    named: Mapping[str, Any] = getattr(settings, name)
    return [(name, zone) for zone in named]
