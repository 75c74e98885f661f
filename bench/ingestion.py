"""Ingestion of text PDFs to the end (read, cut, stored, indexed, embedded) against bare text extraction plus embedding.

Usage: python -m bench.ingestion FOLDER; exits 1 when ingestion takes over 4 times as long. Both in this order, in
one run: ingestion in a fresh home by the command line, then extraction by pypdfium2 and embedding of the same passages.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pypdfium2

from bench.machine import machine

MADOGUCHI = str(Path(sys.executable).with_name("madoguchi"))
WANTED = 4.0


def main(folder: Path) -> int:
    """Measure, print, and say whether it is quick enough."""
    home = tempfile.mkdtemp(prefix="madoguchi-ingestion-")
    os.environ |= {"MADOGUCHI_HOME": home, "DJANGO_SETTINGS_MODULE": "madoguchi.conf.settings"}
    import django

    django.setup()
    from madoguchi.llm.embeddings import embed_passages, prepare

    prepare()
    files = sorted(folder.glob("*.pdf"))
    began = time.perf_counter()
    command = [MADOGUCHI, "ingest", *map(str, files), "--readers", "public", "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    whole = time.perf_counter() - began
    documents = json.loads(done.stdout)["documents"]
    assert all(document["status"] == "ready" for document in documents), documents

    began = time.perf_counter()
    pages = 0
    for file in files:
        with pypdfium2.PdfDocument(file) as pdf:
            for page in pdf:
                page.get_textpage().get_text_bounded()
                pages += 1
    extraction = time.perf_counter() - began

    from madoguchi.library.models import Passage

    texts = [passage.text for passage in Passage.objects.all()]
    began = time.perf_counter()
    embed_passages(texts)
    embedding = time.perf_counter() - began
    ratio = whole / (extraction + embedding)
    print(machine())
    print(f"{len(files)} files, {pages} pages, {len(texts)} passages")
    print(f"ingestion, command and start-up included: {whole:.1f} s")
    print(f"bare extraction {extraction:.1f} s + embedding {embedding:.1f} s = {extraction + embedding:.1f} s")
    print(f"ratio {ratio:.2f} (wanted at most {WANTED:g})")
    return 0 if ratio <= WANTED else 1


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
