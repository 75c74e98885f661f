"""Preparing another model's vectors beside those in use, and changing over to them at once.

    begin -> build (durable): verified answers, then document after document, again until nothing is missing
          -> switch -> once more for what came meanwhile

Questions are answered by the model in use all the while. A kill or an endpoint that fails stops nothing for good: rows
that have their vectors keep them, and upkeep goes on within ten minutes.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Sum
from django.db.models.functions import Length
from django.utils import timezone
from django.utils.translation import gettext as _

from madoguchi import durable
from madoguchi.audit.record import record
from madoguchi.library.models import Document, Passage
from madoguchi.llm.embeddings import EmbeddingUnavailable
from madoguchi.llm.models import Endpoint
from madoguchi.llm.routing import highest_for
from madoguchi.people.access import scope_of_operator
from madoguchi.people.models import Classification, Tenant
from madoguchi.search import spaces
from madoguchi.search.index import EMBEDDED
from madoguchi.search.indexing import give_vectors, lacking_vectors, missing_texts, put_faq
from madoguchi.search.lance import the_index
from madoguchi.search.models import Space
from madoguchi.search.rebuild import faq_of, indexable

# Documents that one durable step looks at, and passages that it has embedded.
DOCUMENTS, PASSAGES = 100, 256
# Vectors that nobody searches by stay so long: a question may have begun with them.
KEEP_LEFT = timedelta(hours=1)


class NotSuitable(Exception):
    """An office cannot search by a model; the message says why, in Japanese."""


def begin(tenant: Tenant, endpoint: Endpoint | None, actor: str) -> Space:
    """Start preparing an endpoint's vectors (None: the embedded model's); raises NotSuitable, EmbeddingUnavailable."""
    current = spaces.model_in_use(tenant.pk)
    if current.endpoint == endpoint and not current.is_changed:
        raise NotSuitable(_("このモデルは、いま使っているものです。"))
    wanted = Space(
        tenant=tenant, dimensions=EMBEDDED.dimensions, max_classification=Classification.C3A, endpoint=endpoint
    )
    if endpoint is not None:
        fit = spaces.fit_with(endpoint, scope_of_operator(tenant))
        if not fit.tells_apart:
            raise NotSuitable(
                _(
                    "日本語の質問%(pairs)s問のうち、正しい答えを最も近いと判定したのは%(right)s問でした。検索には使えません。"
                )
                % {"pairs": fit.pairs, "right": fit.right}
            )
        wanted.scale, wanted.shift = spaces.onto_embedded(fit)
        wanted.dimensions, wanted.maker = fit.dimensions, spaces.maker_of(endpoint)
        wanted.max_classification = highest_for(endpoint)
    try:
        with transaction.atomic():
            wanted.save()
            _record(wanted, actor, "begun")
    except IntegrityError:
        raise NotSuitable(
            _("ほかのモデルを準備しています。終わってから、または取りやめてから始めてください。")
        ) from None
    go_on(wanted)
    return wanted


def give_up(row: Space, actor: str) -> bool:
    """Stop preparing; the model in use stays. Returns False when nothing was being prepared any more."""
    with transaction.atomic():
        if stopped := Space.objects.filter(pk=row.pk, state=Space.State.BUILDING).update(
            state=Space.State.LEFT, changed_at=timezone.now()
        ):
            _record(row, actor, "given-up")
    return bool(stopped)


def continue_unfinished() -> None:
    """Go on with what a kill or a failing endpoint stopped, and fill in what an endpoint may have since."""
    for row in Space.objects.exclude(state=Space.State.LEFT).select_related("endpoint", "tenant"):
        if row.state == Space.State.BUILDING or _lacks(row):
            go_on(row)


def go_on(row: Space) -> None:
    """Have the vectors of a space made that are missing, unless somebody is at it."""
    durable.start(build, row.pk, queue="switch", once=f"space:{row.pk}")


def _lacks(row: Space) -> bool:
    """Return whether a space in use has come to lack vectors: its endpoint failed, or may have more texts since."""
    highest = highest_for(row.endpoint) if row.endpoint else row.max_classification
    may_have_more = highest > row.max_classification
    if highest != row.max_classification:
        Space.objects.filter(pk=row.pk).update(max_classification=highest)
        row.max_classification = highest
    return may_have_more or bool(row.failure) or bool(lacking_vectors(faq_of(row.tenant), spaces.model_of(row)))


def forget_left() -> None:
    """Take away vectors that nobody has searched by for an hour."""
    for row in Space.objects.filter(state=Space.State.LEFT, changed_at__lt=timezone.now() - KEEP_LEFT):
        if row.endpoint_id is not None:
            the_index().drop_space(row.tenant_id, row.pk)
        row.delete()


def _record(row: Space, actor: str, what: str) -> None:
    endpoint = row.endpoint_id or 0
    record(row.tenant_id, actor, "settings.changed", f"space:{row.pk}", what=what, endpoint=endpoint)


# --- what it takes


@dataclass(frozen=True)
class Amount:
    """Texts that become vectors: passages, their characters, verified answers; and the passages that do not."""

    passages: int = 0
    characters: int = 0
    answers: int = 0
    left_out: int = 0


def amount_for(tenant: Tenant, endpoint: Endpoint | None) -> Amount:
    """Return what an endpoint is given to prepare it (None: the embedded model). It reads the length of every text."""
    highest = highest_for(endpoint) if endpoint else Classification.C3A
    current = indexable(tenant.pk).values("current")
    by_class = (
        Passage.objects.filter(tenant=tenant, version__in=current)
        .order_by()
        .values("version__document__classification")
        .annotate(count=Count("pk"), length=Sum(Length("text")))
        .values_list("version__document__classification", "count", "length")
    )
    passages, characters, left_out = 0, 0, 0
    for classification, count, length in by_class:
        if classification <= highest:
            passages, characters = passages + count, characters + length
        else:
            left_out += count
    answers = sum(row.classification <= highest for row in faq_of(tenant))
    return Amount(passages, characters, answers, left_out)


# --- building


@durable.workflow()
def build(space_id: int) -> None:
    """Make all vectors of a space, change over to it, and make those of what came meanwhile."""
    while one_round(space_id):
        pass
    switch(space_id)
    one_round(space_id)


def one_round(space_id: int) -> int:
    """Go once through all verified answers and documents; return how many lacked vectors and got them."""
    made, after = put_answers(space_id), begin_round(space_id)
    while after is not None:
        after, more = fill(space_id, after)
        made += more
    return made


@durable.step(retries=3)
def put_answers(space_id: int) -> int:
    """Put the verified answers in anew that lack vectors of a space, beside those they have; return how many."""
    row = _living(space_id)
    if row is None:
        return 0
    model = spaces.model_of(row)
    lacking = lacking_vectors(faq_of(row.tenant), model)
    if not put_faq(lacking, model):
        _failed(row, EmbeddingUnavailable(_("確認済みの回答のベクトルを作れませんでした。")))
    return len(lacking)


@durable.step(retries=3)
def begin_round(space_id: int) -> str | None:
    """Count what is to be looked at; return where to begin, None when nothing is to be done any more."""
    row = _living(space_id)
    if row is None:
        return None
    total = Passage.objects.filter(tenant=row.tenant_id, version__in=indexable(row.tenant_id).values("current")).count()
    Space.objects.filter(pk=row.pk).update(done=0, total=total, failure="")
    return ""


@durable.step(retries=3, seconds=5)
def fill(space_id: int, after: str) -> tuple[str | None, int]:
    """Make missing vectors of the next documents after an id; return the last that is whole, and how many were made."""
    row = _living(space_id)
    if row is None:
        return None, 0
    model = spaces.model_of(row)
    documents = indexable(row.tenant_id).select_related("current").order_by("pk")
    coming = list(documents.filter(pk__gt=uuid.UUID(after))[:DOCUMENTS] if after else documents[:DOCUMENTS])
    if not coming:
        return None, 0
    texts: dict[str, str] = {}
    whole = list[Document]()
    for document in coming:
        version = document.current
        if version is None:
            continue
        version.document = document
        # A step that is killed is asked for again: it is never larger than said.
        room = PASSAGES - len(texts)
        found = missing_texts(version, model, room)
        texts |= found
        if len(found) == room:
            # There may be more of this document: the next step looks at it again.
            break
        whole.append(document)
    try:
        give_vectors(texts, model)
    except EmbeddingUnavailable as error:
        _failed(row, error)
    seen = Passage.objects.filter(version__in=[document.current_id for document in whole]).count()
    Space.objects.filter(pk=row.pk).update(done=F("done") + seen, failure="")
    return (str(whole[-1].pk) if whole else after), len(texts)


@durable.step(retries=3)
def switch(space_id: int) -> None:
    """Let the office search by a space from now on."""
    row = _living(space_id)
    if row is None:
        return
    # The vectors' own index first: without it a wide question compares every row.
    the_index().tidy(row.tenant_id)
    with transaction.atomic():
        now = timezone.now()
        in_use = Space.objects.filter(tenant=row.tenant_id, state=Space.State.IN_USE).exclude(pk=row.pk)
        in_use.update(state=Space.State.LEFT, changed_at=now)
        if Space.objects.filter(pk=row.pk, state=Space.State.BUILDING).update(state=Space.State.IN_USE, changed_at=now):
            _record(row, "system", "in use")


def _living(space_id: int) -> Space | None:
    """Return a space that is prepared or in use; None once it was given up or another took its place."""
    living = Space.objects.exclude(state=Space.State.LEFT).select_related("endpoint", "tenant")
    return living.filter(pk=space_id).first()


def _failed(row: Space, error: EmbeddingUnavailable) -> NoReturn:
    Space.objects.filter(pk=row.pk).update(failure=str(error)[:300])
    raise error
