"""Changing what may go where: what closes holds at once, what opens waits for a second administrator."""

import itertools
import random

import pytest
from django.core.exceptions import ImproperlyConfigured

from madoguchi.audit.models import Event
from madoguchi.audit.verify import verify
from madoguchi.llm import rules
from madoguchi.llm.apps import LlmConfig
from madoguchi.llm.destinations import add, line_at
from madoguchi.llm.endpoints import Invalid, check
from madoguchi.llm.models import Cell, Destination, Endpoint, RuleChange, Rules
from madoguchi.llm.profiles import zones_from
from madoguchi.llm.routing import decide
from madoguchi.llm.rules import Refused, Walls, accept, ask, opens, refuse, walls_of, withdraw
from madoguchi.llm.wanted import Wanted
from madoguchi.llm.zone_names import faults_of_settings
from madoguchi.people.models import Classification
from tests.llm.made import endpoint_at, full_record

pytestmark = pytest.mark.django_db

SATO, SUZUKI = "user:1", "user:2"
ZONES = ("internal", "lgwan", "internet")


def actions() -> list[str]:
    return list(Event.objects.filter(action__startswith="rules.").order_by("number").values_list("action", flat=True))


@pytest.mark.req("A5")
def test_closing_holds_at_once_and_stands_on_the_record(office):
    assert ask(office, {"profile": "alpha"}, SATO) is None
    assert ask(office, {"cells": [["lgwan", 2, "none"]]}, SATO) is None
    assert ask(office, {"profile": "closed"}, SATO) is None
    assert walls_of(office.pk) == Walls("closed", {("lgwan", 2): "none"})
    assert actions() == ["rules.changed"] * 3
    assert verify(office.pk).bad is None


@pytest.mark.req("A5")
@pytest.mark.parametrize(
    "change",
    [
        {"profile": ""},
        {"profile": "alpha-prime"},
        {"profile": "beta"},
        {"cells": [["internal", 3, "contract"]]},
        {"cells": [["internal", 1, "none"], ["internal", 3, "any"]]},
        {"cells": [["lgwan", 2, ""]]},
    ],
    ids=str,
)
def test_opening_waits_for_another_administrator(office, change):
    ask(office, {"profile": "alpha", "cells": [["lgwan", 2, "none"]]}, SATO)
    before = walls_of(office.pk)
    with pytest.raises(Refused, match="理由"):
        ask(office, change, SATO)
    waiting = ask(office, change, SATO, "業務のため")
    assert waiting
    assert walls_of(office.pk) == before
    with pytest.raises(Refused, match="申請した人"):
        accept(waiting, SATO)
    assert walls_of(office.pk) == before
    accept(waiting, SUZUKI)
    assert walls_of(office.pk) == rules.with_change(before, change)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.decided_by) == ("accepted", SUZUKI)
    assert actions()[-3:] == ["rules.asked", "rules.accepted", "rules.changed"]


def test_a_waiting_change_is_refused_by_another_one_or_withdrawn_by_who_asked(office):
    first = ask(office, {"cells": [["internal", 3, "contract"]]}, SATO, "業務のため")
    second = ask(office, {"cells": [["internal", 2, "any"]]}, SATO, "業務のため")
    assert first and second
    with pytest.raises(Refused):
        refuse(first, SATO)
    with pytest.raises(Refused):
        withdraw(first, SUZUKI)
    refuse(first, SUZUKI)
    withdraw(second, SATO)
    for decided, verb in itertools.product((first, second), (accept, refuse)):
        with pytest.raises(Refused, match="すでに"):
            verb(decided, SUZUKI)
    assert walls_of(office.pk) == Walls("", {})


@pytest.mark.req("A5")
def test_a_change_asked_for_before_the_office_closed_does_not_open_it_again(office):
    waiting = ask(office, {"cells": [["internal", 3, "any"]]}, SATO, "業務のため")
    assert waiting
    ask(office, {"profile": "closed"}, SUZUKI)
    with pytest.raises(Refused, match="設定が変わりました"):
        accept(waiting, SUZUKI)
    assert rules.is_outdated(waiting)
    assert walls_of(office.pk).profile == "closed"


@pytest.mark.req("A3")
def test_the_list_of_destinations_goes_out_of_force_by_two(office):
    add(line_at(office, "https://model.example", purpose="回答", owner="課"), SATO)
    waiting = ask(office, {"list": ""}, SATO, "試験のため")
    assert waiting
    assert Destination.objects.exists()
    accept(waiting, "operator")
    assert not Destination.objects.exists()


@pytest.mark.req("A5")
@pytest.mark.parametrize(("classification", "need"), [*itertools.product((4, 5), ("any", "contract"))])
def test_nobody_may_even_ask_to_let_3b_and_3a_out(office, classification, need):
    with pytest.raises(Refused, match="庁内の接続先だけ"):
        ask(office, {"cells": [["internal", classification, need]]}, SATO, "業務のため")
    assert not RuleChange.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"profile": "gamma"},
        {"cells": [["mynumber", 1, "none"]]},
        {"cells": [["internal", 9, "none"]]},
        {"cells": [["internal", 1, "all"]]},
        {"profile": ""},
        {"cells": []},
    ],
    ids=str,
)
def test_what_no_list_offers_or_changes_nothing_is_refused(office, change):
    with pytest.raises(Refused):
        ask(office, change, SATO, "業務のため")
    assert not Event.objects.filter(action__startswith="rules.").exists()


def taken(walls: Walls, scope, endpoints: list[Endpoint]) -> set[tuple[str, int, str]]:
    """Which endpoint the real choice takes in which cell, under some rules."""
    from dataclasses import replace

    from madoguchi.llm.destinations import AllowList
    from madoguchi.llm.routing import Table

    table = Table(walls.profile, walls.cells, endpoints, {}, AllowList())
    return {
        (zone, classification, endpoint.name)
        for zone, classification in rules.places()
        for endpoint in decide(Wanted("chat", replace(scope, zone=zone), classification), table=table).endpoints
    }


@pytest.mark.req("A5")
def test_whatever_the_rules_are_no_change_that_holds_at_once_lets_a_text_go_further(office, scope):
    """`opens` against what the choice itself does with endpoints of every zone, with and without a contract."""
    endpoints = [
        endpoint_at(office, "https://m.example/v1", name=f"{zone}{bool(known)}", zone=zone, **known)
        for zone, known in itertools.product(ZONES, (full_record(), {}))
    ]
    chance, closed = random.Random(6), 0

    def some() -> Walls:
        # α′ asks for the list of destinations, which is tested for itself.
        profile = chance.choice([one for one in Rules.Profile.values if one != "alpha-prime"])
        cells = {place: chance.choice(Cell.Need.values) for place in rules.places() if chance.random() < 0.2}
        return Walls(profile, cells)

    for _case in range(150):
        before, after = some(), some()
        if chance.random() < 0.5:
            after = Walls(after.profile, before.cells)
        if not opens(before, after):
            assert taken(after, scope, endpoints) <= taken(before, scope, endpoints), (before, after)
            closed += 1
    assert closed > 10


def test_the_difference_names_what_opens_and_what_closes(office):
    ask(office, {"profile": "alpha"}, SATO)
    before = walls_of(office.pk)
    found = rules.differences(before, rules.with_change(before, {"profile": "beta-prime"}))
    told = {one.what: (one.before, one.after, one.opens) for one in found}
    assert told["ネットワーク構成"] == ("αモデル", "β′モデル", False)
    assert told["インターネットからの依頼で使える接続先"] == ("庁内", "庁内、インターネット", True)
    assert told["インターネットからの機密性3C"] == ("庁内の接続先だけ", "学習・保存をしない国内の契約", True)
    assert "LGWANからの依頼で使える接続先" not in told


def test_words_rate_and_retention_are_set_at_once_and_words_stay_off_the_record(office):
    words = rules.words_in("極秘計画\n\n 合併 \n合併\n")
    rules.set_others(office, SATO, forbidden_words=words, yen_per_dollar=150, keeps_texts=True, texts_days=30)
    kept = Rules.objects.get()
    assert (kept.forbidden_words, kept.texts_days, kept.profile) == (["極秘計画", "合併"], 30, "")
    [event] = Event.objects.filter(action="rules.changed")
    assert event.detail["forbidden_words"] == 2
    assert "極秘" not in str(event.detail)
    for wrong in ({"yen_per_dollar": 0}, {"texts_days": 0}, {"forbidden_words": ["語" * 51]}):
        with pytest.raises(Invalid) as refused:
            rules.set_others(office, SATO, **wrong)
        assert list(refused.value.errors) == list(wrong)
    assert Rules.objects.get().texts_days == 30


@pytest.mark.req("A8")
@pytest.mark.parametrize("name", ["ZONE_NETWORKS", "ENDPOINT_ZONES", "ZONE_CLASSIFICATION"])
def test_no_listener_and_no_setting_names_the_side_of_individual_numbers(settings, name):
    assert faults_of_settings() == []
    setattr(settings, name, getattr(settings, name) | {"mynumber": ["10.9.0.0/16"]})
    assert any(name in fault and "マイナンバー利用事務系" in fault for fault in faults_of_settings())
    with pytest.raises(ImproperlyConfigured, match="mynumber"):
        LlmConfig.create("madoguchi.llm").ready()


@pytest.mark.req("A8")
def test_no_request_reaches_endpoints_of_another_zone_by_a_setting(settings):
    settings.ENDPOINT_ZONES = settings.ENDPOINT_ZONES | {"lgwan": ["internal", "マイナンバー利用事務系"]}
    assert "マイナンバー利用事務系" in faults_of_settings()[0]


@pytest.mark.req("A8")
@pytest.mark.parametrize(
    "named",
    [
        {"zone": "mynumber"},
        {"name": "マイナンバー利用事務系のモデル"},
        {"name": "個人番号利用事務系"},
        {"base_url": "http://mynumber-gpu.example/v1"},
    ],
    ids=str,
)
def test_no_endpoint_names_the_side_of_individual_numbers(office, named):
    given = {"name": "庁内", "provider": "openai-compatible", "model": "m", "base_url": "http://10.0.0.1/v1"}
    inside = {"zone": "internal", "max_classification": Classification.C3A}
    assert check(Endpoint(tenant=office, **given, **inside)) == {}
    assert check(Endpoint(tenant=office, **(given | inside | named)))


@pytest.mark.req("A8")
def test_no_profile_knows_another_zone():
    for profile, zone in itertools.product(Rules.Profile.values, ZONES):
        assert set(zones_from(profile, zone)) <= set(ZONES)
