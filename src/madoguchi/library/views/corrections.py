"""Where a person corrects what was read, and sees who has corrected what."""

import re
import uuid
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from madoguchi.library import access, correcting, grids, readings, showing
from madoguchi.library import folders as folder_verbs
from madoguchi.library.correcting import Changed, Place
from madoguchi.library.corrections import Placed, caption_of, corrected, is_table, placed
from madoguchi.library.forms import CorrectionForm
from madoguchi.library.models import Correction, Version
from madoguchi.library.refused import NotFound, Refused
from madoguchi.library.views import pages
from madoguchi.people.guard import open_to
from madoguchi.people.request import Request
from madoguchi.readers.blocks import Block, Unreadable
from madoguchi.web.numbers import key_in

ROWS_ON_A_SCREEN = 100
CHANGES_SHOWN = 20
# Points around a block on its picture, so that one sees where it stands.
AROUND = 12.0
CELL = re.compile(r"cell-(\d{1,7})-(\d{1,5})")


@dataclass
class Input:
    """A cell as it is corrected."""

    name: str
    label: str
    value: str
    rows: int = 1
    columns: int = 1
    is_header: bool = False
    # What it reads now, when somebody else changed it meanwhile.
    other: str | None = None

    @property
    def is_long(self) -> bool:
        return "\n" in self.value or len(self.value) > 40


@dataclass
class Line:
    """A row of a large table, to be chosen."""

    number: int
    cells: list[grids.Cell]


@dataclass
class Said:
    """A correction in the history, in words."""

    correction: Correction
    read: str
    changes: list[str] = field(default_factory=list)
    more: int = 0
    is_newest: bool = False


@open_to("staff")
def block(request: Request, pk: uuid.UUID, number: int, block: int) -> HttpResponse:
    """Correct a block.

    A table of more than CORRECTION_MAX_CELLS is corrected by rows: `?row=` (from 1), `?from=` a column of it; `?part=`
    lists more rows.
    """
    version = _writable_version(request, pk, number)
    place = _place(version, block)
    table = place.as_read.kind == "table"
    form = CorrectionForm(table, initial={"seen": place.seen, "text": place.now.text})
    typed: dict[tuple[int, int], str] = {}
    changed = False
    if request.method == "POST":
        form = CorrectionForm(table, request.POST)
        typed = _typed(request)
        try:
            if form.is_valid():
                return _done(request, version, place, form, typed)
        except NotFound:
            raise Http404 from None
        except Changed as refusal:
            changed, place = True, _place(version, block)
            form, typed = _merged(request, place, typed)
            form.add_error(None, str(refusal))
        except Refused as refusal:
            form.add_error("text" if refusal.field == "text" else None, str(refusal))
    context = {
        "document": version.document,
        "version": version,
        "path": folder_verbs.path_of(version.document.folder),
        "place": place,
        "form": form,
        "newest": place.history[-1] if changed and place.history else None,
        "history": [_said(each, place.history[-1]) for each in reversed(place.history)],
        "as_read": place.as_read,
        "doubt": showing.doubt_in_words(place.now.confidence),
        "back": _document_at(version, place),
        **_table(request, place, typed, changed),
        **_picture(version, place),
    }
    return render(request, "library/block.html", context, status=400 if form.errors else 200)


@open_to("staff")
def corrections(request: Request, pk: uuid.UUID, number: int) -> HttpResponse:
    """Who corrected what in a version, and the corrections that fit nowhere any more, to be let go of."""
    version = _writable_version(request, pk, number)
    if request.method == "POST":
        try:
            correcting.drop(request.scope, request.user, version, key_in(request.POST.get("drop")) or 0)
        except NotFound:
            raise Http404 from None
        messages.success(request, _("当てはまらない訂正を一覧から外しました。"))
        return redirect("corrections", pk, number)
    found, blocks = _all(version)
    rows = [(at, each) for at, each in found.blocks.items() if not blocks[at].hidden or _reads_hidden(version)]
    newest_first = sorted(((at, each) for at, line in rows for each in line), key=lambda row: -row[1].pk)
    context = {
        "document": version.document,
        "version": version,
        "path": folder_verbs.path_of(version.document.folder),
        "rows": [(at, _said(each, found.newest(at))) for at, each in newest_first],
        "lost": [_said(each, None) for each in found.lost],
    }
    return render(request, "library/corrections.html", context)


def _writable_version(request: Request, pk: uuid.UUID, number: int) -> Version:
    version = pages.version_of(request, pk, number)
    if not access.may_write(request.scope, version.document.folder):
        raise Http404
    return version


def _reads_hidden(version: Version) -> bool:
    return version.document.folder.reads_hidden


def _place(version: Version, number: int) -> Place:
    try:
        return correcting.place_of(version, number)
    except (NotFound, Unreadable):
        raise Http404 from None


def _all(version: Version) -> tuple[Placed, list[Block]]:
    try:
        blocks = readings.blocks_as_read(version)
    except Unreadable:
        raise Http404 from None
    return placed(version.blob, blocks), blocks


def _typed(request: Request) -> dict[tuple[int, int], str]:
    """Return the cells of a posted form."""
    cells: dict[tuple[int, int], str] = {}
    for name, value in request.POST.items():
        found = CELL.fullmatch(name)
        if found:
            text = str(value).replace("\r\n", "\n").replace("\x00", "")
            cells[int(found[1]), int(found[2])] = text
    return cells


def _done(
    request: Request, version: Version, place: Place, form: CorrectionForm, typed: dict[tuple[int, int], str]
) -> HttpResponse:
    seen, text = form.cleaned_data["seen"], form.cleaned_data["text"]
    if request.POST.get("act") == "take-back":
        to = key_in(request.POST.get("to"))
        if to is None:
            raise NotFound
        correcting.take_back(request.scope, request.user, version, place.number, seen, to)
        messages.success(request, _("元に戻しました。検索にも反映します。"))
        return redirect(_document_at(version, place))
    if place.as_read.kind == "table" and "text" not in request.POST:
        text = place.now.text
    # A merged cell stands in every place that it covers.
    changes = {
        each: value for at, value in typed.items() for each in grids.covers(place.as_read, *at) if _fits(place, each)
    }
    correcting.save(request.scope, request.user, version, place.number, seen, text, changes)
    messages.success(request, _("訂正を保存しました。検索にも反映します。"))
    return redirect(_document_at(version, place))


def _fits(place: Place, at: tuple[int, int]) -> bool:
    return at[0] < len(place.now.cells) and at[1] < len(place.now.cells[at[0]])


def _merged(
    request: Request, now: Place, typed: dict[tuple[int, int], str]
) -> tuple[CorrectionForm, dict[tuple[int, int], str]]:
    """Return form and cells after somebody else's correction: what this person changed as typed, the rest as it is."""
    data = request.POST.copy()
    base = _as_seen(now, str(data.get("seen", "")))
    data["seen"] = now.seen
    if base and "text" in data and str(data["text"]).replace("\r\n", "\n") == base.text:
        data["text"] = now.now.text
    if base:
        typed = {at: text for at, text in typed.items() if _fits(now, at) and text != base.cells[at[0]][at[1]]}
    fresh = CorrectionForm(now.as_read.kind == "table", data)
    fresh.full_clean()
    return fresh, typed


def _as_seen(place: Place, seen: str) -> Block | None:
    """Return the block as a form showed it; None when it has been read anew since."""
    pk, _mark, digest = seen.partition("-")
    if digest != place.seen.partition("-")[2]:
        return None
    if pk == "0":
        return place.as_read
    return next((corrected(place.as_read, each) for each in place.history if str(each.pk) == pk), None)


def _table(request: Request, place: Place, typed: dict[tuple[int, int], str], changed: bool) -> dict[str, Any]:
    """Return the inputs of a table: all of a small one, one row of a large one, or its rows to choose from."""
    block = place.now
    if block.kind != "table":
        return {}

    def cell(found: grids.Cell) -> Input:
        at = (found.row, found.column)
        where = _("%(row)s行%(column)s列") % {"row": at[0] + 1, "column": at[1] + 1}
        label = " ".join(part for part in (where, grids.label_of(block, *at)) if part)
        other = found.text if changed and at in typed and typed[at] != found.text else None
        value = typed.get(at, found.text)
        is_header = at[0] < block.header_rows
        return Input(f"cell-{at[0]}-{at[1]}", label, value, found.rows, found.columns, is_header, other)

    if sum(map(len, block.cells)) <= settings.CORRECTION_MAX_CELLS:
        rows = grids.rows_of(block, 0, len(block.cells))
        return {"grid": [[cell(each) for each in row.cells] for row in rows]}
    number = _asked(request, "row")
    if number is not None:
        if not 1 <= number <= len(block.cells):
            raise Http404
        start = _asked(request, "from") or 0
        row = grids.rows_of(block, number - 1, number)[0].cells
        most = settings.CORRECTION_MAX_CELLS
        return {
            "row_number": number,
            "inputs": [cell(each) for each in row[start : start + most]],
            "before": max(0, start - most) if start else None,
            "after": start + most if start + most < len(row) else None,
        }
    part = _asked(request, "part") or 1
    last = -(-len(block.cells) // ROWS_ON_A_SCREEN)
    part = min(max(1, part), last)
    first = (part - 1) * ROWS_ON_A_SCREEN
    shown = grids.rows_of(block, first, min(first + ROWS_ON_A_SCREEN, len(block.cells)))
    return {"lines": [Line(row.number + 1, row.cells) for row in shown], "part": part, "last": last}


def _asked(request: Request, name: str) -> int | None:
    text = request.GET.get(name)
    number = key_in(text)
    if text and number is None:
        raise Http404
    return number


def _picture(version: Version, place: Place) -> dict[str, Any]:
    """Return the part of the page where the block stands."""
    page = place.as_read.locator.get("page")
    frame = pages.page_of(version, page) if page else None
    if page is None or frame is None or readings.is_locked(version):
        return {}
    crop = showing.crop_of(frame, place.as_read.locator.get("boxes", []), AROUND)
    address = reverse("page-image", args=[version.document_id, version.number, page])
    return {"crop": crop, "page_image": address, "width": f"{frame.width:.2f}", "height": f"{frame.height:.2f}"}


def _document_at(version: Version, place: Place) -> str:
    address = reverse("document", args=[version.document_id])
    return f"{address}?version={version.number}&block={place.number}&correct=1#block-{place.number}"


def _said(correction: Correction, newest: Correction | None) -> Said:
    changes = [
        _("%(row)s行%(column)s列: 「%(was)s」→「%(now)s」")
        % {"row": int(row) + 1, "column": int(column) + 1, "was": was, "now": now}
        for row, column, was, now in correction.cells[:CHANGES_SHOWN]
    ]
    read = caption_of(correction)
    if is_table(correction) and correction.text != read and not correction.undone:
        changes.insert(0, _("表の題: 「%(was)s」→「%(now)s」") % {"was": read, "now": correction.text})
    more = max(0, len(correction.cells) - CHANGES_SHOWN)
    return Said(correction, read, changes, more, newest is not None and newest.pk == correction.pk)
