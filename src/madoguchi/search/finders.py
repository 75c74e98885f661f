"""What the one box finds beside the passages of documents: each domain says by itself how it is sought in.

A domain that stands above search registers a `Finder` when it starts. A finder reads within the scope like every other
reader; what it gives is shown as a group of its own, in the order below, and no fault of it reaches the others.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

import structlog
from django.utils.functional import Promise

from madoguchi.people.access import Scope

log = structlog.get_logger(__name__)

# Groups above the passages of documents, and those below; what is in neither comes last, as it was registered.
ABOVE = ("verified", "screens")
BELOW = ("names", "answers")
# Of one group beside the others, and on a page of its own.
SHOWN, SHOWN_ALONE = 3, 50


@dataclass(frozen=True)
class Place:
    """One thing that was found: what it is called, where it opens, what it says, and a note on it (a day, a year)."""

    title: str
    address: str
    text: str = ""
    note: str = ""
    # Where it is not that of its group.
    icon: str = ""


# (scope, question, most) -> the best first, all within the scope.
Find = Callable[[Scope, str, int], Iterable[Place]]


@dataclass(frozen=True)
class Finder:
    """One kind of thing that can be found. `name` stands in addresses."""

    name: str
    label: Promise | str
    icon: str
    find: Find
    # Whether it is quick enough to be asked at every pause of typing.
    while_typing: bool = False
    # How it is asked then, where that is another way.
    typed: Find | None = None
    # Whether its places are links side by side in one line.
    in_a_line: bool = False


@dataclass(frozen=True)
class Group:
    """What one finder found; `more` when there is more than is shown."""

    finder: Finder
    places: Sequence[Place]
    more: bool

    @property
    def is_above(self) -> bool:
        """Whether it stands above the passages of documents."""
        return self.finder.name in ABOVE


_finders: dict[str, Finder] = {}


def register(finder: Finder) -> None:
    """Let a domain be found by the one box; a finder of the same name is replaced."""
    _finders[finder.name] = finder


def registered() -> list[Finder]:
    """Return the finders that domains registered."""
    return list(_finders.values())


def ask(
    finders: Iterable[Finder], scope: Scope, question: str, most: int = SHOWN, *, typing: bool = False
) -> tuple[list[Group], list[Finder]]:
    """Return the groups that hold something, in their order, and the finders that failed."""
    groups, failed = list[Group](), list[Finder]()
    for finder in sorted(finders, key=_order):
        try:
            find = (typing and finder.typed) or finder.find
            found = list(islice(find(scope, question, most + 1), most + 1))
        except Exception:
            # Whatever is wrong with one kind of thing, the others are found.
            log.exception("search.finder_failed", finder=finder.name)
            failed.append(finder)
            continue
        if found:
            groups.append(Group(finder, found[:most], len(found) > most))
    return groups, failed


def _order(finder: Finder) -> int:
    known = ABOVE + BELOW
    return known.index(finder.name) if finder.name in known else len(known)
