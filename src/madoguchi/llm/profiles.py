"""What the network model of an office (α, α′, β, β′, closed) lets endpoints be, and what it asks of them.

The zones of a profile are walls: no other setting opens them. What it asks of an endpoint by zone and classification
is a beginning: a cell that the office set itself stands instead, except in closed operation.
"""

from collections.abc import Mapping, Sequence

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from madoguchi.llm.models import Cell, RequestZone, Rules
from madoguchi.people.models import Classification

Profile, Need = Rules.Profile, Cell.Need
_INSIDE, _LGWAN, _INTERNET = RequestZone.INTERNAL, RequestZone.LGWAN, RequestZone.INTERNET
C1, C2, C3C, C3B, C3A = Classification

# 3B and 3A never leave the office, whatever anybody sets.
INSIDE_ONLY_FROM = C3B
# From loose to strict.
STRICTNESS: Mapping[str, int] = {need: place for place, need in enumerate(Need.values)}
# What an endpoint must be when neither the profile nor the office says otherwise. 3C leaves only where the city
# switched it on.
DEFAULT_NEEDS: Mapping[int, str] = {
    C1: Need.ANY,
    C2: Need.CONTRACT,
    C3C: Need.INSIDE,
    C3B: Need.INSIDE,
    C3A: Need.INSIDE,
}
# By profile and zone of a request, the zones of the endpoints that it may go to.
ZONES: Mapping[str, Mapping[str, Sequence[str]]] = {
    # Work terminals stand on the side of LGWAN, and nothing goes out of it.
    Profile.ALPHA: {_INSIDE: (_INSIDE, _LGWAN), _LGWAN: (_INSIDE, _LGWAN), _INTERNET: (_INSIDE,)},
    # The same, with a way from there to the services that stand on the list of destinations.
    Profile.ALPHA_PRIME: {
        _INSIDE: (_INSIDE, _LGWAN, _INTERNET),
        _LGWAN: (_INSIDE, _LGWAN, _INTERNET),
        _INTERNET: (_INSIDE, _INTERNET),
    },
    # Work terminals stand on the side of the internet; what stays on that of LGWAN does not go there.
    Profile.BETA: {
        _INSIDE: (_INSIDE, _LGWAN, _INTERNET),
        _LGWAN: (_INSIDE, _LGWAN),
        _INTERNET: (_INSIDE, _INTERNET),
    },
    Profile.BETA_PRIME: {
        _INSIDE: (_INSIDE, _LGWAN, _INTERNET),
        _LGWAN: (_INSIDE, _LGWAN),
        _INTERNET: (_INSIDE, _INTERNET),
    },
    Profile.CLOSED: dict.fromkeys(RequestZone.values, (_INSIDE,)),
}
# What a profile asks otherwise than DEFAULT_NEEDS, by zone of the request and classification.
NEEDS: Mapping[str, Mapping[tuple[str, int], str]] = {
    # Systems with important information stand on the side of the internet too.
    Profile.BETA_PRIME: {(_INSIDE, C3C): Need.CONTRACT, (_INTERNET, C3C): Need.CONTRACT},
    Profile.CLOSED: {(zone, classification): Need.INSIDE for zone in RequestZone.values for classification in (C1, C2)},
}
# What a profile is, in the words of who runs the network of a city.
ABOUT: Mapping[str, object] = {
    Profile.NONE: _(
        "ネットワーク構成による制限をかけません。接続区分ごとに使える接続先は、サーバーの設定のとおりです。"
    ),
    Profile.ALPHA: _(
        "業務端末をLGWAN接続系に置き、インターネット接続系から分離する構成です。庁内とLGWANの接続先だけを使います。"
    ),
    Profile.ALPHA_PRIME: _(
        "業務端末をLGWAN接続系に置き、決めたクラウドサービスにだけ直接つなぐ（ローカルブレイクアウト）構成です。"
        "インターネットの接続先は、宛先リストに載せたものだけを使います。"
    ),
    Profile.BETA: _(
        "業務端末をインターネット接続系に置き、重要な情報を扱うシステムはLGWAN接続系に残す構成です。"
        "LGWAN接続系からは、インターネットの接続先を使いません。"
    ),
    Profile.BETA_PRIME: _(
        "業務端末に加えて、重要な情報を扱うシステムもインターネット接続系に置く構成です。"
        "機密性3Cの情報も、学習・保存をしない国内の契約の接続先に渡せます。"
    ),
    Profile.CLOSED: _(
        "庁内の接続先だけを使います。ほかの設定がどうなっていても、庁外の接続先にはつながりません。"
        "検索の埋め込み・並べ替え・文字起こし・接続の試験も同じです。"
    ),
}


def profile_of(tenant_id: int) -> str:
    """Return the profile of an office, "" when it chose none."""
    return Rules.objects.filter(tenant_id=tenant_id).values_list("profile", flat=True).first() or ""


def zones_from(profile: str, zone: str) -> list[str]:
    """Return the zones of the endpoints that a request from a zone may go to under a profile."""
    return list(ZONES[profile][zone] if profile else settings.ENDPOINT_ZONES[zone])


def zones_of(tenant_id: int, zone: str) -> list[str]:
    """Return the zones of the endpoints that a request from a zone may go to in an office."""
    return zones_from(profile_of(tenant_id), zone)


def zones_reached(profile: str) -> set[str]:
    """Return the zones of the endpoints that anything at all may go to under a profile."""
    return {reached for zone in RequestZone.values for reached in zones_from(profile, zone)}


def need_under(profile: str, cells: Mapping[tuple[str, int], str], zone: str, classification: int) -> str:
    """Return what an endpoint must be to take a text of a classification from a zone; `cells`: what the office set."""
    default = NEEDS.get(profile, {}).get((zone, classification), DEFAULT_NEEDS[classification])
    need = cells.get((zone, classification), default)
    # Here a row may close a cell altogether, not open it.
    if classification >= INSIDE_ONLY_FROM or profile == Profile.CLOSED:
        return max(need, Need.INSIDE, key=lambda one: STRICTNESS[one])
    return need


def lists_destinations(profile: str) -> bool:
    """Whether endpoints on the internet are used only where the list of destinations names them."""
    return profile == Profile.ALPHA_PRIME
