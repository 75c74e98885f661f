"""The index on LanceDB: one table an office, under `index/` of the home; readers and writers of any process at once."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from madoguchi import paths
from madoguchi.search.index import (
    EMBEDDED,
    HIGHEST,
    Access,
    Condition,
    Field,
    Found,
    Row,
    Vector,
    VectorSpace,
)
from madoguchi.search.lance_filter import holds, match, one_of, quoted, where
from madoguchi.search.lance_loop import opened, wait
from madoguchi.search.lance_notes import Notes
from madoguchi.search.lance_rows import (
    demands_table,
    found_in,
    shown,
    table_of,
    vector_columns,
    vectors_type,
)
from madoguchi.search.lance_tables import (
    PARTITIONS,
    add_space,
    demands_in,
    documents_in,
    drop_space,
    has_new_rows,
    kept_vectors,
    make_scalar_indexes,
    make_table,
    make_vector_indexes,
    one_process,
    probes_of,
    rows_of,
    take_in_new_rows,
)

T = TypeVar("T")

# Set before the engine is loaded: it writes a line about every question otherwise.
os.environ.setdefault("LANCE_LOG", "error")


# Up to so many rows of a scope are compared one by one (exact, some 30 ms); more go through the vector index.
EXACT_ROWS = 20_000
COMMIT_TRIES = 12
# Letters of what the column `bigrams` holds.
PAIR = 2
# Rows that hold what is quoted, or left out, are named up to so many; where there are more, every row is read for it.
MOST_NAMED = 10_000
# Questions whose quotes were looked up that are remembered until a row changes.
MOST_LOOKED_UP = 32
# Rows that are written at a time when an index is loaded: some 100 MB.
LOAD_ROWS = 20_000


class LanceIndex:
    """The engine over one folder. Safe to share between threads; every question sees the last commit."""

    def __init__(self, folder: Path) -> None:
        import lancedb

        self.folder = folder
        self._database = lancedb.connect(str(folder), read_consistency_interval=timedelta(0))
        self._tables: dict[int, Any] = {}
        self._asking: dict[int, Any] = {}
        self._opening = threading.RLock()
        # Writers of one process take turns; those of other processes meet at the commit, and try again.
        self._writing = threading.Lock()
        self._looked_up: dict[tuple[Condition, str], str] = {}
        self._looking_up = threading.Lock()

    # --- writing

    def put(self, tenant: int, document: str, rows: Sequence[Row], space: VectorSpace = EMBEDDED) -> None:
        """Make these the document's rows in one commit."""
        if not rows:
            self.remove(tenant, document)
            return

        def write() -> bool:
            table = self._table(tenant, make=True)
            add_space(table, space)
            of_document = f"document = {quoted(document)}"
            merge = table.merge_insert("id").when_matched_update_all().when_not_matched_insert_all()
            if was_there := bool(table.count_rows(of_document)):
                # To find what is no longer there the engine joins the whole table: not for a document that is new.
                merge = merge.when_not_matched_by_source_delete(of_document)
            kept = kept_vectors(table, {row.digest for row in rows})
            merge.execute(table_of(tenant, rows, kept, space, table.schema), on_bad_vectors="null")
            return was_there

        if self._commit(write):
            self._notes(tenant).note_narrowed()

    def load(self, tenant: int, rows: Iterable[Row]) -> None:
        """Add rows of any number of documents that are not there yet, a part at a time, and index them at once."""
        table, coming = self._table(tenant, make=True), iter(rows)
        while part := list(islice(coming, LOAD_ROWS)):
            table.add(table_of(tenant, part, {}, EMBEDDED, table.schema))
        table.optimize()

    def remove(self, tenant: int, document: str) -> None:
        """Take a document's rows out."""
        self._commit(lambda: self._each(tenant, lambda table: table.delete(f"document = {quoted(document)}")))
        self._notes(tenant).note_narrowed()

    def change_access(self, tenant: int, demands: Mapping[str, Access]) -> None:
        """Change what all rows of some documents demand, in one commit."""

        def write(table: Any) -> None:
            if there := rows_of(table, list(demands)):
                table.merge_insert("id").when_matched_update_all().execute(demands_table(there, demands))

        self._commit(lambda: self._each(tenant, write))
        self._notes(tenant).note_narrowed()

    def set_vectors(self, tenant: int, vectors: dict[str, Vector], space: VectorSpace = EMBEDDED) -> None:
        """Set vectors of rows that are still there."""
        import pyarrow as pa

        if not vectors:
            return
        name = vector_columns(space)[0]
        columns = pa.schema([("id", pa.string()), (name, vectors_type(space))])
        data = pa.table({"id": list(vectors), name: list(vectors.values())}, schema=columns)

        def write(table: Any) -> None:
            add_space(table, space)
            table.merge_insert("id").when_matched_update_all().execute(data)

        self._commit(lambda: self._each(tenant, write))

    def drop_space(self, tenant: int, number: int) -> None:
        """Forget the vectors of a space other than the embedded model's."""
        self._commit(lambda: self._each(tenant, lambda table: drop_space(table, number)))

    def drop(self, tenant: int) -> None:
        """Forget everything of an office, also what can no longer be opened."""
        with self._opening, self._writing:
            self._forget(tenant)
            # Not by the engine, which would first open what may be damaged.
            shutil.rmtree(self.folder / f"{_name(tenant)}.lance", ignore_errors=True)
            self._notes(tenant).forget_edition()
            self._notes(tenant).note_narrowed()

    def tidy(self, tenant: int) -> None:
        """Take new rows into the engine's indexes, and make those that are missing or have come to pay."""
        table = self._table(tenant)
        if table is None:
            return
        self._commit(lambda: make_scalar_indexes(table))
        if has_new_rows(table):
            take_in_new_rows(self.folder / f"{_name(tenant)}.lance")
        self._commit(lambda: make_vector_indexes(table))

    # --- notes for all processes

    def is_current(self, tenant: int) -> bool:
        """Return whether the rows of an office hold words as they are cut today; so does an office without rows."""
        return self._notes(tenant).is_current()

    def note_edition(self, tenant: int) -> None:
        """Note that all rows of an office hold words as they are cut today."""
        self._notes(tenant).note_edition()

    def narrowed(self, tenant: int) -> str:
        """Return a mark of the last commit that took rows out or changed what they demand."""
        return self._notes(tenant).narrowed()

    def _notes(self, tenant: int) -> Notes:
        return Notes(self.folder, _name(tenant))

    # --- asking

    def by_words(self, condition: Condition, column: Field, tokens: Sequence[str], limit: int) -> list[Found]:
        """Return rows that hold one of the tokens, by BM25, best first."""
        if not tokens:
            return []
        question, narrowed = match(column, tokens), self._where(condition)
        return self._asked(
            condition,
            lambda query: query.nearest_to_text(question).where(narrowed),
            [*self._shown(condition), "_score"],
            limit,
        )

    def by_vector(self, condition: Condition, vector: Vector, limit: int, rows: int) -> list[Found]:
        """Return the rows nearest to a vector, exactly when the scope is narrow enough."""
        narrowed, column = self._where(condition), vector_columns(condition.space)[0]
        columns = self._shown(condition)
        if column not in columns:
            return []

        def near(query: Any) -> Any:
            # The engine leaves out rows without a vector by itself; to ask for it would read the whole column.
            return query.nearest_to(vector).column(column).distance_type("dot").where(narrowed)

        def asked(how: Callable[[Any], Any]) -> list[Found]:
            return self._asked(condition, lambda query: how(near(query)), [*columns, "_distance"], limit)

        if rows <= EXACT_ROWS:
            return asked(lambda query: query.bypass_vector_index())
        probes = probes_of(int(self._answer(condition, lambda table: table.count_rows(), 0)))
        found = asked(lambda query: query.nprobes(probes))
        if len(found) >= limit or probes == PARTITIONS:
            return found
        # These hold too few rows that the condition opens.
        return asked(lambda query: query.nprobes(PARTITIONS))

    def _where(self, condition: Condition) -> str:
        """Return a condition in the engine's language, with rows that hold what is quoted by their ids: to look for
        them by their bigrams takes hundredths of a second where reading every row takes seconds."""
        runs = (*condition.holding, *condition.lacking)
        if not runs:
            return where(condition)
        key = (condition, self.version(condition.tenant))
        with self._looking_up:
            if key not in self._looked_up:
                scope = replace(condition, holding=(), lacking=())
                parts = [where(scope)]
                for run in runs:
                    rows = self._holding(scope, run)
                    named = holds(run) if rows is None else one_of("id", rows) if rows else "false"
                    parts.append(named if run in condition.holding else f"NOT ({named})")
                self._looked_up[key] = " AND ".join(parts)
            while len(self._looked_up) > MOST_LOOKED_UP:
                self._looked_up.pop(next(iter(self._looked_up)))
            return self._looked_up[key]

    def _holding(self, scope: Condition, run: str) -> list[str] | None:
        """Return ids of the rows of a scope that hold a run of bigrams; None when there may be too many to name."""
        pairs = run.split()
        if not pairs or any(len(pair) != PAIR for pair in pairs):
            # A single letter stands in no index of pairs.
            return None
        question, narrowed = match("bigrams", pairs, every=True), where(scope)

        def ask(table: Any) -> Any:
            query = table.query().nearest_to_text(question).where(narrowed)
            return query.select(["id", "bigrams", "_score"]).limit(MOST_NAMED + 1).to_arrow()

        rows = self._answer(scope, ask, None)
        if rows is None or rows.num_rows > MOST_NAMED:
            return None
        found = zip(rows["id"].to_pylist(), rows["bigrams"].to_pylist(), strict=True)
        return [row for row, bigrams in found if run in bigrams]

    def _shown(self, condition: Condition) -> list[str]:
        """Return the columns that ranking reads; those of a space that the table does not have (yet) are left out."""
        columns = shown(condition)
        if not condition.space.number:
            return columns
        there = self._answer(condition, lambda table: table.schema(), None)
        return [name for name in columns if there is not None and name in there.names]

    def sample(self, condition: Condition, limit: int) -> list[Found]:
        """Return up to `limit` rows as they come, words only."""
        return self._asked(condition, lambda query: query.where(where(condition)), ["id", "document", "words"], limit)

    def count(self, condition: Condition) -> int:
        """Return how many rows the condition opens."""
        narrowed = self._where(condition)
        return int(self._answer(condition, lambda table: table.count_rows(narrowed), 0))

    def version(self, tenant: int) -> str:
        """Return a mark of the last commit; empty when there is no table."""
        nothing = Condition(tenant, frozenset(), 0, date.min, everything=True)
        number = self._answer(nothing, lambda table: table.version(), None)
        if number is None:
            return ""
        return f"{self._notes(tenant).made()}-{number}"

    def _asked(
        self, condition: Condition, narrowed: Callable[[Any], Any], columns: list[str], limit: int
    ) -> list[Found]:
        """Run a query; every one of them is filtered by the engine before it ranks."""
        rows = self._answer(
            condition, lambda table: narrowed(table.query()).select(columns).limit(limit).to_arrow(), None
        )
        return [] if rows is None else found_in(rows, condition.space)

    def _answer(self, condition: Condition, ask: Callable[[Any], Any], otherwise: Any) -> Any:
        table = self._open_to(condition)
        if table is None:
            return otherwise
        try:
            return wait(ask(table))
        except RuntimeError:
            # Another process may have dropped the table, and made it again: what is open here is gone.
            self._forget(condition.tenant)
            table = self._open_to(condition)
            return otherwise if table is None else wait(ask(table))

    def without_vectors(
        self, tenant: int, document: str, limit: int, space: VectorSpace = EMBEDDED, classification: int = HIGHEST
    ) -> list[str]:
        """Return ids of rows of a document, of at most a classification, that have no vector yet."""
        table = self._table(tenant)
        if table is None:
            return []
        wanted = f"document = {quoted(document)} AND classification <= {int(classification)}"
        name = vector_columns(space)[0]
        if name in table.schema.names:
            wanted += f" AND {name} IS NULL"
        query = table.search().where(wanted).select(["id"]).limit(limit)
        return [str(value) for value in query.to_arrow()["id"].to_pylist()]

    def documents(self, tenant: int) -> dict[str, set[str]]:
        """Return the ids of all rows of an office by document."""
        table = self._table(tenant)
        return {} if table is None else documents_in(table)

    def demands(self, tenant: int) -> dict[str, set[Access]]:
        """Return what the rows of an office demand, by document."""
        table = self._table(tenant)
        return {} if table is None else demands_in(table)

    # --- tables and commits

    def _table(self, tenant: int, *, make: bool = False) -> Any:
        table = self._tables.get(tenant)
        if table is not None:
            return table
        with self._opening, one_process(self.folder):
            name = _name(tenant)
            if not (self.folder / f"{name}.lance").exists():
                if not make:
                    return None
                make_table(self._database, name)
                self.note_edition(tenant)
            self._tables[tenant] = self._database.open_table(name)
            return self._tables[tenant]

    def _open_to(self, condition: Condition) -> Any:
        """Return the table for asking, through the engine's asynchronous door: the other one asks for the schema at
        every turn, which takes longer than a narrow question."""
        if condition.opens_nothing or self._table(condition.tenant) is None:
            return None
        table = self._asking.get(condition.tenant)
        if table is None:
            table = self._asking[condition.tenant] = wait(opened(self.folder, _name(condition.tenant)))
        return table

    def _forget(self, tenant: int) -> None:
        self._tables.pop(tenant, None)
        self._asking.pop(tenant, None)

    def _each(self, tenant: int, write: Callable[[Any], Any]) -> None:
        table = self._table(tenant)
        if table is not None:
            write(table)

    def _commit(self, write: Callable[[], T]) -> T:
        for attempt in range(COMMIT_TRIES):
            try:
                with self._writing:
                    return write()
            except (RuntimeError, OSError, ValueError) as error:
                # The engine names a lost race only in its text.
                if "onflict" not in str(error) or attempt == COMMIT_TRIES - 1:
                    raise
                time.sleep(0.02 * 2 ** min(attempt, 6))
        raise AssertionError("the last try returns or raises")


def _name(tenant: int) -> str:
    return f"office_{int(tenant)}"


_open: dict[Path, LanceIndex] = {}
_open_lock = threading.Lock()


def the_index() -> LanceIndex:
    """Return this process's index of the current home, opened when first needed."""
    folder = paths.folder("index")
    with _open_lock:
        if folder not in _open:
            _open[folder] = LanceIndex(folder)
        return _open[folder]
