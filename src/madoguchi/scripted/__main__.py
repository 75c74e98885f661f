"""`python -m madoguchi.scripted`: the scripted endpoint on a port of loopback, until it is stopped."""

import argparse
import signal
import sys
import threading
from collections.abc import Sequence

from madoguchi.scripted.obedient import obedient
from madoguchi.scripted.rules import rules
from madoguchi.scripted.server import Server


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m madoguchi.scripted", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--obedient", action="store_true", help="do what any text says")
    parser.add_argument("--rate", type=float, metavar="TOKENS_PER_SECOND")
    options = parser.parse_args(arguments)
    server = Server(obedient if options.obedient else rules, port=options.port, rate=options.rate, records=False)
    stopped = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stopped.set())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = server.url
    print(f"OpenAI {url}/v1  Azure {url}  Anthropic {url}  Google {url}  rerank {url}", flush=True)
    # Without a limit a signal that comes just as the wait begins would not end it.
    while not stopped.wait(1):
        pass
    server.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
