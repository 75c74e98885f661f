"""The tree of turns: which of them are shown, and where one may branch off."""

import uuid
from dataclasses import dataclass

from madoguchi.chat.models import Conversation, Turn


@dataclass(frozen=True)
class Step:
    """A turn of the shown branch, with the ids of itself and its siblings, oldest first."""

    turn: Turn
    siblings: list[uuid.UUID]

    @property
    def place(self) -> int:
        """Which of its siblings it is, from 1."""
        return self.siblings.index(self.turn.pk) + 1

    @property
    def before(self) -> uuid.UUID | None:
        """The sibling before it."""
        return self.siblings[self.place - 2] if self.place > 1 else None

    @property
    def after(self) -> uuid.UUID | None:
        """The sibling after it."""
        return self.siblings[self.place] if self.place < len(self.siblings) else None


def branch(conversation: Conversation, at: uuid.UUID | None = None) -> list[Step]:
    """Return the branch through a turn, on to its newest end; without one that of the newest turn.

    A turn that is not of this conversation counts as none.
    """
    rows = list(conversation.turns.order_by("at", "id").values_list("pk", "parent_id"))
    parents = dict(rows)
    children: dict[uuid.UUID | None, list[uuid.UUID]] = {}
    for pk, parent in rows:
        children.setdefault(parent, []).append(pk)
    if not rows:
        return []
    current: uuid.UUID | None = at if at in parents else rows[-1][0]
    line: list[uuid.UUID] = []
    while current is not None:
        line.insert(0, current)
        current = parents[current]
    while below := children.get(line[-1]):
        line.append(below[-1])
    turns = conversation.turns.select_related("confirmed_by").prefetch_related("attachments").in_bulk(line)
    return [Step(turns[pk], children[parents[pk]]) for pk in line if pk in turns]


def line_above(turn: Turn) -> list[Turn]:
    """Return the turns above one, from the first."""
    known = turn.conversation.turns.prefetch_related("attachments").in_bulk()
    line: list[Turn] = []
    current = turn.parent_id
    while current is not None and current in known:
        line.insert(0, known[current])
        current = known[current].parent_id
    return line
