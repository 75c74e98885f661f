"""Verified answers from CSV: `question,variants,answer,audience,department,source_path,source_page,status`."""

import csv
import io
from typing import Any

from django.db import transaction
from django.utils import timezone

from madoguchi.audit.record import record
from madoguchi.faq import index
from madoguchi.faq.models import CONTENT, Entry, Revision
from madoguchi.library.models import Document, Folder
from madoguchi.people import names
from madoguchi.people.keys import parse
from madoguchi.people.models import Classification, Tenant

COLUMNS = ("question", "variants", "answer", "audience", "department", "source_path", "source_page", "status")
MOST_ROWS = 10_000


class BadFile(Exception):
    """A file that cannot be loaded: `errors` says what and in which line, in Japanese. Nothing was loaded."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


def load(tenant: Tenant, data: bytes) -> int:
    """Load verified answers, all or none, and return how many; an entry with the same question gets
    this as its next revision.

    `variants` are separated by `|`; `audience` is a key as people write it (`public`, `dept:福祉部/高齢福祉課`);
    `source_path` is a document's folder and file name (`公開/例規/手数料条例.pdf`); `status` is `released` or `draft`.
    Raises BadFile.
    """
    rows = _rows(data)
    departments = {"/".join(path): pk for pk, path in names.paths(tenant).items()}
    documents = _documents(tenant)
    errors: list[str] = []
    made: list[tuple[dict[str, Any], str]] = []
    seen: dict[str, int] = {}
    for line, row in enumerate(rows, start=2):
        try:
            if (first := seen.setdefault(row["question"].strip(), line)) != line:
                raise ValueError(f"同じ質問が{first}行目にもあります。")
            made.append((_fields(tenant, row, departments, documents), row["status"].strip() or "draft"))
        except ValueError as error:
            errors.append(f"{line}行目: {error}")
    if errors:
        raise BadFile(errors)
    now = timezone.now()
    with transaction.atomic():
        standing = {entry.question: entry for entry in Entry.objects.select_for_update().filter(tenant=tenant)}
        entries = []
        for fields, status in made:
            entry = standing.get(fields["question"]) or Entry(tenant=tenant, number=0)
            if entry.number and entry.status == status and all(getattr(entry, n) == v for n, v in fields.items()):
                continue
            entry.number += 1
            for name, value in fields.items():
                setattr(entry, name, value)
            released = status == Entry.Status.RELEASED
            entry.status, entry.released_number = status, entry.number if released else None
            entry.released_at = now if released else None
            entries.append(entry)
        index.save_and_tell(*entries)
        Revision.objects.bulk_create(
            Revision(
                tenant=tenant, entry=entry, number=entry.number, **{name: getattr(entry, name) for name in CONTENT}
            )
            for entry in entries
        )
        record(tenant.pk, "operator", "faq.loaded", entries=len(entries))
    return len(made)


def _rows(data: bytes) -> list[dict[str, str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp932", errors="replace")
    reader = csv.DictReader(io.StringIO(text))
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or [])]
    if missing:
        raise BadFile([f"1行目に列がありません: {', '.join(missing)}"])
    rows = [{name: row.get(name) or "" for name in COLUMNS} for row in reader]
    if len(rows) > MOST_ROWS:
        raise BadFile([f"一度に取り込めるのは{MOST_ROWS:,}件までです（このファイルは{len(rows):,}件）。"])
    return rows


def _documents(tenant: Tenant) -> dict[str, Document]:
    """Return the office's documents by `folder/…/file name`."""
    folders = Folder.objects.filter(tenant=tenant).values_list("pk", "parent_id", "name")
    parents = {pk: (parent, name) for pk, parent, name in folders}

    def path(folder: int | None) -> str:
        if folder is None:
            return ""
        parent, name = parents[folder]
        return f"{path(parent)}{name}/"

    found = Document.objects.filter(tenant=tenant, deleted_at=None)
    return {path(document.folder_id) + document.file_name: document for document in found}


def _fields(
    tenant: Tenant, row: dict[str, str], departments: dict[str, int], documents: dict[str, Document]
) -> dict[str, Any]:
    question, answer = row["question"].strip(), row["answer"].strip()
    if not question or not answer:
        raise ValueError("質問と回答は必須です。")
    if len(question) > 300:
        raise ValueError("質問は300文字までです。")
    if row["status"].strip() not in ("", "released", "draft"):
        raise ValueError(f"status は released か draft です: {row['status']}")
    department = "/".join(names.path_of(row["department"])) if row["department"].strip() else ""
    if department and department not in departments:
        raise ValueError(f"所属がありません: {department}（部から順に / で区切って書いてください）")
    page = row["source_page"].strip()
    if page and not (page.isdecimal() and int(page) > 0):
        raise ValueError(f"source_page は1以上の整数です: {page}")
    access_key = parse(tenant, row["audience"].strip() or "staff")
    source = documents.get(row["source_path"].strip())
    if row["source_path"].strip() and source is None:
        raise ValueError(f"根拠の文書がありません: {row['source_path']}")
    return {
        "question": question,
        "variants": [variant.strip() for variant in row["variants"].split("|") if variant.strip()],
        "answer": answer,
        "access_key": access_key,
        # What residents may read is open; anything else is the office's own.
        "classification": Classification.C1 if access_key == "public" else Classification.C2,
        "department_id": departments.get(department),
        "source_document_id": source.pk if source else None,
        "source_page": int(page) if page else None,
    }
