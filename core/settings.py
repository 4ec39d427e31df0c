"""Every setting of the service in one class, read from the environment, then `.env`, then `.data/run.env`.

Field names are the environment variables in lower case. Only composition roots read this; everything below them is
handed plain values. `.env.example` documents each setting.
"""

import base64
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
PLACEHOLDER_MASTER_KEY = base64.b64encode(b"placeholder-for-development-only").decode()
PLACEHOLDER_CORE_BANKING_SECRET = "placeholder-core-banking-secret-for-development-only"  # noqa: S105 -- no secret
PLACEHOLDER_AUDIT_LOG_KEY = base64.b64encode(b"placeholder-log-key-development!").decode()
PLACEHOLDERS = frozenset(
    {
        PLACEHOLDER_MASTER_KEY,
        PLACEHOLDER_CORE_BANKING_SECRET,
        PLACEHOLDER_AUDIT_LOG_KEY,
        "change-me",
        "changeme",
        "placeholder",
    }
)
LAPTOP_LOG_NAME = "localhost/countersign"
CORE_BANKING_SECRET_CHARS = 32
"""RFC 7518 3.2: a key of HS256 is as long as its hash."""
_VERIFIER_KEY = re.compile(r"[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]+=*")
SANDBOX_ISSUER = "http://127.0.0.1:8090"
SANDBOX_EXAMPLES: dict[str, tuple[str, ...]] = {
    "harbour": (
        "From what amount do I ask for identification when a customer takes out cash?",
        "How is a replacement card delivered when the address was changed recently?",
        "What does a branch do when a child turns 18?",
    ),
    "vale": (
        "How soon must a withdrawal be ordered?",
        "Within how many days is a complaint answered?",
    ),
}
"""Answered by policies of the sandbox banks that everyone of the tenant may read."""


class Environment(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"


class WorkerPlace(StrEnum):
    """Where turns are executed: inside the API process, or by `python -m jobs work` elsewhere."""

    EMBEDDED = "embedded"
    SEPARATE = "separate"


class DenseIndexKind(StrEnum):
    MEMORY = "memory"
    PGVECTOR = "pgvector"


class IssuerSettings(BaseModel):
    """One identity provider and the tenants that it may speak for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str
    tenants: tuple[str, ...]
    audience: str = "countersign-api"
    algorithm: Annotated[str, Field(pattern="^(RS|ES)(256|384|512)$")] = "RS256"
    client_id: str = "countersign-web"
    client_secret: SecretStr | None = None
    claim_person: str = "sub"
    claim_name: str = "name"
    claim_tenant: str = "tenant"
    claim_branch: str = "branch"
    claim_roles: str = "roles"
    claim_signing_limit: str = "signing_limit"


def _sandbox_issuers(settings: dict[str, object]) -> tuple[IssuerSettings, ...]:
    """The sandbox bank's identity provider, which stands in until OIDC_ISSUERS is set; development only."""
    return (IssuerSettings(issuer=str(settings["sandbox_issuer"]), tenants=("harbour", "vale")),)


def _sandbox_core_banking(settings: dict[str, object]) -> str:
    """The sandbox's system of record in development; elsewhere none, so that nothing can be acted on."""
    if settings.get("environment") is not Environment.DEVELOPMENT:
        return ""
    return f"http://127.0.0.1:{settings['sandbox_core_port']}"


class Settings(BaseSettings):
    """The settings of one process. Raises `pydantic.ValidationError` that names each wrong setting."""

    model_config = SettingsConfigDict(
        env_file=(ROOT / ".data/run.env", ROOT / ".env"),
        extra="ignore",
        env_ignore_empty=True,
        frozen=True,
        hide_input_in_errors=True,  # a refusal is printed and logged, and the input is a secret
    )

    environment: Environment = Environment.PRODUCTION
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: HttpUrl | None = None
    log_level: Annotated[str, Field(pattern="^(DEBUG|INFO|WARNING|ERROR)$")] = "INFO"
    log_json: bool = True

    database_url: SecretStr = SecretStr("")
    database_owner_url: SecretStr = SecretStr("")
    database_admin_url: SecretStr = SecretStr("")
    database_pool_size: int = Field(default=16, ge=2, le=200)

    master_key: SecretStr = SecretStr(PLACEHOLDER_MASTER_KEY)
    sandbox_issuer: str = SANDBOX_ISSUER
    sandbox_model_port: int = 8091
    sandbox_core_port: int = 8092
    oidc_issuers: tuple[IssuerSettings, ...] = Field(default_factory=_sandbox_issuers)
    tenant_names: dict[str, str] = {"harbour": "Harbour Bank", "vale": "Vale Bank"}
    tenant_time_zones: dict[str, str] = {}
    example_questions: dict[str, tuple[str, ...]] = SANDBOX_EXAMPLES
    two_owner_libraries: tuple[str, ...] = ()

    worker: WorkerPlace = WorkerPlace.EMBEDDED
    worker_concurrency: int = Field(default=16, ge=1, le=256)
    # The same for all workers of a database: each takes the others for dead by its own.
    worker_heartbeat_s: float = Field(default=2.0, gt=0, le=60)
    worker_dead_after_s: float = Field(default=8.0, gt=0, le=600)
    # Where a worker that is a process of its own serves `/metrics`, at HOST; 0: nowhere.
    worker_metrics_port: int = Field(default=0, ge=0, le=65_535)

    ingest_threads: int = Field(default=0, ge=0, le=64)
    """Passages of documents that a worker embeds at once; 0: as many as there are cores for it."""

    # Per person: nobody types a question a second, and 30 at once let several tabs and a page's retries through.
    questions_per_second: float = Field(default=1.0, gt=0, le=10_000)
    questions_burst: int = Field(default=30, ge=1, le=100_000)
    # Per tenant: at the 30 turns a second of one process the last of 500 waits about 17 s; later ones are better told.
    questions_waiting: int = Field(default=500, ge=1, le=100_000)

    embedding_model_dir: Path = ROOT / ".models/minilm-l6-v2"
    dense_index: DenseIndexKind = DenseIndexKind.MEMORY
    retrieval_stages_off: str = ""
    """Stages of search to leave out, by name with commas between them (docs/retrieval.md lists them)."""
    reranker_model_dir: Path | None = None
    spacy_model: str | None = None
    """A cross-encoder that orders the best passages anew; none: they stay as they are."""
    injection_model_dir: Path | None = None
    """A classifier of attacks in messages, asked beside the built-in guard; none: that one alone."""

    nli_model_dir: Path | None = None
    """A cross-encoder that decides whether its sources entail a sentence; none: the packaged model weighs it."""

    tool_catalogue: Path = ROOT / "tools/catalogue/core-banking.yaml"
    """What may be done in the bank's system, who may ask for it, and who signs."""
    core_banking_url: str = Field(default_factory=_sandbox_core_banking)
    """The address before `/v1` of the bank's system that is acted on; empty: there is none, and acting is off."""
    core_banking_secret: SecretStr = SecretStr(PLACEHOLDER_CORE_BANKING_SECRET)
    """Signs the service tokens that the bank's system checks."""

    audit_log_key: SecretStr = SecretStr(PLACEHOLDER_AUDIT_LOG_KEY)
    """Signs the checkpoints of the audit record: an Ed25519 seed. It can't be changed for a log that has begun."""
    audit_log_name: Annotated[str, Field(pattern=r"^[^\s+]{1,200}$")] = LAPTOP_LOG_NAME
    """The logs are called this, a slash and the tenant; unlike any other log that the witness knows."""
    witness_url: str = ""
    """The address before `/add-checkpoint` of the witness; empty: nobody cosigns."""
    witness_keys: tuple[str, ...] = ()
    """The verifier keys that the witness may answer with; verification trusts no others."""
    witness_port: int = 8093
    """Where `make run` starts a witness."""
    sealing_interval_s: float = Field(default=2.0, gt=0, le=3600)

    openai_api_key: SecretStr | None = None
    openai_base_url: str | None = None
    openai_model: str = "gpt-4o-mini"
    bedrock_model: str | None = None
    aws_region: str | None = None
    model_timeout_s: float = Field(default=30.0, gt=0, le=300)

    @field_validator("master_key", "audit_log_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        name = str(info.field_name).upper()
        try:
            key = base64.b64decode(value.get_secret_value(), validate=True)
        except ValueError as error:  # not base64, or not even ASCII
            raise ValueError(f"{name} must be base64; make one with: openssl rand -base64 32") from error
        if len(key) != 32:
            raise ValueError(f"{name} must be 32 bytes in base64; make one with: openssl rand -base64 32")
        return value

    @field_validator("core_banking_url", "witness_url")
    @classmethod
    def _is_an_address(cls, value: str, info: ValidationInfo) -> str:
        if not value:
            return value
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
            raise ValueError(f"{str(info.field_name).upper()} must be an address such as https://core.bank.example")
        return value.rstrip("/")

    @field_validator("witness_keys")
    @classmethod
    def _are_verifier_keys(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_VERIFIER_KEY.fullmatch(key) for key in value):
            raise ValueError('WITNESS_KEYS must be a JSON list of verifier keys: ["name+id+key"]')
        return value

    @model_validator(mode="after")
    def _knows_its_witness(self) -> Self:
        if bool(self.witness_url) != bool(self.witness_keys):
            raise ValueError("Set WITNESS_URL and WITNESS_KEYS together: an unknown key's cosignature proves nothing.")
        return self

    @field_validator("core_banking_secret")
    @classmethod
    def _is_long_enough(cls, value: SecretStr) -> SecretStr:
        if len(value.get_secret_value()) < CORE_BANKING_SECRET_CHARS:
            raise ValueError("CORE_BANKING_SECRET must have at least 32 characters; make one: openssl rand -hex 32")
        return value

    @model_validator(mode="after")
    def _lets_a_living_worker_live(self) -> Self:
        if self.worker_dead_after_s < 3 * self.worker_heartbeat_s:
            raise ValueError("WORKER_DEAD_AFTER_S must be at least three times WORKER_HEARTBEAT_S.")
        return self

    @model_validator(mode="after")
    def _refuse_placeholders_outside_development(self) -> Self:
        if self.is_development:
            return self
        if self.master_key.get_secret_value() in PLACEHOLDERS:
            raise ValueError("MASTER_KEY is the placeholder. Set a real one, or ENVIRONMENT=development on a laptop.")
        for issuer in self.oidc_issuers:
            self._refuse_development_issuer(issuer)
        self._refuse_development_core_banking()
        self._refuse_development_log()
        return self

    def _refuse_development_log(self) -> None:
        if self.audit_log_key.get_secret_value() in PLACEHOLDERS:
            raise ValueError("AUDIT_LOG_KEY is the placeholder. Set a real one: openssl rand -base64 32")
        if self.audit_log_name == LAPTOP_LOG_NAME:
            raise ValueError("Set AUDIT_LOG_NAME to a name of your own, such as countersign.bank.example/log.")

    def _refuse_development_core_banking(self) -> None:
        if not self.core_banking_url:
            return
        if not self.core_banking_url.startswith("https://"):
            raise ValueError("CORE_BANKING_URL must be https outside development.")
        if self.core_banking_secret.get_secret_value() in PLACEHOLDERS:
            raise ValueError("CORE_BANKING_SECRET is the placeholder. Set the one that the bank's system checks.")

    def _refuse_development_issuer(self, issuer: IssuerSettings) -> None:
        if issuer.issuer in (SANDBOX_ISSUER, self.sandbox_issuer):
            raise ValueError("OIDC_ISSUERS names the sandbox. Set your bank's identity provider.")
        if not issuer.issuer.startswith("https://"):
            raise ValueError(f"OIDC_ISSUERS: {issuer.issuer} must be https outside development.")
        secret = issuer.client_secret
        if secret is not None and secret.get_secret_value().lower() in PLACEHOLDERS:
            raise ValueError(f"OIDC_ISSUERS: the client_secret for {issuer.issuer} is a placeholder.")

    @property
    def is_development(self) -> bool:
        return self.environment is Environment.DEVELOPMENT

    @property
    def retrieval_stages(self) -> tuple[str, ...]:
        """The stages of search to leave out."""
        return tuple(name.strip() for name in self.retrieval_stages_off.split(",") if name.strip())

    @property
    def master_key_bytes(self) -> bytes:
        return base64.b64decode(self.master_key.get_secret_value())

    @property
    def audit_log_seed(self) -> bytes:
        return base64.b64decode(self.audit_log_key.get_secret_value())

    @property
    def tenants(self) -> tuple[str, ...]:
        """Those that the identity providers may speak for, each once."""
        return tuple(sorted({tenant for issuer in self.oidc_issuers for tenant in issuer.tenants}))

    @property
    def base_url(self) -> str:
        """The address that people reach the service at, without a trailing slash."""
        if self.public_url is not None:
            return str(self.public_url).rstrip("/")
        return f"http://{self.host}:{self.port}"
