"""What persons say a reading should read: found again, and put over what the reader made of the same bytes."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from madoguchi.library.models import Blob, Correction
from madoguchi.readers.blocks import Block

Change = list[int | str]


@dataclass
class Placed:
    """The corrections of a blob, by the place of the block that each is of, oldest first."""

    blocks: dict[int, list[Correction]] = field(default_factory=dict)
    # The newest of each that no block fits any more: a newer reader reads that place otherwise.
    lost: list[Correction] = field(default_factory=list)

    def newest(self, number: int) -> Correction | None:
        """Return the newest correction of a block; None when there is none."""
        rows = self.blocks.get(number)
        return rows[-1] if rows else None


def read_of(block: Block) -> str:
    """Return what a correction remembers of a block as it was read."""
    if block.kind != "table":
        return block.text
    cells = json.dumps(block.cells, ensure_ascii=False, separators=(",", ":"))
    return f"{block.text}\n{hashlib.sha256(cells.encode()).hexdigest()}"


def caption_of(correction: Correction) -> str:
    """Return what a correction says was read, for a person: of a table its caption."""
    return correction.read.rpartition("\n")[0] if is_table(correction) else correction.read


def mark_of(blob: Blob) -> int:
    """Return a number that rises with every correction of a blob; 0 without any."""
    rows = Correction.objects.filter(tenant_id=blob.tenant_id, blob=blob)
    return rows.order_by("-pk").values_list("pk", flat=True).first() or 0


def apply(blob: Blob, blocks: list[Block]) -> list[Block]:
    """Return blocks as read with the newest correction of each put over it: origin `person`, nothing left unsure."""
    found = placed(blob, blocks)
    if not found.blocks:
        return blocks
    return [corrected(block, found.newest(number)) for number, block in enumerate(blocks)]


def corrected(block: Block, correction: Correction | None) -> Block:
    """Return a block as a correction has it; as it was read without one, or when it was taken back."""
    if correction is None or correction.undone:
        return block
    cells = with_changes(block.cells, correction.cells) if block.kind == "table" else block.cells
    return replace(block, text=correction.text, cells=cells, origin="person", confidence=None)


def with_changes(cells: list[list[str]], changes: Sequence[Change]) -> list[list[str]]:
    """Return cells with some of them changed; a change outside of them is left out."""
    rows = [list(row) for row in cells]
    for row, column, _was, now in changes:
        at, across = int(row), int(column)
        if 0 <= at < len(rows) and 0 <= across < len(rows[at]):
            rows[at][across] = str(now)
    return rows


def placed(blob: Blob, blocks: list[Block]) -> Placed:
    """Find each correction's block: at its place when it still reads the same there, else where alone it does."""
    found, places = Placed(), _Places(blocks)
    rows = Correction.objects.filter(tenant_id=blob.tenant_id, blob=blob).select_related("saved_by")
    lost: dict[tuple[int, str], Correction] = {}
    for correction in rows.order_by("pk"):
        number = places.of(correction)
        if number is None:
            lost[correction.block, correction.read] = correction
        else:
            found.blocks.setdefault(number, []).append(correction)
    found.lost = [correction for correction in lost.values() if not correction.undone]
    return found


class _Places:
    """Blocks by what they read, counted once and only when one is not where it was."""

    def __init__(self, blocks: list[Block]) -> None:
        self._blocks = blocks
        self._by_reading: dict[str, list[int]] | None = None

    def of(self, correction: Correction) -> int | None:
        number = correction.block
        if number < len(self._blocks) and read_of(self._blocks[number]) == correction.read:
            return number
        if self._by_reading is None:
            self._by_reading = {}
            for at, block in enumerate(self._blocks):
                self._by_reading.setdefault(read_of(block), []).append(at)
        fitting = self._by_reading.get(correction.read, [])
        return fitting[0] if len(fitting) == 1 else None


def is_table(correction: Correction) -> bool:
    """Return whether a correction is of a table."""
    last = correction.read.rpartition("\n")[2]
    return len(last) == 64 and set(last) <= set("0123456789abcdef")
