"""個人番号（マイナンバー）in files: what carries one is not kept. Where they stand is told, never the digits."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction

from madoguchi.audit.record import record
from madoguchi.library.models import Blob, Passage, Version
from madoguchi.llm import my_number
from madoguchi.readers.blocks import Block, Reading, Unreadable

Verdict = Blob.Verdict
# Places named to a person; of the others how many there are.
NAMED = 5
PLACE_MAX_CHARACTERS = 40


@dataclass(frozen=True)
class Place:
    """Where a number stands, in Japanese; `certain` when it is taken for a 個人番号 without asking."""

    where: str
    certain: bool


class Carries(Unreadable):
    """A file carries 個人番号, or what a person must look at (`certain` is False); nothing of it was kept."""

    def __init__(self, places: Sequence[Place]) -> None:
        named = list(dict.fromkeys(place.where for place in places))
        self.where = "、".join(named[:NAMED])
        if len(named) > NAMED:
            self.where = f"{self.where}ほか{len(named) - NAMED}か所"
        self.certain = any(place.certain for place in places)
        super().__init__(f"個人番号（マイナンバー）と思われる番号があります（{self.where}）。")


def check(reading: Reading, name: str) -> None:
    """Raise Carries when a reading of the file called `name`, or the name, holds 個人番号."""
    places = list(_places(reading, name))
    if places:
        raise Carries([place for place in places if place.certain] or places)


def check_name(name: str) -> None:
    """Raise Carries when a name that a person gives holds a 個人番号, or what may be one: it is soon given another."""
    if my_number.found_in(name):
        raise Carries([Place("名前", True)])


def _places(reading: Reading, name: str) -> Iterator[Place]:
    for text, where in (
        (name, "ファイル名"),
        *((member.name, "中のファイルの名前") for member in reading.members),
    ):
        yield from (Place(where, found.certain) for found in my_number.found_in(text))
    judged: set[str] = set()
    for block in reading.blocks:
        around = " ".join([*block.locator.get("heading", []), block.text if block.cells else "", block.unit])
        where = _where(block)
        if block.cells:
            yield from _in_table(block, around, where, judged)
        for found in my_number.found_in(block.text, around):
            judged.add(_digits(block.text[found.start : found.end]))
            yield Place(where, found.certain)
    # The text layer is kept as well; what the blocks say in their context has been judged there.
    for page in reading.pages:
        text = "\n".join(line[4] for line in page.lines)
        for found in my_number.found_in(text):
            if _digits(text[found.start : found.end]) not in judged:
                yield Place(f"{page.number}ページ", found.certain)


def _in_table(block: Block, around: str, where: str, judged: set[str]) -> Iterator[Place]:
    heads = block.cells[: block.header_rows]
    headers = [" ".join(dict.fromkeys(row[column] for row in heads)) for column in range(len(block.cells[0]))]
    serial: dict[int, bool] = {}
    for number, row in enumerate(block.cells, start=1):
        for first, last, certain in my_number.found_in_row(row, headers, around):
            if certain and last == first + 1 and not my_number.is_named(headers[first], around):
                # A column of which most numbers have a wrong check digit numbers something else.
                if first not in serial:
                    serial[first] = my_number.likely_serials([each[first] for each in block.cells])
                certain = not serial[first]
            judged.add(_digits("".join(row[first:last])))
            yield Place(f"{where}の表の{number}行目", certain)


def _where(block: Block) -> str:
    if page := block.locator.get("page"):
        return f"{page}ページ"
    if sheet := block.locator.get("sheet"):
        return f"シート「{_shortened(sheet)}」"
    heading = block.locator.get("heading")
    return f"「{_shortened(heading[-1])}」" if heading else "本文"


def _shortened(text: str) -> str:
    # A heading or the name of a sheet may hold the number itself.
    if my_number.found_in(text) or not text.strip():
        return "…"
    return text if len(text) <= PLACE_MAX_CHARACTERS else f"{text[:PLACE_MAX_CHARACTERS]}…"


def _digits(text: str) -> str:
    return "".join(character for character in unicodedata.normalize("NFKC", text) if character.isdigit())


@transaction.atomic
def hold(version: Version, where: str, certain: bool) -> list[Blob]:
    """Write down that a version's bytes carry 個人番号, and so does the mail or archive they came in, and forget what
    older readers made rows of. Return what is held now: closed, and the bytes to be deleted when it is certain."""
    held: list[Blob] = []
    inner, document = version, version.document.parent
    while True:
        blob = Blob.objects.select_for_update().get(pk=inner.blob_id)
        blob.verdict = Verdict.NUMBERED if certain else Verdict.DOUBTED
        blob.finding = where[:200]
        blob.save(update_fields=["verdict", "finding"])
        record(blob.tenant_id, "system", f"number.{blob.verdict}", f"file:{blob.sha256}")
        held.append(blob)
        if certain:
            held += _emptied(blob)
        outer = document.versions.order_by("-number").first() if document else None
        if not (certain and document and outer):
            break
        where = "中のファイル"
        inner, document = outer, document.parent
    return held


def _emptied(blob: Blob) -> list[Blob]:
    """Delete what older readers made rows of, and return the harmless copies that hold the same words."""
    for rows in (Passage.objects.filter(version__blob=blob), blob.corrections.all(), blob.descriptions.all()):
        rows.delete()
    copies = Blob.objects.filter(copied__blob=blob).distinct()
    copies.update(verdict=Verdict.NUMBERED, finding=blob.finding)
    return list(copies)
