"""What a call costs, in yen. Rounded up: a budget is never counted short."""

from decimal import ROUND_UP, Decimal

from madoguchi.llm.models import Endpoint, Rules

_MILLION = Decimal(1_000_000)
# The ledger holds yen to four places.
_PLACE = Decimal("0.0001")


def yen_per_dollar(tenant_id: int) -> Decimal:
    """Return the rate that an office counts with."""
    rate = Rules.objects.filter(tenant_id=tenant_id).values_list("yen_per_dollar", flat=True).first()
    return rate or Rules._meta.get_field("yen_per_dollar").default


def yen_of(
    endpoint: Endpoint, tokens_in: int, tokens_out: int, tokens_cached: int = 0, rate: Decimal | None = None
) -> Decimal | None:
    """Return what tokens cost in yen, None when the endpoint has no price. `tokens_cached` is a part of `tokens_in`.

    `rate`: yen per dollar, the office's when it is not given.
    """
    if endpoint.price_in is None and endpoint.price_out is None:
        return None
    price_in, price_out = endpoint.price_in or Decimal(0), endpoint.price_out or Decimal(0)
    price_cached = price_in if endpoint.price_cached is None else endpoint.price_cached
    cached = min(max(tokens_cached, 0), tokens_in)
    cost = ((tokens_in - cached) * price_in + cached * price_cached + tokens_out * price_out) / _MILLION
    if cost and endpoint.currency == Endpoint.Currency.DOLLAR:
        cost *= yen_per_dollar(endpoint.tenant_id) if rate is None else rate
    return cost.quantize(_PLACE, ROUND_UP)


def is_free(endpoint: Endpoint) -> bool:
    """Whether tokens cost nothing: the price is 0, or it is a machine of the office without a price."""
    if endpoint.price_in is None and endpoint.price_out is None:
        return endpoint.zone == Endpoint.Zone.INTERNAL
    return not any((endpoint.price_in, endpoint.price_out, endpoint.price_cached))
