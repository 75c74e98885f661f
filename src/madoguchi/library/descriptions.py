"""What a model said the figures of a version show, put beside them: marked as a model's, never as the file's own."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from madoguchi.library.models import Description, Document, Passage, Version
from madoguchi.llm import vision
from madoguchi.readers.blocks import Block

Place = tuple[int, tuple[float, ...]]


@dataclass(frozen=True)
class Figure:
    """A figure that stands on a page: its place among the blocks, from 0, and on the paper."""

    number: int
    page: int
    box: list[float]

    @property
    def place(self) -> Place:
        return self.page, tuple(self.box)


@dataclass(frozen=True)
class Progress:
    """How far the figures of a version are described; `wanted` counts those within the limit, `beyond` the others."""

    wanted: int
    beyond: int
    made: int
    waiting: int
    failed: int
    # Why the last one that failed did, in Japanese.
    reason: str = ""


def figures(blocks: Sequence[Block]) -> list[Figure]:
    """Return the figures on pages, those that nobody sees left out, in reading order."""
    return [
        Figure(number, block.locator["page"], block.locator["boxes"][0])
        for number, block in enumerate(blocks)
        if block.kind == "figure" and not block.hidden and block.locator.get("page") and block.locator.get("boxes")
    ]


def rows_of(version: Version) -> dict[Place, Description]:
    """Return the descriptions of a version's bytes by place, whether they may be shown or not."""
    rows = Description.objects.filter(tenant_id=version.tenant_id, blob=version.blob_id)
    return {(row.page, tuple(row.box)): row for row in rows}


def may_show(document: Document) -> bool:
    """Return whether descriptions of a document's figures may be shown and found, as the rule stands now."""
    return vision.may_describe(document.tenant_id, document.classification)


def shown(version: Version, blocks: Sequence[Block]) -> dict[int, Description]:
    """Return the descriptions that may be shown, by the place of their figure among the blocks."""
    if not may_show(version.document):
        return {}
    rows = rows_of(version)
    found = {figure.number: rows.get(figure.place) for figure in figures(blocks)} if rows else {}
    return {number: row for number, row in found.items() if row is not None and row.text}


def beside(version: Version, blocks: list[Block]) -> list[Block]:
    """Return blocks with each description that may be shown behind its figure, as a block of origin `model`."""
    found = shown(version, blocks)
    if not found:
        return blocks
    put: list[Block] = []
    for number, block in enumerate(blocks):
        put.append(block)
        if number in found:
            put.append(Block("figure", found[number].text, block.locator, origin="model"))
    return put


def mark_of(version: Version) -> tuple[bool, list[int]]:
    """Return what changes whenever the descriptions that may be shown do."""
    if not may_show(version.document):
        return False, []
    made = Description.objects.filter(tenant_id=version.tenant_id, blob=version.blob_id).exclude(text="")
    return True, sorted(made.values_list("pk", flat=True))


def withdrawn(document: Document) -> bool:
    """Take away the passages of descriptions that may no longer be found; return whether there were any."""
    if may_show(document):
        return False
    passages = Passage.objects.filter(version__document=document, kind=Passage.Kind.DESCRIBED)
    return bool(passages.delete()[0])


def progress(version: Version, blocks: Sequence[Block]) -> Progress | None:
    """Return how far the figures of a version are described; None where none is to be."""
    if not may_show(version.document) or not (found := figures(blocks)):
        return None
    rows, wanted = rows_of(version), found[: settings.FIGURES_MAX]
    here = [rows[figure.place] for figure in wanted if figure.place in rows]
    failed = [row for row in here if row.failure]
    return Progress(
        len(wanted),
        len(found) - len(wanted),
        sum(bool(row.text) for row in here),
        sum(not row.text and not row.failure for row in here),
        len(failed),
        failed[-1].failure if failed else "",
    )
