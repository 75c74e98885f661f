"""The server: on loopback alone, with what it was sent on record.

with serving(faults=[Fault("cut", after=1)]) as server:
    Endpoint(..., base_url=f"{server.url}/v1")
    server.requests[0].asked.ask
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from socket import SHUT_RDWR, socket
from socketserver import ThreadingTCPServer
from typing import Any

from madoguchi.scripted.asked import Request, Rules
from madoguchi.scripted.faults import Fault
from madoguchi.scripted.handler import Handler
from madoguchi.scripted.rules import rules as default_rules
from madoguchi.scripted.tokens import Kept

_HOST = "127.0.0.1"


class Server(ThreadingTCPServer):
    """A scripted endpoint. `rate`: tokens a second, None: as fast as they are read.

    `gate`, once set, lets go on what stalls, and ends what has no end.
    """

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(
        self,
        rules: Rules = default_rules,
        faults: Sequence[Fault] = (),
        *,
        port: int = 0,
        rate: float | None = None,
        records: bool = True,
    ) -> None:
        self.rules, self.faults, self.rate, self.records = rules, list(faults), rate, records
        self.requests = list[Request]()
        self.kept, self.gate = Kept(), threading.Event()
        self._lock, self._open = threading.Lock(), set[socket]()
        super().__init__((_HOST, port), Handler)

    @property
    def url(self) -> str:
        """The address without a path."""
        return f"http://{_HOST}:{self.server_address[1]}"

    def record(self, request: Request) -> None:
        """Keep what came."""
        if self.records:
            with self._lock:
                self.requests.append(request)

    def fault_for(self, path: str) -> Fault | None:
        """Return the fault that happens to a request now."""
        with self._lock:
            found = next((fault for fault in self.faults if fault.fits(path)), None)
            if found:
                found.happened += 1
            return found

    def process_request(self, request: Any, client_address: Any) -> None:
        """Note the connection, so that none outlives the server."""
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection."""
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is what some tests are about."""

    def close(self) -> None:
        """End everything: what stalls, what is open, the port."""
        self.gate.set()
        self.shutdown()
        self.server_close()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(SHUT_RDWR)


@contextmanager
def serving(rules: Rules = default_rules, faults: Sequence[Fault] = (), rate: float | None = None) -> Iterator[Server]:
    """Run a server on a free port of loopback."""
    server = Server(rules, faults, rate=rate)
    threading.Thread(target=server.serve_forever, args=(0.02,), name="scripted", daemon=True).start()
    try:
        yield server
    finally:
        server.close()
