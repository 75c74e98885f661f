"""What results can be narrowed by, counted over what the scope sees and nothing else."""

from collections import Counter
from collections.abc import Collection, Mapping
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
# By the name of a facet, how many documents bear each value.
Counts = Mapping[str, Counter[str]]


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


def facets_of(scope: Scope, chosen: Mapping[str, str]) -> list[Facet]:
    """Return the facets folder, department, year, type and classification, counted in a scope; `chosen` by name."""
    documents = Document.objects.within(scope).filter(current__isnull=False).order_by()

    def counted(column: str) -> Counter[str]:
        return Counter({_value(value): n for value, n in documents.values_list(column).annotate(Count("pk"))})

    counts = {
        "folder": counted("folder_id"),
        "department": counted("department_name"),
        "year": counted("fiscal_year"),
        "type": Counter(map(_type, documents.values_list("file_name", flat=True))),
        "classification": counted("classification"),
    }
    return _facets(scope, chosen, counts)


def facets_of_results(
    scope: Scope, chosen: Mapping[str, str], among: Mapping[str, Collection[Document]]
) -> list[Facet]:
    """Return the same facets, each counted over the documents given for its name; what is chosen is always there."""
    counts = {
        "folder": Counter(_value(one.folder_id) for one in among["folder"]),
        "department": Counter(one.department_name for one in among["department"]),
        "year": Counter(_value(one.fiscal_year) for one in among["year"]),
        "type": Counter(_type(one.file_name) for one in among["type"]),
        "classification": Counter(_value(one.classification) for one in among["classification"]),
    }
    for name, value in chosen.items():
        counts[name].setdefault(value, 0)
    return _facets(scope, chosen, counts)


def _value(value: object) -> str:
    return str(value or "")


def _type(file_name: str) -> str:
    return PurePath(file_name).suffix.lstrip(".").lower()


def _facets(scope: Scope, chosen: Mapping[str, str], counts: Counts) -> list[Facet]:
    years = sorted(counts["year"], reverse=True)
    levels = {str(level.value): _("機密性%(label)s") % {"label": level.label} for level in Classification}
    rows = {
        ("folder", _("フォルダー")): _folders(scope, counts["folder"], chosen.get("folder", "")),
        ("department", _("所属")): [(name, name, counts["department"][name]) for name in sorted(counts["department"])],
        ("year", _("年度")): [(year, shown(int(year)), counts["year"][year]) for year in years if year],
        ("type", _("種類")): [(name, name, counts["type"][name]) for name in sorted(counts["type"])],
        ("classification", _("機密性区分")): [
            (value, label, counts["classification"][value])
            for value, label in levels.items()
            if value in counts["classification"]
        ],
    }
    return [
        Facet(name, label, [Choice(*row, row[0] == chosen.get(name)) for row in choices if row[0]][:MOST_CHOICES])
        for (name, label), choices in rows.items()
    ]


def _folders(scope: Scope, counts: Counter[str], chosen: str) -> list[tuple[str, str, int]]:
    """Return visible folders by path that hold something or are chosen; one counts what lies in it and below."""
    seen = {pk: (parent, name) for pk, parent, name in Folder.objects.within(scope).values_list("pk", "parent", "name")}
    totals: Counter[int] = Counter()
    for pk in seen:
        current: int | None = pk
        while current in seen:
            totals[current] += counts[str(pk)]
            current = seen[current][0]

    def path(pk: int) -> str:
        parent, name = seen[pk]
        return f"{path(parent)}/{name}" if parent in seen else name

    wanted = [pk for pk in seen if totals[pk] or str(pk) == chosen]
    return sorted(((str(pk), path(pk), totals[pk]) for pk in wanted), key=lambda row: row[1])
