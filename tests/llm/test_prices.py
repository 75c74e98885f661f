"""What tokens cost."""

from decimal import Decimal

import pytest

from madoguchi.llm.models import Endpoint, Rules
from madoguchi.llm.prices import is_free, yen_of

pytestmark = pytest.mark.django_db


def endpoint(office, **fields) -> Endpoint:
    return Endpoint(tenant=office, name="x", provider="openai", model="m", **fields)


def test_yen_follow_from_tokens_in_out_and_cached(office):
    made = endpoint(office, price_in=Decimal(200), price_out=Decimal(800), price_cached=Decimal(20))
    assert yen_of(made, 1_000_000, 500_000, 400_000) == Decimal(120 + 8 + 400)
    made.price_cached = None
    assert yen_of(made, 1_000_000, 0, 400_000) == 200


def test_dollars_are_counted_at_the_rate_of_the_office(office):
    made = endpoint(office, price_in=Decimal(1), price_out=Decimal(2), currency="USD")
    assert yen_of(made, 1_000_000, 0) == 155
    Rules.objects.create(tenant=office, yen_per_dollar=Decimal("160.5"))
    assert yen_of(made, 1_000_000, 0) == Decimal("160.5")
    assert yen_of(made, 1_000_000, 0, rate=Decimal(100)) == 100


def test_the_smallest_cost_is_rounded_up(office):
    assert yen_of(endpoint(office, price_in=Decimal("0.0001")), 1, 0) == Decimal("0.0001")


def test_without_a_price_the_cost_is_not_known(office):
    assert yen_of(endpoint(office), 1_000, 1_000) is None
    assert yen_of(endpoint(office, price_in=Decimal(0)), 1_000, 1_000) == 0


@pytest.mark.parametrize("cached", [-5, 10**9])
def test_a_number_of_cached_tokens_that_cannot_be_does_no_harm(office, cached):
    made = endpoint(office, price_in=Decimal(100), price_cached=Decimal(0))
    assert yen_of(made, 1_000_000, 0, cached) == (100 if cached < 0 else 0)


def test_free_is_what_has_the_price_zero_and_a_machine_of_the_office_without_one(office):
    assert is_free(endpoint(office, price_in=Decimal(0), price_out=Decimal(0)))
    assert is_free(endpoint(office, zone="internal"))
    assert not is_free(endpoint(office, zone="internet"))
    assert not is_free(endpoint(office, zone="internal", price_out=Decimal(1)))
