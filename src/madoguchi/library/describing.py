"""Having the figures of a document described by a model, where an administrator allows it: one durable step a figure.

It begins when the document is already found by its words, and whatever becomes of it, the document stays so.
"""

import hashlib
import logging
import math

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from madoguchi import durable
from madoguchi.audit.record import record
from madoguchi.library import blobs, descriptions, ingest, readings, store
from madoguchi.library.models import Description, Document, Passage, Version
from madoguchi.library.refused import Refused
from madoguchi.llm import vision
from madoguchi.llm.chat import EndpointFailed
from madoguchi.llm.endpoints import NoEndpoint
from madoguchi.people.access import Scope
from madoguchi.people.models import User
from madoguchi.readers.blocks import Unreadable
from madoguchi.readers.pages import page_image

logger = logging.getLogger(__name__)
# Dots an inch, at most and at least: below, no letter of a figure can be read.
MOST_DPI, LEAST_DPI = 200, 50
# Around a figure, in points: its axes, legend and caption often stand outside of what is drawn.
MARGIN_POINTS = 48.0
# When so many in a row failed, the endpoint is down: the rest waits for a person to try again.
GIVE_UP_AFTER = 2


def may_begin(version: Version) -> bool:
    """Return whether a version's figures may be described, and somebody can."""
    can = vision.describers(version.tenant_id, version.document.classification)
    return bool(can) and bool(version.pages) and not readings.is_locked(version)


def begin(version: Version) -> None:
    """Write it down that a version's figures are to be described, when they may be."""
    if may_begin(version):
        durable.start(describe, str(version.pk), queue="describe", once=f"describe:{version.pk}")


def continue_unfinished() -> int:
    """Begin with the figures that wait though nobody wrote it down, as a kill between the two leaves them."""
    waiting = Description.objects.filter(text="", failure="").values("blob")
    current = Version.objects.filter(document__current=F("pk"), document__deleted_at=None, blob__in=waiting)
    versions = list(current.select_related("document", "blob"))
    for version in versions:
        begin(version)
    return len(versions)


@durable.workflow()
def describe(version_id: str) -> int:
    """Have the figures of a version described; return how many were."""
    made = failed = 0
    for number in plan(version_id):
        if failed == GIVE_UP_AFTER:
            give_up(version_id)
            break
        succeeded = describe_one(version_id, number)
        made += succeeded
        failed = 0 if succeeded else failed + 1
    if made or is_behind(version_id):
        ingest.cut(version_id)
        ingest.announce(version_id)
        ingest.end(version_id, Version.Status.READY, None)
    return made


@durable.step()
def plan(version_id: str) -> list[int]:
    """Note which figures are to be described, up to FIGURES_MAX of a document; return those not yet tried."""
    version = _open(version_id)
    if version is None:
        return []
    found = descriptions.figures(readings.blocks_of(version))[: settings.FIGURES_MAX]
    for figure in found:
        Description.objects.get_or_create(
            tenant_id=version.tenant_id, blob=version.blob, page=figure.page, box=figure.box
        )
    rows = descriptions.rows_of(version)
    wanted = [rows[figure.place] for figure in found]
    edition = vision.edition_of(version.tenant_id)
    return [row.pk for row in wanted if not row.failure and not (row.text and row.edition == edition)]


@durable.step()
def describe_one(version_id: str, number: int) -> bool:
    """Draw a figure, have it described and keep what is said; return whether there is a description."""
    version = _open(version_id)
    row = Description.objects.filter(pk=number).first()
    if version is None or row is None:
        return False
    try:
        picture = drawn(version, row.page, row.box)
        row.picture = hashlib.sha256(picture).hexdigest()
        described = _made_before(version, row) or vision.describe(
            version.document.tenant, picture, version.document.classification
        )
    except Unreadable:
        return _keep(row, failure=_("図の画像を作れませんでした。"))
    except NoEndpoint:
        return _keep(row, failure=_("図を説明できる接続先モデルがありません。"))
    except EndpointFailed:
        # Which endpoint and why stands in the log: it is no business of everyone who reads the document.
        return _keep(row, failure=_("モデルから説明が返りませんでした。"))
    row.model, row.edition = described.model[:150], vision.edition_of(version.tenant_id)
    document = f"document:{version.document_id}"
    record(version.tenant_id, "system", "figure.described", document, page=row.page, picture=row.picture)
    return _keep(row, text=described.text)


@durable.step()
def give_up(version_id: str) -> None:
    """Say of the figures that were not tried that they wait for a person."""
    version = _open(version_id)
    if version:
        waiting = Description.objects.filter(blob=version.blob, text="", failure="")
        waiting.update(failure=_("モデルから続けて応答がなかったため、残りの図は試していません。"))


@durable.step()
def is_behind(version_id: str) -> bool:
    """Return whether what is found of a version lacks descriptions that it could have, or has others."""
    version = _open(version_id)
    if version is None:
        return False
    blocks = readings.blocks_of(version)
    wanted = {blocks[number].locator["page"] for number in descriptions.shown(version, blocks)}
    found = Passage.objects.filter(version=version, kind=Passage.Kind.DESCRIBED)
    return wanted != {passage.locator["page"] for passage in found}


@transaction.atomic
def again(scope: Scope, user: User | None, version: Version) -> None:
    """Have figures described that are not; raises NotFound without the right to write, Refused when nobody can."""
    document = store.writable(scope, version.document)
    version.document = document
    if not may_begin(version):
        raise Refused(_("図を説明できる接続先モデルがありません。管理者に確かめてください。"))
    Description.objects.filter(blob=version.blob).exclude(failure="").update(failure="")
    # So that the page says at once what is on its way.
    plan(str(version.pk))
    actor = f"user:{user.pk}" if user else "operator"
    record(scope.tenant_id, actor, "figures.requested", f"document:{document.pk}", version=version.number)
    transaction.on_commit(lambda: begin(version))


def drawn(version: Version, page: int, box: list[float]) -> bytes:
    """Return a figure as a PNG within FIGURE_MAX_PIXELS and FIGURE_MAX_KB, drawn in the reading child; raises
    Unreadable."""
    frame = readings.page_of(version, page)
    if frame is None:
        raise Unreadable(_("ページがありません。"))
    across, down = MARGIN_POINTS / frame.width, MARGIN_POINTS / frame.height
    box = [max(0.0, box[0] - across), max(0.0, box[1] - down), min(1.0, box[2] + across), min(1.0, box[3] + down)]
    longest = max((box[2] - box[0]) * frame.width, (box[3] - box[1]) * frame.height, 1.0)
    dpi = min(MOST_DPI, math.floor(settings.FIGURE_MAX_PIXELS * 72 / longest))
    while dpi >= LEAST_DPI:
        picture = page_image(blobs.path_of(version.blob), page, dpi, box)
        if len(picture) <= settings.FIGURE_MAX_KB * 1000:
            return picture
        dpi //= 2
    raise Unreadable(_("図が大きすぎます。"))


def picture_rule_changed(tenant_id: int, **_: object) -> None:
    """Bring what is found in step with the rule: what may no longer be found goes within the rule's own transaction,
    what was made before and may be found again comes back."""
    limit = vision.limit_of(tenant_id)
    standing = Document.objects.filter(tenant_id=tenant_id, deleted_at=None)
    over = standing if limit is None else standing.filter(classification__gt=limit)
    described = Passage.objects.filter(tenant_id=tenant_id, kind=Passage.Kind.DESCRIBED)
    gone = list(over.filter(pk__in=described.values("version__document")).values_list("pk", flat=True))
    described.filter(version__document__in=over).delete()
    Document.objects.filter(pk__in=gone).update(untold=Document.Untold.WORDS)

    def tell() -> None:
        for pk in gone:
            durable.start(ingest.tell, str(pk))

    transaction.on_commit(tell)
    if limit is not None:
        made = Description.objects.filter(tenant_id=tenant_id).exclude(text="")
        current = Version.objects.filter(document__in=standing.filter(classification__lte=limit))
        current = current.filter(document__current=F("pk"), blob__in=made.values("blob"))
        ingest.cut_again(current.exclude(pk__in=described.values("version")))


def _open(version_id: str) -> Version | None:
    """Return a version whose figures may be described now: found by its words, its pages drawn without a password."""
    version = (
        Version.objects.select_related("document__folder", "document__tenant", "blob")
        .filter(pk=version_id, status__in=ingest.CUT, document__deleted_at=None)
        .first()
    )
    if version is None or not version.pages or readings.is_locked(version):
        return None
    return version if descriptions.may_show(version.document) else None


def _made_before(version: Version, row: Description) -> vision.Described | None:
    """Return what one of the models that would be asked has said of the same picture, anywhere in the office."""
    models = [vision.model_of(one) for one in vision.describers(version.tenant_id, version.document.classification)]
    edition = vision.edition_of(version.tenant_id)
    same = Description.objects.filter(tenant_id=version.tenant_id, picture=row.picture, edition=edition)
    found = same.filter(model__in=models).exclude(text="").first()
    return vision.Described(found.text, found.model) if found else None


def _keep(row: Description, text: str = "", failure: str = "") -> bool:
    row.text, row.failure, row.made_at = text, failure[:200], timezone.now()
    row.save()
    if failure:
        logger.warning("figure %s: no description", row.pk)
    return bool(text)
