"""Deciding budgets, and how far they are used now: for administrators, by page and by command."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from madoguchi.audit.record import record
from madoguchi.llm.budget import UNITS, month_of
from madoguchi.llm.models import Budget, Spending
from madoguchi.people.models import Tenant

# What the columns hold.
_MOST: Mapping[str, int] = {"yen": 9_999_999_999, "tokens": 10**15, "calls": 2_000_000_000}


class Unsound(ValueError):
    """A budget that cannot be; the message says why, in Japanese. Nothing has changed."""


def all_of(tenant: Tenant) -> list[Budget]:
    """Return the budgets of an office, those of all of it first."""
    order = list(Budget.Kind)
    return sorted(Budget.objects.filter(tenant=tenant), key=lambda one: (order.index(Budget.Kind(one.kind)), one.key))


def now_of(budget: Budget) -> dict[str, dict[str, Any]]:
    """Return {"used": {unit: amount}, "held": {unit: amount}} of this month; a default one has none of its own."""
    row = Spending.objects.filter(
        tenant_id=budget.tenant_id, kind=budget.kind, key=budget.key, month=month_of(timezone.localdate())
    ).first()
    return {
        "used": {unit: getattr(row, unit) if row else 0 for unit in UNITS},
        "held": {unit: getattr(row, held) if row else 0 for unit, held in UNITS.items()},
    }


@transaction.atomic
def decide(
    tenant: Tenant,
    kind: str,
    key: str,
    limits: Mapping[str, Decimal | int | None],
    at_limit: str,
    warns_at_percent: int,
    actor: str,
) -> Budget:
    """Make or change a budget, on the record; raises Unsound. `limits`: by unit (yen, tokens, calls); None is none."""
    if kind not in Budget.Kind.values or at_limit not in Budget.AtLimit.values:
        raise Unsound(_("予算の種類と、上限での扱いを選んでください。"))
    if all(limit is None for limit in limits.values()):
        raise Unsound(_("円・トークン・回数のどれかに上限を入力してください。"))
    for unit, limit in limits.items():
        if limit is not None and not (Decimal(limit).is_finite() and 0 <= limit <= _MOST[unit]):
            raise Unsound(_("上限は0以上の数で入力してください。"))
    if not 1 <= warns_at_percent <= 100:
        raise Unsound(_("知らせる割合は1から100までで入力してください。"))
    values = {**limits, "at_limit": at_limit, "warns_at_percent": warns_at_percent}
    made, _is_new = Budget.objects.update_or_create(tenant=tenant, kind=kind, key=key, defaults=values)
    # A limit that was moved may be come near to again.
    moved = Spending.objects.filter(tenant=tenant, kind=kind, month=month_of(timezone.localdate()))
    (moved.filter(key=key) if key else moved).update(warned_at=None)
    said = {unit: None if limit is None else str(limit) for unit, limit in limits.items()}
    record(tenant.pk, actor, "budget.decided", f"budget:{made.pk}", kind=kind, key=key, at_limit=at_limit, **said)
    return made


@transaction.atomic
def remove(tenant: Tenant, kind: str, key: str, actor: str) -> bool:
    """Take a budget away, on the record; return whether there was one. What was spent stays counted."""
    found = Budget.objects.filter(tenant=tenant, kind=kind, key=key).first()
    if found is None:
        return False
    record(tenant.pk, actor, "budget.removed", f"budget:{found.pk}", kind=kind, key=key)
    found.delete()
    return True
