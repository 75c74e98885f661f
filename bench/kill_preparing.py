"""Kill the worker in the midst of preparing another model's vectors, and show that it goes on and wastes little.

.venv/bin/python -m bench.kill_preparing --kills 20

The endpoint is ours, over loopback; it has the worker killed while a request of it is being answered.
"""

import argparse
import io
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
import zlib
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

DIMENSIONS = 1024
SECTIONS = 100
# Of three requests each: a worker dies within six, so there is always work left for the next to die at.
DOCUMENTS_PER_KILL, LATEST_REQUEST = 2, 6
WAIT_SECONDS = 300


class Counting:
    """Makes vectors of texts (bigrams hashed), counts them, and holds the request at which the worker dies."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self.requests = 0
        self.dies_at = 0
        self.reached, self.killed = threading.Event(), threading.Event()
        self._one = threading.Lock()

    def __call__(self, texts: list[str]) -> Any:
        with self._one:
            self.requests += 1
            self.seen.update(texts)
            holds = self.requests == self.dies_at
        if holds:
            self.reached.set()
            self.killed.wait(WAIT_SECONDS)
        return np.stack([_vector(text) for text in texts])


def _vector(text: str) -> Any:
    sums = np.full(DIMENSIONS, 1e-3, np.float32)
    for pair in pairwise(text):
        place = zlib.crc32("".join(pair).encode())
        sums[place % DIMENSIONS] += 1 if place & 0x80000000 else -1
    return sums


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--models", default=None, help="folder of weights made before, else they are made first")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.randrange(1 << 32)
    with tempfile.TemporaryDirectory(prefix="madoguchi-kill-") as home:
        os.environ |= {"MADOGUCHI_HOME": home, "DJANGO_SETTINGS_MODULE": "madoguchi.conf.settings"}
        if options.models:
            (Path(home) / "models").symlink_to(Path(options.models).resolve())
        from madoguchi.cli.ingest import make_office
        from madoguchi.cli.start import start

        result = run(start() or make_office(), options.kills, random.Random(seed)) | {"seed": seed}
    print(json.dumps(result, ensure_ascii=False))
    return 0 if result["whole"] else 1


def run(tenant: Any, kills: int, chance: random.Random) -> dict[str, Any]:
    """Prepare an endpoint, killing the worker so often; return what was found."""
    from bench.embedding_endpoint import endpoint_at, serving
    from bench.kill_ingestion import begin
    from madoguchi import durable
    from madoguchi.people.access import scope_of_operator
    from madoguchi.search import spaces, switching
    from madoguchi.search.query import find

    scope, counting = scope_of_operator(tenant), Counting()
    for number in range(kills * DOCUMENTS_PER_KILL):
        _add(tenant, number)
    with serving(counting) as url:
        row = switching.begin(tenant, endpoint_at(url, "counting", scope), "operator")
        interrupted, answered = 0, 0
        for _ in range(kills):
            counting.reached.clear()
            counting.killed.clear()
            counting.dies_at = counting.requests + chance.randint(1, LATEST_REQUEST)
            worker = begin()
            if counting.reached.wait(WAIT_SECONDS):
                interrupted += 1
            worker.send_signal(signal.SIGKILL)
            worker.wait()
            counting.killed.set()
            row.refresh_from_db()
            answered += bool(find(scope, "第3節の手数料").hits) and spaces.model_in_use(tenant.pk).endpoint is None
        worker = begin()
        end = time.monotonic() + WAIT_SECONDS
        while (row.state == row.State.BUILDING or durable.unfinished("switch")) and time.monotonic() < end:
            time.sleep(0.2)
            row.refresh_from_db()
        worker.send_signal(signal.SIGTERM)
        worker.wait(timeout=60)
        found = check(tenant, row, counting)
    found |= {"kills": kills, "interrupted": interrupted, "answered": answered}
    found["whole"] = (
        found["in_use"]
        and not found["missing"]
        and found["passages"] > kills
        # Each kill costs what one step had asked for, and no text more than once.
        and found["again"] <= kills * switching.PASSAGES
        and interrupted == answered == kills
    )
    return found


def _add(tenant: Any, number: int) -> None:
    from madoguchi.library.folders import folder_of_path
    from madoguchi.library.ingest import ingest
    from madoguchi.library.store import add_file

    folder = folder_of_path(tenant, "試験", create=True, readers=["staff"])
    text = "".join(
        f"# 第{one}節\n\n文書{number}の第{one}節の手数料です。{'手数料は別に定める。' * 6}\n\n"
        for one in range(SECTIONS)
    )
    version = add_file(tenant, folder, io.BytesIO(text.encode()), f"文書{number}.md")
    ingest(str(version.pk))


def check(tenant: Any, row: Any, counting: Counting) -> dict[str, Any]:
    """Return how many passages there are, how many lack vectors of the space, and how many texts were asked again."""
    from madoguchi.library.models import Document, Passage
    from madoguchi.search.lance import the_index
    from madoguchi.search.spaces import model_of

    space = model_of(row).space
    documents = [str(pk) for pk in Document.objects.filter(tenant=tenant).values_list("pk", flat=True)]
    return {
        "in_use": row.state == row.State.IN_USE,
        "passages": Passage.objects.filter(tenant=tenant).count(),
        "missing": sum(len(the_index().without_vectors(tenant.pk, one, 9999, space)) for one in documents),
        "again": sum(count - 1 for text, count in counting.seen.items() if "文書" in text),
        "requests": counting.requests,
    }


if __name__ == "__main__":
    sys.exit(main())
