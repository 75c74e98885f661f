"""隔離: what the scanner has not passed, and what an administrator decides on it. No decision goes by itself.

A decision is about bytes, so it counts for every document of the office that holds them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from madoguchi import durable
from madoguchi.audit.record import record
from madoguchi.library import blobs, ingest, readings, scanning, store
from madoguchi.library.models import Blob, Version
from madoguchi.library.refused import NotFound, Refused
from madoguchi.people.access import Scope
from madoguchi.people.models import Tenant, User

Verdict = Blob.Verdict
REASON_MAX_CHARACTERS = 300
SHOWN_MOST = 100


@durable.workflow()
def examine(blob_id: int) -> str:
    """Have the scanner look at bytes again, and keep or let go all that stands on them; return the verdict."""
    return examined(blob_id)


@durable.step()
def examined(blob_id: int) -> str:
    """Ask the scanner and bring the versions of the bytes in step with what it says."""
    blob = Blob.objects.filter(pk=blob_id).first()
    if blob is None:
        return ""
    blob = scanning.ask(blob, again=True)
    follow(blob)
    return blob.verdict


def follow(blob: Blob) -> None:
    """Bring every version of some bytes in step with what is said of these now."""
    if blob.is_held:
        ingest.withhold(blob)
    else:
        ingest.let_go(blob)


def start(blob: Blob) -> str:
    """Write down that bytes are to be looked at again; return the workflow's id."""
    return durable.start(examine, blob.pk, once=f"examine:{blob.pk}")


def ask_again() -> int:
    """Look again at what waits for the scanner, once it answers; return how many there are."""
    waiting = list(Blob.objects.filter(verdict=Verdict.WAITING))
    if not (waiting and scanning.answers()):
        return 0
    for blob in waiting:
        start(blob)
    return len(waiting)


def examine_unasked(tenant: Tenant) -> int:
    """Have every file of an office looked at that came before there was a scanner; return how many there are."""
    unasked = _standing(tenant).filter(verdict=Verdict.UNASKED).distinct() if scanning.is_set() else Blob.objects.none()
    for blob in unasked:
        start(blob)
    return len(unasked)


def release(user: User, blob_id: int, reason: str) -> Blob:
    """Let bytes out of quarantine on an administrator's word, with the reason they wrote."""
    return _decide(user, blob_id, reason, {Verdict.FOUND, Verdict.WAITING}, Verdict.RELEASED, "quarantine.released")


def withdraw(user: User, blob_id: int, reason: str) -> Blob:
    """Take a release back: the bytes go into quarantine again."""
    return _decide(user, blob_id, reason, {Verdict.RELEASED}, None, "quarantine.withdrawn")


def remove(user: User, blob_id: int, reason: str) -> Blob:
    """Delete bytes in quarantine and what was made of them for good; their documents stay and say so."""
    blob = _decide(user, blob_id, reason, {Verdict.FOUND, Verdict.WAITING}, Verdict.REMOVED, "quarantine.removed")
    transaction.on_commit(lambda: readings.delete([blob]))
    return blob


@transaction.atomic
def _decide(
    user: User, blob_id: int, reason: str, now: set[Blob.Verdict], then: Blob.Verdict | None, action: str
) -> Blob:
    """Write an administrator's decision down and have it followed. Raises NotFound, or Refused without a reason or
    when the bytes do not stand so any more."""
    blob = Blob.objects.select_for_update().filter(tenant=user.tenant_id, pk=blob_id).first()
    if blob is None or not user.is_administrator:
        raise NotFound
    _check_stands(blob, now)
    reason = _reason(reason)
    # Taken back, it stands as the scanner left it.
    blob.verdict = then or (Verdict.FOUND if blob.examined_at else Verdict.WAITING)
    blob.decision, blob.decided_by, blob.decided_at = reason, user, timezone.now()
    blob.save(update_fields=["verdict", "decision", "decided_by", "decided_at"])
    record(blob.tenant_id, f"user:{user.pk}", action, f"file:{blob.sha256}", finding=blob.finding, reason=blob.decision)
    follow(blob)
    return blob


def _check_stands(blob: Blob, now: set[Blob.Verdict]) -> None:
    """Raise Refused when bytes do not stand as the one who decides on them saw them."""
    if blob.verdict not in now:
        raise Refused(_("このファイルの状態は変わっています。画面を更新して確かめてください。"))


def _reason(text: str) -> str:
    """Return the reason that a person wrote, in one line; raises Refused when there is none."""
    reason = " ".join(text.split())[:REASON_MAX_CHARACTERS]
    if not reason:
        raise Refused(_("理由を書いてください。監査記録に残ります。"), "reason")
    return reason


def answer_number(scope: Scope, user: User | None, version: Version, is_number: bool) -> None:
    """Take the word of who may write to a document on what may be a 個人番号 in it: stopped like a certain one, or not.

    Raises NotFound without that right, Refused when nothing is asked of it.
    """
    store.writable(scope, version.document)
    with transaction.atomic():
        blob = Blob.objects.select_for_update().get(pk=version.blob_id)
        _check_stands(blob, {Verdict.DOUBTED})
        actor = f"user:{user.pk}" if user else "operator"
        record(blob.tenant_id, actor, "number.answered", f"file:{blob.sha256}", is_number=is_number)
        blob.decided_by, blob.decided_at = user, timezone.now()
        if not is_number:
            blob.holds_no_number, blob.verdict = True, scanning.before_numbers(blob)
        blob.save(update_fields=["verdict", "holds_no_number", "decided_by", "decided_at"])
        if not is_number:
            follow(blob)
    if is_number:
        ingest.stop(version, blob.finding, certain=True)


@transaction.atomic
def deny_number(user: User, scope: Scope, version: Version, reason: str) -> Blob:
    """Take an administrator's word, with the reason, that bytes which were deleted carry no 個人番号: registered again,
    they are read. Raises NotFound, or Refused without a reason."""
    if not user.is_administrator:
        raise NotFound
    store.writable(scope, version.document)
    blob = Blob.objects.select_for_update().get(pk=version.blob_id)
    _check_stands(blob, {Verdict.NUMBERED})
    reason = _reason(reason)
    store.check_names(reason, field="reason")
    blob.holds_no_number, blob.decision, blob.decided_by, blob.decided_at = True, reason, user, timezone.now()
    blob.save(update_fields=["holds_no_number", "decision", "decided_by", "decided_at"])
    record(blob.tenant_id, f"user:{user.pk}", "number.denied", f"file:{blob.sha256}", reason=reason)
    return blob


@dataclass
class Held:
    """Bytes as an administrator sees them: those documents that his scope may see by name, of others how many."""

    blob: Blob
    why: str
    versions: list[Version] = field(default_factory=list)
    others: list[Version] = field(default_factory=list)


def counts(tenant: Tenant) -> dict[str, int]:
    """Return how many files of an office stand under each verdict."""
    rows = _standing(tenant).order_by().values_list("verdict").annotate(count=Count("pk", distinct=True))
    return dict.fromkeys(Verdict.values, 0) | dict(rows)


def shown(tenant: Tenant, scope: Scope, verdicts: Iterable[str]) -> list[Held]:
    """Return the newest files of an office under some verdicts, with where they stand."""
    found = _standing(tenant).filter(verdict__in=verdicts).select_related("decided_by").distinct()
    held = {blob.pk: Held(blob, blobs.why_held(blob)) for blob in found.order_by("-created_at")[:SHOWN_MOST]}
    standing = Version.objects.filter(tenant=tenant, blob__in=held, document__deleted_at=None)
    seen = set(Version.objects.within(scope).filter(blob__in=held).values_list("pk", flat=True))
    for version in standing.select_related("document", "uploaded_by").order_by("-uploaded_at"):
        row = held[version.blob_id]
        (row.versions if version.pk in seen else row.others).append(version)
    return list(held.values())


def without_copy(tenant: Tenant) -> QuerySet[Version]:
    """Return the versions from the internet that have no harmless copy: nobody inside can save them."""
    rows = Version.objects.filter(tenant=tenant, zone=Version.Zone.INTERNET, copy=None, document__deleted_at=None)
    return rows.exclude(status__in=[*ingest.UNFINISHED, *ingest.HELD])


def copy_missing(tenant: Tenant) -> int:
    """Have the missing harmless copies tried again: the tool was down, or is another one; return how many."""
    pks = list(without_copy(tenant).values_list("pk", flat=True))
    for pk in pks:
        durable.start(copy_again, str(pk), once=f"copy:{pk}")
    return len(pks)


@durable.workflow()
def copy_again(version_id: str) -> str:
    """Make the harmless copy of a version anew."""
    return ingest.copy(version_id)


def _standing(tenant: Tenant) -> QuerySet[Blob]:
    return Blob.objects.filter(tenant=tenant, versions__isnull=False, versions__document__deleted_at=None)


def blob_of(tenant: Tenant, blob_id: int) -> Blob | None:
    """Return the bytes of an office under an id."""
    return _standing(tenant).filter(pk=blob_id).first()
