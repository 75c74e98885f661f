"""The office's own rules of what may go where: seen, changed, and who must agree to a change.

What closes something holds at once. What opens something — a wider network model, a looser cell, the list of
destinations out of force — waits until a second administrator lets it in; the operator of the machine is one too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from madoguchi.audit.record import record
from madoguchi.llm import destinations
from madoguchi.llm.endpoints import Invalid
from madoguchi.llm.models import Cell, Destination, RequestZone, RuleChange, Rules
from madoguchi.llm.profiles import (
    INSIDE_ONLY_FROM,
    STRICTNESS,
    ZONES,
    lists_destinations,
    need_under,
    profile_of,
    zones_from,
)
from madoguchi.llm.routing import cells_of
from madoguchi.people.models import Classification, Tenant

State = RuleChange.State
Place = tuple[str, int]
# Bounds of what is typed.
LONGEST_REASON, LONGEST_WORD, MOST_WORDS, MOST_DAYS = 200, 50, 500, 36_500
HIGHEST_RATE = Decimal(100_000)
# How far an endpoint of a zone is trusted in a cell: by whom it is asked for matters as little as what it is called.
_NOT, _BY_CONTRACT, _ANY = range(3)


class Refused(Exception):
    """A change is not made or not let in; the message says why, in Japanese. Nothing was changed."""


@dataclass(frozen=True)
class Walls:
    """What may go where in an office: its network model, its own cells, and whether a list of destinations holds."""

    profile: str
    cells: Mapping[Place, str]
    is_listed: bool = False

    def need(self, zone: str, classification: int) -> str:
        """Return what an endpoint must be to take a text of a classification from a zone."""
        return need_under(self.profile, self.cells, zone, classification)

    def reach(self, zone: str, classification: int) -> dict[str, int]:
        """Return how far endpoints of each zone are trusted with a text of a classification from a zone."""
        need = self.need(zone, classification)
        return {reached: _trust(need, reached, classification) for reached in zones_from(self.profile, zone)}

    def to_json(self) -> dict[str, Any]:
        cells = sorted([zone, classification, need] for (zone, classification), need in self.cells.items())
        return {"profile": self.profile, "cells": cells, "is_listed": self.is_listed}


@dataclass(frozen=True)
class Difference:
    """One thing that a change changes, in Japanese, as before and after."""

    what: str
    before: str
    after: str
    opens: bool


def rules_of(tenant_id: int) -> Rules:
    """Return an office's rules, those of an office without a row as they are."""
    return Rules.objects.filter(tenant_id=tenant_id).first() or Rules(tenant_id=tenant_id)


def walls_of(tenant_id: int) -> Walls:
    """Return what may go where in an office now."""
    is_listed = Destination.objects.filter(tenant_id=tenant_id).exists()
    return Walls(profile_of(tenant_id), cells_of(tenant_id), is_listed)


def with_change(walls: Walls, change: Mapping[str, Any]) -> Walls:
    """Return what would stand after a change: {"profile": …, "cells": [[zone, class, need or ""], …], "list": ""}."""
    cells = dict(walls.cells)
    for zone, classification, need in change.get("cells", ()):
        cells.pop((zone, classification), None)
        if need:
            cells[zone, classification] = need
    return Walls(change.get("profile", walls.profile), cells, walls.is_listed and "list" not in change)


def opens(before: Walls, after: Walls) -> bool:
    """Whether anything may go anywhere after a change where it might not before."""
    if _asks_for_lines(before) and not _asks_for_lines(after):
        return True
    return any(
        trust > before.reach(*place).get(zone, _NOT)
        for place in places()
        for zone, trust in after.reach(*place).items()
    )


def places() -> list[Place]:
    """Return every zone with every classification."""
    return [(zone, classification) for zone in RequestZone.values for classification in Classification.values]


def _asks_for_lines(walls: Walls) -> bool:
    return walls.is_listed or lists_destinations(walls.profile)


def _trust(need: str, zone: str, classification: int) -> int:
    if need == Cell.Need.NONE:
        return _NOT
    if zone == RequestZone.INTERNAL:
        return _ANY
    if need == Cell.Need.INSIDE or classification >= INSIDE_ONLY_FROM:
        return _NOT
    return _BY_CONTRACT if need == Cell.Need.CONTRACT else _ANY


def differences(before: Walls, after: Walls) -> list[Difference]:
    """Return what a change changes, as an administrator reads it."""
    found = list[Difference]()
    if before.profile != after.profile:
        old_name, new_name = (str(Rules.Profile(walls.profile).label) for walls in (before, after))
        found.append(Difference(_("ネットワーク構成"), old_name, new_name, opens=False))
    for zone in RequestZone.values:
        old, new = zones_from(before.profile, zone), zones_from(after.profile, zone)
        if old != new:
            what = _("%(zone)sからの依頼で使える接続先") % {"zone": RequestZone(zone).label}
            found.append(Difference(what, _zones(old), _zones(new), opens=not set(new) <= set(old)))
    for zone, classification in places():
        was, becomes = (Cell.Need(walls.need(zone, classification)) for walls in (before, after))
        if was != becomes:
            what = _("%(zone)sからの機密性%(label)s") % {
                "zone": RequestZone(zone).label,
                "label": Classification(classification).label,
            }
            looser = STRICTNESS[becomes] < STRICTNESS[was]
            found.append(Difference(what, str(was.label), str(becomes.label), opens=looser))
    if _asks_for_lines(before) != _asks_for_lines(after):
        words = {True: _("載せた宛先だけにつなぐ"), False: _("使わない")}
        is_listed, will_be = (_asks_for_lines(walls) for walls in (before, after))
        found.append(Difference(_("宛先リスト"), words[is_listed], words[will_be], opens=is_listed))
    return found


def _zones(zones: Sequence[str]) -> str:
    return "、".join(str(RequestZone(zone).label) for zone in zones)


# --- changing


@transaction.atomic
def ask(tenant: Tenant, change: Mapping[str, Any], actor: str, reason: str = "") -> RuleChange | None:
    """Change what may go where, on the record. What opens something is only asked for: the waiting change is returned.

    Raises Refused for a change that changes nothing or is none, and for an opening without its reason.
    """
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    checked(change)
    reason = reason.strip()
    if len(reason) > LONGEST_REASON or not reason.isprintable():
        raise Refused(_("理由は%(most)d文字以内で、改行せずに入力してください。") % {"most": LONGEST_REASON})
    before = walls_of(tenant.pk)
    after = with_change(before, change)
    if after == before:
        raise Refused(_("いまの設定と同じです。何も変えていません。"))
    if not opens(before, after):
        _apply(tenant, change, actor, reason)
        return None
    if not reason:
        raise Refused(_("緩める変更には、理由を入力してください。まだ何も変えていません。"))
    waiting = RuleChange.objects.create(
        tenant=tenant, change={**change, "before": before.to_json()}, reason=reason, asked_by=actor
    )
    record(tenant.pk, actor, "rules.asked", f"rule_change:{waiting.pk}", change=dict(change), reason=reason)
    return waiting


@transaction.atomic
def accept(waiting: RuleChange, actor: str) -> None:
    """Let a waiting change in, on the record; raises Refused, so for who asked for it."""
    Tenant.objects.select_for_update().get(pk=waiting.tenant_id)
    waiting = _open(waiting)
    if waiting.asked_by == actor:
        raise Refused(_("申請した人は承認できません。ほかの管理者か、サーバーの運用者が承認してください。"))
    if is_outdated(waiting):
        raise Refused(_("申請のあとに設定が変わりました。申請を取り下げて、申請し直してください。"))
    _decide(waiting, State.ACCEPTED, actor)
    _apply(waiting.tenant, waiting.change, actor, waiting.reason)


@transaction.atomic
def refuse(waiting: RuleChange, actor: str) -> None:
    """Say no to a waiting change, on the record; raises Refused for one that waits no more."""
    Tenant.objects.select_for_update().get(pk=waiting.tenant_id)
    waiting = _open(waiting)
    if waiting.asked_by == actor:
        raise Refused(_("自分の申請は「取り下げる」で取り消してください。"))
    _decide(waiting, State.REFUSED, actor)


@transaction.atomic
def withdraw(waiting: RuleChange, actor: str) -> None:
    """Take one's own waiting change back, on the record; raises Refused."""
    Tenant.objects.select_for_update().get(pk=waiting.tenant_id)
    waiting = _open(waiting)
    if waiting.asked_by != actor:
        raise Refused(_("取り下げられるのは、申請した人だけです。"))
    _decide(waiting, State.WITHDRAWN, actor)


def is_outdated(waiting: RuleChange) -> bool:
    """Whether the rules are no longer those on top of which a change was asked for."""
    return bool(waiting.change["before"] != walls_of(waiting.tenant_id).to_json())


def waiting_of(tenant_id: int) -> list[RuleChange]:
    """Return the changes that wait for a second administrator, newest first."""
    return list(RuleChange.objects.filter(tenant_id=tenant_id, state=State.WAITING))


def _open(waiting: RuleChange) -> RuleChange:
    found = RuleChange.objects.select_related("tenant").get(pk=waiting.pk)
    if found.state != State.WAITING:
        raise Refused(_("この申請は、すでに「%(state)s」です。") % {"state": found.get_state_display()})
    return found


def _decide(waiting: RuleChange, state: str, actor: str) -> None:
    waiting.state, waiting.decided_by, waiting.decided_at = state, actor, timezone.now()
    waiting.save()
    record(waiting.tenant_id, actor, f"rules.{state}", f"rule_change:{waiting.pk}", asked_by=waiting.asked_by)


def differences_of(waiting: RuleChange, before: Walls) -> list[Difference]:
    """Return what a waiting change would change of what stands."""
    return differences(before, with_change(before, waiting.change))


def checked(change: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a change that may be asked for; raises Refused for what no list offers."""
    known = {"": True, **dict.fromkeys(Cell.Need.values, True)}
    for zone, classification, need in change.get("cells", ()):
        if zone not in RequestZone.values or classification not in Classification.values or need not in known:
            raise Refused(_("一覧から選んでください。何も変えていません。"))
        if classification >= INSIDE_ONLY_FROM and need not in ("", Cell.Need.INSIDE, Cell.Need.NONE):
            raise Refused(_("機密性3B・3Aの情報は、庁内の接続先だけに渡せます。ほかの設定にはできません。"))
    if change.get("profile", "") not in {"", *ZONES}:
        raise Refused(_("ネットワーク構成を一覧から選んでください。何も変えていません。"))
    return change


def _apply(tenant: Tenant, change: Mapping[str, Any], actor: str, reason: str) -> None:
    if "profile" in change:
        Rules.objects.update_or_create(tenant=tenant, defaults={"profile": change["profile"]})
    for zone, classification, need in change.get("cells", ()):
        place = {"tenant": tenant, "zone": zone, "classification": classification}
        if need:
            Cell.objects.update_or_create(**place, defaults={"need": need})
        else:
            Cell.objects.filter(**place).delete()
    if "list" in change:
        destinations.take_all_off(tenant, actor)
    kept = {name: change[name] for name in ("profile", "cells", "list") if name in change}
    record(tenant.pk, actor, "rules.changed", "rules", change=kept, reason=reason)


# --- what opens nothing


@transaction.atomic
def set_others(tenant: Tenant, actor: str, **given: Any) -> Rules:
    """Set forbidden words, the yen rate and how long texts and calls are kept, on the record; raises Invalid."""
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    rules = rules_of(tenant.pk)
    for name, value in given.items():
        setattr(rules, name, value)
    if errors := _errors(rules):
        raise Invalid(errors)
    rules.save()
    # Words are counted on the record: some offices forbid names.
    shown = {name: len(value) if name == "forbidden_words" else value for name, value in given.items()}
    record(tenant.pk, actor, "rules.changed", "rules", **shown)
    return rules


def words_in(text: str) -> list[str]:
    """Return the forbidden words of a text, one a line, each once."""
    return list(dict.fromkeys(word for line in text.splitlines() if (word := line.strip())))


def _errors(rules: Rules) -> dict[str, str]:
    errors = dict[str, str]()
    words: Iterable[str] = rules.forbidden_words
    if len(rules.forbidden_words) > MOST_WORDS or any(len(word) > LONGEST_WORD for word in words):
        errors["forbidden_words"] = _("1語%(longest)d文字以内で、%(most)d語までにしてください。") % {
            "longest": LONGEST_WORD,
            "most": MOST_WORDS,
        }
    if not 1 <= rules.yen_per_dollar <= HIGHEST_RATE:
        errors["yen_per_dollar"] = _("1以上の数で入力してください。")
    for name in ("texts_days", "calls_days"):
        if not 1 <= getattr(rules, name) <= MOST_DAYS:
            errors[name] = _("1以上%(most)d以下の日数で入力してください。") % {"most": MOST_DAYS}
    return errors
