"""Stands in for `llama_cpp.server`: the same options, the protocol, and the deaths that its GGUF file asks for."""

import argparse
import os
import sys
from pathlib import Path

from madoguchi.scripted.server import Server


def main() -> None:
    """Serve until told to end; a file that says `die` ends it at once. What it was given is written beside the file."""
    parser = argparse.ArgumentParser()
    for option in ("model", "model_alias", "host"):
        parser.add_argument(f"--{option}", required=True)
    for option in ("port", "n_ctx"):
        parser.add_argument(f"--{option}", required=True, type=int)
    options = parser.parse_args()
    file = Path(options.model)
    with file.with_suffix(".begun").open("a") as log:
        log.write(f"{os.getpid()} {options.host} {options.n_ctx} {sorted(os.environ)}\n")
    if b"die" in file.read_bytes():
        sys.exit(3)
    Server(port=options.port).serve_forever(0.02)


if __name__ == "__main__":
    main()
