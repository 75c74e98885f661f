"""Whose vectors an office searches by: the embedded model's or those of an endpoint, and how they compare.

An office has one model in use. Another is prepared beside it (`search.switching`), and takes its place at once.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files

import numpy as np
import structlog
from django.utils.translation import gettext as _

from madoguchi.llm import embedding_endpoints, embeddings
from madoguchi.llm.embeddings import Array, EmbeddingUnavailable
from madoguchi.llm.known_models import prefixes_of
from madoguchi.llm.models import Endpoint
from madoguchi.llm.my_number import found_in
from madoguchi.llm.routing import highest_for
from madoguchi.people.access import Scope, scope_of_operator
from madoguchi.people.models import Tenant
from madoguchi.search.index import EMBEDDED, HIGHEST, Vector, VectorSpace
from madoguchi.search.models import Space

log = structlog.get_logger(__name__)
# Of the pairs of `calibration.tsv`, how many questions must have their own answer as the nearest one.
LEAST_RIGHT = 0.6


@dataclass(frozen=True)
class Model:
    """What makes vectors, and the space in which they lie."""

    tenant_id: int
    space: VectorSpace = EMBEDDED
    endpoint: Endpoint | None = None
    # Of passages; the text of a higher one does not go to the endpoint.
    max_classification: int = HIGHEST
    # The endpoint makes other vectors today than those of the space.
    is_changed: bool = False

    def question(self, text: str, scope: Scope) -> Vector:
        """Return the vector of a question, of length 1; raises EmbeddingUnavailable."""
        if self.endpoint is None:
            return embeddings.embed_query(text)
        self._check()
        vectors = embedding_endpoints.embed(self.endpoint, [text], kind="query", scope=scope)
        vector: Vector = self._fitting(vectors)[0]
        return vector

    def passages(self, texts: Sequence[str]) -> Array:
        """Return the vectors of passages, shape (n, dimensions), each of length 1; raises EmbeddingUnavailable."""
        if self.endpoint is None:
            return embeddings.embed_passages(list(texts))
        self._check()
        scope = scope_of_operator(Tenant.objects.get(pk=self.tenant_id))
        vectors = embedding_endpoints.embed(self.endpoint, texts, kind="passage", scope=scope, actor="system")
        return self._fitting(vectors)

    def may_have(self, classification: int, text: str) -> bool:
        """Return whether a text of a classification may become a vector: none with a My Number goes to an endpoint."""
        if self.endpoint is None:
            return True
        return classification <= self.max_classification and not any(found.certain for found in found_in(text))

    @cached_property
    def leaves_the_office(self) -> bool:
        """Return whether texts go out to the internet."""
        return self.endpoint is not None and self.endpoint.zone == Endpoint.Zone.INTERNET

    @property
    def why_not(self) -> str:
        """Return, in Japanese, why its settings let it make no vectors; empty when they do."""
        if self.endpoint is None:
            return ""
        if self.is_changed:
            return _("接続先のモデルか設定が、準備したときから変わっています。準備をやり直してください。")
        if not self.endpoint.is_enabled:
            return _("接続先の使用が止められています。")
        if self.endpoint.use != Endpoint.Use.EMBEDDING:
            return _("接続先の用途が、埋め込みではなくなっています。")
        return ""

    def _check(self) -> None:
        if self.is_changed:
            raise EmbeddingUnavailable(self.why_not)

    def _fitting(self, vectors: Array) -> Array:
        if len(vectors) and vectors.shape[1] != self.space.dimensions:
            raise EmbeddingUnavailable(_("接続先が、準備をしたときと違う長さのベクトルを返しました。"))
        return vectors


def model_in_use(tenant_id: int) -> Model:
    """Return the model by which an office searches now."""
    row = Space.objects.filter(tenant=tenant_id, state=Space.State.IN_USE).select_related("endpoint").first()
    return model_of(row) if row else Model(tenant_id)


def load_clients() -> None:
    """Load what asking the endpoints in use of any office needs: it takes longer than a question waits."""
    for row in Space.objects.filter(state=Space.State.IN_USE).select_related("endpoint"):
        try:
            if row.endpoint is not None:
                embedding_endpoints.load(row.endpoint)
        except Exception as failure:
            # Search goes on by words.
            log.warning("space.client_not_loaded", endpoint=row.endpoint_id, reason=type(failure).__name__)


def preparing(tenant_id: int) -> Space | None:
    """Return what an office prepares, if anything."""
    building = Space.objects.filter(tenant=tenant_id, state=Space.State.BUILDING)
    return building.select_related("endpoint", "tenant").first()


def candidates(tenant_id: int) -> list[Endpoint | None]:
    """Return what an office may prepare: its embedding endpoints, None for the embedded model; not what is in use."""
    current = model_in_use(tenant_id)
    endpoints = Endpoint.objects.filter(tenant=tenant_id, use=Endpoint.Use.EMBEDDING, is_enabled=True)
    every = [None, *endpoints]
    return [one for one in every if one != current.endpoint or current.is_changed]


def model_of(row: Space) -> Model:
    """Return the model of a row."""
    if row.endpoint is None:
        return Model(row.tenant_id)
    space = VectorSpace(row.pk, row.dimensions, row.scale, row.shift)
    # An administrator who lowers the limit means it from now on, not from the next upkeep.
    highest = min(row.max_classification, highest_for(row.endpoint))
    return Model(row.tenant_id, space, row.endpoint, highest, maker_of(row.endpoint) != row.maker)


def maker_of(endpoint: Endpoint) -> str:
    """Return a digest of all by which an endpoint's vectors differ from another's; its address and key are not."""
    parts = (endpoint.provider, endpoint.model, *prefixes_of(endpoint), endpoint.dimensions)
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()


# --- comparing


@dataclass(frozen=True)
class Fit:
    """How an endpoint's vectors tell texts apart: mean cosine of question and answer, and of those that do not belong
    together; and of how many questions the own answer is the nearest."""

    dimensions: int
    related: float
    unrelated: float
    right: int
    pairs: int

    @property
    def tells_apart(self) -> bool:
        """Whether it can be searched by."""
        return self.related > self.unrelated and self.right >= LEAST_RIGHT * self.pairs


def fit_of(questions: Array, answers: Array) -> Fit:
    """Return the fit of vectors of the pairs of `pairs`, both of shape (n, d)."""
    cosines = questions @ answers.T
    own = np.eye(len(cosines), dtype=bool)
    right = int((cosines.argmax(axis=1) == np.arange(len(cosines))).sum())
    return Fit(questions.shape[1], float(cosines[own].mean()), float(cosines[~own].mean()), right, len(cosines))


@lru_cache(maxsize=1)
def pairs() -> list[tuple[str, str]]:
    """Return questions and their answers, each about something else: no text of an office."""
    lines = files("madoguchi.search").joinpath("calibration.tsv").read_text("utf-8").splitlines()
    return [(question, answer) for question, answer in (line.split("\t") for line in lines if line)]


@lru_cache(maxsize=1)
def embedded_fit() -> Fit:
    """Return the fit of the embedded model; raises EmbeddingUnavailable."""
    questions, answers = zip(*pairs(), strict=True)
    return fit_of(
        np.stack([embeddings.embed_query(one) for one in questions]), embeddings.embed_passages(list(answers))
    )


def fit_with(endpoint: Endpoint, scope: Scope) -> Fit:
    """Return the fit of an endpoint by asking it; raises EmbeddingUnavailable."""
    questions, answers = zip(*pairs(), strict=True)
    of_answers = embedding_endpoints.embed(endpoint, answers, kind="passage", scope=scope)
    # Not as a question of search: one that failed a moment ago, and was mended since, is tried again.
    return fit_of(embedding_endpoints.call(endpoint, questions, "query", scope, seconds=60), of_answers)


def onto_embedded(fit: Fit) -> tuple[float, float]:
    """Return (scale, shift) by which cosines of a model lie as the embedded model's do: what ranking adds to them, and
    from where on something is a result, was measured on these."""
    ours = embedded_fit()
    scale = (ours.related - ours.unrelated) / (fit.related - fit.unrelated)
    return scale, ours.unrelated - scale * fit.unrelated
