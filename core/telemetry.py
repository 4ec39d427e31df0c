"""Structured logs without personal data, and the metrics registry."""

import logging
import sys
import traceback
from collections.abc import Iterator

import structlog
from structlog.typing import EventDict

Logger = structlog.stdlib.BoundLogger

FRAMES = 12
"""Of each exception, the frames nearest to where it was raised."""


def _place_of_error(_logger: object, _method: str, event: EventDict) -> EventDict:
    """An exception as its kinds and places, innermost cause last. Never its message, which may quote a text."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        event["error"] = [
            f"{type(cause).__name__} at {frame.filename}:{frame.lineno} in {frame.name}"
            for cause in _causes(error)
            for frame in traceback.extract_tb(cause.__traceback__)[-FRAMES:]
        ]
    return event


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def configure_logging(level: str = "INFO", *, json_lines: bool = True) -> None:
    """Set up structlog once per process. `json_lines` off prints for people."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if json_lines else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _place_of_error,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")


def logger(name: str) -> Logger:
    """A logger bound to the module's name. Log ids, codes and counts; never texts."""
    return structlog.get_logger(name)
