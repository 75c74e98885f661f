"""An index of its own for each test, and documents in it."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from madoguchi.library import folders, ingest, store
from madoguchi.library.models import Folder, Version
from madoguchi.llm import clients, embedding_endpoints, embeddings, rerank
from madoguchi.llm.models import Endpoint
from madoguchi.people.keys import parse
from madoguchi.people.models import Classification, Tenant
from madoguchi.search import indexing, query, rebuild, saved, switching
from madoguchi.search.lance import LanceIndex
from madoguchi.search.models import Space
from tests.llm import made
from tests.llm.scripted_vectors import Vectors, serving

FEES = "# 手数料\n\n住民票の写しの手数料は1通300円です。\n"
LEAVE = "# 休暇\n\n年次有給休暇は1年に20日です。\n"


@pytest.fixture
def index(tmp_path) -> LanceIndex:
    """An empty index of its own."""
    return LanceIndex(tmp_path)


@pytest.fixture
def shelf(office) -> Folder:
    """A top folder of all staff."""
    return folders.folder_of_path(office, "庁内", create=True, readers=["staff"])


@pytest.fixture
def closed(office) -> Folder:
    """A folder of 人事課 beside it."""
    return folders.folder_of_path(office, "人事", create=True, readers=[parse(office, "dept:総務部/人事課")])


@pytest.fixture
def add(office) -> Callable[..., Version]:
    """Put a Markdown document in as the operator and read it; by words at once, by meaning when asked to."""

    def put(folder: Folder, content: str, name: str = "手引き.md", *, meaning: bool = False, **fields: Any) -> Version:
        version = store.add_file(office, folder, io.BytesIO(content.encode()), name, **fields)
        ingest.ingest(str(version.pk))
        if meaning:
            indexing.embed(str(version.pk))
        version.refresh_from_db()
        return version

    return put


@pytest.fixture(autouse=True)
def a_fresh_index(tmp_path_factory, monkeypatch):
    """The process's index in a folder of its own: rows of one test are not found by the next."""
    fresh = LanceIndex(tmp_path_factory.mktemp("index"))
    for module in (indexing, query, rebuild, saved, switching):
        monkeypatch.setattr(module, "the_index", lambda: fresh)
    return fresh


@pytest.fixture
def without_meaning(monkeypatch):
    """As when the embedding cannot be had."""

    def fail(*_: object) -> None:
        raise embeddings.EmbeddingUnavailable("今は使えません。")

    monkeypatch.setattr(embeddings, "embed_query", fail)
    monkeypatch.setattr(embeddings, "embed_passages", fail)


# --- endpoints


@pytest.fixture
def nothing_remembered() -> None:
    """What a process remembers of endpoints is no part of the database that each test begins with."""
    embedding_endpoints._questions.clear()
    clients._resting.clear()
    rerank._takes_texts.clear()


@pytest.fixture
def server(nothing_remembered: None) -> Iterator[Vectors]:
    """A server of vectors on loopback."""
    with serving(Vectors(dimensions=1024)) as running:
        yield running


@pytest.fixture
def endpoint(office, server) -> Endpoint:
    """An embedding endpoint inside the office for classes 1 and 2; nothing uses it yet."""
    return endpoint_at(office, server)


def endpoint_at(office: Tenant, server: Vectors, **fields: Any) -> Endpoint:
    """Make an embedding endpoint."""
    given: dict[str, Any] = {"name": "庁内の埋め込み", "use": Endpoint.Use.EMBEDDING, "model": "ruri-v3-310m"}
    given |= {"max_classification": Classification.C2}
    return made.endpoint_at(office, f"{server.url}/v1", **(given | fields))


def switched(office: Tenant, endpoint: Endpoint | None) -> Space:
    """Prepare a model and change over to it, here and now."""
    row = switching.begin(office, endpoint, "operator")
    switching.build(row.pk)
    row.refresh_from_db()
    return row
