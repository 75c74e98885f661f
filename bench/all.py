"""Every figure of docs/benchmarks.md, one after another (`make bench`). Data that is not there is left out."""

import subprocess
import sys
from pathlib import Path

from bench.machine import machine

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
MADOGUCHI = str(Path(sys.executable).with_name("madoguchi"))
PDFS = DATA / "allganize_ja" / "pdf"


def commands() -> list[tuple[str, list[str]]]:
    """Return (what is measured, command) in the order of the page."""
    python = [sys.executable, "-m"]
    found = [
        (f"retrieval: {folder.name}", [MADOGUCHI, "bench", "retrieval", str(folder)])
        for folder in sorted(DATA.glob("*"))
        if (folder / "corpus.jsonl").exists() and (folder / "qrels").exists()
    ]
    found += [
        (
            f"what others would find: {command[-1].rpartition('/')[2]}",
            [*python, "bench.retrieval_references", command[-1]],
        )
        for _, command in found[:]
    ]
    if PDFS.exists():
        found.append(
            (
                "retrieval: allganize_ja as we read it",
                [MADOGUCHI, "bench", "retrieval", str(PDFS.parent), "--pdf", str(PDFS)],
            )
        )
        found.append(("reading against bare extraction", [*python, "bench.reading", str(PDFS)]))
        found.append(("ingestion against bare extraction and embedding", [*python, "bench.ingestion", str(PDFS)]))
        found.append(("tables of PDFs against their sheets", [*python, "bench.tables", str(DATA)]))
        found.append(("every file there is", [*python, "bench.every_file", str(DATA)]))
    return [
        *found,
        ("embedding against the wheel's own engine", [*python, "bench.embedding"]),
        ("search against raw engine calls", [*python, "bench.search_speed"]),
        ("search over 10,000 to 300,000 passages", [*python, "bench.search_scale"]),
        *(
            (f"verified answers: {folder.name}", [MADOGUCHI, "bench", "faq", str(folder)])
            for folder in sorted(DATA.glob("localgovfaq*"))
            if (folder / "qrels").exists()
        ),
        ("levels of verified answers", [*python, "bench.faq_levels"]),
        ("answers over the sample city", [*python, "bench.answers"]),
        ("sheets against a truth, and calamine", [*python, "bench.sheets"]),
        ("scans against plain tesseract", [*python, "bench.ocr"]),
        ("a scan of 30 pages", [*python, "bench.ocr_book"]),
        ("what is marked as doubtful on scans", [*python, "bench.ocr_sureness"]),
        ("personal data found and masked", [*python, "bench.personal"]),
        ("500 answers at once through the door to models", [*python, "bench.streams"]),
        ("broken files", [*python, "bench.fuzz"]),
        ("memory of an idle server", [*python, "bench.memory"]),
    ]


def main() -> int:
    """Run them all; exit 1 when one failed."""
    print(machine(), flush=True)
    failed = []
    for what, command in commands():
        print(f"\n## {what}\n$ {' '.join(Path(part).name for part in command)}", flush=True)
        if subprocess.run(command, cwd=ROOT).returncode:
            failed.append(what)
    if failed:
        print(f"\nfailed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
