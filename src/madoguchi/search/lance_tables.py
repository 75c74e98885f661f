"""Tables of the index on LanceDB: their indexes, and keeping these up to date."""

import subprocess
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog

from madoguchi.search.index import Access, VectorSpace
from madoguchi.search.lance_filter import quoted
from madoguchi.search.lance_rows import ACCESS, Kept, access_in, kept_in, schema, vector_columns, vectors_type
from madoguchi.search.lance_steps import CONFLICT

log = structlog.get_logger(__name__)
# The vector index is made when an office has so many vectors.
APPROXIMATE_FROM = 50_000
PARTITIONS = 256
# So many of the partitions are looked through, or as many as hold so many rows: fewer cost recall (100,000 made rows:
# .988 in all partitions, .907 in half), more only time (300,000: .989 in 96 of them, in a third of the time).
LEAST_PROBES = 96
PROBED_ROWS = 110_000
# Rows that no index has taken up are read one by one, and each fragment asks its own filter: 2,000 rows in 50
# fragments make a question three times as long.
UNINDEXED_ROWS = 800
FRAGMENTS = 24
# Old versions of the table stay so long for questions that have begun on them.
KEEP_VERSIONS = timedelta(minutes=10)
STEP_SECONDS = 600
# Rows with the same texts that are looked at for vectors; more copies bring nothing new.
KEPT_ROWS = 100_000
# Texts, or documents, that are asked for at once.
ASKED_AT_ONCE = 500

# Each column of a condition has its index: one that has none is read to its end at every call.
_SCALAR_INDEXES = {
    "tenant": "BITMAP",
    "document": "BTREE",
    "id": "BTREE",
    "digest": "BTREE",
    "lot": "BTREE",
    "access_key": "BITMAP",
    "kind": "BITMAP",
    "classification": "BITMAP",
    # Few documents bear dates, and ranges over a bitmap of days cost nothing where a tree costs 6 ms each.
    "valid_from": "BITMAP",
    "valid_to": "BITMAP",
    "fiscal_year": "BITMAP",
    "department": "BITMAP",
    "folder": "BITMAP",
    "file_type": "BITMAP",
}


@contextmanager
def one_process(folder: Path) -> Iterator[None]:
    """Make a table once, though several processes want it at the same time."""
    import fcntl

    with (folder / ".making").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_table(database: Any, name: str) -> None:
    """Make a table with its indexes, unless it is there."""
    from lancedb.index import FTS

    table = database.create_table(name, schema=schema(), exist_ok=True)
    # Its defaults are for English: stems, stop words, words of at most 40 letters. Ours come cut and normalised.
    words = FTS(
        base_tokenizer="whitespace",
        stem=False,
        remove_stop_words=False,
        ascii_folding=False,
        lower_case=False,
        max_token_length=None,
        with_position=False,
    )
    for column in ("words", "bigrams"):
        table.create_index(column, config=words)
    make_scalar_indexes(table)


def make_scalar_indexes(table: Any) -> None:
    """Make those that the table does not have; an older table lacks some."""
    from lancedb.index import Bitmap, BTree

    indexed = {column for one in table.list_indices() for column in one.columns}
    for column, kind in _SCALAR_INDEXES.items():
        if column not in indexed:
            table.create_index(column, config=BTree() if kind == "BTREE" else Bitmap())


def has_new_rows(table: Any) -> bool:
    """Return whether so many rows or fragments are new that questions suffer."""
    waiting = max((table.index_stats(one.name).num_unindexed_rows for one in table.list_indices()), default=0)
    return waiting > UNINDEXED_ROWS or table.stats()["fragment_stats"]["num_fragments"] > FRAGMENTS


def take_in_new_rows(folder: Path) -> None:
    """Compact a table and index its new rows, in another process; what fails is left for the next time."""
    program = [sys.executable, "-P", "-m", "madoguchi.search.lance_steps"]
    try:
        done = subprocess.run(
            [*program, str(folder), str(KEEP_VERSIONS.total_seconds())],
            capture_output=True,
            text=True,
            check=False,
            timeout=STEP_SECONDS,
        )
    except subprocess.TimeoutExpired:
        log.warning("index.step_too_long", table=folder.name)
        return
    if done.returncode not in (0, CONFLICT):
        log.warning("index.step_failed", table=folder.name, reason=done.stderr.strip()[-300:])


def make_vector_indexes(table: Any) -> None:
    """Make the index of the vectors of each space once there are so many that it pays."""
    from lancedb.index import IvfSq

    indexed = {column for one in table.list_indices() for column in one.columns}
    for name in table.schema.names:
        wanted = name.startswith("vector") and name not in indexed
        if wanted and table.count_rows(f"{name} IS NOT NULL") >= APPROXIMATE_FROM:
            config = IvfSq(distance_type="dot", num_partitions=PARTITIONS)
            table.create_index(name, config=config, replace=True)


def probes_of(rows: int) -> int:
    """Return how many partitions of the vectors of so many rows are looked through at first."""
    return min(PARTITIONS, max(LEAST_PROBES, -(-PARTITIONS * PROBED_ROWS // max(1, rows))))


def add_space(table: Any, space: VectorSpace) -> None:
    """Give a table the columns for vectors of a space, unless it has them."""
    import pyarrow as pa

    missing = [name for name in vector_columns(space) if name not in table.schema.names]
    if missing:
        table.add_columns([pa.field(name, vectors_type(space), nullable=True) for name in missing])


def drop_space(table: Any, number: int) -> None:
    """Take the vectors of a space out of a table; those of the embedded model stay."""
    names = [name for name in vector_columns(VectorSpace(number)) if number and name in table.schema.names]
    if names:
        table.drop_columns(names)


def kept_vectors(table: Any, digests: Collection[str]) -> Kept:
    """Return the vectors that an index has of texts, whichever document holds them."""
    columns = [name for name in table.schema.names if name.removeprefix("title_").startswith("vector")]
    kept: Kept = {}
    for part in batched(sorted(digests), ASKED_AT_ONCE):
        wanted = f"digest IN ({', '.join(map(quoted, part))})"
        kept |= kept_in(table.search().where(wanted).select(["digest", *columns]).limit(KEPT_ROWS).to_arrow())
    return kept


def rows_of(table: Any, documents: Sequence[str]) -> list[tuple[str, str]]:
    """Return (id, document) of all rows of some documents."""
    found: list[tuple[str, str]] = []
    for part in batched(documents, ASKED_AT_ONCE):
        wanted = f"document IN ({', '.join(map(quoted, part))})"
        count = max(1, table.count_rows(wanted))
        rows = table.search().where(wanted).select(["id", "document"]).limit(count).to_arrow()
        found += zip(rows["id"].to_pylist(), rows["document"].to_pylist(), strict=True)
    return found


def documents_in(table: Any) -> dict[str, set[str]]:
    """Return the ids of all rows of a table by document."""
    found: dict[str, set[str]] = {}
    rows = table.search().select(["id", "document"]).limit(max(1, table.count_rows())).to_arrow()
    for row, document in zip(rows["id"].to_pylist(), rows["document"].to_pylist(), strict=True):
        found.setdefault(document, set()).add(row)
    return found


def demands_in(table: Any) -> dict[str, set[Access]]:
    """Return what the rows of a table demand, by document."""
    found: dict[str, set[Access]] = {}
    columns = ["document", *ACCESS]
    rows = table.search().select(columns).limit(max(1, table.count_rows())).to_arrow().select(columns)
    for document, *values in zip(*(column.to_pylist() for column in rows.columns), strict=True):
        found.setdefault(document, set()).add(access_in(dict(zip(ACCESS, values, strict=True))))
    return found


def batched(values: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Yield values in parts (`itertools` has it from Python 3.12 on)."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
