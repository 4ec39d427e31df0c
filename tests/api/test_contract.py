"""The OpenAPI document says what the service does, and nothing that it does not."""

import json
import re
from typing import Any

import httpx
import pytest

from tests.api.conftest import Api
from tools.catalogue.load import CORE_BANKING, load
from tools.policy_reasons import PolicyCode

PATHS = {
    "/livez": {"get"},
    "/metrics": {"get"},
    "/readyz": {"get"},
    "/v1/approvals": {"get"},
    "/v1/approvals/counts": {"get"},
    "/v1/approvals/{approval_id}": {"get"},
    "/v1/approvals/{approval_id}/decision": {"post"},
    "/v1/audit/access": {"get"},
    "/v1/audit/integrity": {"get"},
    "/v1/audit/abstentions": {"get"},
    "/v1/audit/overview": {"get"},
    "/v1/audit/runs": {"get"},
    "/v1/audit/runs/{run_id}": {"get"},
    "/v1/audit/runs/{run_id}/export": {"get"},
    "/v1/audit/runs/{run_id}/replay": {"post"},
    "/v1/audit/verify": {"post"},
    "/v1/chat/stream": {"post"},
    "/v1/chunks/{chunk_id}": {"get"},
    "/v1/documents": {"get", "post"},
    "/v1/documents/{document}/audience": {"get", "post"},
    "/v1/editions/{edition_id}": {"get"},
    "/v1/editions/{edition_id}/changes": {"get"},
    "/v1/editions/{edition_id}/citations": {"get"},
    "/v1/editions/{edition_id}/pages/{number}": {"get"},
    "/v1/editions/{edition_id}/publish": {"post"},
    "/v1/editions/{edition_id}/text": {"get"},
    "/v1/editions/{edition_id}/withdraw": {"post"},
    "/v1/editions/{edition_id}/withdrawal": {"get"},
    "/v1/glossary": {"get", "post"},
    "/v1/glossary/preview": {"post"},
    "/v1/glossary/{entry_id}/retire": {"post"},
    "/v1/jobs/{job_id}": {"get"},
    "/v1/me": {"get"},
    "/v1/runs/{run_id}": {"get"},
    "/v1/runs/{run_id}/cancel": {"post"},
    "/v1/runs/{run_id}/corrections": {"post"},
    "/v1/runs/{run_id}/events": {"get"},
    "/v1/runs/{run_id}/feedback": {"post"},
    "/v1/search": {"post"},
    "/v1/stops": {"get", "post"},
    "/v1/stops/{stop_id}/restart": {"post"},
    "/v1/threads": {"get", "post"},
    "/v1/threads/{thread_id}": {"get"},
    "/v1/threads/{thread_id}/hide": {"post"},
    "/v1/threads/{thread_id}/runs": {"post"},
    "/v1/usage": {"get"},
}
FAILURES = {"400", "401", "403", "404", "405", "409", "410", "412", "413", "415", "422", "429", "500", "503"}


@pytest.fixture(scope="module")
async def document(api: Api) -> dict[str, Any]:
    reply = await api.client().get("/openapi.json")
    assert reply.headers["content-type"] == "application/json"
    document: dict[str, Any] = reply.json()
    return document


async def test_every_path_is_documented_and_no_other(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    assert {path: set(item) for path, item in document["paths"].items()} == PATHS


async def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for reference in set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(document))):
        place: Any = document
        for part in reference.split("/"):
            place = place[part]


async def test_every_failure_is_documented_as_a_problem(document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        if not path.startswith("/v1/"):
            continue
        for method, operation in item.items():
            responses = operation["responses"]
            assert set(responses) >= FAILURES, (method, path)
            assert all(responses[status] == {"$ref": f"#/components/responses/Problem{status}"} for status in FAILURES)
            assert operation["security"] == [{"bearer": []}, {"session": []}], (method, path)
    problem = document["components"]["responses"]["Problem429"]
    assert set(problem["content"]) == {"application/problem+json"}
    assert set(problem["headers"]) == {"X-Request-ID", "Retry-After"}


async def test_reason_codes_and_events_are_documented(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["event.abstained"]["properties"]["code"]["enum"] == [
        "no_evidence",
        "weak_evidence",
        "named_thing_missing",
        "no_edition_then",
        "evidence_unweighed",
        "nothing_listed",
        "unsupported_answer",
        "evidence_changed",
        "guard_unavailable",
        "argument_missing",
        "tool_refused",
    ]
    refused = set(schemas["event.refused"]["properties"]["code"]["enum"])
    assert {"injection", "tools_stopped", "unknown_tool", "no_permission", "above_limits"} <= refused
    assert not refused & {code.value for code in PolicyCode if "." in code.value}, "such a call is not refused"
    assert {name for name in schemas if name.startswith("event.")} == {
        "event.run.started",
        "event.stage",
        "event.sources",
        "event.claim",
        "event.tool.proposed",
        "event.tool.result",
        "event.approval.required",
        "event.approval.decided",
        "event.run.paused",
        "event.answer",
        "event.abstained",
        "event.refused",
        "event.error",
        "event.run.finished",
    }
    assert set(schemas["event.claim"]["properties"]) == {"run_id", "at", "index", "text", "citations", "quote"}


async def test_what_compliance_may_look_for_is_documented(document: dict[str, Any]) -> None:
    asked = document["paths"]["/v1/audit/runs"]["get"]["parameters"]
    assert {parameter["name"] for parameter in asked if parameter["in"] == "query"} == {
        "user",
        "from",
        "to",
        "outcome",
        "tool",
        "document",
        "case",
        "customer",
        "code",
        "limit",
        "cursor",
    }
    for path in ("/v1/audit/overview", "/v1/usage"):
        names = {parameter["name"] for parameter in document["paths"][path]["get"]["parameters"]}
        assert names == {"from", "to"}
    pack = document["paths"]["/v1/audit/runs/{run_id}/export"]["get"]["responses"]["200"]
    assert set(pack["content"]) == {"application/zip"}
    schemas = document["components"]["schemas"]
    assert set(schemas["AuditRunDetail"]["properties"]) == {
        "run",
        "versions",
        "usage",
        "steps",
        "evidence",
        "approvals",
        "path",
        "superseded",
    }
    assert schemas["ReplayBody"]["properties"]["policy"]["enum"] == ["recorded", "current"]


async def test_what_may_be_decided_and_why_not_is_documented(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["DecisionBody"]["properties"]["decision"]["enum"] == ["approve", "reject", "edit"]
    assert schemas["DecisionBody"]["required"] == ["decision", "digest"]
    assert schemas["DecisionBody"]["additionalProperties"] is False
    assert schemas["Signature"]["enum"] == ["self", "other", "two"]
    assert schemas["Origin"]["enum"] == ["user", "result", "editor", "default", "text", "unknown"]
    assert schemas["ApprovalState"]["enum"] == [
        "pending",
        "approved",
        "executed",
        "rejected",
        "edited",
        "expired",
        "withdrawn",
        "voided",
        "failed",
    ]
    assert "above_limit" in schemas["RightCode"]["enum"]
    assert {"schema", "may", "signatures"} <= set(schemas["ApprovalView"]["required"])
    assert "arguments_schema" not in schemas["ApprovalView"]["properties"]
    assert schemas["RunView"]["properties"]["citations"]["items"]["discriminator"]["mapping"] == {
        "passage": "#/components/schemas/Source",
        "tool_result": "#/components/schemas/ToolSource",
    }


@pytest.mark.parametrize("path", ["/v1/audit", "/v1/audit/records", "/v1/erasures", "/v1"])
async def test_what_is_not_there_is_not_found(api: Api, path: str) -> None:
    reply = await api.as_("carla").get(path)
    assert (reply.status_code, reply.json()["code"]) == (404, "not_found")


async def test_every_endpoint_wants_somebody(api: Api) -> None:
    client = api.client()
    for path, methods in PATHS.items():
        if not path.startswith("/v1/"):
            continue
        address = re.sub(r"\{number\}", "1", re.sub(r"\{\w+_id\}", "00000000-0000-0000-0000-000000000000", path))
        for method in methods:
            reply = await client.request(method.upper(), address, json={"message": "x"})
            assert reply.status_code in {401, 422}, path
            if reply.status_code == 401:
                assert reply.headers["www-authenticate"] == "Bearer"


async def test_tokens_are_refused_alike_over_http(api: Api) -> None:
    client = api.client()
    seen: set[tuple[int, str, str]] = set()
    wrong = [
        api.token("anna", aud="another-api"),
        api.token("anna", tenant="elsewhere"),
        api.token("anna", iss="http://127.0.0.1:9"),
        api.token("anna")[:-8] + "AAAAAAAA",
        "garbage",
    ]
    for token in wrong:
        reply: httpx.Response = await client.get("/v1/me", headers={"Authorization": f"Bearer {token}"})
        seen.add((reply.status_code, reply.json()["code"], reply.json()["detail"]))
        assert reply.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert seen == {(401, "unauthenticated", "The access token was not accepted. Sign in again.")}
    basic = await client.get("/v1/me", headers={"Authorization": "Basic eDp5"})
    assert (basic.status_code, basic.headers["www-authenticate"]) == (401, "Bearer")


async def test_health(api: Api) -> None:
    client = api.client()
    assert (await client.get("/livez")).json() == {"status": "ok"}
    ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()["status"], ready.json()["reasons"]) == (200, "ready", [])
    assert ready.json()["worker"] == "embedded"
    assert ready.json()["guards"] == {"scripted": "no turn is guarded in these tests"}
    assert ready.json()["models"] == {"embedder": "hashing", "writers": ["scripted"]}
    catalogue = load(CORE_BANKING)
    assert ready.json()["bank"] == {
        "connected": True,
        "system": "Core Banking",
        "catalogue": catalogue.version,
        "tools": sorted(catalogue.tools),
    }
    metrics = (await client.get("/metrics")).text
    assert "countersign_http_requests_total" in metrics
    assert 'countersign_guard_seconds_count{guard="claim"}' in metrics
