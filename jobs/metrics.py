"""What a process that executes turns counts of its guards. Labels are names of guards and codes of closed sets."""

from collections.abc import Generator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from core.telemetry import logger
from guardrails.fail_closed import Guard

_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_log = logger(__name__)


class GuardMetrics:
    """A `Watch` that counts into the registry of the process that serves `/metrics`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = Histogram(
            "countersign_guard_seconds",
            "Time that a guard took to decide, or to fail.",
            ("guard",),
            buckets=_SECONDS,
            registry=registry,
        )
        self._verdicts = Counter(
            "countersign_guard_verdicts",
            "What guards came to: a reason code, or raised, slow, nonsense or cancelled where there was no verdict.",
            ("guard", "code"),
            registry=registry,
        )
        for guard in (Guard.SCREENING, Guard.SCOPE, Guard.SUFFICIENCY, Guard.CLAIM):
            self._seconds.labels(guard.value)  # there from the start, so that a guard that is never asked shows

    def judged(self, guard: Guard, code: str, seconds: float) -> None:
        """Count one verdict."""
        self._seconds.labels(guard.value).observe(seconds)
        self._verdicts.labels(guard.value, code).inc()


@contextmanager
def served(host: str, port: int) -> Generator[GuardMetrics]:
    """Metrics of a worker that is a process of its own, on a port of its own; with port 0 nobody is told."""
    registry = CollectorRegistry()
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)
    if not port:
        yield GuardMetrics(registry)
        return
    server, thread = start_http_server(port, host, registry)
    _log.info("metrics.served", host=host, port=port)
    try:
        yield GuardMetrics(registry)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
