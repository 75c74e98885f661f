"""What the ledger says was spent in a month."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils import timezone

from madoguchi.llm.models import Call
from madoguchi.people.models import Department

# Ends of a call at which a provider counts nothing, when no word of an answer had come.
FREE = (
    "unreachable", "key", "busy", "model", "refused", "server", "budget", "extra", "settings", "loading", "resting",
    "use", "my_number",
)  # fmt: skip


def next_month(month: date) -> date:
    """Return the first day of the month after one."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def calls_of(tenant_id: int, month: date) -> QuerySet[Call]:
    """Return the calls that an office made in a month of the calendar, in its own time."""
    begin, end = (timezone.make_aware(datetime.combine(day, time())) for day in (month, next_month(month)))
    return Call.objects.filter(tenant_id=tenant_id, at__gte=begin, at__lt=end)


def spent_of(tenant_id: int, kind: str, key: str, month: date) -> dict[str, Any]:
    """Return what was spent by one of a kind of budget: yen, tokens, calls."""
    calls = calls_of(tenant_id, month).exclude(outcome__in=FREE, tokens_in=0, tokens_out=0)
    if kind == "department":
        calls = calls.filter(department_id__in=_below(tenant_id, int(key)))
    elif kind == "user":
        calls = calls.filter(user_id=int(key))
    elif kind in ("app", "desk"):
        calls = calls.filter(Q(**{kind: key}))
    found = calls.aggregate(yen=Sum("yen"), tokens=Sum(F("tokens_in") + F("tokens_out")), calls=Count("pk"))
    return {"yen": found["yen"] or Decimal(0), "tokens": found["tokens"] or 0, "calls": found["calls"]}


def _below(tenant_id: int, department_id: int) -> set[int]:
    """Return a department and all below it."""
    children: dict[int | None, list[int]] = {}
    for one, parent in Department.objects.filter(tenant_id=tenant_id).values_list("id", "parent_id"):
        children.setdefault(parent, []).append(one)
    found, waiting = set[int](), [department_id]
    while waiting:
        one = waiting.pop()
        found.add(one)
        waiting += children.get(one, [])
    return found
