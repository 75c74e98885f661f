"""What results can be narrowed by, counted over the documents that the scope sees and no others."""

from dataclasses import dataclass
from pathlib import PurePath

from django.db.models import Count
from django.utils.translation import gettext as _

from madoguchi.library.models import Document, Folder
from madoguchi.people.access import Scope
from madoguchi.people.models import Classification
from madoguchi.web.fiscal_years import shown

# Choices of one facet; beyond these a list helps nobody.
MOST_CHOICES = 200


@dataclass(frozen=True)
class Choice:
    """One value, how it reads, and how many documents bear it."""

    value: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class Facet:
    """One thing to narrow by, as a field of the form."""

    name: str
    label: str
    choices: list[Choice]


def facets_of(scope: Scope, chosen: dict[str, str]) -> list[Facet]:
    """Return the facets folder, department, year, type and classification, counted in a scope; `chosen` by name."""
    documents = Document.objects.within(scope).filter(current__isnull=False).order_by()

    def counted(column: str) -> list[tuple[object, int]]:
        return list(documents.values_list(column).annotate(Count("pk")))

    folders = _folders(scope, dict(counted("folder_id")))
    departments = sorted((str(name), count) for name, count in counted("department_name") if name)
    years = sorted(((int(str(year)), count) for year, count in counted("fiscal_year") if year), reverse=True)
    levels = sorted((int(str(level)), count) for level, count in counted("classification"))
    types: dict[str, int] = {}
    for name in documents.values_list("file_name", flat=True):
        ending = PurePath(name).suffix.lstrip(".").lower()
        types[ending] = types.get(ending, 0) + 1
    rows = {
        ("folder", _("フォルダー")): folders,
        ("department", _("所属")): [(name, name, count) for name, count in departments],
        ("year", _("年度")): [(str(year), shown(year), count) for year, count in years],
        ("type", _("種類")): [(name, name, count) for name, count in sorted(types.items()) if name],
        ("classification", _("機密性区分")): [
            (str(level), _("機密性%(label)s") % {"label": Classification(level).label}, count)
            for level, count in levels
        ],
    }
    return [
        Facet(
            name,
            label,
            [Choice(value, text, count, value == chosen.get(name)) for value, text, count in choices[:MOST_CHOICES]],
        )
        for (name, label), choices in rows.items()
    ]


def _folders(scope: Scope, counts: dict[object, int]) -> list[tuple[str, str, int]]:
    """Return visible folders by path; a folder counts what lies in it and below."""
    seen = {folder.pk: folder for folder in Folder.objects.within(scope)}
    totals: dict[int, int] = dict.fromkeys(seen, 0)
    for pk in seen:
        current: int | None = pk
        while current in seen:
            totals[current] += counts.get(pk, 0)
            current = seen[current].parent_id

    def path(pk: int) -> str:
        parent = seen[pk].parent_id
        return f"{path(parent)}/{seen[pk].name}" if parent in seen else seen[pk].name

    return sorted(((str(pk), path(pk), totals[pk]) for pk in seen if totals[pk]), key=lambda row: row[1])
