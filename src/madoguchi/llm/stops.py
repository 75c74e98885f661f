"""Stop buttons: of an endpoint, an app, a desk or everything. They hold for the next call at once, and for streams."""

import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from madoguchi.audit.record import record
from madoguchi.llm.models import Endpoint, Stop
from madoguchi.people.models import Tenant

if TYPE_CHECKING:
    from django.db.models import QuerySet

# Of why a button was pressed.
LONGEST_REASON = 200
# What is pressed in an office, and when it was looked at: streams ask with each piece.
_looked: dict[int, tuple[float, frozenset[tuple[str, str]]]] = {}
_lock = threading.Lock()


def reason_of(tenant_id: int, app: str = "", desk: str = "", endpoint: Endpoint | None = None) -> str:
    """Return, in Japanese, that a call is stopped by a button; "" when none is pressed for it."""
    pressed = _pressed(tenant_id)
    if not pressed:
        return ""
    if (Stop.What.ALL, "") in pressed:
        return _("管理者がAIの利用をすべて止めています。")
    if endpoint and (Stop.What.ENDPOINT, str(endpoint.pk)) in pressed:
        return _("管理者がこの接続先を止めています。")
    if app and (Stop.What.APP, app) in pressed:
        return _("管理者がこのアプリを止めています。")
    if desk and (Stop.What.DESK, desk) in pressed:
        return _("管理者がこの住民窓口を止めています。")
    return ""


def _pressed(tenant_id: int) -> frozenset[tuple[str, str]]:
    now = time.monotonic()
    with _lock:
        at, pressed = _looked.get(tenant_id, (float("-inf"), frozenset()))
    if now - at < settings.STOPS_LOOKED_AT_MS / 1000:
        return pressed
    pressed = frozenset(open_stops(tenant_id).values_list("what", "key"))
    with _lock:
        _looked[tenant_id] = (now, pressed)
    return pressed


def open_stops(tenant_id: int) -> "QuerySet[Stop]":
    """Return the buttons that are pressed in an office."""
    return Stop.objects.filter(tenant_id=tenant_id, lifted_at=None)


@transaction.atomic
def press(tenant: Tenant, what: str, key: str, actor: str, reason: str = "") -> Stop:
    """Stop an endpoint (by its number), an app or a desk (by its name), or all (""), on the record."""
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    stop = open_stops(tenant.pk).filter(what=what, key=key).first()
    if stop is None:
        stop = Stop.objects.create(tenant=tenant, what=what, key=key, stopped_by=actor, reason=reason)
        record(tenant.pk, actor, "model.stopped", f"{what}:{key}", reason=reason)
    transaction.on_commit(forget)
    return stop


@transaction.atomic
def lift(tenant: Tenant, what: str, key: str, actor: str) -> bool:
    """Let what was stopped go on, on the record; return whether anything was stopped."""
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    lifted = open_stops(tenant.pk).filter(what=what, key=key).update(lifted_by=actor, lifted_at=timezone.now())
    if lifted:
        record(tenant.pk, actor, "model.let_go_on", f"{what}:{key}")
    transaction.on_commit(forget)
    return bool(lifted)


def forget() -> None:
    """Look at the buttons anew at the next call of this process."""
    with _lock:
        _looked.clear()


def titles_of(pressed: Iterable[Stop]) -> dict[int, str]:
    """Return what each button stops, in Japanese, by its number: 「接続先「庁内」」."""
    pressed = list(pressed)
    keys = [int(stop.key) for stop in pressed if stop.what == Stop.What.ENDPOINT and stop.key.isascii()]
    tenants = {stop.tenant_id for stop in pressed}
    names = dict(Endpoint.objects.filter(tenant_id__in=tenants, pk__in=keys).values_list("pk", "name"))
    return {stop.pk: _title(stop, names) for stop in pressed}


def title_of(stop: Stop) -> str:
    """Return what a button stops, in Japanese."""
    return titles_of([stop])[stop.pk]


def _title(stop: Stop, names: dict[int, str]) -> str:
    if stop.what == Stop.What.ALL:
        return _("AIの利用すべて")
    name = names.get(int(stop.key), _("（削除された接続先）")) if stop.what == Stop.What.ENDPOINT else stop.key
    return f"{stop.get_what_display()}「{name}」"


def row_of(stop: Stop) -> dict[str, Any]:
    """Return a button as JSON names it."""
    return {
        "what": stop.what,
        "name": "" if stop.what == Stop.What.ALL else stop.key,
        "title": title_of(stop),
        "reason": stop.reason,
        "by": stop.stopped_by,
        "at": stop.stopped_at.isoformat(),
    }
