"""Rows for tests of the index, without a database."""

import hashlib
from datetime import date

import numpy as np

from madoguchi.search.index import Access, Condition, Row, Vector

TENANT = 1
TODAY = date(2026, 4, 1)


def unit(seed: int) -> Vector:
    """A vector of length 1, the same for the same seed."""
    vector = np.random.default_rng(seed).standard_normal(384).astype(np.float32)
    return vector / np.linalg.norm(vector)


def row(
    name: str, words: str = "年金", document: str = "d1", key: str = "staff", vector: Vector | None = None, **access
) -> Row:
    access.setdefault("classification", 1)
    kind = access.pop("kind", "passage")
    return Row(
        id=name,
        kind=kind,
        document=document,
        access=Access(access_key=key, **access),
        words=words.split(),
        bigrams=[word[at : at + 2] for word in words.split() for at in range(max(1, len(word) - 1))],
        digest=hashlib.sha256(words.encode()).hexdigest(),
        vector=vector,
    )


def seen_by(*keys: str, classification: int = 5, tenant: int = TENANT, on: date = TODAY, **narrowed) -> Condition:
    return Condition(tenant, frozenset(keys), classification, on, **narrowed)
