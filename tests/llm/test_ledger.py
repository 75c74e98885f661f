# mypy: disable-error-code="comparison-overlap, attr-defined, unused-ignore"
"""The ledger: a row of every call however it ends, what it cost, and its texts only where the office keeps them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from madoguchi.llm import ledger
from madoguchi.llm.chat import EndpointFailed, stream
from madoguchi.llm.models import Budget, Call, CallText, Endpoint, Reservation, Rules, Spending
from madoguchi.people.models import Classification
from madoguchi.people.sealed import opened, stored
from madoguchi.scripted.asked import Answer, Asked
from madoguchi.scripted.faults import Fault
from madoguchi.scripted.server import Server, serving
from tests.llm.made import endpoint_at

pytestmark = pytest.mark.django_db
PAID = {"price_in": 100, "price_out": 200}


def at(office, server: Server, **fields) -> Endpoint:
    return endpoint_at(office, f"{server.url}/v1", **fields)


def ask(scope, **more):
    return stream("chat", scope, "指示です。", "住民票の写しの手数料を教えて。", Classification.C2, **more)


def three(asked: Asked) -> Answer:
    return Answer(pieces=["一つ、", "二つ、", "三つ。"])


def test_a_call_that_ended_well_has_tokens_yen_and_times(office, scope):
    with serving() as server:
        made = at(office, server, **PAID)
        chat = ask(scope, app="手紙", app_version="3")
        assert "".join(chat)
    call = Call.objects.get()
    assert call == chat.record
    assert (call.outcome, call.purpose, call.app, call.app_version) == ("done", "chat", "手紙", "3")
    assert (call.endpoint, call.endpoint_name, call.user_id) == (made, made.name, scope.user_id)
    assert call.tokens_in > 0 and call.tokens_out > 0 and not call.is_estimated
    paid = (Decimal(call.tokens_in) * 100 + Decimal(call.tokens_out) * 200) / 1_000_000
    assert call.yen is not None and abs(call.yen - paid) < Decimal("0.001")
    assert call.first_ms is not None and call.first_ms <= call.ms


def test_who_leaves_early_is_counted_by_what_came(office, scope):
    with serving(three, faults=[Fault("stall", after=2)]) as server:
        at(office, server, **PAID)
        pieces = iter(ask(scope))
        assert next(pieces)
        pieces.close()  # type: ignore[attr-defined]
    call = Call.objects.get()
    assert call.outcome == "stopped" and call.is_estimated
    assert call.tokens_out > 0 and call.yen


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (Fault("status", status=401), "key"),
        (Fault("status", status=429), "busy"),
        (Fault("status", status=500), "server"),
        (Fault("hang-up"), "unreachable"),
    ],
)
def test_a_call_that_was_not_answered_costs_nothing_and_stands_there(office, scope, fault, outcome):
    with serving(faults=[fault]) as server:
        at(office, server, **PAID)
        with pytest.raises(EndpointFailed):
            list(ask(scope))
    call = Call.objects.get()
    assert (call.outcome, call.tokens_in, call.tokens_out, call.yen) == (outcome, 0, 0, 0)


@pytest.mark.parametrize("wrong", ["negative", "absurd", "words", "absent"])
def test_figures_that_cannot_be_are_counted_here(office, scope, wrong):
    with serving(three, faults=[Fault("usage", wrong=wrong)]) as server:
        at(office, server, **PAID)
        assert "".join(ask(scope)) == "一つ、二つ、三つ。"
    call = Call.objects.get()
    assert call.is_estimated
    assert 5 < call.tokens_in < 200 and 3 < call.tokens_out < 50


def test_an_endpoint_without_a_price_has_no_yen(office, scope):
    with serving() as server:
        at(office, server)
        list(ask(scope))
    assert Call.objects.get().yen is None


# --- budgets at the door


@pytest.mark.req("H7")
def test_a_used_up_budget_stops_the_call_before_it_and_says_which(office, scope):
    Budget.objects.create(tenant=office, kind="office", calls=1)
    with serving() as server:
        at(office, server)
        assert "".join(ask(scope))
        with pytest.raises(EndpointFailed, match="予算") as failed:
            list(ask(scope))
        assert failed.value.kind == "budget"
        assert len(server.requests) == 1
    row = Spending.objects.get()
    assert (row.calls, row.held_calls) == (1, 0)
    assert not Reservation.objects.exists()


@pytest.mark.req("H7")
def test_at_its_limit_a_budget_may_leave_what_costs_nothing(office, scope):
    Budget.objects.create(tenant=office, kind="office", yen=Decimal("0.01"), at_limit=Budget.AtLimit.CHEAPER)
    with serving() as dear, serving() as free:
        at(office, dear, order=1, price_in=10_000, price_out=10_000)
        good = at(office, free, name="庁内の二つ目", order=2)
        chat = ask(scope)
        assert "".join(chat)
        assert not dear.requests
    assert chat.endpoint == good


def test_what_a_failed_call_held_is_given_back(office, scope):
    Budget.objects.create(tenant=office, kind="office", yen=1000)
    with serving(faults=[Fault("status")]) as server:
        at(office, server, **PAID)
        with pytest.raises(EndpointFailed):
            list(ask(scope))
    row = Spending.objects.get()
    assert (row.yen, row.held_yen, row.held_tokens, row.held_calls) == (0, 0, 0, 0)


# --- texts


def test_texts_are_not_kept_unless_the_office_keeps_them(office, scope):
    with serving(three) as server:
        at(office, server)
        list(ask(scope))
        assert not CallText.objects.exists()
        Rules.objects.create(tenant=office, keeps_texts=True, texts_days=30)
        list(ask(scope))
    kept = CallText.objects.get()
    assert "手数料" in opened(kept, "sealed_sent")
    assert opened(kept, "sealed_came") == "一つ、二つ、三つ。"
    assert "二つ".encode() not in stored(kept, "sealed_came")
    assert kept.delete_on == timezone.localdate() + timedelta(days=30)


def test_texts_and_rows_go_on_their_day(office, scope):
    rules = Rules.objects.create(tenant=office, keeps_texts=True, texts_days=30, calls_days=100)
    with serving(three) as server:
        at(office, server)
        list(ask(scope))
    assert ledger.expire() == 0
    Call.objects.update(at=timezone.now() - timedelta(days=31))
    assert ledger.expire() == 1
    assert Call.objects.count() == 1 and not CallText.objects.exists()
    rules.calls_days = 10
    rules.save()
    ledger.expire()
    assert not Call.objects.exists()
