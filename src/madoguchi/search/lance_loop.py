"""The asynchronous door of LanceDB, for callers in any thread: one loop in a thread of its own."""

import asyncio
import threading
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any


async def opened(folder: Path, name: str) -> Any:
    """Return a table for asking; each question sees the last commit."""
    import lancedb

    database = await lancedb.connect_async(str(folder), read_consistency_interval=timedelta(0))
    return await database.open_table(name)


@lru_cache(maxsize=1)
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="index", daemon=True).start()
    return loop


def wait(work: Any) -> Any:
    """Wait for the engine in whatever thread asks."""

    async def run() -> Any:
        return await work

    return asyncio.run_coroutine_threadsafe(run(), _loop()).result()
