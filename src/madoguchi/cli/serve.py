"""`madoguchi serve`: pages and worker in one process, so that what is large is in memory once."""

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Callable

import uvicorn
from django.conf import settings

from madoguchi.cli.main import Failure
from madoguchi.cli.start import end, start

logger = logging.getLogger(__name__)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--port", type=int, default=8000, help="待ち受けるポート（0: 空いているもの）")
    parser.add_argument("--host", default="127.0.0.1", help="待ち受けるアドレス")


def run(options: argparse.Namespace) -> int:
    """Serve until told to stop."""
    start()
    return serve(options)


def serve(options: argparse.Namespace, when_ready: Callable[[str], None] | None = None) -> int:
    """Serve, with the database ready: print the address once the port is open, then call `when_ready` with it."""
    from madoguchi import durable, memory
    from madoguchi.llm import local_model

    memory.keep_small()
    sys.setswitchinterval(settings.SERVER_THREAD_SWITCH_MICROSECONDS / 1_000_000)
    # Kept while the server has its own: it raises the signal again when it has ended, and the worker ends after it.
    signal.signal(signal.SIGTERM, lambda *_: None)
    server = Server(
        uvicorn.Config(
            "madoguchi.conf.asgi:application",
            host=options.host,
            port=options.port,
            log_config=None,
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            lifespan="off",
            ws="none",
            limit_concurrency=settings.SERVER_MAX_CONNECTIONS,
            timeout_keep_alive=settings.SERVER_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=settings.SERVER_STOP_SECONDS,
            h11_max_incomplete_event_size=settings.SERVER_HEADERS_MAX_KB << 10,
        )
    )
    server.when_ready = lambda address: ready(address, when_ready)
    durable.launch(worker=True, keep_trying=True)
    model = local_model.started()
    try:
        server.run()
    except KeyboardInterrupt:
        pass
    except SystemExit:
        end()
        raise Failure(
            f"ポート{options.port}を開けません。ほかで使われていないか確かめ、--port で変えてください。"
        ) from None
    finally:
        if model:
            model.stop()
    return end()


class Server(uvicorn.Server):
    """Says when the port is open."""

    when_ready: Callable[[str], None]

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        await super().startup(sockets)  # type: ignore[arg-type]
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            address = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
            threading.Thread(target=self.when_ready, args=(address,), daemon=True).start()


def ready(address: str, then: Callable[[str], None] | None) -> None:
    """Print the one line with the address, and where a fresh home is set up."""
    from django.db import connection

    print(address, flush=True)
    code = set_up_code()
    connection.close()
    if code:
        print(f"最初の管理者の登録: {address}set-up/  初期設定コード: {code}", file=sys.stderr, flush=True)
    if then:
        then(address)
    prepare_embedding()
    load_clients()


def set_up_code() -> str | None:
    """Return the one-time code of the set-up page when nobody is registered yet."""
    from madoguchi.people import set_up

    return set_up.code()


def prepare_embedding() -> None:
    """Have the weights of the embedding made, once, beside everything else; search by words goes on without."""
    from madoguchi.llm import embeddings

    try:
        embeddings.prepare()
    except embeddings.EmbeddingUnavailable as failure:
        logger.warning("embedding is not available: %s", failure)


def load_clients() -> None:
    """Load what asking the endpoints that search goes by needs, before somebody waits for it."""
    from django.db import connection

    from madoguchi.search import spaces

    spaces.load_clients()
    connection.close()
