"""Filters as the address of the search page writes them, as a kept search holds them, and as a person reads them."""

from collections.abc import Mapping
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from madoguchi.library.models import Folder
from madoguchi.people.models import Classification
from madoguchi.search.query import Filters
from madoguchi.web.fiscal_years import shown as year_in_words
from madoguchi.web.numbers import key_in

# What the address of the search page calls each filter.
NAMES = {
    "folder": "folder",
    "department": "department",
    "year": "fiscal_year",
    "type": "file_type",
    "classification": "classification",
}


def filters_in(values: Mapping[str, str]) -> Filters:
    """Return what an address narrows by; a value that is none is left out."""
    # PostgreSQL keeps no NUL.
    said = {name: values.get(name, "").replace("\0", "") for name in NAMES}
    year = said["year"]
    return Filters(
        folder=key_in(said["folder"]),
        department=said["department"][:200],
        fiscal_year=int(year) if year.isdecimal() and len(year) == 4 else None,
        file_type=said["type"][:10],
        classification=key_in(said["classification"]),
    )


def written(filters: Filters) -> dict[str, str]:
    """Return filters as an address writes them, empty ones left out."""
    chosen = {name: getattr(filters, of) for name, of in NAMES.items()}
    return {name: str(value) for name, value in chosen.items() if value not in (None, "")}


def address_of(question: str, filters: Filters) -> str:
    """Return the address of a search."""
    return f"{reverse('search')}?{urlencode({'q': question, **written(filters)})}"


def in_words(filters: Filters, folders: Mapping[int, Folder]) -> str:
    """Return filters as a person reads them; `folders` are those that the person sees."""
    said = []
    if filters.folder is not None:
        # One that is gone and one that is hidden read alike.
        said.append(_path(filters.folder, folders) or _("今は見られないフォルダー"))
    if filters.department:
        said.append(filters.department)
    if filters.fiscal_year is not None:
        said.append(year_in_words(filters.fiscal_year))
    if filters.file_type:
        said.append(filters.file_type)
    if filters.classification is not None and filters.classification in Classification:
        said.append(_("機密性%(label)s") % {"label": Classification(filters.classification).label})
    return "、".join(said)


def _path(pk: int | None, folders: Mapping[int, Folder]) -> str:
    names: list[str] = []
    while pk is not None and pk in folders:
        names.insert(0, folders[pk].name)
        pk = folders[pk].parent_id
    return "/".join(names)
