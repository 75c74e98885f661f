"""How the search page shows verified answers: the domain that keeps them stands above, and says how to read them."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from madoguchi.people.access import Scope
from madoguchi.search.query import find_faq


@dataclass(frozen=True)
class Verified:
    """A verified answer as a list shows it."""

    entry_id: uuid.UUID
    question: str
    answer: str


# (scope, ids) -> those of them that the scope may see.
Lookup = Callable[[Scope, Sequence[uuid.UUID]], dict[uuid.UUID, Verified]]
_lookups: list[Lookup] = []


def register_lookup(lookup: Lookup) -> None:
    """Let the domain of verified answers read its entries within a scope."""
    if lookup not in _lookups:
        _lookups.append(lookup)


def verified(scope: Scope, question: str, most: int) -> list[Verified]:
    """Return verified answers that may answer a question, best first."""
    ids = [hit.entry_id for hit in find_faq(scope, question, most) if hit.level != "none"]
    found: dict[uuid.UUID, Verified] = {}
    for lookup in _lookups if ids else []:
        found |= lookup(scope, ids)
    return [found[one] for one in ids if one in found]
