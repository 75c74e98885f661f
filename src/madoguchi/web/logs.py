"""Logging: one JSON line an event on stderr, ids and digests only (G6).

What a person typed can stand in an exception's message or in an address, so neither is written unless
`MADOGUCHI_LOG_EXCEPTION_TEXT=1` says so for a time of searching for a fault.
"""

import json
import logging
import re
import sys
import traceback
from typing import Any

import structlog
from structlog.typing import EventDict

# Controls, bidi and other format characters, line and paragraph separators, lone surrogates.
UNSAFE = re.compile(
    "[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb]"
)
MAX_VALUE_CHARACTERS = 2000


def one_line(event: Any, **_: Any) -> str:
    """Return an event as JSON that stays one line and shows its characters in the order they have."""
    text = json.dumps(event, ensure_ascii=False, default=_brief)
    return UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _brief(value: Any) -> str:
    return f"<{type(value).__name__}>"


def _short(_logger: Any, _name: str, event: EventDict) -> EventDict:
    """Cut long texts; a line of a log is no place for a document."""
    return {
        key: value[:MAX_VALUE_CHARACTERS] + "…"
        if isinstance(value, str) and len(value) > MAX_VALUE_CHARACTERS
        else value
        for key, value in event.items()
    }


def _exception(_logger: Any, _name: str, event: EventDict) -> EventDict:
    """Name the exception and where it went; its message only when asked for."""
    from django.conf import settings

    found = event.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)
        event["error"] = type(error).__qualname__
        event["frames"] = [f"{_inside(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames[-12:]]
        if settings.LOG_EXCEPTION_TEXT:
            event["error_text"] = str(error)
    return event


def _inside(file_name: str) -> str:
    """Return a file's name below its package folder: an installation's paths are nobody's business."""
    return re.sub(r"^.*/(?:site-packages|src)/|^.*/lib/python3\.\d+/", "", file_name)


def _django_request(_logger: Any, _name: str, event: EventDict) -> EventDict:
    """Django words its request errors with the address, in which a question may stand: keep the status alone."""
    record = event.get("_record")
    if record is not None and record.name.startswith("django.request"):
        event["event"] = "request.error"
        event["status"] = getattr(record, "status_code", None)
    return event


class Stderr(logging.Handler):
    """Writes to what is stderr now; a process that hands it on is followed."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except Exception:
            self.handleError(record)


def configure(options: dict[str, Any]) -> None:
    """Set up logging for the whole process; `options`: {level}."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            _django_request,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _exception,
            _short,
            structlog.processors.JSONRenderer(serializer=one_line),
        ],
    )
    handler = Stderr()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(options.get("level", "INFO"))
    for name in ("django", "django.server", "uvicorn", "uvicorn.error", "uvicorn.access", "dbos"):
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True
    # Its lines carry whole addresses; `web.headers` writes one for each request, without.
    logging.getLogger("uvicorn.access").disabled = True
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
