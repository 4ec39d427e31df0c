"""The service that a measurement starts: it serves, trusts its own sandbox, and leaves nothing behind."""

import json
import socket
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from evals.errors import ServiceError
from evals.service import Documents, ScratchOptions, Service, running_service, scratch_service

POLICY = "# Circular 99: Umbrellas\n\n## 1 Lending\n\nA branch lends an umbrella to a customer for at most 9 days.\n"
ENTRY = {
    "file": "umbrellas.md",
    "document": "umbrellas",
    "title": "Circular 99: Umbrellas",
    "version": "1",
    "effective_from": "2025-01-01",
    "library": "branch-operations",
}


def _post(service: Service, path: str, token: str, body: Mapping[str, object]) -> dict[str, object]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{service.base_url}{path}", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.loads(response.read())


def test_serves_what_was_taken_in_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "umbrellas.md").write_text(POLICY, encoding="utf-8")
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps([ENTRY]), encoding="utf-8")
    options = ScratchOptions([Documents("vale", manifest)], with_model=True, settings={"LOG_LEVEL": "ERROR"})
    with scratch_service(options) as service:
        folder = Path(service.environment["SANDBOX_DATA_DIR"]).parent
        service.control_model(ttft_ms=0, tokens=50)
        query = {"query": "How long does a branch lend an umbrella?"}
        of_vale = _post(service, "/v1/search", service.token("boris"), query)
        of_harbour = _post(service, "/v1/search", service.token("boris", tenant="harbour", sub="another"), query)
        with running_service(service.base_url) as same:
            assert same.readiness == service.readiness
    assert ["at most 9 days" in json.dumps(of_vale), "umbrella to" in json.dumps(of_harbour)] == [True, False]
    assert not folder.exists()
    with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
        probe.connect(("127.0.0.1", urlsplit(service.base_url).port))


def test_says_that_nothing_answers_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ServiceError, match="Is the service running"), running_service(f"http://127.0.0.1:{port}"):
        pass


def test_the_model_server_can_only_be_told_where_there_is_one() -> None:
    with pytest.raises(ServiceError, match="without the sandbox model server"):
        Service("http://127.0.0.1:1", {}, {}).control_model(tokens=1)
