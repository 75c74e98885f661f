"""Which endpoint a call goes to. The table that administrators look at and the calls themselves ask `decide`.

Allowed by zone ∧ classification ∧ capability ∧ health (and, when it is called, budget), then in order: that of the
purpose where it has one, else the endpoints' own, those of the wanted grade first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from madoguchi.llm import breaker, destinations, stops
from madoguchi.llm.models import Cell, Endpoint, PictureRule, Purpose, Route
from madoguchi.llm.profiles import INSIDE_ONLY_FROM, need_under, profile_of, zones_from, zones_reached
from madoguchi.llm.wanted import Wanted
from madoguchi.people.access import Scope, Zone
from madoguchi.people.models import Classification

# A record that nobody checked for longer counts as none.
RECORD_DAYS = 366
# No text has more characters to a token than English prose; Japanese has about one.
MOST_CHARACTERS_A_TOKEN = 5


@dataclass
class Decision:
    """The endpoints that may take a call, best first, and why each other one may not, in Japanese."""

    endpoints: list[Endpoint] = field(default_factory=list)
    refused: list[tuple[Endpoint, str]] = field(default_factory=list)
    # Of the others, those that only failed a moment ago and are left alone for a while.
    resting: list[Endpoint] = field(default_factory=list)
    # Why none may, when none may.
    reason: str = ""


@dataclass(frozen=True)
class Table:
    """What an office's rules and endpoints are now, read at once: for one call, or for every cell of the page."""

    profile: str
    # What the office set itself, by zone and classification.
    cells: Mapping[tuple[str, int], str]
    endpoints: Sequence[Endpoint]
    # By purpose, the numbers of its endpoints in their order.
    routes: Mapping[str, Sequence[int]]
    listed: destinations.AllowList
    # Up to which classification figures are described; None: none are.
    pictures_up_to: int | None = None

    def need(self, zone: str, classification: int) -> str:
        """Return what an endpoint must be to take a text of a classification from a zone."""
        return need_under(self.profile, self.cells, zone, classification)


def table_of(tenant_id: int) -> Table:
    """Read what `decide` goes by in an office: six queries, however many endpoints there are."""
    profile = profile_of(tenant_id)
    routes: dict[str, list[int]] = {}
    for purpose, endpoint_id in Route.objects.filter(tenant_id=tenant_id).values_list("purpose", "endpoint_id"):
        routes.setdefault(purpose, []).append(endpoint_id)
    return Table(
        profile,
        cells_of(tenant_id),
        list(Endpoint.objects.filter(tenant_id=tenant_id)),
        routes,
        destinations.list_of(tenant_id, profile),
        PictureRule.objects.filter(tenant_id=tenant_id).values_list("max_classification", flat=True).first(),
    )


def cells_of(tenant_id: int) -> dict[tuple[str, int], str]:
    """Return what an office set itself, by zone and classification."""
    rows = Cell.objects.filter(tenant_id=tenant_id).values_list("zone", "classification", "need")
    return {(zone, classification): need for zone, classification, need in rows}


def decide(wanted: Wanted, on: date | None = None, table: Table | None = None) -> Decision:
    """Return which endpoints may take a call and why the others may not. `table`: when many are asked at once."""
    on = on or timezone.localdate()
    table = table or table_of(wanted.scope.tenant_id)
    stopped = stops.reason_of(wanted.scope.tenant_id, wanted.app, wanted.desk)
    decision = Decision()
    for endpoint in in_order(table, wanted):
        if reason := stopped or why_not(endpoint, wanted, table, on):
            decision.refused.append((endpoint, reason))
        elif breaker.is_open(endpoint):
            decision.refused.append((endpoint, _("失敗が続いたため、しばらく使わずにいます。")))
            decision.resting.append(endpoint)
        else:
            decision.endpoints.append(endpoint)
    if not decision.endpoints:
        decision.reason = stopped or _why_none(decision, wanted, table, on)
    return decision


def usual(purpose: str, scope: Scope, classification: int) -> Wanted:
    """Return what every call of a purpose asks for at least."""
    return Wanted(purpose, scope, classification, pictures=purpose == Purpose.VISION)


def in_order(table: Table, wanted: Wanted) -> list[Endpoint]:
    """Return all endpoints in the order in which a purpose takes them: its own order first where it has one."""
    places = {endpoint_id: place for place, endpoint_id in enumerate(table.routes.get(wanted.purpose, ()))}
    last = len(places)
    found = sorted(table.endpoints, key=lambda one: (places.get(one.pk, last), one.order, one.pk))
    # The grade comes before the order: among those of a grade the order stands.
    found.sort(key=lambda one: bool(wanted.grade) and one.grade != wanted.grade)
    return found


def why_not(endpoint: Endpoint, wanted: Wanted, table: Table, on: date) -> str:
    """Return why an endpoint may not take a call, well or not, in Japanese; "" when it may."""
    routes, zone = table.routes.get(wanted.purpose), wanted.scope.zone
    if endpoint.use not in wanted.uses:
        return _("この用途のモデルではありません。")
    if not endpoint.is_enabled:
        return _("使用を止めています。")
    if (endpoint.valid_from and on < endpoint.valid_from) or (endpoint.valid_to and endpoint.valid_to < on):
        return _("使用する期間ではありません。")
    if routes and endpoint.pk not in routes:
        return _("この用途で使う接続先に入っていません。")
    if stopped := stops.reason_of(endpoint.tenant_id, endpoint=endpoint):
        return stopped
    if endpoint.zone not in zones_from(table.profile, zone):
        return _("この接続区分からは使えません。")
    if endpoint.max_classification < wanted.classification:
        return _("渡してよい機密性区分の上限を超えます。")
    if reason := why_not_trusted(endpoint, wanted.classification, table.need(zone, wanted.classification), on):
        return reason
    if reason := table.listed.why_not(endpoint, on):
        return reason
    if wanted.purpose == Purpose.VISION and wanted.classification > (table.pictures_up_to or 0):
        return _("この区分の図を、モデルに説明させる設定ではありません。")
    return _why_not_able(endpoint, wanted)


def why_not_reached(endpoint: Endpoint, on: date | None = None) -> str:
    """Return why nothing at all may be sent to an endpoint now, a trial neither; "" when it may, in Japanese."""
    if stopped := stops.reason_of(endpoint.tenant_id, endpoint=endpoint):
        return stopped
    profile = profile_of(endpoint.tenant_id)
    if endpoint.zone not in zones_reached(profile):
        return _("ネットワーク構成の設定により、この接続区分の接続先にはつなぎません。")
    return destinations.list_of(endpoint.tenant_id, profile).why_not(endpoint, on or timezone.localdate())


def highest_for(endpoint: Endpoint, zone: Zone = "internal") -> int:
    """Return up to which classification texts are trusted to an endpoint in a request from a zone; 0: none are."""
    table, today, highest = table_of(endpoint.tenant_id), timezone.localdate(), 0
    if endpoint.zone not in zones_from(table.profile, zone):
        return highest
    for classification in Classification:
        if classification > endpoint.max_classification:
            break
        if why_not_trusted(endpoint, classification, table.need(zone, classification), today):
            break
        highest = classification
    return highest


def why_not_trusted(endpoint: Endpoint, classification: int, need: str, on: date) -> str:
    """Return why a text of a classification is not trusted to an endpoint; "" when it is."""
    if need == Cell.Need.NONE:
        return _("この区分の情報は、モデルに渡さない設定です。")
    if endpoint.zone == Endpoint.Zone.INTERNAL:
        return ""
    if need == Cell.Need.INSIDE or classification >= INSIDE_ONLY_FROM:
        return _("この区分の情報は、庁内の接続先だけに渡せます。")
    if classification == Classification.C1 and need == Cell.Need.ANY:
        return ""
    if missing := missing_of(endpoint, on):
        return _("契約の記録が足りません（%(missing)s）。") % {"missing": "、".join(missing)}
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


def _why_none(decision: Decision, wanted: Wanted, table: Table, on: date) -> str:
    usable = {one: reason for one, reason in decision.refused if one.is_enabled and one.use in wanted.uses}
    if not usable:
        return _("使用できる接続先モデルが登録されていません。")
    label = Classification(wanted.classification).label
    need = table.need(wanted.scope.zone, wanted.classification)
    if all(
        why_not_trusted(one, wanted.classification, need, on) or one.max_classification < wanted.classification
        for one in usable
    ):
        return _("機密性%(label)sの情報を扱える接続先モデルがありません。") % {"label": label}
    return " ".join(f"{endpoint.name}: {reason}" for endpoint, reason in usable.items())
