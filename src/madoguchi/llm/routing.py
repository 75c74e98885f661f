"""Which endpoint a call goes to. The table that administrators look at and the calls themselves ask `decide`.

Allowed by zone ∧ classification ∧ capability ∧ health (and, when it is called, budget), then in order: that of the
purpose where it has one, else the endpoints' own, those of the wanted grade first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from madoguchi.llm import breaker, destinations, stops
from madoguchi.llm.models import Cell, Endpoint, Route
from madoguchi.llm.profiles import zones_of
from madoguchi.llm.wanted import Wanted
from madoguchi.people.models import Classification

# 3B and 3A never leave the office, whatever anybody sets.
INSIDE_ONLY_FROM = Classification.C3B
# A record that nobody checked for longer counts as none.
RECORD_DAYS = 366
# No text has more characters to a token than English prose; Japanese has about one.
MOST_CHARACTERS_A_TOKEN = 5
# What an endpoint must be when the office set nothing else. 3C leaves only where the city switched it on.
DEFAULT_NEEDS: Mapping[int, str] = {
    Classification.C1: Cell.Need.ANY,
    Classification.C2: Cell.Need.CONTRACT,
    Classification.C3C: Cell.Need.INSIDE,
    Classification.C3B: Cell.Need.INSIDE,
    Classification.C3A: Cell.Need.INSIDE,
}


@dataclass
class Decision:
    """The endpoints that may take a call, best first, and why each other one may not, in Japanese."""

    endpoints: list[Endpoint] = field(default_factory=list)
    refused: list[tuple[Endpoint, str]] = field(default_factory=list)
    # Why none may, when none may.
    reason: str = ""


def decide(wanted: Wanted, on: date | None = None) -> Decision:
    """Return which endpoints may take a call and why the others may not."""
    on = on or timezone.localdate()
    tenant_id = wanted.scope.tenant_id
    decision = Decision()
    if stopped := stops.reason_of(tenant_id, wanted.app, wanted.desk):
        return Decision(reason=stopped)
    need = need_of(tenant_id, wanted.scope.zone, wanted.classification)
    found = Endpoint.objects.filter(tenant_id=tenant_id, use__in=wanted.uses)
    for endpoint in in_order(found, wanted):
        if reason := why_not(endpoint, wanted, need, on):
            decision.refused.append((endpoint, reason))
        else:
            decision.endpoints.append(endpoint)
    if not decision.endpoints:
        decision.reason = _why_none(decision, wanted, need)
    return decision


def in_order(endpoints: Iterable[Endpoint], wanted: Wanted) -> list[Endpoint]:
    """Return endpoints in the order in which a purpose takes them; where a purpose has routes, those alone."""
    routes = Route.objects.filter(tenant_id=wanted.scope.tenant_id, purpose=wanted.purpose)
    places = {endpoint_id: place for place, endpoint_id in enumerate(routes.values_list("endpoint_id", flat=True))}
    found = [one for one in endpoints if not places or one.pk in places]
    found.sort(key=lambda one: (places.get(one.pk, 0), one.order, one.pk))
    # The grade comes before the order: among those of a grade the order stands.
    found.sort(key=lambda one: bool(wanted.grade) and one.grade != wanted.grade)
    return found


def why_not(endpoint: Endpoint, wanted: Wanted, need: str, on: date) -> str:
    """Return why an endpoint may not take a call, in Japanese; "" when it may."""
    if not endpoint.is_enabled:
        return _("使用を止めています。")
    if (endpoint.valid_from and on < endpoint.valid_from) or (endpoint.valid_to and endpoint.valid_to < on):
        return _("使用する期間ではありません。")
    if stopped := stops.reason_of(endpoint.tenant_id, endpoint=endpoint):
        return stopped
    if endpoint.zone not in zones_of(endpoint.tenant_id, wanted.scope.zone):
        return _("この接続区分からは使えません。")
    if endpoint.max_classification < wanted.classification:
        return _("渡してよい機密性区分の上限を超えます。")
    if reason := why_not_trusted(endpoint, wanted.classification, need, on):
        return reason
    if reason := destinations.why_not(endpoint, on):
        return reason
    return _why_not_able(endpoint, wanted) or _why_not_well(endpoint)


def why_not_trusted(endpoint: Endpoint, classification: int, need: str, on: date) -> str:
    """Return why a text of a classification is not trusted to an endpoint; "" when it is."""
    if need == Cell.Need.NONE:
        return _("この区分の情報は、モデルに渡さない設定です。")
    if endpoint.zone == Endpoint.Zone.INTERNAL:
        return ""
    if need == Cell.Need.INSIDE or classification >= INSIDE_ONLY_FROM:
        return _("この区分の情報は、庁内の接続先だけに渡せます。")
    if classification == Classification.C1:
        return ""
    if missing := missing_of(endpoint, on):
        return _("契約の記録が足りません（%(missing)s）。機密性1だけに使えます。") % {"missing": "、".join(missing)}
    if need != Cell.Need.CONTRACT:
        return ""
    if endpoint.trains_on_input:
        return _("入力を学習に使う契約です。")
    if endpoint.retention_days:
        return _("入力を保存する契約です。")
    if endpoint.region != Endpoint.Region.JAPAN:
        return _("データの保存先が国内ではありません。")
    return ""


def missing_of(endpoint: Endpoint, on: date) -> list[str]:
    """Return what lacks in the record of an endpoint's contract, in Japanese."""
    missing = [
        name
        for name, there in (
            (_("データの保存先"), endpoint.region),
            (_("契約の種類"), endpoint.contract),
            (_("学習への利用"), endpoint.trains_on_input is not None),
            (_("保存日数"), endpoint.retention_days is not None),
            (_("再委託先"), endpoint.sub_processors),
            (_("確認した日"), endpoint.checked_on),
        )
        if not there
    ]
    if endpoint.checked_on and not on - timedelta(days=RECORD_DAYS) <= endpoint.checked_on <= on:
        missing.append(_("12か月以内の確認"))
    return missing


def need_of(tenant_id: int, zone: str, classification: int) -> str:
    """Return what an endpoint must be to take a text of a classification from a zone."""
    if classification >= INSIDE_ONLY_FROM:
        # A row may close it altogether, not open it.
        closed = Cell.objects.filter(
            tenant_id=tenant_id, zone=zone, classification=classification, need=Cell.Need.NONE
        ).exists()
        return Cell.Need.NONE if closed else Cell.Need.INSIDE
    row = Cell.objects.filter(tenant_id=tenant_id, zone=zone, classification=classification).first()
    return row.need if row else DEFAULT_NEEDS[classification]


def _why_not_able(endpoint: Endpoint, wanted: Wanted) -> str:
    if wanted.pictures and not endpoint.sees_pictures:
        return _("画像を渡せません。")
    if wanted.schema and not endpoint.keeps_schema:
        return _("決まった形の出力ができません。")
    if wanted.tools and not endpoint.calls_tools:
        return _("道具を呼び出せません。")
    # Only what surely does not fit is refused here.
    if endpoint.context_tokens and wanted.characters / MOST_CHARACTERS_A_TOKEN > endpoint.context_tokens:
        return _("一度に読める長さを超えます。")
    return ""


def _why_not_well(endpoint: Endpoint) -> str:
    return _("失敗が続いたため、しばらく使わずにいます。") if breaker.is_open(endpoint) else ""


def _why_none(decision: Decision, wanted: Wanted, need: str) -> str:
    usable = [endpoint for endpoint, _reason in decision.refused if endpoint.is_enabled]
    if not usable:
        return _("使用できる接続先モデルが登録されていません。")
    label = Classification(wanted.classification).label
    if all(
        why_not_trusted(one, wanted.classification, need, timezone.localdate())
        or one.max_classification < wanted.classification
        for one in usable
    ):
        return _("機密性%(label)sの情報を扱える接続先モデルがありません。") % {"label": label}
    return " ".join(f"{endpoint.name}: {reason}" for endpoint, reason in decision.refused if endpoint in usable)
