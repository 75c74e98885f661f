"""Rules of the house that the source itself must keep, read from its syntax trees."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

SOURCE = Path(__file__).parents[2] / "src" / "madoguchi"
FILES = [path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts]

# Models whose rows some persons may not see, and the domain whose verbs keep them.
PROTECTED = {
    "Folder": "library",
    "Document": "library",
    "Version": "library",
    "Passage": "library",
    "Entry": "faq",
    "Answer": "answers",
    "Conversation": "chat",
    "Turn": "chat",
    "Attachment": "chat",
    "Prompt": "prompts",
    "Trial": "prompts",
}
# Verbs of the operator of the machine that work on all of an office: no person's request comes here.
# `saved` looks as a duty at what became ready for anybody, and shows it through the scope of who looks.
LOADERS = {"search/indexing.py", "search/rebuild.py", "search/saved.py", "search/switching.py", "faq/load.py"}
# Where a person's request is answered: here every read takes the scope, in the owning domain too.
ANSWERING = {"views", "api"}


def nodes(path: Path) -> Iterator[ast.AST]:
    yield from ast.walk(ast.parse(path.read_text()))


def name_of(path: Path) -> str:
    return str(path.relative_to(SOURCE))


def domain_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0]


def is_answering(path: Path) -> bool:
    return bool(ANSWERING & set(path.relative_to(SOURCE).with_suffix("").parts)) or path.stem.endswith("_views")


@pytest.mark.req("C1")
def test_only_people_access_makes_a_scope():
    made = [
        f"{name_of(path)}:{node.lineno}"
        for path in FILES
        for node in nodes(path)
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "Scope"
        and name_of(path) != "people/access.py"
    ]
    assert made == []


def unscoped_reads(path: Path) -> Iterator[str]:
    """Yield each `Model.objects.<verb>` on a protected model whose verb is not `within`."""
    for node in nodes(path):
        if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute)):
            continue
        manager = node.value
        model = getattr(manager.value, "id", "")
        if (
            manager.attr in {"objects", "_default_manager", "_base_manager"}
            and model in PROTECTED
            and node.attr != "within"
        ):
            yield f"{name_of(path)}:{node.lineno} {model}.objects.{node.attr}"


@pytest.mark.req("C1")
def test_protected_models_are_read_through_a_scope():
    """Outside the domain that keeps them, and in every view, `objects` is followed by `within(scope)`."""
    # What acts for the operator of the machine, on the record.
    unguarded = {"sample_city", "cli"}
    found = [
        read
        for path in FILES
        for read in unscoped_reads(path)
        if domain_of(path) not in unguarded
        and (is_answering(path) or domain_of(path) != PROTECTED[read.split()[1].split(".")[0]])
        and name_of(path) not in LOADERS
    ]
    assert found == []


def is_constant(statement: ast.expr) -> bool:
    """Return whether a statement is written out; a PRAGMA takes no parameters, so its name may be put in."""
    if isinstance(statement, ast.JoinedStr):
        first = statement.values[0]
        return isinstance(first, ast.Constant) and str(first.value).startswith("PRAGMA ")
    return isinstance(statement, ast.Constant)


@pytest.mark.req("M11")
def test_no_sql_is_made_of_text():
    """No raw SQL outside migrations but constant statements; no `extra`, no `RawSQL`."""
    found = []
    for path in FILES:
        for node in nodes(path):
            if not isinstance(node, ast.Call):
                continue
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if called in {"raw", "extra", "RawSQL"}:
                found.append(f"{name_of(path)}:{node.lineno} {called}")
            if called in {"execute", "executemany"} and node.args and not is_constant(node.args[0]):
                receiver = ast.unparse(node.func)
                if "cursor" in receiver or "connection" in receiver:
                    found.append(f"{name_of(path)}:{node.lineno} {receiver} of a made text")
    assert found == []


@pytest.mark.req("M11")
def test_request_keys_are_not_expanded_into_filters():
    """`filter(**request.GET…)` and `order_by(request…)` let a stranger write the query."""
    found = []
    for path in FILES:
        for node in nodes(path):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in {
                "filter",
                "exclude",
                "order_by",
                "annotate",
            }:
                expanded = [ast.unparse(keyword.value) for keyword in node.keywords if keyword.arg is None]
                direct = [ast.unparse(argument) for argument in node.args]
                found += [
                    f"{name_of(path)}:{node.lineno}"
                    for text in expanded + (direct if getattr(node.func, "attr", "") == "order_by" else [])
                    if "request." in text or ".GET" in text or ".POST" in text
                ]
    assert found == []


@pytest.mark.req("M11")
def test_only_the_sanitiser_marks_text_safe():
    found = [
        f"{name_of(path)}:{getattr(node, 'lineno', 0)}"
        for path in FILES
        if name_of(path) != "web/sanitise.py"
        for node in nodes(path)
        if (isinstance(node, ast.Name) and node.id in {"mark_safe", "SafeString", "SafeText"})
        or (isinstance(node, ast.ImportFrom) and any(alias.name == "mark_safe" for alias in node.names))
    ]
    templates = [
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.html")
        if "templates" in path.parts and ("|safe" in path.read_text() or "autoescape off" in path.read_text())
    ]
    assert found + templates == []


def imported(path: Path) -> Iterator[tuple[str, int]]:
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno


@pytest.mark.req("A3")
def test_only_llm_speaks_to_models_and_only_llm_opens_connections():
    doors = (
        "requests",
        "httpx",
        "httpx2",
        "httpcore2",
        "websockets",
        "boto3",
        "botocore",
        "anthropic",
        "google",
        "urllib.request",
        "urllib3",
        "aiohttp",
        "http.client",
        "socket",
        "pydantic_ai",
        "openai",
    )
    found = [
        f"{name_of(path)}:{line} {module}"
        for path in FILES
        for module, line in imported(path)
        if module.split(".")[0] in {door.split(".")[0] for door in doors if "." not in door} or module in doors
        # The scripted endpoint listens on loopback and calls nobody.
        if domain_of(path) not in {"llm", "scripted"} and name_of(path) not in {"cli/serve.py"}
    ]
    listening = {module for path in FILES if domain_of(path) == "scripted" for module, _line in imported(path)}
    assert found == []
    assert not listening & (set(doors) - {"socket"})


@pytest.mark.req("F8")
def test_no_fetcher_and_no_chat_page_of_a_library_is_in_the_product():
    modules = ("pydantic_ai.ui", "pydantic_ai.ag_ui", "pydantic_ai.common_tools", "pydantic_ai.mcp", "fasta2a")
    parts = {"ImageUrl", "DocumentUrl", "AudioUrl", "VideoUrl", "UploadedFile", "WebFetchTool", "WebSearchTool"}
    names = {"to_web", "to_ag_ui", "to_a2a", "to_cli"}
    found = [
        f"{name_of(path)}:{line}" for path in FILES for module, line in imported(path) if module.startswith(modules)
    ]
    for path in FILES:
        for node in nodes(path):
            used = {getattr(node, "id", ""), getattr(node, "attr", "")}
            used |= {alias.name for alias in node.names} if isinstance(node, ast.ImportFrom) else set()
            if used & (parts | names):
                found.append(f"{name_of(path)}: {used & (parts | names)}")
    assert found == []


def test_nothing_revives_objects_from_data():
    revivers = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "jsonpickle"}
    found = [
        f"{name_of(path)}:{line} {module}" for path in FILES for module, line in imported(path) if module in revivers
    ]
    found += [
        f"{name_of(path)}:{node.lineno} {node.func.id}"
        for path in FILES
        for node in nodes(path)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"eval", "exec", "__import__"}
    ]
    assert found == []


@pytest.mark.req("N1")
def test_every_row_belongs_to_an_office():
    ours = [model for model in apps.get_models() if model.__module__.startswith("madoguchi.")]
    without = [
        model.__name__
        for model in ours
        if model.__name__ != "Tenant" and "tenant" not in {field.name for field in model._meta.get_fields()}
    ]
    assert without == []


@pytest.mark.req("N1")
def test_names_are_unique_within_an_office_only():
    """A unique name that leaves the office out would tell one office of another's."""
    found = []
    for model in apps.get_models():
        if not model.__module__.startswith("madoguchi.") or model.__name__ == "Tenant":
            continue
        relations = {field.name for field in model._meta.get_fields() if field.is_relation}
        for constraint in model._meta.constraints:
            fields = set(getattr(constraint, "fields", ()))
            if fields and "tenant" not in fields and not fields & relations:
                found.append(f"{model.__name__} {sorted(fields)}")
    assert found == []
