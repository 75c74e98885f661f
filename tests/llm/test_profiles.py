"""What each network model lets endpoints be, and that closed operation opens nowhere."""

import itertools

import pytest

from madoguchi.llm.models import Cell, Rules
from madoguchi.llm.profiles import need_under, zones_of, zones_reached
from madoguchi.llm.routing import highest_for, why_not_reached
from madoguchi.people.models import Classification
from tests.llm.made import endpoint_at

pytestmark = pytest.mark.django_db

ZONES = ("internal", "lgwan", "internet")
# By profile, where requests from inside, LGWAN and the internet may go.
EFFECTIVE = {
    "": ("internal lgwan internet", "internal lgwan", "internal lgwan internet"),
    "alpha": ("internal lgwan", "internal lgwan", "internal"),
    "alpha-prime": ("internal lgwan internet", "internal lgwan internet", "internal internet"),
    "beta": ("internal lgwan internet", "internal lgwan", "internal internet"),
    "beta-prime": ("internal lgwan internet", "internal lgwan", "internal internet"),
    "closed": ("internal", "internal", "internal"),
}


@pytest.mark.req("A7")
@pytest.mark.parametrize("profile", Rules.Profile.values)
def test_each_profile_reaches_the_zones_that_it_names(office, profile):
    Rules.objects.create(tenant=office, profile=profile)
    assert tuple(" ".join(zones_of(office.pk, zone)) for zone in ZONES) == EFFECTIVE[profile]


@pytest.mark.req("A7")
def test_an_office_without_a_profile_goes_by_the_settings_of_the_machine(office, settings):
    settings.ENDPOINT_ZONES = settings.ENDPOINT_ZONES | {"lgwan": ["internal"]}
    assert zones_of(office.pk, "lgwan") == ["internal"]


@pytest.mark.req("A5")
def test_no_profile_and_no_cell_lets_3b_and_3a_out(office):
    for profile, zone, classification, need in itertools.product(
        Rules.Profile.values, ZONES, (Classification.C3B, Classification.C3A), Cell.Need.values
    ):
        got = need_under(profile, {(zone, classification): need}, zone, classification)
        assert got == ("none" if need == "none" else "inside")


@pytest.mark.req("A7")
def test_closed_operation_reaches_the_office_alone_whatever_else_is_set(office, settings):
    settings.ENDPOINT_ZONES = {zone: list(ZONES) for zone in ZONES}
    Rules.objects.create(tenant=office, profile="closed")
    for zone, classification in itertools.product(ZONES, Classification):
        Cell.objects.create(tenant=office, zone=zone, classification=classification, need="any")
    outside = endpoint_at(office, "https://model.example/v1", zone="internet", max_classification=1)
    assert zones_reached("closed") == {"internal"}
    assert {need_under("closed", {("lgwan", 1): need}, "lgwan", 1) for need in Cell.Need.values} == {"inside", "none"}
    assert highest_for(outside) == 0
    assert "ネットワーク構成" in why_not_reached(outside)
