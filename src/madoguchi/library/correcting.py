"""Correcting what was read: who may write to a document says what it reads, for the same bytes wherever they lie."""

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from madoguchi.audit.record import digest, record
from madoguchi.library import ingest, readings, store
from madoguchi.library.corrections import Change, corrected, placed, read_of
from madoguchi.library.models import Blob, Correction, Version
from madoguchi.library.refused import NotFound, Refused
from madoguchi.people.access import Scope
from madoguchi.people.models import User
from madoguchi.readers.blocks import Block


class Changed(Refused):
    """Somebody else corrected the block meanwhile, or it was read anew; what was typed is not yet saved."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "編集中に、ほかの人がこの箇所を訂正しました。入力した内容は残しています。"
                "いまの内容と見比べて、もう一度保存してください。"
            )
        )


@dataclass(frozen=True)
class Place:
    """A block of a version as a person sees it: as it was read, as it reads now, and its corrections, oldest first."""

    number: int
    as_read: Block
    now: Block
    history: list[Correction]

    @property
    def seen(self) -> str:
        """What a form carries to notice that the block changed meanwhile."""
        newest = self.history[-1].pk if self.history else 0
        return f"{newest}-{digest(read_of(self.as_read))[:16]}"


def place_of(version: Version, number: int) -> Place:
    """Return a block of a version by its place among those read; raises NotFound for none and for a hidden one."""
    blocks = readings.blocks_as_read(version)
    if number >= len(blocks) or (blocks[number].hidden and not version.document.folder.reads_hidden):
        raise NotFound
    found = placed(version.blob, blocks)
    history = found.blocks.get(number, [])
    return Place(number, blocks[number], corrected(blocks[number], found.newest(number)), history)


@transaction.atomic
def save(
    scope: Scope,
    user: User | None,
    version: Version,
    number: int,
    seen: str,
    text: str,
    changes: dict[tuple[int, int], str] | None = None,
) -> Correction:
    """Say what a block reads: its text (of a table the caption) and some cells of a table, by row and column from 0.

    `seen` is that of the place which the person saw. Raises NotFound without the right to write to the document,
    Refused for a text that is too long, Changed. All versions of the same bytes are cut and indexed anew.
    """
    place = _locked(scope, version, number, seen)
    cells: list[Change] = []
    if place.as_read.kind == "table":
        wanted = dict(_changes_of(place.now, place.as_read)) | (changes or {})
        cells = [[*at, _cell(place.as_read, at), now] for at, now in sorted(wanted.items()) if _has(place.as_read, at)]
        cells = [change for change in cells if change[2] != change[3]]
    longest = max([len(text), *(len(str(change[3])) for change in cells)])
    if longest > settings.CORRECTION_MAX_CHARACTERS:
        limit = f"{settings.CORRECTION_MAX_CHARACTERS:,}"
        raise Refused(_("長すぎます（%s文字まで）。分けて登録してください。") % limit, "text")
    return _add(scope, user, version, place, text=text, cells=cells)


@transaction.atomic
def take_back(scope: Scope, user: User | None, version: Version, number: int, seen: str, to: int) -> Correction:
    """Have an earlier correction of a block count again, or with 0 what the reader made of it; raises as `save`."""
    place = _locked(scope, version, number, seen)
    if not to:
        return _add(scope, user, version, place, text="", cells=[], undone=True)
    earlier = next((each for each in place.history if each.pk == to), None)
    if earlier is None:
        raise NotFound
    return _add(scope, user, version, place, text=earlier.text, cells=list(earlier.cells), undone=earlier.undone)


@transaction.atomic
def drop(scope: Scope, user: User | None, version: Version, pk: int) -> None:
    """Let go of a correction that fits no block any more; raises NotFound without the right or for one that fits."""
    store.writable(scope, version.document)
    Blob.objects.select_for_update().get(pk=version.blob_id)
    lost = placed(version.blob, readings.blocks_as_read(version)).lost
    correction = next((each for each in lost if each.pk == pk), None)
    if correction is None:
        raise NotFound
    Correction.objects.create(
        tenant_id=version.tenant_id,
        blob=version.blob,
        block=correction.block,
        read=correction.read,
        undone=True,
        saved_by=user,
    )
    _record(scope, user, version, "reading.correction.dropped", correction=correction.pk)


def _locked(scope: Scope, version: Version, number: int, seen: str) -> Place:
    """Return the place of a block, nobody else writing there until the transaction ends."""
    store.writable(scope, version.document)
    Blob.objects.select_for_update().get(pk=version.blob_id)
    place = place_of(version, number)
    if place.seen != seen:
        raise Changed
    return place


def _add(
    scope: Scope,
    user: User | None,
    version: Version,
    place: Place,
    *,
    text: str,
    cells: list[Change],
    undone: bool = False,
) -> Correction:
    correction = Correction.objects.create(
        tenant_id=version.tenant_id,
        blob=version.blob,
        block=place.number,
        read=read_of(place.as_read),
        text=text,
        cells=cells,
        undone=undone,
        saved_by=user,
    )
    after = corrected(place.as_read, correction)
    _record(
        scope,
        user,
        version,
        "reading.corrected",
        block=place.number,
        before=digest(read_of(place.now)),
        after=digest(read_of(after)),
        taken_back=undone,
    )
    ingest.cut_again(Version.objects.filter(tenant_id=version.tenant_id, blob=version.blob))
    return correction


def _record(scope: Scope, user: User | None, version: Version, action: str, **detail: object) -> None:
    actor = f"user:{user.pk}" if user else "operator"
    record(scope.tenant_id, actor, action, f"document:{version.document_id}", version=version.number, **detail)


def _changes_of(now: Block, as_read: Block) -> list[tuple[tuple[int, int], str]]:
    """Return the cells that corrections have changed so far."""
    return [
        ((row, column), cell)
        for row, cells in enumerate(now.cells)
        for column, cell in enumerate(cells)
        if cell != as_read.cells[row][column]
    ]


def _has(block: Block, at: tuple[int, int]) -> bool:
    row, column = at
    return 0 <= row < len(block.cells) and 0 <= column < len(block.cells[row])


def _cell(block: Block, at: tuple[int, int]) -> str:
    return block.cells[at[0]][at[1]]
