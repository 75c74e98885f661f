"""Which endpoint takes a call, and why the others may not."""

import itertools
import random
from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from madoguchi.llm.models import Cell, Endpoint, Purpose, Route, Rules
from madoguchi.llm.routing import decide
from madoguchi.llm.vision import describers, set_limit
from madoguchi.llm.wanted import USES, Wanted
from madoguchi.people.access import scope_of_operator
from madoguchi.people.models import Classification, Tenant
from tests.llm.made import endpoint_at, full_record

pytestmark = pytest.mark.django_db

ADDRESS = "https://model.example/v1"
ZONES = ("internal", "lgwan", "internet")


def taken(scope, classification, zone="internal", purpose="chat", **more) -> list[str]:
    decision = decide(Wanted(purpose, replace(scope, zone=zone), classification, **more))
    return [endpoint.name for endpoint in decision.endpoints]


@pytest.mark.req("A4")
@pytest.mark.req("A5")
def test_every_cell_of_zone_and_class_is_as_the_rule_says(office, scope):
    """An endpoint takes a text of at most its class; 3C and up stay inside; LGWAN does not reach the internet."""
    for zone, limit in itertools.product(ZONES, Classification):
        Endpoint.objects.all().delete()
        endpoint_at(office, ADDRESS, zone=zone, max_classification=limit, **full_record())
        for classification, asking in itertools.product(Classification, ZONES):
            may = (
                classification <= limit
                and (zone == "internal" or classification < Classification.C3C)
                and not (asking == "lgwan" and zone == "internet")
            )
            assert bool(taken(scope, classification, asking)) == may, (zone, limit, classification, asking)


@pytest.mark.req("A6")
@pytest.mark.parametrize(
    "lacking",
    [
        {"contract": ""},
        {"region": ""},
        {"trains_on_input": None},
        {"retention_days": None},
        {"sub_processors": ""},
        {"checked_on": None},
        {"checked_on": timezone.localdate() - timedelta(days=367)},
        {"checked_on": timezone.localdate() + timedelta(days=2)},
        {"trains_on_input": True},
        {"retention_days": 30},
        {"region": "abroad"},
    ],
    ids=str,
)
def test_an_endpoint_outside_without_its_record_takes_open_texts_alone(office, scope, lacking):
    made = endpoint_at(office, ADDRESS, zone="internet", max_classification=2, **full_record())
    assert taken(scope, 2) == [made.name]
    Endpoint.objects.update(**lacking)
    assert taken(scope, 2) == []
    assert taken(scope, 1) == [made.name]


def test_the_first_in_order_is_taken_and_a_stopped_one_never(office, scope):
    endpoint_at(office, ADDRESS, name="三", order=3)
    endpoint_at(office, ADDRESS, name="一", order=1, is_enabled=False)
    endpoint_at(office, ADDRESS, name="二", order=2)
    assert taken(scope, 2) == ["二", "三"]


def test_a_purpose_with_an_order_of_its_own_takes_those_alone(office, scope):
    first, second, third = (endpoint_at(office, ADDRESS, name=name) for name in ("一", "二", "三"))
    Route.objects.create(tenant=office, purpose="summarise", endpoint=third, order=1)
    Route.objects.create(tenant=office, purpose="summarise", endpoint=first, order=2)
    assert taken(scope, 1, purpose="summarise") == ["三", "一"]
    assert taken(scope, 1) == [first.name, second.name, third.name]


def test_a_text_goes_to_endpoints_of_its_use_alone(office, scope):
    for number, use in enumerate(Endpoint.Use):
        endpoint_at(office, ADDRESS, name=use.value, use=use, order=9 - number, sees_pictures=True)
    assert taken(scope, 2, purpose="vision", pictures=True) == []
    set_limit(office, 5, "operator")
    for purpose in Purpose:
        assert set(taken(scope, 2, purpose=purpose)) == set(USES[purpose])
    assert [one.use for one in describers(office.pk, 2)] == ["chat"]
    Endpoint.objects.filter(use="chat").delete()
    assert "登録されていません" in decide(Wanted("chat", scope)).reason
    assert describers(office.pk, 2) == []


@pytest.mark.req("N1")
def test_another_office_has_its_own_endpoints(office):
    endpoint_at(office, ADDRESS)
    other = Tenant.objects.create(slug="other", name="隣市")
    decision = decide(Wanted("chat", scope_of_operator(other)))
    assert "登録されていません" in decision.reason
    assert not decision.endpoints
    assert not decision.refused


def forbidden(
    endpoint: Endpoint, profile: str, cells: dict[tuple[str, int], str], zone: str, classification: int
) -> bool:
    """What no rule may ever let happen, said anew and simply."""
    outside = endpoint.zone != "internal"
    reached = settings.ENDPOINT_ZONES[zone] if profile == "" else None
    return (
        not endpoint.is_enabled
        or classification > endpoint.max_classification
        or (outside and classification >= Classification.C3B)
        or (outside and profile == "closed")
        or (endpoint.zone == "internet" and profile in ("alpha", "alpha-prime"))
        or (endpoint.zone == "internet" and zone == "lgwan" and profile in ("beta", "beta-prime"))
        or (reached is not None and endpoint.zone not in reached)
        or cells.get((zone, classification)) == "none"
        or (outside and cells.get((zone, classification)) == "inside")
        or (outside and classification >= Classification.C2 and not endpoint.contract)
    )


@pytest.mark.req("A5")
def test_whatever_is_set_nothing_forbidden_is_taken_and_each_other_one_has_its_reason(office, scope):
    """Without a line on the list of destinations: under α′ nothing on the internet is used then."""
    chance, took = random.Random(6), 0
    for _case in range(60):
        Endpoint.objects.all().delete()
        Cell.objects.all().delete()
        profile = chance.choice(Rules.Profile.values)
        Rules.objects.update_or_create(tenant=office, defaults={"profile": profile})
        for number in range(3):
            record = full_record() if chance.random() < 0.7 else {}
            limit, enabled = chance.choice(Classification.values), chance.random() < 0.9
            more = {"zone": chance.choice(ZONES), "max_classification": limit, "is_enabled": enabled, **record}
            endpoint_at(office, ADDRESS, name=f"E{number}", **more)
        cells: dict[tuple[str, int], str] = {
            (zone, classification): chance.choice(Cell.Need.values)
            for zone, classification in itertools.product(ZONES, Classification)
            if chance.random() < 0.3
        }
        for (zone, classification), need in cells.items():
            Cell.objects.create(tenant=office, zone=zone, classification=classification, need=need)
        for _call in range(5):
            zone, classification = chance.choice(ZONES), chance.choice(list(Classification))
            decision = decide(Wanted("chat", replace(scope, zone=zone), classification))
            for endpoint in decision.endpoints:
                assert not forbidden(endpoint, profile, cells, zone, classification), (endpoint.zone, profile, zone)
            assert all(reason for _endpoint, reason in decision.refused)
            assert len(decision.endpoints) + len(decision.refused) == 3
            assert decision.endpoints or decision.reason
            took += len(decision.endpoints)
    assert took
