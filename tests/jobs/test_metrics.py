"""What guards come to is counted, by names and codes only."""

import socket
import urllib.error
import urllib.request
from collections.abc import Sequence

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from guardrails.fail_closed import Guard
from jobs import metrics
from jobs.metrics import GuardMetrics


def counted(text: str) -> dict[tuple[str, str], float]:
    return {
        (sample.labels["guard"], sample.labels["code"]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "countersign_guard_verdicts_total"
    }


JUDGED: Sequence[tuple[Guard, str]] = [
    (Guard.CLAIM, "allowed"),
    (Guard.CLAIM, "allowed"),
    (Guard.CLAIM, "not_supported"),
    (Guard.SCREENING, "slow"),
]


def test_verdicts_are_counted_by_guard_and_code_and_timed_by_guard() -> None:
    registry = CollectorRegistry()
    watch = GuardMetrics(registry)
    for guard, code in JUDGED:
        watch.judged(guard, code, 0.003)
    text = generate_latest(registry).decode()
    assert counted(text) == {("claim", "allowed"): 2, ("claim", "not_supported"): 1, ("screening", "slow"): 1}
    assert 'countersign_guard_seconds_bucket{guard="claim",le="0.005"} 3.0' in text
    assert 'countersign_guard_seconds_count{guard="scope"} 0.0' in text


def test_a_worker_of_its_own_serves_what_it_counts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    address = f"http://127.0.0.1:{port}/metrics"
    with metrics.served("127.0.0.1", port) as watch:
        watch.judged(Guard.SCOPE, "out_of_scope", 0.001)
        with urllib.request.urlopen(address, timeout=5) as answer:
            text = answer.read().decode()
    assert counted(text) == {("scope", "out_of_scope"): 1}
    assert "process_cpu_seconds_total" in text
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(address, timeout=5)


def test_without_a_port_it_only_counts() -> None:
    with metrics.served("127.0.0.1", 0) as watch:
        watch.judged(Guard.SCOPE, "allowed", 0.001)
