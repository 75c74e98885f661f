"""What search asks of an index engine. `lance.py` answers it; another engine would be one more module like that.

The index holds words and vectors, never the text. Every question carries a `Condition`, which the engine applies inside
its own query: nothing is fetched first and filtered afterwards.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from madoguchi.llm.e5 import DIMENSIONS
from madoguchi.people.access import Scope

Vector = npt.NDArray[np.float32]
# `described`: what a model says a figure shows. It is found where somebody asks for it, and never to answer from.
Kind = Literal["passage", "described", "faq"]
Field = Literal["words", "bigrams"]
# No row demands more.
HIGHEST = 5
# Rows draw one of so many lots by their id; a share of the lots is a fair sample of any part of the index.
LOTS = 65_536


@dataclass(frozen=True)
class VectorSpace:
    """Vectors of one model, which compare with no other's. Number 0 is the embedded model's; every index has it."""

    number: int = 0
    dimensions: int = DIMENSIONS
    # A cosine times `scale` plus `shift` is what the embedded model gives for texts that are as near.
    scale: float = 1.0
    shift: float = 0.0


EMBEDDED = VectorSpace()


@dataclass(frozen=True)
class Access:
    """What a row demands of a scope, and what a person may narrow by. Dates are inclusive; None is open."""

    access_key: str
    classification: int
    valid_from: date | None = None
    valid_to: date | None = None
    # The folder's key, `folder:9`; of FAQ empty.
    folder: str = ""
    department: str = ""
    fiscal_year: int = 0
    # The ending of the file's name without the dot, small letters.
    file_type: str = ""


@dataclass
class Row:
    """A passage, or one question of an FAQ entry, as the index holds it."""

    id: str
    kind: Kind
    # The document's id, or the FAQ entry's.
    document: str
    access: Access
    # Of title, headings and text, in this order.
    words: list[str]
    bigrams: list[str]
    # SHA-256 of the embedded text: the same text keeps its vectors.
    digest: str
    # Of the whole (title, headings, body); and of the title alone where it speaks for itself, as a question does.
    vector: Vector | None = None
    title_vector: Vector | None = None


@dataclass(frozen=True)
class Condition:
    """Which rows a question may see (from a scope) and wants to see (from the person's filters)."""

    tenant: int
    keys: frozenset[str]
    classification: int
    on: date
    everything: bool = False
    kind: Kind | None = None
    folders: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    fiscal_years: tuple[int, ...] = ()
    file_types: tuple[str, ...] = ()
    # Of these alone, as `Classification` numbers them.
    classifications: tuple[int, ...] = ()
    # Rows whose lot is smaller; LOTS is all of them.
    lots: int = LOTS
    # Of passages: whether what a model says of figures comes too.
    with_described: bool = False
    # Runs of bigrams, as the index writes them, that a row must hold or must not: what is quoted, and what is left out.
    holding: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    # Rows of these documents.
    documents: tuple[str, ...] = ()
    # Whose vectors the rows bring and are compared by.
    space: VectorSpace = EMBEDDED

    @classmethod
    def of(
        cls,
        scope: Scope,
        kind: Kind | None = None,
        *,
        folders: Iterable[str] = (),
        departments: Iterable[str] = (),
        fiscal_years: Iterable[int] = (),
        file_types: Iterable[str] = (),
        classifications: Iterable[int] = (),
    ) -> "Condition":
        """Return the condition of a scope, narrowed by what the person chose."""
        return cls(
            scope.tenant_id,
            scope.keys,
            scope.classification,
            scope.on,
            scope.everything,
            kind,
            tuple(folders),
            tuple(departments),
            tuple(fiscal_years),
            tuple(file_types),
            tuple(classifications),
        )

    @property
    def opens_nothing(self) -> bool:
        """Whether no row can match: no key is held."""
        return not self.everything and not self.keys


@dataclass
class Found:
    """A row that matched, with what its score is made of."""

    id: str
    document: str
    words: list[str]
    # As the index writes them, with spaces between.
    bigrams: str = ""
    fiscal_year: int = 0
    vector: Vector | None = None
    title_vector: Vector | None = None


class Index(Protocol):
    """An engine. A document's rows change in one atomic commit that every reader sees from its next question on."""

    def put(self, tenant: int, document: str, rows: Sequence[Row], space: VectorSpace = EMBEDDED) -> None:
        """Make these the document's rows, all at once. Vectors they bring are of a space; a row without gets those that
        the office has of the same text, in every space."""

    def remove(self, tenant: int, document: str) -> None:
        """Take a document's rows out."""

    def change_access(self, tenant: int, demands: Mapping[str, Access]) -> None:
        """Change what all rows of some documents demand, for all of them at once."""

    def without_vectors(
        self, tenant: int, document: str, limit: int, space: VectorSpace = EMBEDDED, classification: int = HIGHEST
    ) -> list[str]:
        """Return ids of up to `limit` rows of a document, of at most a classification, that have no vector yet."""

    def set_vectors(self, tenant: int, vectors: dict[str, Vector], space: VectorSpace = EMBEDDED) -> None:
        """Set the vectors of rows that are there; ids that are not are ignored."""

    def drop_space(self, tenant: int, number: int) -> None:
        """Forget the vectors of a space other than the embedded model's."""

    def by_words(self, condition: Condition, column: Field, tokens: Sequence[str], limit: int) -> list[Found]:
        """Return rows that hold one of the tokens, by BM25, best first."""

    def by_vector(self, condition: Condition, vector: Vector, limit: int, rows: int) -> list[Found]:
        """Return the rows nearest to a vector, nearest first; `rows` is how many the condition opens."""

    def sample(self, condition: Condition, limit: int) -> list[Found]:
        """Return up to `limit` rows as they come, words only."""

    def count(self, condition: Condition) -> int:
        """Return how many rows the condition opens."""

    def version(self, tenant: int) -> str:
        """Return a mark that changes whenever any row of an office does."""

    def narrowed(self, tenant: int) -> str:
        """Return a mark that changes whenever rows of an office are taken out or demand something else; it may stay
        when rows are only added or given vectors."""

    def documents(self, tenant: int) -> dict[str, set[str]]:
        """Return the ids of all rows of an office by document."""

    def demands(self, tenant: int) -> dict[str, set[Access]]:
        """Return what the rows of an office demand, by document: one thing for all rows of one, when all is well."""

    def is_current(self, tenant: int) -> bool:
        """Return whether the rows of an office hold words as they are cut today."""

    def note_edition(self, tenant: int) -> None:
        """Note that they do."""

    def drop(self, tenant: int) -> None:
        """Forget everything of an office."""

    def tidy(self, tenant: int) -> None:
        """Compact and bring the engine's own indexes up to date; slow, so never while somebody waits."""


def lot_of(row_id: str) -> int:
    """Return the lot that a row drew, from its id alone."""
    return int.from_bytes(hashlib.sha256(row_id.encode()).digest()[:2], "big")
