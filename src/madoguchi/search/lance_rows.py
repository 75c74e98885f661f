"""Rows as LanceDB keeps them, and back."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import numpy as np

from madoguchi.search.index import EMBEDDED, Access, Condition, Found, Row, Vector, VectorSpace, lot_of

# Vectors by the digest of the text they were made of, and by column.
Kept = dict[str, dict[str, Vector]]

# Days since 1970 that stand for an open end.
FIRST_DAY, LAST_DAY = 0, 2**31 - 1

# The fields of `Access`.
ACCESS = ("access_key", "classification", "valid_from", "valid_to", "folder", "department", "fiscal_year", "file_type")
COLUMNS = (
    *("id", "kind", "tenant", "document", "lot"),
    *ACCESS,
    *("words", "bigrams", "digest"),
)

_SHOWN = ("id", "document", "words", "bigrams", "fiscal_year")


def vector_columns(space: VectorSpace) -> tuple[str, str]:
    """Return the columns of the vectors of the whole and of the title, in a space."""
    ending = f"_{space.number}" if space.number else ""
    return f"vector{ending}", f"title_vector{ending}"


def shown(condition: Condition) -> list[str]:
    """Return the columns of a row that ranking reads; each costs a read a row, and passages have no title's vector."""
    whole, title = vector_columns(condition.space)
    return [*_SHOWN, whole] if condition.kind == "passage" else [*_SHOWN, whole, title]


def day(value: date | None, when_open: int) -> int:
    """Return a day as the engine keeps it: days since 1970."""
    return when_open if value is None else (value - date(1970, 1, 1)).days


@lru_cache(maxsize=1)
def schema() -> Any:
    """Return the columns of a table of the index."""
    import pyarrow as pa

    numbers = {"tenant": pa.int64(), "lot": pa.int32()}
    numbers |= dict.fromkeys(("classification", "valid_from", "valid_to", "fiscal_year"), pa.int32())
    columns = [(name, numbers.get(name, pa.string())) for name in COLUMNS]
    return pa.schema(columns + [(name, vectors_type(EMBEDDED)) for name in vector_columns(EMBEDDED)])


def vectors_type(space: VectorSpace) -> Any:
    """Return the type of a column of vectors."""
    import pyarrow as pa

    return pa.list_(pa.float32(), space.dimensions)


def columns_of(access: Access) -> dict[str, Any]:
    """Return what a row demands, as columns."""
    return {
        "access_key": access.access_key,
        "classification": int(access.classification),
        "valid_from": day(access.valid_from, FIRST_DAY),
        "valid_to": day(access.valid_to, LAST_DAY),
        "folder": access.folder,
        "department": access.department,
        "fiscal_year": int(access.fiscal_year),
        "file_type": access.file_type,
    }


def access_in(values: dict[str, Any]) -> Access:
    """Return what columns demand; the inverse of `columns_of`."""
    opens, ends = values["valid_from"], values["valid_to"]
    dates = {
        "valid_from": None if opens == FIRST_DAY else date(1970, 1, 1) + timedelta(days=opens),
        "valid_to": None if ends == LAST_DAY else date(1970, 1, 1) + timedelta(days=ends),
    }
    return Access(**(values | dates))


def table_of(tenant: int, rows: Sequence[Row], kept: Kept, space: VectorSpace, columns: Any) -> Any:
    """Return rows as a table with the columns of an index; a row without vectors gets those kept for its text."""
    import pyarrow as pa

    whole, title = vector_columns(space)
    data: dict[str, list[Any]] = {name: [] for name in columns.names}
    for row in rows:
        vectors = {**kept.get(row.digest, {})}
        vectors |= {name: one for name, one in ((whole, row.vector), (title, row.title_vector)) if one is not None}
        values = {
            "id": row.id,
            "kind": row.kind,
            "tenant": tenant,
            "document": row.document,
            "lot": lot_of(row.id),
            **columns_of(row.access),
            "words": " ".join(row.words),
            "bigrams": " ".join(row.bigrams),
            "digest": row.digest,
        }
        for name, all_of_it in data.items():
            all_of_it.append(values[name] if name in values else vectors.get(name))
    return pa.table(data, schema=columns)


def demands_table(rows: Sequence[tuple[str, str]], demands: Mapping[str, Access]) -> Any:
    """Return what rows, as (id, document), demand by their document, as a table of what is to be changed."""
    import pyarrow as pa

    columns = [columns_of(demands[document]) for _row, document in rows]
    data = {"id": [row for row, _document in rows]}
    data |= {name: [one[name] for one in columns] for name in ACCESS}
    return pa.table(data, schema=pa.schema([schema().field(name) for name in ("id", *ACCESS)]))


def kept_in(table: Any) -> Kept:
    """Return the vectors of an answer by digest; of rows with the same text any that has one."""
    kept: Kept = {}
    digests = table["digest"].to_pylist()
    for name in table.column_names:
        if name == "digest":
            continue
        for digest, vector in zip(digests, vectors_of(table[name]), strict=True):
            if vector is not None:
                kept.setdefault(digest, {})[name] = vector
    return kept


def found_in(table: Any, space: VectorSpace) -> list[Found]:
    """Return the rows of an answer with their vectors of a space; columns that were not asked for are empty."""
    names = set(table.column_names)
    rows = table.num_rows

    def column(name: str, otherwise: Any) -> list[Any]:
        return table[name].to_pylist() if name in names else [otherwise] * rows

    vectors, titles = (
        [None] * rows if name not in names else vectors_of(table[name]) for name in vector_columns(space)
    )
    return [
        Found(row, document, words.split(), bigrams, year, vector, title)
        for row, document, words, bigrams, year, vector, title in zip(
            column("id", ""),
            column("document", ""),
            column("words", ""),
            column("bigrams", ""),
            column("fiscal_year", 0),
            vectors,
            titles,
            strict=True,
        )
    ]


def vectors_of(column: Any) -> list[Vector | None]:
    """Return the vectors of a column, None where a row has none."""
    array = column.combine_chunks()
    if not len(array) or array.null_count == len(array):
        return [None] * len(array)
    # `flatten` leaves the empty ones out.
    filled = iter(np.asarray(array.flatten(), dtype=np.float32).reshape(-1, column.type.list_size))
    return [next(filled) if valid else None for valid in array.is_valid().to_pylist()]
