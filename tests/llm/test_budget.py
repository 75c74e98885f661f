# mypy: disable-error-code="comparison-overlap, arg-type, attr-defined"
"""Budgets: what may be spent is never overspent, whatever runs at once, fails or dies."""

import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from madoguchi.audit.models import Event
from madoguchi.llm import budget
from madoguchi.llm.budget import OverBudget, month_of, reclaim, release, reserve, settle
from madoguchi.llm.models import Budget, Call, Endpoint, Reservation, Spending
from madoguchi.llm.wanted import Wanted
from madoguchi.people.access import scope_of
from tests.conftest import department
from tests.llm.made import endpoint_at

pytestmark = pytest.mark.django_db
MILLION = 1_000_000


@pytest.fixture
def paid(office) -> Endpoint:
    """An endpoint that costs 100 yen per million tokens, in and out."""
    return endpoint_at(office, "http://127.0.0.1:9/v1", price_in=100, price_out=100)


@pytest.fixture
def wanted(scope) -> Wanted:
    return Wanted("chat", scope)


def limit(office, kind="office", key="", **fields) -> Budget:
    return Budget.objects.create(tenant=office, kind=kind, key=key, **fields)


def spending(office, kind="office", key="") -> Spending:
    return Spending.objects.get(tenant=office, kind=kind, key=key)


def test_without_a_budget_nothing_is_held(office, paid, wanted):
    assert reserve(wanted, paid, MILLION, MILLION) is None
    assert not Spending.objects.exists()


def test_what_is_held_is_replaced_by_what_it_came_to(office, paid, wanted):
    limit(office, yen=1000)
    held = reserve(wanted, paid, MILLION, MILLION)
    assert (spending(office).held_yen, spending(office).held_tokens, spending(office).held_calls) == (
        200,
        2 * MILLION,
        1,
    )
    settle(held, 500_000, Decimal(50))
    row = spending(office)
    assert (row.yen, row.tokens, row.calls) == (50, 500_000, 1)
    assert (row.held_yen, row.held_tokens, row.held_calls) == (0, 0, 0)
    assert not Reservation.objects.exists()


def test_what_was_held_for_a_call_that_cost_nothing_is_given_back(office, paid, wanted):
    limit(office, yen=1000)
    release(reserve(wanted, paid, MILLION, 0))
    row = spending(office)
    assert (row.yen, row.calls, row.held_yen, row.held_calls) == (0, 0, 0, 0)


@pytest.mark.parametrize(("unit", "most"), [("yen", Decimal("200")), ("tokens", 2 * MILLION), ("calls", 1)])
def test_a_call_that_just_fits_goes_and_the_next_one_does_not(office, paid, wanted, unit, most):
    limit(office, **{unit: most})
    reserve(wanted, paid, MILLION, MILLION)
    with pytest.raises(OverBudget) as refused:
        reserve(wanted, paid, MILLION, MILLION)
    assert "予算「全体」" in refused.value.text and "管理者" in refused.value.text
    assert Reservation.objects.count() == 1


def test_fractions_of_yen_fill_a_budget_to_its_end(office, paid, wanted):
    """0.1 + 0.2 is more than 0.3 where money is kept as floating numbers."""
    limit(office, yen=Decimal("0.30"))
    reserve(wanted, paid, 1_000, 0)
    reserve(wanted, paid, 2_000, 0)
    with pytest.raises(OverBudget):
        reserve(wanted, paid, 1, 0)


def test_a_budget_that_refuses_leaves_the_others_as_they_were(office, paid, wanted):
    limit(office, yen=1000)
    limit(office, "user", str(wanted.scope.user_id), yen=1)
    with pytest.raises(OverBudget, match="budget"):
        reserve(wanted, paid, MILLION, 0)
    assert all(row.held_yen == 0 for row in Spending.objects.all())


def test_a_budget_of_nothing_lets_nothing_through(office, paid, wanted):
    limit(office, calls=0)
    with pytest.raises(OverBudget):
        reserve(wanted, paid, 0, 0)


def test_the_budget_of_a_department_counts_for_those_below_it(office, paid, wanted):
    above = department(office, "福祉部")
    limit(office, "department", str(above.pk), yen=100)
    reserve(wanted, paid, MILLION, 0)
    with pytest.raises(OverBudget) as refused:
        reserve(wanted, paid, 1, 0)
    assert "福祉部" in refused.value.text


def test_the_default_holds_for_each_person_by_themselves_and_an_own_one_instead_of_it(office, paid, wanted, make_user):
    other = Wanted("chat", scope_of(make_user("suzuki"), "internal"))
    limit(office, "user", yen=100)
    reserve(wanted, paid, MILLION, 0)
    reserve(other, paid, MILLION, 0)
    with pytest.raises(OverBudget):
        reserve(wanted, paid, MILLION, 0)
    limit(office, "user", str(other.scope.user_id), yen=200)
    reserve(other, paid, MILLION, 0)


def test_apps_and_desks_have_their_own(office, paid, scope):
    limit(office, "app", "minutes", calls=1)
    limit(office, "desk", "citizens", calls=1)
    for fields in ({"app": "minutes"}, {"desk": "citizens"}):
        reserve(Wanted("chat", scope, **fields), paid, 1, 1)
        with pytest.raises(OverBudget):
            reserve(Wanted("chat", scope, **fields), paid, 1, 1)
    reserve(Wanted("chat", scope, app="letters"), paid, 1, 1)


def test_at_the_limit_only_what_costs_nothing_goes_on_where_the_office_chose_that(office, paid, wanted):
    own = endpoint_at(office, "http://127.0.0.1:9/v1", name="自前", price_in=0, price_out=0)
    budget_row = limit(office, yen=1, at_limit=Budget.AtLimit.CHEAPER)
    with pytest.raises(OverBudget):
        reserve(wanted, paid, MILLION, 0)
    assert reserve(wanted, own, MILLION, MILLION)
    budget_row.at_limit = Budget.AtLimit.STOP
    budget_row.tokens = 1
    budget_row.save()
    with pytest.raises(OverBudget):
        reserve(wanted, own, MILLION, MILLION)


def test_what_a_dead_process_held_falls_back(office, paid, wanted):
    limit(office, yen=100)
    dead = reserve(wanted, paid, MILLION, 0)
    Reservation.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert reserve(wanted, paid, MILLION, 0)
    assert spending(office).held_yen == 100
    # It was only slow: what it spent counts, and nothing is given back twice.
    settle(dead, MILLION, Decimal(100))
    row = spending(office)
    assert (row.yen, row.held_yen) == (100, 100)


def test_upkeep_gives_back_for_every_office(office, paid, wanted):
    limit(office, yen=100)
    reserve(wanted, paid, MILLION, 0)
    assert reclaim() == 0
    Reservation.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert reclaim() == 1
    assert spending(office).held_yen == 0


def test_coming_near_a_limit_stands_on_the_record_once(office, paid, wanted):
    limit(office, yen=100)
    for _ in range(3):
        settle(reserve(wanted, paid, 1, 0), MILLION // 4, Decimal(30))
    assert [event.detail["percent"] for event in Event.objects.filter(action="budget.warned")] == [90]


def test_a_budget_made_within_a_month_counts_what_the_ledger_holds_of_it(office, paid, wanted):
    common = {
        "tenant": office, "at": timezone.now(), "actor": "x", "purpose": "chat", "endpoint": paid, "model": "m",
        "zone": "internal", "classification": 1, "tokens_in": 10,
    }  # fmt: skip
    Call.objects.create(**common, user_id=wanted.scope.user_id, yen=60, outcome="done")
    Call.objects.create(**common, yen=30, outcome="done")
    Call.objects.create(**(common | {"at": timezone.now() - timedelta(days=40)}), yen=1000, outcome="done")
    limit(office, yen=100)
    limit(office, "user", yen=100)
    reserve(wanted, paid, 1, 0)
    assert spending(office).yen == 90
    assert spending(office, "user", str(wanted.scope.user_id)).yen == 60


def test_a_month_begins_by_japanese_time(office, paid, wanted, monkeypatch):
    limit(office, calls=1)
    # 23:30 of the last day in UTC is the next month in Japan.
    monkeypatch.setattr(
        timezone, "now", lambda: timezone.datetime(2026, 4, 30, 15, 30, tzinfo=timezone.get_fixed_timezone(0))
    )
    reserve(wanted, paid, 1, 1)
    assert Spending.objects.get().month == date(2026, 5, 1) == month_of(date(2026, 5, 31))


@pytest.mark.django_db(transaction=True)
def test_two_hundred_calls_at_once_do_not_overspend(office, paid, wanted):
    """Of 200 calls at 10 yen each, exactly ten go through a budget of 100 yen; nothing of it is lost."""
    limit(office, yen=100)
    limit(office, "department", yen=100_000)
    limit(office, "user", yen=100_000)
    taken, refused, wrong = [], [], []
    gate = threading.Barrier(20)

    def run() -> None:
        gate.wait()
        try:
            for _ in range(10):
                try:
                    taken.append(reserve(wanted, paid, MILLION // 10, 0))
                except OverBudget:
                    refused.append(1)
        except Exception as error:
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert (len(taken), len(refused)) == (10, 190)
    assert {row.held_yen for row in Spending.objects.all()} == {100}

    def end(one: Reservation) -> None:
        try:
            settle(one, MILLION // 10, Decimal(10))
        except Exception as error:
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=end, args=(one,)) for one in taken]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert {(row.yen, row.held_yen, row.calls, row.held_calls) for row in Spending.objects.all()} == {(100, 0, 10, 0)}
    assert budget.share_of(Budget.objects.get(kind="office"), spending(office)) == 100
