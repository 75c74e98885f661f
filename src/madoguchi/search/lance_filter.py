"""Conditions and words in the query language of LanceDB."""

from collections.abc import Iterable
from typing import Any

from madoguchi.search.index import LOTS, Condition, Field
from madoguchi.search.lance_rows import day


def quoted(text: str) -> str:
    """Return a text as a literal of the engine's query language."""
    return "'" + text.replace("'", "''") + "'"


def match(column: Field, tokens: Iterable[str], *, every: bool = False) -> Any:
    """Return the engine's question for rows that hold one of the tokens, or `every` one."""
    from lancedb import query

    # Its declared parameters have defaults that its type stubs do not know.
    make: Any = query.MatchQuery
    operator = query.FullTextOperator.AND if every else query.FullTextOperator.OR
    return make(" ".join(dict.fromkeys(tokens)), column, operator=operator)


def where(condition: Condition) -> str:
    """Return a condition in the engine's query language. Nothing held opens nothing."""
    parts = [f"tenant = {int(condition.tenant)}"]
    if not condition.everything:
        if condition.opens_nothing:
            return "false"
        on = day(condition.on, 0)
        parts += [
            one_of("access_key", condition.keys),
            f"classification <= {int(condition.classification)}",
            f"valid_from <= {on}",
            f"valid_to >= {on}",
        ]
    if condition.kind:
        kinds = [condition.kind, "described"] if condition.with_described else [condition.kind]
        parts.append(one_of("kind", kinds))
    for column, values in (
        ("document", condition.documents),
        ("folder", condition.folders),
        ("department", condition.departments),
        ("file_type", condition.file_types),
    ):
        if values:
            parts.append(one_of(column, values))
    if condition.classifications:
        parts.append(f"classification IN ({', '.join(str(int(each)) for each in condition.classifications)})")
    if condition.fiscal_years:
        parts.append(f"fiscal_year IN ({', '.join(str(int(year)) for year in condition.fiscal_years)})")
    if condition.lots < LOTS:
        parts.append(f"lot < {int(condition.lots)}")
    parts += [holds(run) for run in condition.holding]
    parts += [f"NOT {holds(run)}" for run in condition.lacking]
    return " AND ".join(parts)


def holds(run: str) -> str:
    """Return the condition of rows that hold a run of bigrams; it reads the bigrams of every row it is asked of."""
    return f"contains(bigrams, {quoted(run)})"


def one_of(column: str, values: Any) -> str:
    return f"{column} IN ({', '.join(quoted(value) for value in sorted(values))})"
