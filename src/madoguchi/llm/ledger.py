"""The ledger: one row for every call however it ended, its texts where the office keeps them, and their end."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from madoguchi.llm import token_estimate
from madoguchi.llm.ledger_sums import FREE
from madoguchi.llm.models import Call, CallText, Endpoint, Rules
from madoguchi.llm.prices import yen_of
from madoguchi.llm.wanted import Wanted
from madoguchi.people.models import Tenant
from madoguchi.people.sealed import put

if TYPE_CHECKING:
    from madoguchi.llm.on_record import Tally

# A server's number of tokens is believed from one token for so many characters …
_MOST_CHARACTERS_A_TOKEN = 10
# … up to so many times what the texts take at most, and what templates, tools and pictures may add.
_TIMES, _BESIDES = 4, 4_000
# What the column can hold.
_MOST_MS = 2_147_483_647


def used(tally: "Tally", outcome: str, most_in: int, most_out: int) -> tuple[int, int, int, bool]:
    """Return the tokens of a call: in, out, cached of those in, and whether they were estimated.

    `most_in`: the upper estimate of what was sent; `most_out`: the limit of the answer, 0 when there was none.
    """
    said = tally.usage
    most_written = max(most_out, token_estimate.most_of(tally.characters_out))
    tokens_in = _believed(said.tokens_in, tally.characters_in, most_in)
    tokens_out = _believed(said.tokens_out, tally.characters_out, most_written)
    if tokens_in is not None and tokens_out is not None:
        return tokens_in, tokens_out, min(said.tokens_cached, tokens_in), False
    if outcome in FREE and not tally.characters_out:
        # The provider counts nothing: no call is paid twice for an endpoint that did not answer.
        return 0, 0, 0, False
    return (
        tally.tokens_in if tokens_in is None else tokens_in,
        tally.tokens_out if tokens_out is None else tokens_out,
        0 if tokens_in is None else min(said.tokens_cached, tokens_in),
        True,
    )


def _believed(said: int | None, characters: int, most: int) -> int | None:
    """Return the number that a server said when it can be, None otherwise."""
    if said is None or not characters / _MOST_CHARACTERS_A_TOKEN <= said <= most * _TIMES + _BESIDES:
        return None
    return said


def write(
    endpoint: Endpoint,
    wanted: Wanted,
    tally: "Tally",
    outcome: str,
    tokens: tuple[int, int, int, bool],
    *,
    department_id: int | None,
    at: datetime,
) -> Call:
    """Write the row of a call that has ended, and its texts where the office keeps them."""
    tokens_in, tokens_out, tokens_cached, is_estimated = tokens
    call = Call.objects.create(
        tenant_id=endpoint.tenant_id,
        at=at,
        user_id=wanted.scope.user_id,
        actor=wanted.actor[:50],
        department_id=department_id,
        purpose=wanted.purpose,
        app=wanted.app[:64],
        app_version=wanted.app_version[:20],
        desk=wanted.desk[:64],
        endpoint=endpoint,
        endpoint_name=endpoint.name,
        model=endpoint.model,
        zone=endpoint.zone,
        classification=wanted.classification,
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        tokens_cached=tokens_cached,
        is_estimated=is_estimated,
        yen=yen_of(endpoint, tokens_in, tokens_out, tokens_cached),
        first_ms=tally.first_ms,
        ms=min(tally.ms(), _MOST_MS),
        outcome=outcome[:20],
        masked=dict(tally.masked),
    )
    rules = Rules.objects.filter(tenant_id=endpoint.tenant_id, keeps_texts=True).first()
    if rules and outcome != "budget" and (tally.sent or tally.written):
        _keep(call, rules, "\n\n".join(tally.sent), "".join(tally.written))
    return call


def _keep(call: Call, rules: Rules, sent: str, came: str) -> None:
    delete_on = timezone.localdate() + timedelta(days=rules.texts_days)
    text = CallText.objects.create(tenant_id=call.tenant_id, call=call, delete_on=delete_on)
    put(text, "sealed_sent", sent)
    put(text, "sealed_came", came)


def expire() -> int:
    """Delete the texts and the rows whose time is over; return how many."""
    count = 0
    for tenant in Tenant.objects.all():
        rules = Rules.objects.filter(tenant=tenant).first() or Rules(tenant=tenant)
        before = timezone.now() - timedelta(days=rules.calls_days)
        texts = CallText.objects.filter(tenant=tenant)
        # A shorter time that was set since holds for what was kept before.
        count += texts.filter(delete_on__lte=timezone.localdate()).delete()[0]
        count += texts.filter(call__at__lt=timezone.now() - timedelta(days=rules.texts_days)).delete()[0]
        count += Call.objects.filter(tenant=tenant, at__lt=before).delete()[0]
    return count
