"""Loading the sample city 風見市: people, folders, documents, verified answers, tour. For the demo and for tests."""

import csv
import io
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable

from django.db import transaction
from django.utils import timezone

from madoguchi.faq.load import load as load_faq
from madoguchi.faq.models import Entry
from madoguchi.library.folders import folder_of_path
from madoguchi.library.store import NameTaken, SameContent, add_file
from madoguchi.people import csv_import
from madoguchi.people.keys import parse
from madoguchi.people.models import Classification, Department, Tenant, User
from madoguchi.web.fiscal_years import typed

CITY = files("madoguchi.sample_city")
NAME, SLUG = "風見市", "kazami"
ADMINISTRATOR = "sato"
# Of the demo alone; long enough for the product's own rule.
PASSWORD = "kazami-demo-2026"  # noqa: S105


def table(name: str) -> list[dict[str, str]]:
    """Return the rows of one of the city's CSV files."""
    return list(csv.DictReader(io.StringIO(CITY.joinpath(name).read_text("utf-8-sig"))))


def is_complete() -> bool:
    """Return whether the city has been loaded to its end; a load that was cut short is taken up again."""
    return Entry.objects.filter(tenant__slug=SLUG).exists()


def load_people() -> Tenant:
    """Make the office with its departments and staff, all with the demo's password."""
    standing = Tenant.objects.filter(slug=SLUG).first()
    if standing:
        return standing
    with transaction.atomic():
        tenant = Tenant.objects.create(slug=SLUG, name=NAME)
        for row in table("departments.csv"):
            parent: Department | None = None
            for name in row["path"].split("/"):
                parent, _ = Department.objects.get_or_create(tenant=tenant, parent=parent, name=name)
        rows = csv_import.read_rows(CITY.joinpath("people.csv").read_bytes())
        # The staff have stood since before every document of the city.
        planned = csv_import.plan(tenant, rows, min(date(2025, 4, 1), timezone.localdate()))
        if planned.errors:
            raise ValueError(f"people.csv: {planned.errors[0]}")
        csv_import.apply(tenant, planned)
        first = User.objects.filter(tenant=tenant).first()
        assert first
        # One hash for all: Argon2 is slow on purpose, and this password is printed on the console.
        first.set_password(PASSWORD)
        User.objects.filter(tenant=tenant).update(password=first.password, must_change_password=False)
        User.objects.filter(tenant=tenant, login=ADMINISTRATOR).update(is_administrator=True)
    return tenant


def load_folders(tenant: Tenant) -> None:
    """Make the folder tree with its readers and classifications."""
    for row in table("folders.csv"):
        folder_of_path(
            tenant,
            row["path"],
            create=True,
            readers=[parse(tenant, key) for key in row["readers"].split(";") if key],
            classification=Classification.named(row["classification"]),
        )


def documents() -> Iterator[tuple[dict[str, str], Traversable]]:
    """Yield the manifest row and the file of each document."""
    for row in table("manifest_texts.csv") + table("manifest_numbers.csv"):
        yield row, CITY.joinpath("files").joinpath(row["path"])


def load_documents(tenant: Tenant) -> int:
    """Put every document into its folder; reading them goes on as durable work. Return how many there are."""
    count = 0
    for row, file in documents():
        with file.open("rb") as data, suppress(NameTaken, SameContent):
            add_file(
                tenant,
                folder_of_path(tenant, row["folder"]),
                data,
                file.name,
                title=row["title"],
                classification=Classification.named(row["classification"]),
                department_name=row["department"].replace("/", " "),
                fiscal_year=fiscal_year(row["fiscal_year"]),
                valid_from=_day(row["valid_from"]),
                valid_to=_day(row["valid_to"]),
            )
        count += 1
    return count


def load_answers(tenant: Tenant) -> int:
    """Load the verified answers; to be called once the documents they point at are there. Return how many."""
    return load_faq(tenant, CITY.joinpath("faq.csv").read_bytes())


def fiscal_year(text: str) -> int | None:
    """Return the western year in which 「令和8年度」 begins, None for several years or none."""
    try:
        return typed(text)
    except ValueError:
        return None


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
