"""Budgets of a month: what a call may cost is held back before it, and settled after it.

Each row that a call touches is changed by one conditional UPDATE, all of them in one transaction and in one order: two
calls never take the same yen, whatever runs beside.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from madoguchi.audit.record import record
from madoguchi.llm.faults import Fault
from madoguchi.llm.ledger_sums import spent_of
from madoguchi.llm.models import Budget, Endpoint, Reservation, Spending
from madoguchi.llm.prices import is_free, yen_of
from madoguchi.llm.wanted import Wanted
from madoguchi.people.models import Department, Post, in_force

Key = tuple[str, str]
# What a budget can be of, with the field of what is held of it.
UNITS = {"yen": "held_yen", "tokens": "held_tokens", "calls": "held_calls"}
# SQLite adds money as floating numbers: less than the last place of the ledger.
_DUST = Decimal("0.00001")


class OverBudget(Fault):
    """A call would go over a budget; `text` says which, how far it is used and what to do, in Japanese."""

    def __init__(self, text: str) -> None:
        super().__init__("budget")
        self.text = text


@dataclass(frozen=True)
class Touched:
    """A budget that a call touches, and whose spending counts: the key is never that of a default."""

    budget: Budget
    key: str

    @property
    def place(self) -> Key:
        return self.budget.kind, self.key


def month_of(day: date) -> date:
    """Return the first day of the month of a day."""
    return day.replace(day=1)


def department_of(tenant_id: int, user_id: int | None) -> int | None:
    """Return the department of a person's main post."""
    if user_id is None:
        return None
    posts = Post.objects.filter(in_force(timezone.localdate()), tenant_id=tenant_id, user_id=user_id)
    return posts.order_by("-is_main", "id").values_list("department_id", flat=True).first()


def touched_by(wanted: Wanted, department_id: int | None) -> list[Touched]:
    """Return the budgets that a call touches, in the order in which they are taken."""
    rows = {(row.kind, row.key): row for row in Budget.objects.filter(tenant_id=wanted.scope.tenant_id)}
    if not rows:
        return []
    found = [Touched(rows["office", ""], "")] if ("office", "") in rows else []
    own = (("user", wanted.scope.user_id), ("app", wanted.app), ("desk", wanted.desk))
    for kind, key in own:
        if key and (budget := rows.get((kind, str(key))) or rows.get((kind, ""))):
            found.append(Touched(budget, str(key)))
    if department_id is not None and any(kind == "department" for kind, _key in rows):
        found += _of_departments(rows, wanted.scope.tenant_id, department_id)
    return sorted(found, key=lambda one: one.place)


def _of_departments(rows: Mapping[Key, Budget], tenant_id: int, department_id: int) -> list[Touched]:
    """Return the budgets of a department and of those above it; the default one counts for the department alone."""
    parents = dict(Department.objects.filter(tenant_id=tenant_id).values_list("id", "parent_id"))
    found = list[Touched]()
    own = rows.get(("department", str(department_id))) or rows.get(("department", ""))
    if own:
        found.append(Touched(own, str(department_id)))
    above = parents.get(department_id)
    while above is not None:
        if budget := rows.get(("department", str(above))):
            found.append(Touched(budget, str(above)))
        above = parents.get(above)
    return found


def reserve(
    wanted: Wanted, endpoint: Endpoint, tokens_in: int, tokens_out: int, department_id: int | None = None
) -> Reservation | None:
    """Hold back what a call may cost; None when no budget touches it. Raises OverBudget, and then holds nothing."""
    tenant_id = wanted.scope.tenant_id
    touched = touched_by(wanted, department_id or department_of(tenant_id, wanted.scope.user_id))
    if not touched:
        return None
    reclaim(tenant_id)
    wants: dict[str, Any] = {
        "yen": yen_of(endpoint, tokens_in, tokens_out) or Decimal(0),
        "tokens": tokens_in + tokens_out,
        "calls": 1,
    }
    with transaction.atomic():
        rows = _spendings(tenant_id, touched)
        for one in touched:
            goes_on = one.budget.at_limit == Budget.AtLimit.CHEAPER and is_free(endpoint)
            limits = {} if goes_on else {unit: getattr(one.budget, unit) for unit in UNITS}
            if not _hold(rows[one.place], limits, wants):
                raise OverBudget(_refusal(one, rows[one.place], limits, wants))
        made = Reservation.objects.create(
            tenant_id=tenant_id,
            yen=wants["yen"],
            tokens=wants["tokens"],
            until=timezone.now() + timedelta(seconds=settings.BUDGET_HOLD_SECONDS),
        )
        through: Any = Reservation.spendings.through
        made.spending_ids = tuple(rows[one.place].pk for one in touched)
        through.objects.bulk_create(
            [through(reservation_id=made.pk, spending_id=spending_id) for spending_id in made.spending_ids]
        )
    return made


def _hold(row: Spending, limits: Mapping[str, Any], wants: Mapping[str, Any]) -> bool:
    """Hold back in one row unless that goes over a limit of it; return whether it was held."""
    fits = Q(pk=row.pk)
    for unit, limit in limits.items():
        if limit is not None:
            room = limit - wants[unit] + (_DUST if unit == "yen" else 0)
            fits &= Q(**{f"{unit}__lte": room - F(UNITS[unit])})
    held = {field: F(field) + wants[unit] for unit, field in UNITS.items()}
    return bool(Spending.objects.filter(fits).update(**held))


def _spendings(tenant_id: int, touched: list[Touched]) -> dict[Key, Spending]:
    """Return the rows of this month; one that is not there begins with what the ledger says was spent already."""
    month = month_of(timezone.localdate())
    of_month = Spending.objects.filter(tenant_id=tenant_id, month=month)
    places = {one.place for one in touched}
    named = Q(kind__in={kind for kind, _key in places}, key__in={key for _kind, key in places})
    rows = {(row.kind, row.key): row for row in of_month.filter(named)}
    missing = sorted(places - rows.keys())
    if missing:
        made = [
            Spending(tenant_id=tenant_id, kind=kind, key=key, month=month, **spent_of(tenant_id, kind, key, month))
            for kind, key in missing
        ]
        Spending.objects.bulk_create(made, ignore_conflicts=True)
        rows = {(row.kind, row.key): row for row in of_month.filter(named)}
    return rows


def settle(reservation: Reservation, tokens: int, yen: Decimal | None) -> None:
    """Put what a call came to in the place of what was held back for it, and warn where a limit comes near."""
    _end(reservation, {"yen": yen or Decimal(0), "tokens": tokens, "calls": 1})


def release(reservation: Reservation) -> None:
    """Give back what was held for a call that cost nothing."""
    _end(reservation, {})


@transaction.atomic
def _end(reservation: Reservation, spent: Mapping[str, Any]) -> None:
    """End a reservation. One that fell back meanwhile holds nothing any more; what it spent counts all the same."""
    held_in: Any = Reservation.spendings.through
    through = held_in.objects.filter(reservation_id=reservation.pk)
    keys = list(through.values_list("spending_id", flat=True)) or list(reservation.spending_ids)
    through.delete()
    held: dict[str, Any] = {"yen": reservation.yen, "tokens": reservation.tokens, "calls": 1}
    was_there = Reservation.objects.filter(pk=reservation.pk).delete()[0] > 0
    # In the order of `touched_by`, not of the database's collation.
    for row in sorted(Spending.objects.filter(pk__in=keys), key=lambda one: (one.kind, one.key)):
        changes = {unit: F(unit) + amount for unit, amount in spent.items()}
        if was_there:
            changes |= {field: F(field) - held[unit] for unit, field in UNITS.items()}
        if changes:
            Spending.objects.filter(pk=row.pk).update(**changes)
        if spent and row.warned_at is None:
            _warn(row.pk)


def _warn(spending_id: int) -> None:
    """Tell on the record, once a month, that a budget comes near its limit."""
    row = Spending.objects.get(pk=spending_id)
    rows = {
        one.key: one for one in Budget.objects.filter(tenant_id=row.tenant_id, kind=row.kind, key__in=("", row.key))
    }
    budget = rows.get(row.key) or rows.get("")
    if budget is None or share_of(budget, row) < budget.warns_at_percent:
        return
    if Spending.objects.filter(pk=row.pk, warned_at=None).update(warned_at=timezone.now()):
        record(
            row.tenant_id,
            "system",
            "budget.warned",
            f"budget:{budget.pk}",
            kind=row.kind,
            key=row.key,
            percent=share_of(budget, row),
        )


def share_of(budget: Budget, row: Spending | None, held: bool = False) -> int:
    """Return how much of a budget is used, in percent, by the unit that is nearest to its limit."""
    shares = [0]
    for unit, field in UNITS.items():
        limit = getattr(budget, unit)
        if limit is None or row is None:
            continue
        used = getattr(row, unit) + (getattr(row, field) if held else 0)
        shares.append(int(used * 100 / limit) if limit else 100)
    return max(shares)


def reclaim(tenant_id: int | None = None) -> int:
    """Give back what was held for calls that never ended, as their process was killed; return how many."""
    over = Reservation.objects.filter(until__lt=timezone.now())
    if tenant_id is not None:
        over = over.filter(tenant_id=tenant_id)
    count = 0
    for one in over:
        release(one)
        count += 1
    return count


def name_of(budget: Budget, key: str = "") -> str:
    """Return how a budget is called on screens and in messages."""
    key = key or budget.key
    kind = str(Budget.Kind(budget.kind).label)
    if budget.kind == Budget.Kind.OFFICE:
        return kind
    if not key:
        return _("%(kind)s（個別の予算がないもの、それぞれ）") % {"kind": kind}
    return f"{kind} {_subject(budget, key)}"


def _subject(budget: Budget, key: str) -> str:
    from madoguchi.people.models import User

    models: dict[str, Any] = {"department": Department, "user": User}
    model = models.get(budget.kind)
    if model is None or not key.isdecimal():
        return key
    found = model.objects.filter(tenant_id=budget.tenant_id, pk=int(key)).first()
    return str(found) if found else _("（削除済み）")


def _refusal(one: Touched, row: Spending, limits: Mapping[str, Any], wants: Mapping[str, Any]) -> str:
    row.refresh_from_db()
    said = {
        "yen": _("%(used)s円／%(limit)s円"),
        "tokens": _("%(used)sトークン／%(limit)sトークン"),
        "calls": _("%(used)s回／%(limit)s回"),
    }
    parts = [
        said[unit] % {"used": f"{used:,.0f}", "limit": f"{limit:,.0f}"}
        for unit, limit in limits.items()
        if limit is not None and (used := getattr(row, unit) + getattr(row, UNITS[unit])) + wants[unit] > limit
    ]
    return _(
        "今月の予算「%(name)s」の上限に達するため、送りませんでした（%(used)s）。"
        "管理者に予算の見直しを相談するか、来月になってからお試しください。"
    ) % {"name": name_of(one.budget, one.key), "used": "、".join(parts)}
