"""Work that survives `kill -9`: workflows of steps, each finished step remembered, the rest continued by itself.

    @durable.step()
    def read(version_id: str) -> dict: ...

    @durable.workflow()
    def ingest(version_id: str) -> None: ...

    durable.start(ingest, version_id, once=f"ingest:{version_id}")

Calling `ingest(...)` itself runs it plainly, here and now; `start` writes it down and whoever works takes it up.
What a workflow takes and returns is JSON: ids, not things. A step may run twice (the kill came between its end and
the record of it), so a step is written to do the same thing again.

One process does the work of one home: it holds `data/worker.lock`. Any other only writes work down.
"""

import fcntl
import json
import logging
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Collection, Iterable
from functools import wraps
from pathlib import Path
from typing import Any, Literal, ParamSpec, TypeVar

import sqlalchemy
from dbos import DBOS, DBOSClient, DBOSConfig, EnqueueOptions
from dbos import _serialization as dbos_serialization
from django.conf import settings
from django.db import close_old_connections

from madoguchi import paths
from madoguchi.conf import sqlite

P = ParamSpec("P")
R = TypeVar("R")
State = Literal["waiting", "running", "done", "failed"]

NAME = "madoguchi"
# Raised only when the steps of a workflow change so that a half-done one cannot go on.
APPLICATION_VERSION = "1"
# A workflow taken up so often has itself killed the worker, most likely.
MOST_RECOVERIES = 100
# How often a process that works looks for work, by queue: somebody waits for the first two. A look costs 5 ms of CPU.
LOOKING_SECONDS = {"ingest": 0.2, "embed": 0.2, "describe": 2.0, "switch": 2.0}
# How often whoever waits for work asks whether it has ended.
ASKING_SECONDS = 0.1
ACTIVE = ["ENQUEUED", "PENDING", "DELAYED"]
STATES: dict[str, State] = {"ENQUEUED": "waiting", "DELAYED": "waiting", "PENDING": "running", "SUCCESS": "done"}

logger = logging.getLogger(__name__)
_mutex = threading.RLock()
_client: DBOSClient | None = None
_lock_file: Any = None
_taking_over = threading.Event()
_at_launch: list[Callable[[], None]] = []


class Failure(Exception):
    """What is remembered of an exception: its kind and message."""


class Json(dbos_serialization.Serializer):
    """Everything durable is kept as JSON, exceptions as their kind and message; nothing is revived from data."""

    def name(self) -> str:
        return "madoguchi_json"

    def serialize(self, data: Any) -> str:
        if isinstance(data, BaseException):
            return json.dumps({"failure": [type(data).__name__, str(data)[:1000]]}, ensure_ascii=False)
        return json.dumps({"value": data}, ensure_ascii=False)

    def deserialize(cls, serialized_data: str) -> Any:  # noqa: N805
        data = json.loads(serialized_data)
        return Failure(": ".join(data["failure"])) if "failure" in data else data["value"]


def _refuse(_self: Any, _data: str) -> Any:
    raise Failure("pickle is not read")


# A row that claims to be a pickle (the library's own default) is refused, whoever wrote it there.
dbos_serialization.DefaultSerializer.deserialize = _refuse  # type: ignore[method-assign, assignment]


def _connections_kept_fresh(function: Callable[P, R]) -> Callable[P, R]:
    """Give back Django's connections after a call: the threads that run steps come and go.

    A step that is called plainly runs in its caller's connection, perhaps inside its transaction: that stays.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if DBOS.workflow_id is None:
            return function(*args, **kwargs)
        close_old_connections()
        try:
            return function(*args, **kwargs)
        except Exception as error:
            # What it says may hold words of a document; where it arose does not.
            frame = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{Path(frame.filename).name}:{frame.lineno}"
            logger.warning("%s failed: %s at %s", name_of(function), type(error).__name__, place)
            raise
        finally:
            close_old_connections()

    return run


def workflow() -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare a workflow: a function that only calls steps and decides by what they return."""

    def declare(function: Callable[P, R]) -> Callable[P, R]:
        wrapped = _connections_kept_fresh(function)
        DBOS.workflow(name=name_of(function), max_recovery_attempts=MOST_RECOVERIES)(wrapped)
        return function

    return declare


def step(retries: int = 2, seconds: float = 1.0) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare a step; an exception is tried again `retries` times, first after `seconds`, then twice as long each."""

    def declare(function: Callable[P, R]) -> Callable[P, R]:
        return DBOS.step(
            name=name_of(function),
            retries_allowed=retries > 0,
            max_attempts=retries + 1,
            interval_seconds=seconds,
        )(_connections_kept_fresh(function))

    return declare


def name_of(function: Callable[..., Any]) -> str:
    """Return the name under which a workflow or step is remembered."""
    return f"{function.__module__}.{function.__qualname__}"


def repeat(seconds: int, *duties: Callable[[], object]) -> None:
    """Do duties at once and every so many seconds, while this process works; one that fails holds up no other."""
    while working():
        for duty in duties:
            try:
                duty()
            except Exception as error:
                logger.error("upkeep failed: %s: %s", name_of(duty), type(error).__name__)
            finally:
                close_old_connections()
        for _second in range(seconds):
            if not working():
                return
            time.sleep(1)


def at_launch(function: Callable[[], None]) -> None:
    """Have a function called, in a thread of its own, when this process begins to do the work."""
    if function not in _at_launch:
        _at_launch.append(function)


def start(
    workflow: Callable[..., Any],
    *args: Any,
    queue: str = "ingest",
    once: str | None = None,
    workflow_id: str | None = None,
) -> str:
    """Write a workflow down and return its id; a process that works takes it up within its queue's LOOKING_SECONDS.

    `once`: while a workflow with this mark is unfinished, that one is returned and no second begins.
    `workflow_id`: an id already used returns that workflow, finished or not.
    """
    options: EnqueueOptions = {
        "workflow_name": name_of(workflow),
        "queue_name": queue,
        "workflow_id": workflow_id or str(uuid.uuid4()),
        "app_version": APPLICATION_VERSION,
    }
    if once:
        options |= {"deduplication_id": once, "duplication_policy": "return-existing"}
    handle: Any = client().enqueue(options, *args)
    return str(handle.get_workflow_id())


def status(workflow_id: str) -> State | None:
    """Return where a workflow stands; None when there is none."""
    found = client().list_workflows(workflow_ids=[workflow_id], load_input=False, load_output=False)
    return STATES.get(found[0].status, "failed") if found else None


def unfinished(queue: str | None = None, workflow_ids: Collection[str] | None = None) -> int:
    """Return how many workflows wait or run, of a queue or among some ids."""
    found = client().list_workflows(
        status=ACTIVE,
        queue_name=queue,
        workflow_ids=list(workflow_ids) if workflow_ids is not None else None,
        load_input=False,
        load_output=False,
    )
    return len(found)


def wait(workflow_ids: Iterable[str] = (), queue: str | None = None, seconds: float | None = None) -> bool:
    """Wait until all these workflows (and everything in a queue) have ended; return whether they have in time.

    Whoever waits does the work when nobody else does, also when the one who did has died meanwhile.
    """
    ids, end = set(workflow_ids), None if seconds is None else time.monotonic() + seconds
    while (ids and unfinished(workflow_ids=ids)) or (queue and unfinished(queue)):
        if end is not None and time.monotonic() > end:
            return False
        launch(worker=True)
        time.sleep(ASKING_SECONDS)
    return True


def client() -> DBOSClient:
    """Return this process's way to write work down and to ask about it; made when first needed."""
    global _client
    with _mutex:
        if _client is None:
            _quiet()
            DBOS.migrate(_url())
            _client = DBOSClient(serializer=Json(), application_name=NAME, **_database())
        return _client


def working() -> bool:
    """Return whether this process does the work of this home."""
    return _lock_file is not None


def launch(worker: bool, keep_trying: bool = False) -> bool:
    """Prepare this process for durable work and return whether it does the work itself.

    With `worker` it takes the home's lock when that is free: unfinished workflows go on, waiting ones begin.
    With `keep_trying` a thread goes on asking for a lock that another process holds, until `stop`.
    """
    client()
    if not worker:
        return False
    with _mutex:
        if working():
            return True
        if not _take_lock():
            if keep_trying:
                _taking_over.clear()
                threading.Thread(target=_take_over, name="durable-take-over", daemon=True).start()
            return False
        config: DBOSConfig = {
            "name": NAME,
            "application_version": APPLICATION_VERSION,
            "executor_id": settings.WORKER_NAME,
            "serializer": Json(),
            "log_level": "ERROR",
            "scheduler_polling_interval_sec": 60.0,
            **_database(),  # type: ignore[typeddict-item]
        }
        DBOS(config=config)
        DBOS.launch()
        for queue, seconds in LOOKING_SECONDS.items():
            DBOS.register_queue(
                queue,
                worker_concurrency=settings.INGEST_WORKERS if queue == "ingest" else 1,
                polling_interval_sec=seconds,
                on_conflict="always_update",
            )
    for function in _at_launch:
        threading.Thread(target=_call, args=(function,), name="durable-at-launch", daemon=True).start()
    return True


def stop(seconds: int = 10) -> None:
    """Take up no more work, let what runs go on for up to `seconds`, and give the lock back.

    What is still running then is continued by the next process that works.
    """
    global _client, _lock_file
    _taking_over.set()
    with _mutex:
        if working():
            running = len(DBOS.list_workflows(status="PENDING", executor_id=settings.WORKER_NAME))
            DBOS.destroy(workflow_completion_timeout_sec=seconds if running else 0)
            _lock_file.close()
            _lock_file = None
        if _client is not None:
            _client.destroy()
            _client = None


def still_running() -> bool:
    """Return whether a step of a stopped worker is still running in this process."""
    return any(thread.name.startswith("dbos-executor-") for thread in threading.enumerate())


def forget(days: int) -> int:
    """Forget workflows that ended more than `days` ago; return how many."""
    before = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(time.time() - days * 86_400))
    ended = client().list_workflows(
        status=["SUCCESS", "ERROR", "CANCELLED"], completed_before=before, load_input=False, load_output=False
    )
    client().delete_workflows([row.workflow_id for row in ended])
    return len(ended)


def _take_lock() -> bool:
    global _lock_file
    file = (paths.folder("data") / "worker.lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return False
    _lock_file = file
    return True


def _take_over() -> None:
    while not _taking_over.wait(1.0):
        if launch(worker=True):
            return


def _call(function: Callable[[], None]) -> None:
    try:
        function()
    except Exception:
        logger.exception("%s failed", name_of(function))
    finally:
        close_old_connections()


def _quiet() -> None:
    """Keep the library off the console: its errors go where ours go."""
    library = logging.getLogger("dbos")
    if not library.handlers:
        library.addHandler(logging.NullHandler())
    library.setLevel(logging.ERROR)


def _url() -> str:
    return str(settings.DURABLE_DATABASE_URL)


def _database() -> dict[str, Any]:
    """Return where the library keeps its tables: its own SQLite file in WAL, or PostgreSQL."""
    if _url().startswith("sqlite"):
        return {"system_database_engine": _sqlite_engine()}
    return {"system_database_url": _url()}


_engine: sqlalchemy.Engine | None = None


def _sqlite_engine() -> sqlalchemy.Engine:
    """Return the one engine of this process. The library's own has neither WAL (17 ms a step instead of 4) nor
    NORMAL; the rest is as the library sets it."""
    global _engine
    if _engine is None:
        _engine = sqlalchemy.create_engine(_url(), pool_size=20, max_overflow=20, pool_timeout=60)

        @sqlalchemy.event.listens_for(_engine, "connect")
        def prepare(connection: Any, _: object) -> None:
            connection.isolation_level = "IMMEDIATE"
            for pragma in ("busy_timeout=30000", "foreign_keys=ON", *sqlite.journal_pragmas()):
                connection.execute(f"PRAGMA {pragma}")

    return _engine
