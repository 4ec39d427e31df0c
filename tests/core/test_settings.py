"""Settings refuse what must not run outside a laptop, say which one is wrong, and never repeat a secret."""

import base64
from typing import Any

import pytest
from pydantic import ValidationError

from core.settings import PLACEHOLDER_MASTER_KEY, Environment, IssuerSettings, Settings

KEY = base64.b64encode(bytes(range(32))).decode()
LOG = {"audit_log_key": KEY, "audit_log_name": "countersign.bank.example/log"}
BANK = {"issuer": "https://login.bank.example", "tenants": ("harbour",)}


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def settings(**values: Any) -> Settings:
    return Settings(_env_file=None, **values)  # pyright: ignore[reportCallIssue] -- a constructor option of pydantic-settings


def refusal(**values: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        settings(**values)
    return str(caught.value)


def test_nothing_set_means_production_and_is_refused() -> None:
    assert "MASTER_KEY is the placeholder" in refusal()


def test_a_laptop_may_use_the_placeholders() -> None:
    laptop = settings(environment="development")
    assert laptop.is_development
    assert laptop.master_key_bytes == base64.b64decode(PLACEHOLDER_MASTER_KEY)
    assert [(i.issuer, i.tenants) for i in laptop.oidc_issuers] == [("http://127.0.0.1:8090", ("harbour", "vale"))]
    assert laptop.base_url == "http://127.0.0.1:8080"


def test_a_production_service_with_its_own_secrets_starts() -> None:
    production = settings(master_key=KEY, **LOG, oidc_issuers=[BANK], public_url="https://ask.bank.example/")
    assert production.environment is Environment.PRODUCTION
    assert production.master_key_bytes == bytes(range(32))
    assert production.oidc_issuers == (IssuerSettings(issuer="https://login.bank.example", tenants=("harbour",)),)
    assert production.base_url == "https://ask.bank.example"
    assert production.core_banking_url == ""


def test_a_laptop_acts_in_the_sandbox_and_a_bank_in_its_own_system() -> None:
    laptop = settings(environment="development", sandbox_core_port=9092)
    assert laptop.core_banking_url == "http://127.0.0.1:9092"
    address = {"core_banking_url": "https://core.bank.example/", "core_banking_secret": "s" * 32}
    production = settings(master_key=KEY, **LOG, oidc_issuers=[BANK], **address)
    assert production.core_banking_url == "https://core.bank.example"
    assert production.core_banking_secret.get_secret_value() == "s" * 32


@pytest.mark.parametrize(
    "url", ["core.bank.example", "ftp://core", "https://user:pw@core", "https://core?x=1", "https:"]
)
def test_what_is_no_address_of_a_banking_system_is_refused(url: str) -> None:
    assert "CORE_BANKING_URL must be an address" in refusal(environment="development", core_banking_url=url)


def test_a_short_secret_for_the_banking_system_is_refused() -> None:
    assert "at least 32 characters" in refusal(environment="development", core_banking_secret="short")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"oidc_issuers": [BANK]}, "MASTER_KEY is the placeholder"),
        ({"master_key": PLACEHOLDER_MASTER_KEY, "oidc_issuers": [BANK]}, "MASTER_KEY is the placeholder"),
        ({"master_key": KEY}, "OIDC_ISSUERS names the sandbox"),
        ({"master_key": KEY, "sandbox_issuer": "https://s.example"}, "OIDC_ISSUERS names the sandbox"),
        (
            {"master_key": KEY, "oidc_issuers": [BANK | {"issuer": "http://login.bank.example"}]},
            "http://login.bank.example must be https outside development",
        ),
        (
            {"master_key": KEY, "oidc_issuers": [BANK | {"client_secret": "Change-Me"}]},
            "the client_secret for https://login.bank.example is a placeholder",
        ),
        ({"master_key": KEY, "oidc_issuers": [BANK | {"algorithm": "HS256"}]}, "oidc_issuers.0.algorithm"),
        ({"master_key": KEY, "oidc_issuers": [BANK | {"audiance": "x"}]}, "oidc_issuers.0.audiance"),
        (
            {"master_key": KEY, "oidc_issuers": [BANK], "core_banking_url": "http://core.bank.example"},
            "CORE_BANKING_URL must be https outside development",
        ),
        (
            {"master_key": KEY, "oidc_issuers": [BANK], "core_banking_url": "https://core.bank.example"},
            "CORE_BANKING_SECRET is the placeholder",
        ),
        ({"master_key": KEY, "oidc_issuers": [BANK], "worker": "sideways"}, "worker"),
        ({"master_key": KEY, "oidc_issuers": [BANK], "database_pool_size": 1}, "database_pool_size"),
    ],
)
def test_what_must_not_run_in_production_is_refused_by_name(values: dict[str, Any], message: str) -> None:
    assert message in refusal(**values)


@pytest.mark.parametrize("master_key", ["not base64!", "ü" * 44, base64.b64encode(b"short").decode(), KEY[:-4]])
@pytest.mark.parametrize("environment", ["development", "production"])
def test_a_malformed_master_key_is_refused_everywhere(master_key: str, environment: str) -> None:
    assert "openssl rand -base64 32" in refusal(master_key=master_key, environment=environment)


def test_a_refusal_repeats_no_secret() -> None:
    secrets = {
        "master_key": "c2VjcmV0LW1hc3Rlcg==",
        "openai_api_key": "sk-secret",
        "database_url": "postgresql://p:pw@h/d",
    }
    wrong_key = refusal(**secrets, environment="development")
    wrong_issuer = refusal(**secrets | {"master_key": KEY})
    for secret in (*secrets.values(), KEY, "p:pw"):
        assert secret not in wrong_key
        assert secret not in wrong_issuer


def test_settings_do_not_print_their_secrets() -> None:
    shown = repr(settings(environment="development", master_key=KEY, openai_api_key="sk-secret"))
    assert KEY not in shown
    assert "sk-secret" not in shown


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "development")
    monkeypatch.setenv("OIDC_ISSUERS", '[{"issuer": "http://localhost:9", "tenants": ["vale"]}]')
    monkeypatch.setenv("PORT", "9090")
    read = settings()
    assert (read.port, [i.issuer for i in read.oidc_issuers]) == (9090, ["http://localhost:9"])


def test_the_log_has_a_key_and_a_name_of_its_own_outside_a_laptop() -> None:
    assert settings(environment="development").audit_log_seed == b"placeholder-log-key-development!"
    bank: dict[str, Any] = {"master_key": KEY, "oidc_issuers": [BANK]}
    assert "AUDIT_LOG_KEY is the placeholder" in refusal(**bank, audit_log_name="bank.example/log")
    assert "AUDIT_LOG_NAME" in refusal(**bank, audit_log_key=KEY)
    assert "AUDIT_LOG_KEY must be 32 bytes" in refusal(**bank, audit_log_key="c2hvcnQ=")
    assert "audit_log_name" in refusal(**bank, audit_log_key=KEY, audit_log_name="two words")
    assert settings(**bank, **LOG).audit_log_seed == bytes(range(32))


def test_a_witness_is_an_address_and_its_keys() -> None:
    key = "witness.example/w+c74f20a3+BBpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    laptop = settings(environment="development", witness_url="https://w.example/", witness_keys=[key])
    assert (laptop.witness_url, laptop.witness_keys) == ("https://w.example", (key,))
    for values in ({"witness_url": "https://w.example"}, {"witness_keys": [key]}):
        assert "WITNESS_URL and WITNESS_KEYS together" in refusal(environment="development", **values)
    assert "WITNESS_URL must be an address" in refusal(
        environment="development", witness_url="w.example", witness_keys=[key]
    )
    assert "WITNESS_KEYS must be" in refusal(
        environment="development", witness_url="https://w.example", witness_keys=["key"]
    )


def test_each_tenant_is_named_once() -> None:
    issuers = [BANK | {"tenants": ("vale", "harbour")}, BANK | {"issuer": "https://b.example"}]
    assert settings(environment="development", oidc_issuers=issuers).tenants == ("harbour", "vale")
