"""Structured logs without personal data, and the metrics registry."""

import logging
import sys

import structlog

Logger = structlog.stdlib.BoundLogger


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
            structlog.processors.format_exc_info,
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
