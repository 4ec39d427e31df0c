"""What the HTTP door counts. Labels are route templates and statuses, never values, so their number is bounded."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNMATCHED = "unmatched"
_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class HttpMetrics:
    """The counters of one app, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.requests = Counter(
            "countersign_http_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "countersign_http_request_seconds",
            "Time to the first byte of the answer.",
            ("method", "route"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.under_way = Gauge(
            "countersign_http_requests_under_way", "Requests being answered.", registry=self.registry
        )
        self.streams = Gauge("countersign_event_streams", "Event streams being read.", registry=self.registry)
        self.limited = Counter(
            "countersign_http_limited", "Requests refused by a limit.", ("limit",), registry=self.registry
        )

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        known = method if method in METHODS else "OTHER"
        self.requests.labels(known, route, str(status)).inc()
        self.seconds.labels(known, route).observe(seconds)
