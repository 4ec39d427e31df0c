"""What the sandbox bank needs to know, read from the environment and the project's `.env` file.

The sandbox shares no code with the product, so it has its own few settings, all named `SANDBOX_…`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

PROJECT_ROOT = Path(__file__).resolve().parent.parent

DEFAULT_ISSUER = "http://127.0.0.1:8090"
DEFAULT_MODEL_PORT = 8091
DEFAULT_CORE_PORT = 8092
PLACEHOLDER_CORE_SECRET = "placeholder-core-banking-secret-for-development-only"  # noqa: S105 -- no secret
"""Shared with a product in development mode that was told no secret either."""
DEFAULT_PRODUCT_URLS = ("http://127.0.0.1:8080", "http://localhost:8080")
CALLBACK_PATH = "/auth/callback"
AFTER_SIGN_OUT_PATHS = ("", "/", "/signed-out")


class NotDevelopmentError(RuntimeError):
    """The sandbox was asked to run where it must not: it would let anyone sign in as anyone."""


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """Settings of the sandbox. An instance exists in development mode only: see `__post_init__`."""

    environment: str
    issuer: str = DEFAULT_ISSUER
    model_port: int = DEFAULT_MODEL_PORT
    core_port: int = DEFAULT_CORE_PORT
    core_secret: str = field(default=PLACEHOLDER_CORE_SECRET, repr=False)
    fault_secret: str | None = field(default=None, repr=False)
    """Opens the core bank's controls for tests; None: they are off."""
    data_dir: Path = PROJECT_ROOT / ".data" / "sandbox"
    audience: str = "countersign-api"
    client_id: str = "countersign-web"
    client_secret: str | None = None
    redirect_uris: tuple[str, ...] = tuple(base + CALLBACK_PATH for base in DEFAULT_PRODUCT_URLS)
    post_logout_redirect_uris: tuple[str, ...] = tuple(
        base + path for base in DEFAULT_PRODUCT_URLS for path in AFTER_SIGN_OUT_PATHS
    )

    def __post_init__(self) -> None:
        if self.environment != "development":
            found = f"it is '{self.environment}'" if self.environment else "it is not set"
            raise NotDevelopmentError(
                f"The sandbox bank runs only with ENVIRONMENT=development ({found}): "
                "it lets anyone sign in as anyone. Set ENVIRONMENT=development on a developer's machine; "
                "elsewhere configure the bank's own identity and model providers."
            )

    @property
    def issuer_port(self) -> int:
        return urlsplit(self.issuer).port or 8090


def load_settings(environ: Mapping[str, str], root: Path = PROJECT_ROOT) -> SandboxSettings:
    """Settings from `environ`, else from `root/.env`, else from what `make run` left in `root/.data/run.env`.

    Raises `NotDevelopmentError` unless ENVIRONMENT is `development`.
    """
    files = (root / ".data" / "run.env", root / ".env")
    values: dict[str, str] = {}
    for path in files:
        values |= read_env_file(path)
    values |= {name: value for name, value in environ.items() if value}

    def addresses(name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(part.strip() for part in values.get(name, "").split(",") if part.strip()) or default

    products = tuple(base.rstrip("/") for base in addresses("SANDBOX_PRODUCT_URLS", _product_urls(values)))
    data_dir = values.get("SANDBOX_DATA_DIR")
    return SandboxSettings(
        environment=values.get("ENVIRONMENT", ""),
        issuer=(values.get("SANDBOX_ISSUER") or DEFAULT_ISSUER).rstrip("/"),
        model_port=int(values.get("SANDBOX_MODEL_PORT") or DEFAULT_MODEL_PORT),
        core_port=int(values.get("SANDBOX_CORE_PORT") or DEFAULT_CORE_PORT),
        core_secret=values.get("CORE_BANKING_SECRET") or PLACEHOLDER_CORE_SECRET,
        fault_secret=values.get("SANDBOX_FAULT_SECRET") or None,
        data_dir=Path(data_dir) if data_dir else root / ".data" / "sandbox",
        client_secret=values.get("SANDBOX_CLIENT_SECRET") or None,
        redirect_uris=addresses("SANDBOX_REDIRECT_URIS", tuple(base + CALLBACK_PATH for base in products)),
        post_logout_redirect_uris=addresses(
            "SANDBOX_POST_LOGOUT_REDIRECT_URIS",
            tuple(base + path for base in products for path in AFTER_SIGN_OUT_PATHS),
        ),
    )


def _product_urls(values: Mapping[str, str]) -> tuple[str, ...]:
    """Where Countersign is, by its own settings' names, so that moving it needs no second setting here."""
    if public := values.get("PUBLIC_URL"):
        return (public,)
    port = values.get("PORT") or "8080"
    return (f"http://127.0.0.1:{port}", f"http://localhost:{port}")


def read_env_file(path: Path) -> dict[str, str]:
    """The KEY=VALUE lines of a file; empty where there is none. Quotes around a value are dropped."""
    if not path.is_file():
        return {}
    values: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if not equals or name.startswith("#"):
            continue
        value = value.strip()
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        else:
            value = value.partition(" #")[0].rstrip()
        values[name.strip()] = value
    return values
