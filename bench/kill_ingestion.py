"""Kill the worker at every border of a step and at random moments, and show that each document ends up indexed once.

.venv/bin/python bench/kill_ingestion.py --documents 200 --kills 50 --borders 14
"""

import argparse
import io
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

# From when a worker has begun to work until it has done what a round gives it.
FROM_SECONDS, TO_SECONDS = 0.0, 1.5
WAIT_SECONDS = 1200
WORKER = (str(Path(sys.executable).with_name("madoguchi")), "worker")
# The durable steps: of ingestion, of a change, of embedding.
STEPS = ("read", "cut", "announce", "end", "tell_index", "embed_batch", "finish")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--borders", type=int, default=0, help="kill at so many borders of steps first, of 14")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--models", default=None, help="folder of weights made before, else they are made first")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.randrange(1 << 32)
    with tempfile.TemporaryDirectory(prefix="madoguchi-kill-") as home:
        os.environ |= {"MADOGUCHI_HOME": home, "DJANGO_SETTINGS_MODULE": "madoguchi.conf.settings"}
        from madoguchi.cli.ingest import make_office
        from madoguchi.cli.start import start

        tenant = start() or make_office()
        if options.models:
            (Path(home) / "models").symlink_to(Path(options.models).resolve())
        from madoguchi.llm import embeddings

        embeddings.prepare()
        chance = random.Random(seed)
        bordered = die_at_borders(tenant, chance, options.borders)
        result = run(tenant, options.documents, options.kills, chance, len(bordered)) | {"borders": bordered}
    result["seed"] = seed
    print(json.dumps(result, ensure_ascii=False))
    return 0 if result["whole"] else 1


def die_at_borders(tenant: Any, chance: random.Random, most: int) -> list[str]:
    """Give a document for each of some borders of steps, changed meanwhile, to a worker that dies there; return the
    borders."""
    from madoguchi.library.models import Version
    from madoguchi.library.store import expire
    from madoguchi.people.access import scope_of_operator

    borders = [(step, side) for step in STEPS for side in ("before", "after")]
    borders = sorted(chance.sample(borders, most), key=borders.index)
    for number, border in enumerate(borders):
        version: Version = add(tenant, number, chance)
        expire(scope_of_operator(tenant), None, version.document, date(2099, 3, 31))
        worker = begin([sys.executable, str(Path(__file__).with_name("dying_worker.py")), *border])
        if (code := worker.wait(timeout=WAIT_SECONDS)) != -signal.SIGKILL:
            raise SystemExit(f"the worker did not die {border[1]} {border[0]}: {code}")
    return [f"{side} {step}" for step, side in borders]


def run(tenant: Any, documents: int, kills: int, chance: random.Random, given: int = 0) -> dict[str, Any]:
    """Give the documents in as many rounds as there are kills, then let the work end; return what was found."""
    interrupted = 0
    for number in range(kills):
        upto = max(given, documents * (number + 1) // kills)
        for one in range(given, upto):
            add(tenant, one, chance)
        given = upto
        worker = begin()
        time.sleep(chance.uniform(FROM_SECONDS, TO_SECONDS))
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        interrupted += unfinished() > 0
    worker = begin()
    end = time.monotonic() + WAIT_SECONDS
    while unfinished() and time.monotonic() < end:
        time.sleep(0.2)
    worker.send_signal(signal.SIGTERM)
    worker.wait(timeout=60)
    return {"documents": documents, "kills": kills, "interrupted": interrupted, **check(tenant, documents)}


def begin(command: Sequence[str] = WORKER) -> "subprocess.Popen[str]":
    """Start a worker and return it once it works."""
    worker = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert worker.stdout
    line = worker.stdout.readline()
    if "開始" not in line:
        raise SystemExit(f"the worker did not begin: {line!r}")
    return worker


def add(tenant: Any, number: int, chance: random.Random) -> Any:
    """Put a document of some sections in and return its version; nobody in this process reads it."""
    from madoguchi.library.folders import folder_of_path
    from madoguchi.library.store import add_file

    folder = folder_of_path(tenant, "試験", create=True, readers=["staff"])

    sections = "".join(
        f"# 第{section}節\n\n文書{number}の第{section}節です。{'手数料は別に定める。' * chance.randint(1, 60)}\n\n"
        for section in range(chance.randint(1, 40))
    )
    return add_file(tenant, folder, io.BytesIO(sections.encode()), f"文書{number}.md")


def unfinished() -> int:
    """Return how many workflows, versions and changes are unfinished, embedding included."""
    from madoguchi import durable
    from madoguchi.library.ingest import UNFINISHED
    from madoguchi.library.models import Document, Version

    untold = Document.objects.filter(untold__gt=0).count()
    return durable.unfinished() + Version.objects.filter(status__in=UNFINISHED).count() + untold


def check(tenant: Any, documents: int) -> dict[str, Any]:
    """Return how database and index stand: each passage of each document once in both, and nothing else."""
    from madoguchi.cli.doctor import index_differences
    from madoguchi.library import blobs
    from madoguchi.library.models import Document, Passage, Version

    versions = list(Version.objects.filter(tenant=tenant))
    statuses = dict(Counter(str(version.status) for version in versions))
    ordinals = [list(Passage.objects.filter(version=version).values_list("ordinal", flat=True)) for version in versions]
    found: dict[str, Any] = {
        "statuses": statuses,
        "passages": sum(map(len, ordinals)),
        "numbered": all(numbers == list(range(len(numbers))) and numbers for numbers in ordinals),
        "embedded": sum(version.embedded_at is not None for version in versions),
        "index": index_differences(tenant),
        "blobs_missing": len(blobs.missing(tenant)),
        "unfinished": unfinished(),
    }
    found["whole"] = (
        statuses == {"ready": documents}
        and Document.objects.filter(tenant=tenant, current=None).count() == 0
        and found["numbered"]
        and not any(found["index"].values())
        and not found["blobs_missing"]
        and not found["unfinished"]
    )
    return found


if __name__ == "__main__":
    sys.exit(main())
